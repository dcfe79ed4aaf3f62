//! How a page is shown: how wide, in which colours, on which medium.

use chromiumoxide::cdp::browser_protocol::emulation::{
    MediaFeature, SetDeviceMetricsOverrideParams, SetEmulatedMediaParams,
};

/// What a browser tells a page about the person who looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Look {
    /// The width in CSS pixels. A window of 1280 at a zoom of 200 % is 640 wide.
    pub width: i64,
    pub scheme: Scheme,
    pub medium: Medium,
}

/// The colours that a person prefers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    Light,
    Dark,
}

/// Where a page is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Medium {
    Screen,
    /// On a screen, for a person who asks for less motion.
    StillScreen,
    Paper,
}

impl Scheme {
    pub const BOTH: [Self; 2] = [Self::Light, Self::Dark];

    pub fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

impl Look {
    pub fn screen(width: i64, scheme: Scheme) -> Self {
        Self { width, scheme, medium: Medium::Screen }
    }

    /// Its size for the browser.
    pub fn metrics(self) -> SetDeviceMetricsOverrideParams {
        SetDeviceMetricsOverrideParams::new(self.width, 900, 1.0, false)
    }

    /// Its media for the browser.
    pub fn media(self) -> SetEmulatedMediaParams {
        let (media, motion) = match self.medium {
            Medium::Screen => ("screen", "no-preference"),
            Medium::StillScreen => ("screen", "reduce"),
            Medium::Paper => ("print", "no-preference"),
        };
        SetEmulatedMediaParams::builder()
            .media(media)
            .feature(MediaFeature::new("prefers-color-scheme", self.scheme.name()))
            .feature(MediaFeature::new("prefers-reduced-motion", motion))
            .build()
    }
}
