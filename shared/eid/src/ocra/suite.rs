//! The text that says how a response is computed, such as `OCRA-1:HOTP-SHA256-8:QN08`.

use std::{borrow::Cow, fmt, num::NonZeroU32, str::FromStr};

/// How a response is computed (RFC 6287, 6).
#[derive(Clone, PartialEq, Eq)]
pub struct Suite {
    text: Cow<'static, str>,
    pub(super) hash: Hash,
    pub(super) digits: u8,
    pub(super) counter: bool,
    pub(super) question: Question,
    pub(super) pin: Option<Hash>,
    /// Bytes of the session's name.
    pub(super) session: Option<u16>,
    /// Seconds per time step.
    pub(super) step: Option<NonZeroU32>,
}

/// A hash function that a suite can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hash {
    /// SHA-1; within HMAC it is still sound (RFC 6194).
    Sha1,
    /// SHA-256.
    Sha256,
    /// SHA-512.
    Sha512,
}

/// Which characters a challenge has, and how many at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    /// Decimal digits (`QN`).
    Numeric(u8),
    /// Letters and digits of ASCII (`QA`).
    Alphanumeric(u8),
    /// Hexadecimal digits (`QH`).
    Hexadecimal(u8),
}

/// A text that names no suite, with the part that is wrong and what would be right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSuite {
    /// Not three parts, or not version 1.
    #[error("a suite has three parts, the first of them OCRA-1, such as {0}", Suite::LOGIN)]
    Parts,
    /// The second part.
    #[error(
        "the second part is HOTP-SHA1, HOTP-SHA256 or HOTP-SHA512 with 4 to 10 digits, such as HOTP-SHA256-8"
    )]
    Function,
    /// The third part, or the order of what is in it.
    #[error(
        "the third part is C, then a challenge such as QN08 (QN, QA or QH with 04 to 64), then PSHA1, S064 and T1M, \
         each left out or in this order"
    )]
    Input,
}

impl Suite {
    /// Signing in: a challenge of up to 8 digits.
    pub const LOGIN: Self = Self::numeric("OCRA-1:HOTP-SHA256-8:QN08", 8);
    /// Signing an agreement: a challenge of up to 12 digits, which hold what is signed.
    pub const SIGN: Self = Self::numeric("OCRA-1:HOTP-SHA256-8:QN12", 12);

    const fn numeric(text: &'static str, longest: u8) -> Self {
        Self {
            text: Cow::Borrowed(text),
            hash: Hash::Sha256,
            digits: 8,
            counter: false,
            question: Question::Numeric(longest),
            pin: None,
            session: None,
            step: None,
        }
    }

    /// Reads the text of a suite, upper and lower case alike. The text itself is kept as it is: it is part of what is
    /// authenticated.
    ///
    /// # Errors
    /// [`InvalidSuite`] says which part is wrong.
    pub fn parse(text: &str) -> Result<Self, InvalidSuite> {
        let upper = text.to_ascii_uppercase();
        let [version, function, input] =
            upper.split(':').collect::<Vec<_>>().try_into().map_err(|_| InvalidSuite::Parts)?;
        if version != "OCRA-1" {
            return Err(InvalidSuite::Parts);
        }
        let (hash, digits) = parse_function(function).ok_or(InvalidSuite::Function)?;
        let mut parts = input.split('-').peekable();
        let counter = parts.next_if_eq(&"C").is_some();
        let question = parts.next().and_then(parse_question).ok_or(InvalidSuite::Input)?;
        let mut optional =
            |letter: char| parts.next_if(|part| part.starts_with(letter)).map(|part| &part[1..]);
        let (pin, session, step) = (optional('P'), optional('S'), optional('T'));
        let suite = Self {
            text: Cow::Owned(text.to_owned()),
            hash,
            digits,
            counter,
            question,
            pin: required(pin, Hash::named)?,
            session: required(session, parse_session)?,
            step: required(step, parse_step)?,
        };
        if parts.next().is_some() { Err(InvalidSuite::Input) } else { Ok(suite) }
    }

    /// The suite's text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// How many digits a response has.
    pub fn digits(&self) -> u8 {
        self.digits
    }
}

fn required<T>(part: Option<&str>, parse: fn(&str) -> Option<T>) -> Result<Option<T>, InvalidSuite> {
    part.map(|part| parse(part).ok_or(InvalidSuite::Input)).transpose()
}

/// Zero digits, the whole code, are left out: nobody can type them.
fn parse_function(part: &str) -> Option<(Hash, u8)> {
    let (hash, digits) = part.strip_prefix("HOTP-")?.split_once('-')?;
    let digits = digits.parse().ok().filter(|digits| (4..=10).contains(digits))?;
    Some((Hash::named(hash)?, digits))
}

fn parse_question(part: &str) -> Option<Question> {
    let format = part.get(..2)?;
    let longest = number(part.get(2..)?, 2).and_then(|n| u8::try_from(n).ok());
    let longest = longest.filter(|longest| (4..=64).contains(longest))?;
    match format {
        "QN" => Some(Question::Numeric(longest)),
        "QA" => Some(Question::Alphanumeric(longest)),
        "QH" => Some(Question::Hexadecimal(longest)),
        _ => None,
    }
}

fn parse_session(part: &str) -> Option<u16> {
    number(part, 3).and_then(|n| u16::try_from(n).ok()).filter(|length| (1..=512).contains(length))
}

/// Seconds of `20S`, `1M` or `24H` (RFC 6287, 6.3).
fn parse_step(part: &str) -> Option<NonZeroU32> {
    let (count, unit) = part.split_at_checked(part.len().checked_sub(1)?)?;
    let count = number(count, count.len()).filter(|_| count.len() <= 2)?;
    let (most, seconds) = match unit {
        "S" => (59, 1),
        "M" => (59, 60),
        "H" => (48, 3600),
        _ => return None,
    };
    NonZeroU32::new(count * seconds).filter(|_| count <= most)
}

/// A number of exactly so many ASCII digits.
fn number(text: &str, digits: usize) -> Option<u32> {
    let plain = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

impl Hash {
    fn named(name: &str) -> Option<Self> {
        match name {
            "SHA1" => Some(Self::Sha1),
            "SHA256" => Some(Self::Sha256),
            "SHA512" => Some(Self::Sha512),
            _ => None,
        }
    }
}

impl fmt::Display for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Suite({})", self.text)
    }
}

impl FromStr for Suite {
    type Err = InvalidSuite;

    fn from_str(text: &str) -> Result<Self, InvalidSuite> {
        Self::parse(text)
    }
}
