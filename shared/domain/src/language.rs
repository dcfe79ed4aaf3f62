//! The languages that people are addressed in.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// A language that every page and alert exists in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Language {
    /// Swedish, the first language.
    #[default]
    #[serde(rename = "sv")]
    Swedish,
    /// English, the second.
    #[serde(rename = "en")]
    English,
}

/// A language code that no catalogue exists for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown language; known are sv, en")]
pub struct UnknownLanguage;

impl Language {
    /// All languages, the first one first.
    pub const ALL: [Self; 2] = [Self::Swedish, Self::English];

    /// The code of ISO 639-1.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Swedish => "sv",
            Self::English => "en",
        }
    }

    pub(crate) const fn months(self) -> [&'static str; 12] {
        match self {
            Self::Swedish => [
                "januari",
                "februari",
                "mars",
                "april",
                "maj",
                "juni",
                "juli",
                "augusti",
                "september",
                "oktober",
                "november",
                "december",
            ],
            Self::English => [
                "January",
                "February",
                "March",
                "April",
                "May",
                "June",
                "July",
                "August",
                "September",
                "October",
                "November",
                "December",
            ],
        }
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Language {
    type Err = UnknownLanguage;

    fn from_str(code: &str) -> Result<Self, UnknownLanguage> {
        Self::ALL.into_iter().find(|language| language.code() == code).ok_or(UnknownLanguage)
    }
}
