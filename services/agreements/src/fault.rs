//! Why a command was not carried out.

use bevaka_chassis::vault::Unopened;
use bevaka_domain::{ids::OrderId, signing::Refusal};
use bevaka_eid::bankid::BankIdError;
use bevaka_portal::Refused;
use bevaka_store::StoreError;
use bevaka_web::{page_error::PageError, pages::ViewError};

/// Why a command was not carried out. Nothing has been changed. The sentences of refusals are what the API says of them.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// A rule says no.
    #[error("refused: {0}")]
    Refused(#[from] Refusal),
    /// Another order about the same waits already.
    #[error("Another order about the same waits for signatures; there is one at a time.")]
    OrderPending(OrderId),
    /// There is no such thing, or it is another company's.
    #[error("not found")]
    NotFound,
    /// What is asked for is shown to signatories and permission administrators only.
    #[error("This is for the company's signatories and permission administrators.")]
    NoInsight,
    /// Too many tries of this person or from this address.
    #[error("This person or this network address has tried too often in a short time.")]
    TooManyTries,
    /// The method is planned, closed, or not offered.
    #[error("This method cannot be used now; it is planned or closed.")]
    MethodClosed,
    /// A field does not hold what it must.
    #[error("{0}")]
    Field(Field),
    /// BankID refused or could not be asked.
    #[error("BankID: {0}")]
    BankId(#[from] BankIdError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Something of ours is broken.
    #[error(transparent)]
    Internal(#[from] anyhow::Error),
}

/// A field that does not hold what it must.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Field {
    /// 1 to 200 printable characters on one line.
    #[error("name must have 1 to 200 characters, all of them printable and on one line.")]
    Name,
    /// Twelve digits with a valid check digit.
    #[error("personal_number must have twelve digits with a valid check digit.")]
    PersonalNumber,
    /// The person has no number of ours: missing.
    #[strum(serialize = "personal_number")]
    #[error("personal_number is needed for this method.")]
    PersonalNumberMissing,
    /// Eight digits.
    #[error("answer must have eight digits.")]
    Answer,
}

impl Field {
    /// The name in forms and in the API.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

impl From<bevaka_portal::Error> for Fault {
    fn from(error: bevaka_portal::Error) -> Self {
        match error {
            bevaka_portal::Error::NotFound => Self::NotFound,
            bevaka_portal::Error::Store(error) => Self::Store(error),
        }
    }
}

impl From<Unopened> for Fault {
    fn from(fault: Unopened) -> Self {
        Self::Internal(fault.into())
    }
}

impl From<ViewError> for Fault {
    fn from(fault: ViewError) -> Self {
        Self::Internal(fault.into())
    }
}

impl From<serde_json::Error> for Fault {
    fn from(fault: serde_json::Error) -> Self {
        Self::Internal(fault.into())
    }
}

impl From<Fault> for PageError {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::NotFound => Self::not_found(),
            Fault::MethodClosed => Refused::MethodClosed.into(),
            Fault::TooManyTries => Refused::TooManyTries.into(),
            Fault::Store(error) => error.into(),
            fault => Self::other(fault),
        }
    }
}

/// What a command gives.
pub type Outcome<T> = Result<T, Fault>;
