//! Business events and their kinds.

use crate::{clock::Timestamp, ids::EventId, notice::Content, organisation::OrganisationNumber};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr, sync::Arc};
use uuid::Uuid;

/// The name of an event kind, such as `payment.rejected`. Which kinds exist is data (R7).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(
    feature = "schema",
    derive(utoipa::ToSchema),
    schema(
        value_type = String, as = EventKind,
        description = "The name of an event kind, such as `payment.rejected`."
    )
)]
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

/// An amount of money in hundredths of its currency; never negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(value_type = String))]
pub struct Amount(u64);

/// A text that is no amount.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an amount: at most 12 digits, then perhaps a point and two digits, such as 10000 or 99.50")]
pub struct InvalidAmount;

impl Amount {
    /// Reads `10000` or `10000.00`.
    ///
    /// # Errors
    /// [`InvalidAmount`].
    pub fn parse(text: &str) -> Result<Self, InvalidAmount> {
        let digits = |text: &str, most: usize| {
            let sound =
                !text.is_empty() && text.len() <= most && text.bytes().all(|byte| byte.is_ascii_digit());
            sound.then(|| text.parse::<u64>().ok()).flatten().ok_or(InvalidAmount)
        };
        let (whole, hundredths) = match text.split_once('.') {
            Some((whole, part)) if part.len() == 2 => (whole, digits(part, 2)?),
            Some(_) => return Err(InvalidAmount),
            None => (text, 0),
        };
        Ok(Self(digits(whole, 12)? * 100 + hundredths))
    }

    /// In hundredths.
    pub const fn hundredths(self) -> u64 {
        self.0
    }
}

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

impl TryFrom<String> for Amount {
    type Error = InvalidAmount;

    fn try_from(text: String) -> Result<Self, InvalidAmount> {
        Self::parse(&text)
    }
}

impl From<Amount> for String {
    fn from(amount: Amount) -> Self {
        amount.to_string()
    }
}

/// An account number without its spaces and dashes. `Debug` hides it: account numbers never reach a log.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(value_type = String))]
pub struct Account(String);

/// A text that is no account number.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an account number: 1 to 34 letters and digits; spaces and dashes between them do not count")]
pub struct InvalidAccount;

impl Account {
    /// Reads an account number in any usual spelling.
    ///
    /// # Errors
    /// [`InvalidAccount`].
    pub fn parse(text: &str) -> Result<Self, InvalidAccount> {
        let between = |c: char| c.is_whitespace() || matches!(c, '-' | '\u{2010}'..='\u{2015}' | '.' | ',');
        let number: String = text.chars().filter(|c| !between(*c)).collect::<String>().to_ascii_uppercase();
        let sound =
            (1..=34).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if sound { Ok(Self(number)) } else { Err(InvalidAccount) }
    }

    /// The number: for storage and for its owner's pages.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Account(…)")
    }
}

impl TryFrom<String> for Account {
    type Error = InvalidAccount;

    fn try_from(text: String) -> Result<Self, InvalidAccount> {
        Self::parse(&text)
    }
}

impl From<Account> for String {
    fn from(account: Account) -> Self {
        account.0
    }
}

/// What of an event's data a watch can be narrowed by. What an event does not tell narrows nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// How much it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<Amount>,
    /// In which currency (ISO 4217); none means SEK.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Which account it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<Account>,
}

impl Facts {
    /// Nothing to narrow by.
    pub const NONE: Self = Self { amount: None, currency: None, account: None };

    /// Whether there is nothing to narrow by.
    pub fn is_empty(&self) -> bool {
        *self == Self::NONE
    }
}

/// By what an event came in, where not by its publisher alone. Bevaka sets it on what operators publish (R37, R40).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Origin {
    /// An operator injected it.
    Injection(Uuid),
    /// An operator sent a dead letter in again.
    DeadLetter(Uuid),
}

/// A text that is no origin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an origin: injection:UUID or dead_letter:UUID")]
pub struct InvalidOrigin;

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Injection(id) => write!(f, "injection:{id}"),
            Self::DeadLetter(id) => write!(f, "dead_letter:{id}"),
        }
    }
}

impl FromStr for Origin {
    type Err = InvalidOrigin;

    /// Reads what `Display` writes, and nothing else.
    fn from_str(text: &str) -> Result<Self, InvalidOrigin> {
        let (what, id) = text.split_once(':').ok_or(InvalidOrigin)?;
        let id = Uuid::try_parse(id).map_err(|_| InvalidOrigin)?;
        let origin = match what {
            "injection" => Self::Injection(id),
            "dead_letter" => Self::DeadLetter(id),
            _ => return Err(InvalidOrigin),
        };
        if origin.to_string() == text { Ok(origin) } else { Err(InvalidOrigin) }
    }
}

impl TryFrom<String> for Origin {
    type Error = InvalidOrigin;

    fn try_from(text: String) -> Result<Self, InvalidOrigin> {
        text.parse()
    }
}

impl From<Origin> for String {
    fn from(origin: Origin) -> Self {
        origin.to_string()
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
    /// What of the data a watch can be narrowed by.
    pub facts: Facts,
    /// The same data, read, if it is a notice of Bevaka itself.
    pub notice: Option<Arc<Content>>,
    /// By what it came in, if not by its publisher alone.
    pub origin: Option<Origin>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_exactly() {
        for (text, hundredths) in
            [("0", 0), ("10000", 1_000_000), ("99.50", 9_950), ("999999999999.99", 99_999_999_999_999)]
        {
            assert_eq!(Amount::parse(text).map(Amount::hundredths), Ok(hundredths), "{text}");
        }
        for text in ["", "-1", "1.5", "1.555", "1,50", "1 000", "1000000000000", "+1", ".50", "1."] {
            assert_eq!(Amount::parse(text), Err(InvalidAmount), "{text}");
        }
        assert_eq!(Amount::parse("7").unwrap().to_string(), "7.00");
    }

    #[test]
    fn accounts_are_equal_in_any_usual_spelling_and_hidden_in_debug() {
        let account = Account::parse("8327-9, 123 456 789-0").unwrap();
        assert_eq!(account.as_str(), "832791234567890");
        assert_eq!(
            Account::parse("se45 5000 0000 0583 9825 7466").unwrap().as_str(),
            "SE4550000000058398257466"
        );
        assert_eq!(format!("{account:?}"), "Account(…)");
        for text in ["", " - ", "å1", "1/2", &"1".repeat(35)] {
            assert_eq!(Account::parse(text), Err(InvalidAccount), "{text}");
        }
    }

    #[test]
    fn an_origin_is_read_as_it_is_written_and_not_otherwise() {
        let id = Uuid::from_u128(7);
        for origin in [Origin::Injection(id), Origin::DeadLetter(id)] {
            assert_eq!(origin.to_string().parse(), Ok(origin));
        }
        let upper = "injection:0000000A-0000-0000-0000-000000000000";
        for text in ["", "injection", "injection:", "injection:7", "replay:0", upper, " injection:x"] {
            assert_eq!(text.parse::<Origin>(), Err(InvalidOrigin), "{text}");
        }
    }

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
