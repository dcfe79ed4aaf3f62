//! Why BankID could not be asked, or refused.

use super::{RequestFault, Unknown};

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
#[derive(Debug, Clone, PartialEq, Eq, strum::Display, strum::EnumString)]
#[strum(serialize_all = "camelCase")]
pub enum ErrorCode {
    /// The person has another order already; BankID has ended that one too.
    AlreadyInProgress,
    /// A field is wrong, or the order is not known.
    InvalidParameters,
    /// The relying party's certificate is not accepted.
    Unauthorized,
    /// No such operation.
    NotFound,
    /// Not by this HTTP method.
    MethodNotAllowed,
    /// BankID waited too long for the request.
    RequestTimeout,
    /// Not with this content type.
    UnsupportedMediaType,
    /// BankID's own fault.
    InternalError,
    /// BankID is being worked on.
    Maintenance,
    /// One that is not known here, in BankID's words.
    #[strum(default, transparent)]
    Other(Unknown),
}
