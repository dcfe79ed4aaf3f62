//! Business events and their kinds.

use crate::{clock::Timestamp, ids::EventId, notice::Content, organisation::OrganisationNumber};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr, sync::Arc};

/// The name of an event kind, such as `payment.rejected`. Which kinds exist is data (R7).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Kind(Arc<str>);

/// A text that cannot name a kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "a kind is two or more words of a–z, 0–9 and _ joined by dots, at most 64 characters, such as payment.rejected"
)]
pub struct InvalidKind;

impl Kind {
    /// Reads a kind's name.
    ///
    /// # Errors
    /// [`InvalidKind`] tells the form of a name.
    pub fn parse(text: &str) -> Result<Self, InvalidKind> {
        let word = |w: &str| {
            !w.is_empty() && w.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        };
        if text.len() <= 64 && text.contains('.') && text.split('.').all(word) {
            Ok(Self(text.into()))
        } else {
            Err(InvalidKind)
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Kind {
    type Err = InvalidKind;

    fn from_str(text: &str) -> Result<Self, InvalidKind> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Kind {
    type Error = InvalidKind;

    fn try_from(text: String) -> Result<Self, InvalidKind> {
        Self::parse(&text)
    }
}

impl From<Kind> for String {
    fn from(kind: Kind) -> Self {
        kind.0.as_ref().to_owned()
    }
}

/// An accepted event: its envelope is sound and its data fit the kind's schema.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Our id.
    pub id: EventId,
    /// The publisher; with `external_id` it identifies the event (R30).
    pub source: String,
    /// The publisher's id.
    pub external_id: String,
    /// What happened.
    pub kind: Kind,
    /// Whose event it is.
    pub organisation: OrganisationNumber,
    /// The bank's key of the one user it is addressed to; `None` means every user (R29).
    pub recipient: Option<String>,
    /// When it happened, as the publisher says.
    pub occurred_at: Timestamp,
    /// When it reached us.
    pub received_at: Timestamp,
    /// From when telling of it helps nobody.
    pub expires_at: Timestamp,
    /// The data of the kind, as JSON text; never shown in an alert by default (R35).
    pub data: String,
    /// The same data, read, if it is a notice of Bevaka itself.
    pub notice: Option<Arc<Content>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_dotted_lower_case_words() {
        for good in ["payment.rejected", "a.b.c", "loan_1.due"] {
            assert_eq!(Kind::parse(good).map(|k| k.to_string()), Ok(good.to_owned()));
        }
        for bad in ["", "payment", "Payment.rejected", "payment..x", ".x", "a.b ", "å.b", &"a.".repeat(40)] {
            assert_eq!(Kind::parse(bad), Err(InvalidKind), "{bad}");
        }
    }
}
