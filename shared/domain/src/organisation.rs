//! Companies and their organisation numbers.

use crate::{ids::OrganisationId, typed::plain};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use strum::{EnumString, IntoStaticStr, VariantArray};

/// A Swedish organisation number: ten digits, the last a Luhn check digit.
///
/// A sole trader's is the person's own personal number, so `Debug` and `Display` are for storage and
/// pages only; logs name the company by [`OrganisationId`].
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(
    feature = "schema",
    derive(utoipa::ToSchema),
    schema(value_type = String, description = "A Swedish organisation number.")
)]
pub struct OrganisationNumber(String);

/// Why a text is no organisation number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidOrganisationNumber {
    /// Not ten digits.
    #[error("an organisation number has ten digits, such as 556016-0680")]
    Digits,
    /// Neither a company's number nor a person's: the prefix, or the date.
    #[error(
        "the digits are neither a company's number nor, as a sole trader's is, a birth date; check for a typing error"
    )]
    NoNumber,
    /// The tenth digit does not follow from the first nine.
    #[error("the last digit of the organisation number does not match the others; check for a typing error")]
    CheckDigit,
}

impl OrganisationNumber {
    /// Reads `556016-0680`, `5560160680` or, for sole traders, `191212121212` with a century.
    ///
    /// # Errors
    /// [`InvalidOrganisationNumber`] says whether the length or the check digit is wrong.
    pub fn parse(text: &str) -> Result<Self, InvalidOrganisationNumber> {
        let text = &plain(text);
        let (head, tail) = match text.len() {
            11 | 13 => (&text.get(..text.len() - 5), text.get(text.len() - 4..)),
            10 | 12 => (&text.get(..text.len() - 4), text.get(text.len() - 4..)),
            _ => return Err(InvalidOrganisationNumber::Digits),
        };
        let (Some(head), Some(tail)) = (head, tail) else { return Err(InvalidOrganisationNumber::Digits) };
        if text.len() % 2 == 1 && !matches!(text.as_bytes()[text.len() - 5], b'-' | b'+') {
            return Err(InvalidOrganisationNumber::Digits);
        }
        let mut digits = format!("{head}{tail}");
        if !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Err(InvalidOrganisationNumber::Digits);
        }
        let is_company = |digits: &str| digits.as_bytes()[2] >= b'2';
        if digits.len() == 12 {
            let prefix = digits[..2].to_owned();
            digits = digits.split_off(2);
            let fits =
                if is_company(&digits) { prefix == "16" } else { matches!(&*prefix, "18" | "19" | "20") };
            if !fits {
                return Err(InvalidOrganisationNumber::NoNumber);
            }
        }
        if !is_company(&digits) && !is_birthday(&digits) {
            return Err(InvalidOrganisationNumber::NoNumber);
        }
        if luhn_sum(&digits).is_multiple_of(10) {
            Ok(Self(digits))
        } else {
            Err(InvalidOrganisationNumber::CheckDigit)
        }
    }

    /// The ten digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether six digits can be a birth date in some century; coordination numbers have 60 added to the day, and may not know
/// month or day.
fn is_birthday(digits: &str) -> bool {
    let part = |range: std::ops::Range<usize>| digits[range].parse::<u8>().unwrap_or(u8::MAX);
    matches!((part(2..4), part(4..6)), (1..=12, 1..=31 | 60..=91) | (0, 60..=91))
}

/// The Luhn sum (ISO/IEC 7812-1) of ASCII digits, the rightmost with weight one.
pub(crate) fn luhn_sum(digits: &str) -> u32 {
    digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let weighted = u32::from(digit - b'0') * if place % 2 == 1 { 2 } else { 1 };
            weighted / 10 + weighted % 10
        })
        .sum()
}

/// With the hyphen that people write: `556016-0680`.
impl fmt::Display for OrganisationNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", &self.0[..6], &self.0[6..])
    }
}

impl fmt::Debug for OrganisationNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OrganisationNumber(…)")
    }
}

impl FromStr for OrganisationNumber {
    type Err = InvalidOrganisationNumber;

    fn from_str(text: &str) -> Result<Self, InvalidOrganisationNumber> {
        Self::parse(text)
    }
}

impl TryFrom<String> for OrganisationNumber {
    type Error = InvalidOrganisationNumber;

    fn try_from(text: String) -> Result<Self, InvalidOrganisationNumber> {
        Self::parse(&text)
    }
}

impl From<OrganisationNumber> for String {
    fn from(number: OrganisationNumber) -> Self {
        number.0
    }
}

/// The legal form of a company, as far as the rules tell forms apart (R5).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, EnumString, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum CompanyForm {
    /// *Enskild firma*: the company is the person.
    SoleTrader,
    /// *Aktiebolag*.
    LimitedCompany,
    /// *Handelsbolag* or *kommanditbolag*.
    Partnership,
    /// *Ekonomisk förening*, *bostadsrättsförening* or *ideell förening*.
    Association,
    /// Any other form.
    Other,
}

/// A company.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organisation {
    /// Our id.
    pub id: OrganisationId,
    /// The number the authorities gave it.
    pub number: OrganisationNumber,
    /// The registered name.
    pub name: String,
    /// The legal form.
    pub form: CompanyForm,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_usual_way_to_write_a_number_gives_the_same() {
        for text in [
            "556016-0680",
            "5560160680",
            " 556016-0680 ",
            "165560160680",
            "16556016-0680",
            "５５６０１６０６８０",
            "\u{202a}556016\u{2011}0680\u{202c}",
        ] {
            let number = OrganisationNumber::parse(text).unwrap();
            assert_eq!((number.as_str(), number.to_string().as_str()), ("5560160680", "556016-0680"));
        }
    }

    #[test]
    fn faults_are_told_apart() {
        use InvalidOrganisationNumber::{CheckDigit, Digits};
        assert_eq!(OrganisationNumber::parse("556016-0681"), Err(CheckDigit));
        for text in ["", "556016", "556016 0680", "55601606801234", "55601a-0680", "ååååå"] {
            assert_eq!(OrganisationNumber::parse(text), Err(Digits), "{text}");
        }
    }

    #[test]
    fn what_is_neither_a_companys_nor_a_persons_number_is_none() {
        use InvalidOrganisationNumber::NoNumber;
        for text in
            ["0000000000", "995560160680", "195560160680", "161912121212", "171212121212", "1213121212"]
        {
            assert_eq!(OrganisationNumber::parse(text), Err(NoNumber), "{text}");
        }
        for text in ["191212121212", "1212121212", "121212+1212", "201212121212", "197000632393"] {
            assert!(OrganisationNumber::parse(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn debug_never_shows_the_digits() {
        let number = OrganisationNumber::parse("5560160680").unwrap();
        assert!(!format!("{number:?}").contains("5560"));
    }
}
