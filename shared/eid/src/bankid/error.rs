//! Why BankID could not be asked, or refused.

use super::{RequestFault, hint::word};

/// Why BankID could not be asked, or refused. What BankID writes about it in `details` is for nobody's eyes and is not
/// kept.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BankIdError {
    /// The order was not sent: it is not one that BankID takes.
    #[error(transparent)]
    Request(#[from] RequestFault),
    /// BankID refused.
    #[error("BankID refused: {0}")]
    Refused(ErrorCode),
    /// No connection, or one that is not BankID's.
    #[error("BankID cannot be reached")]
    Unreachable,
    /// No answer in time. Whether the order was started is not known.
    #[error("BankID did not answer in time")]
    Timeout,
    /// An answer that the API does not describe.
    #[error("BankID answered with status {status} something that its API does not describe")]
    Answer {
        /// The HTTP status.
        status: u16,
    },
}

/// BankID's code of an error (`errorCode`).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ErrorCode {
    /// The person has another order already; BankID has ended that one too.
    #[error("alreadyInProgress")]
    AlreadyInProgress,
    /// A field is wrong, or the order is not known.
    #[error("invalidParameters")]
    InvalidParameters,
    /// The relying party's certificate is not accepted.
    #[error("unauthorized")]
    Unauthorized,
    /// No such operation.
    #[error("notFound")]
    NotFound,
    /// Not by this HTTP method.
    #[error("methodNotAllowed")]
    MethodNotAllowed,
    /// BankID waited too long for the request.
    #[error("requestTimeout")]
    RequestTimeout,
    /// Not with this content type.
    #[error("unsupportedMediaType")]
    UnsupportedMediaType,
    /// BankID's own fault.
    #[error("internalError")]
    InternalError,
    /// BankID is being worked on.
    #[error("maintenance")]
    Maintenance,
    /// One that is not known here, in BankID's words.
    #[error("{0}")]
    Other(String),
}

impl From<&str> for ErrorCode {
    fn from(text: &str) -> Self {
        match text {
            "alreadyInProgress" => Self::AlreadyInProgress,
            "invalidParameters" => Self::InvalidParameters,
            "unauthorized" => Self::Unauthorized,
            "notFound" => Self::NotFound,
            "methodNotAllowed" => Self::MethodNotAllowed,
            "requestTimeout" => Self::RequestTimeout,
            "unsupportedMediaType" => Self::UnsupportedMediaType,
            "internalError" => Self::InternalError,
            "maintenance" => Self::Maintenance,
            other => Self::Other(word(other)),
        }
    }
}
