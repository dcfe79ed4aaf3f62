//! R45: every pair of ink and ground keeps 4.5 : 1 (WCAG 2.2, 1.4.3) in both colour schemes.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

const STYLE: &str = include_str!("../assets/bevaka.css");

/// Which inks stand on which grounds.
const PAIRS: [(&str, &[&str]); 10] = [
    ("ground", &["ink", "muted", "brand", "red"]),
    ("paper", &["ink", "muted", "brand", "red"]),
    ("brand", &["on-brand"]),
    ("brand-tint", &["ink", "brand"]),
    ("grey-tint", &["ink", "muted"]),
    ("green-tint", &["ink", "green"]),
    ("amber-tint", &["ink", "amber"]),
    ("red-tint", &["ink", "red"]),
    // A solid button of danger.
    ("red", &["paper"]),
    // What the button in a warning stands on.
    ("amber-tint", &["brand"]),
];

/// The colours that a `:root` block sets.
fn colours(block: &str) -> BTreeMap<&str, [f64; 3]> {
    let declarations = block.split_once('}').map_or(block, |(inside, _)| inside).split(';');
    declarations
        .filter_map(|declaration| declaration.trim().strip_prefix("--")?.split_once(": #"))
        .map(|(name, hex)| (name, channels(hex)))
        .collect()
}

/// The channels of `fff` or `0b5d5b`, 0 to 1.
fn channels(hex: &str) -> [f64; 3] {
    let width = hex.len() / 3;
    [0, 1, 2].map(|place| {
        let digits = &hex[place * width..(place + 1) * width];
        f64::from(u8::from_str_radix(&digits.repeat(2 / width), 16).unwrap()) / 255.0
    })
}

/// Relative luminance as WCAG defines it.
fn luminance(channels: [f64; 3]) -> f64 {
    let [red, green, blue] =
        channels.map(|c| if c <= 0.04045 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

fn contrast(one: [f64; 3], other: [f64; 3]) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

#[test]
fn r45_every_ink_can_be_read_on_its_ground() {
    let blocks: Vec<&str> = STYLE.split(":root {").skip(1).collect();
    let light = colours(blocks[0]);
    let mut dark = light.clone();
    dark.extend(colours(blocks[1]));
    assert!(luminance(dark["ground"]) < luminance(light["ground"]));
    for (scheme, colours) in [("light", light), ("dark", dark)] {
        for (ground, inks) in PAIRS {
            for ink in inks {
                let contrast = contrast(colours[ground], colours[ink]);
                assert!(contrast >= 4.5, "{scheme}: {ink} on {ground} has {contrast:.2}");
            }
        }
    }
}

#[test]
fn black_on_white_is_the_most_there_is() {
    assert!((contrast(channels("000"), channels("ffffff")) - 21.0).abs() < 1e-9);
}
