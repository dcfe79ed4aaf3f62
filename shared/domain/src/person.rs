//! Persons and their Swedish personal numbers.

use crate::typed::plain;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// A Swedish personal number (*personnummer*) or coordination number (*samordningsnummer*): twelve digits, the last
/// a Luhn check digit over the ten before it without the century.
///
/// `Debug` shows nothing of it; there is no `Display`, so that none slips into a log or a page.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PersonalNumber(String);

/// Why a text is no personal number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPersonalNumber {
    /// Not twelve digits.
    #[error("a personal number has twelve digits, such as 19121212-1212")]
    Digits,
    /// No such day.
    #[error("the first eight digits of a personal number are a date; check for a typing error")]
    Date,
    /// The last digit does not follow from the others.
    #[error("the last digit of the personal number does not match the others; check for a typing error")]
    CheckDigit,
}

impl PersonalNumber {
    /// Reads `19121212-1212`, `191212121212` or `19121212 1212`.
    ///
    /// # Errors
    /// [`InvalidPersonalNumber`] says what is wrong.
    pub fn parse(text: &str) -> Result<Self, InvalidPersonalNumber> {
        let text = plain(text);
        let digits = match text.len() {
            13 if matches!(text.as_bytes()[8], b'-' | b' ') => text.replace(['-', ' '], ""),
            _ => text,
        };
        if digits.len() != 12 || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(InvalidPersonalNumber::Digits);
        }
        if !is_date(&digits) {
            return Err(InvalidPersonalNumber::Date);
        }
        if !crate::organisation::luhn_sum(&digits[2..]).is_multiple_of(10) {
            return Err(InvalidPersonalNumber::CheckDigit);
        }
        Ok(Self(digits))
    }

    /// The twelve digits: for BankID, for sealing before storage, never for a log.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Enough to recognise one's own: `19121212-••••`.
    pub fn masked(&self) -> String {
        format!("{}-••••", &self.0[..8])
    }
}

/// A coordination number has 60 added to its day; month 00 and day 60 say that they are not known.
fn is_date(digits: &str) -> bool {
    let part = |range: std::ops::Range<usize>| digits[range].parse::<u8>().unwrap_or(0);
    let year: i32 = digits[..4].parse().unwrap_or(0);
    let (month, day) = (part(4..6), part(6..8));
    let is_day = |month, day| {
        time::Month::try_from(month)
            .is_ok_and(|month| time::Date::from_calendar_date(year, month, day).is_ok())
    };
    (1800..2100).contains(&year)
        && match (month, day) {
            (0, 60..=91) | (1..=12, 60) => true,
            (_, 61..) => is_day(month, day - 60),
            (_, _) => is_day(month, day),
        }
}

impl fmt::Debug for PersonalNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonalNumber(…)")
    }
}

impl FromStr for PersonalNumber {
    type Err = InvalidPersonalNumber;

    fn from_str(text: &str) -> Result<Self, InvalidPersonalNumber> {
        Self::parse(text)
    }
}

impl TryFrom<String> for PersonalNumber {
    type Error = InvalidPersonalNumber;

    fn try_from(text: String) -> Result<Self, InvalidPersonalNumber> {
        Self::parse(&text)
    }
}

impl From<PersonalNumber> for String {
    fn from(number: PersonalNumber) -> Self {
        number.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn usual_ways_to_write_a_number_give_the_same() {
        for text in ["191212121212", "19121212-1212", " 19121212 1212 "] {
            assert_eq!(PersonalNumber::parse(text).unwrap().reveal(), "191212121212", "{text}");
        }
        // A coordination number.
        assert!(PersonalNumber::parse("197010632391").is_ok());
        // Of persons whose month, day or both are not known.
        for text in ["191500882392", "197000632393", "197001602395"] {
            assert!(PersonalNumber::parse(text).is_ok(), "{text}");
        }
        assert!(PersonalNumber::parse("\u{202a}19121212\u{2011}1212\u{202c}").is_ok());
    }

    #[test]
    fn faults_are_told_apart() {
        use InvalidPersonalNumber::{CheckDigit, Date, Digits};
        for (text, fault) in [
            ("191212121213", CheckDigit),
            ("191213121212", Date),
            ("191202301212", Date),
            ("1212121212", Digits),
            ("19121212+1212", Digits),
            ("197000321234", Date),
            ("", Digits),
        ] {
            assert_eq!(PersonalNumber::parse(text), Err(fault), "{text}");
        }
    }

    #[test]
    fn neither_debug_nor_the_mask_shows_the_last_digits() {
        let number = PersonalNumber::parse("191212121212").unwrap();
        assert_eq!(format!("{number:?}"), "PersonalNumber(…)");
        assert_eq!(number.masked(), "19121212-••••");
    }
}
