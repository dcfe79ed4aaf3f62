//! The test persons, read from a file that developers may change.

mod file;
#[cfg(test)]
mod tests;

use crate::bankid::{ErrorCode, Failure};
use anyhow::{Context, anyhow};
use secrecy::SecretSlice;
use serde::Deserialize;
use std::{fmt, path::Path, sync::Arc};
use strum::{EnumString, IntoStaticStr, VariantArray};

/// All test persons, in the order of their file.
#[derive(Clone)]
pub(crate) struct Persons(Arc<[Arc<Person>]>);

pub(crate) struct Person {
    pub id: String,
    pub given_name: String,
    pub surname: String,
    pub personal_number: PersonalNumber,
    pub bankid: Vec<Method>,
    pub behaviour: Behaviour,
    pub token: Option<Token>,
}

/// Twelve digits whose date exists and whose last digit is right.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct PersonalNumber(String);

/// A kind of BankID. On file is not among them: the bank does not accept it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, EnumString, IntoStaticStr, VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub(crate) enum Method {
    OnCard,
    Mobile,
}

/// What happens to an order that names the person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Behaviour {
    /// Whoever sits at the app's page decides.
    #[default]
    Manual,
    Completes,
    Cancels,
    NeverStarts,
    Expires,
    CertificateError,
    UserDeclined,
    CancelledByAnother,
    NotSupportedByApp,
    RiskBlocked,
    Unauthorized,
    RequestTimeout,
    InternalError,
    Maintenance,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Script {
    None,
    Refuse(ErrorCode),
    /// The app is opened, and nothing more.
    Open,
    /// The app is opened, and then the order completes.
    Complete,
    /// The app is opened, and then the order fails.
    Fail(Failure),
}

/// A security token: a box with a secret in it.
pub(crate) struct Token {
    pub serial: String,
    pub secret: SecretSlice<u8>,
}

impl Persons {
    pub(crate) fn load(path: &Path) -> anyhow::Result<Self> {
        let text = std::fs::read_to_string(path).with_context(|| {
            format!("the sandbox's test persons cannot be read from {}; check --config-dir", path.display())
        })?;
        Self::parse(&text).map_err(|fault| anyhow!("{}{fault}", path.display()))
    }

    fn parse(text: &str) -> Result<Self, file::Fault> {
        Ok(Self(file::parse(text)?.into_iter().map(Arc::new).collect()))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Arc<Person>> {
        self.0.iter()
    }

    pub(crate) fn by_id(&self, id: &str) -> Option<&Arc<Person>> {
        self.iter().find(|person| person.id == id)
    }

    pub(crate) fn by_number(&self, number: &PersonalNumber) -> Option<&Arc<Person>> {
        self.iter().find(|person| person.personal_number == *number)
    }
}

impl Person {
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.given_name, self.surname)
    }
}

/// Names only who it is, as test persons may be real people's namesakes.
impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Person({})", self.id)
    }
}

impl Method {
    /// The certificate policy that BankID's test environment marks this kind with.
    pub(crate) const fn policy(self) -> &'static str {
        match self {
            Self::OnCard => "1.2.3.4.10",
            Self::Mobile => "1.2.3.4.25",
        }
    }

    /// As files, forms and texts name it.
    pub(crate) fn word(self) -> &'static str {
        self.into()
    }
}

impl Behaviour {
    pub(crate) const fn script(self) -> Script {
        match self {
            Self::Manual | Self::NeverStarts => Script::None,
            Self::Completes => Script::Complete,
            Self::Expires => Script::Open,
            Self::Cancels => Script::Fail(Failure::UserCancel),
            Self::CertificateError => Script::Fail(Failure::CertificateErr),
            Self::UserDeclined => Script::Fail(Failure::UserDeclinedCall),
            Self::CancelledByAnother => Script::Fail(Failure::Cancelled),
            Self::NotSupportedByApp => Script::Fail(Failure::NotSupportedByUserApp),
            Self::RiskBlocked => Script::Fail(Failure::TransactionRiskBlocked),
            Self::Unauthorized => Script::Refuse(ErrorCode::Unauthorized),
            Self::RequestTimeout => Script::Refuse(ErrorCode::RequestTimeout),
            Self::InternalError => Script::Refuse(ErrorCode::InternalError),
            Self::Maintenance => Script::Refuse(ErrorCode::Maintenance),
        }
    }
}

impl PersonalNumber {
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        let digits: String = match text.as_bytes() {
            [_, _, _, _, _, _, _, _, b'-', _, _, _, _] => text.replacen('-', "", 1),
            _ => text.to_owned(),
        };
        if digits.len() != 12 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err("a personal number has twelve digits, such as 19121212-1212");
        }
        if !date_exists(&digits) {
            return Err("the first eight digits of a personal number are a date, such as 19121212");
        }
        // The check digit is that of an organisation number, as a sole trader's number is his personal number.
        if bevaka_domain::organisation::OrganisationNumber::parse(&digits).is_err() {
            return Err("the last digit of the personal number does not match the others");
        }
        Ok(Self(digits))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for PersonalNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonalNumber(…)")
    }
}

fn date_exists(digits: &str) -> bool {
    let part = |range: std::ops::Range<usize>| digits.get(range).and_then(|part| part.parse::<u16>().ok());
    let (Some(year), Some(month), Some(day)) = (part(0..4), part(4..6), part(6..8)) else { return false };
    let (Ok(month), Ok(day)) = (u8::try_from(month), u8::try_from(day)) else { return false };
    time::Month::try_from(month)
        .and_then(|month| time::Date::from_calendar_date(i32::from(year), month, day))
        .is_ok()
}
