//! The languages that people are addressed in.

use crate::word::unknown;
use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

/// A language that every page and alert exists in.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    Display,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[strum(parse_err_ty = UnknownLanguage, parse_err_fn = unknown)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Language {
    /// Swedish, the first language.
    #[default]
    #[serde(rename = "sv")]
    #[strum(serialize = "sv")]
    Swedish,
    /// English, the second.
    #[serde(rename = "en")]
    #[strum(serialize = "en")]
    English,
}

/// A language code that no catalogue exists for.
#[derive(Debug, Clone, Default, PartialEq, Eq, thiserror::Error)]
#[error("unknown language; known are sv, en")]
pub struct UnknownLanguage;

impl Language {
    /// The code of ISO 639-1.
    pub fn code(self) -> &'static str {
        self.as_str()
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
