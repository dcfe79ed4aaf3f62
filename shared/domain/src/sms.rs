//! What fits into an SMS: GSM 03.38 (3GPP TS 23.038), its substitutes and its segments (R36).

use unicode_normalization::UnicodeNormalization;

/// The basic set of GSM 03.38; each of these costs one septet.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡\
ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";

/// The extension table; each of these costs two septets, and the two are never parted.
const EXTENSION: &str = "\u{c}^{}\\[~]|€";

/// How a text travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Seven bits a character: 160 in one segment, 153 in each of several.
    Gsm7,
    /// UTF-16 units: 70 in one segment, 67 in each of several.
    Ucs2,
}

/// A text as it will be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sms {
    /// After normalisation.
    pub text: String,
    /// How it travels.
    pub encoding: Encoding,
    /// How many messages the network carries, and bills, for it.
    pub segments: u32,
}

impl Sms {
    /// Normalises a text and counts what it costs.
    pub fn new(text: &str) -> Self {
        let text = normalise(text);
        let encoding =
            if text.chars().all(|c| septets(c).is_some()) { Encoding::Gsm7 } else { Encoding::Ucs2 };
        let segments = count_segments(&text, encoding);
        Self { text, encoding, segments }
    }
}

/// Composes (NFC) and replaces what has an equal in GSM 03.38: no-break spaces, typographic minus, quotes,
/// dashes and ellipsis, tabs; drops what has no width. Everything else stays as it is.
pub fn normalise(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.nfc() {
        match c {
            '\u{a0}' | '\u{2007}' | '\u{2009}' | '\u{200a}' | '\u{202f}' | '\t' => out.push(' '),
            '\u{2010}'..='\u{2015}' | '\u{2212}' => out.push('-'),
            '\u{2018}'..='\u{201b}' | '\u{2032}' | '´' | '`' => out.push('\''),
            '\u{201c}'..='\u{201f}' | '\u{2033}' | '«' | '»' => out.push('"'),
            '…' => out.push_str("..."),
            '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' => {}
            c => out.push(c),
        }
    }
    out
}

/// The cost of a character in GSM 03.38; `None` if the alphabet lacks it.
fn septets(c: char) -> Option<u32> {
    // Nearly every character of an alert; the tables are searched for the rest.
    if c.is_ascii_alphanumeric() || matches!(c, ' ' | '.' | ',' | ':' | '-') || BASIC.contains(c) {
        Some(1)
    } else if EXTENSION.contains(c) {
        Some(2)
    } else {
        None
    }
}

fn count_segments(text: &str, encoding: Encoding) -> u32 {
    let (alone, each) = match encoding {
        Encoding::Gsm7 => (160, 153),
        Encoding::Ucs2 => (70, 67),
    };
    let cost = |c: char| match encoding {
        Encoding::Gsm7 => septets(c).unwrap_or(1),
        Encoding::Ucs2 => {
            if c.len_utf16() == 2 {
                2
            } else {
                1
            }
        }
    };
    if text.chars().map(cost).sum::<u32>() <= alone {
        return 1;
    }
    let (segments, _) = text.chars().map(cost).fold((1, 0), |(segments, used), cost| {
        if used + cost <= each { (segments, used + cost) } else { (segments + 1, cost) }
    });
    segments
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn r36_swedish_stays_in_gsm_and_typography_is_replaced() {
        let sms = Sms::new("Avvisad\u{a0}betalning – ”Åkeri a\u{308}ä” \u{2212}5\u{202f}kr…");
        assert_eq!(sms.text, "Avvisad betalning - \"Åkeri ää\" -5 kr...");
        assert_eq!((sms.encoding, sms.segments), (Encoding::Gsm7, 1));
    }

    #[test]
    fn r36_segments_follow_the_limits_of_both_encodings() {
        let count = |unit: &str, n| Sms::new(&unit.repeat(n)).segments;
        assert_eq!([count("a", 160), count("a", 161), count("a", 306), count("a", 307)], [1, 2, 2, 3]);
        assert_eq!([count("€", 80), count("€", 81), count("€", 152), count("€", 153)], [1, 2, 2, 3]);
        assert_eq!([count("ж", 70), count("ж", 71), count("ж", 134), count("ж", 135)], [1, 2, 2, 3]);
        assert_eq!([count("😀", 35), count("😀", 36), count("😀", 66), count("😀", 67)], [1, 2, 2, 3]);
        assert_eq!(Sms::new("").segments, 1);
    }

    #[test]
    fn what_gsm_lacks_turns_the_whole_text_into_ucs2() {
        for text in ["ç", "ê", "Łódź"] {
            assert_eq!(Sms::new(text).encoding, Encoding::Ucs2, "{text}");
        }
    }

    proptest! {
        #[test]
        fn r36_normalising_twice_changes_nothing(text in any::<String>()) {
            let once = normalise(&text);
            prop_assert_eq!(normalise(&once), once);
        }
    }
}
