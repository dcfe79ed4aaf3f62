//! Why something is not shown.

use bevaka_store::StoreError;
use bevaka_web::{page_error::PageError, problem::Problem};

/// Why something is not shown.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such thing.
    #[error("not found")]
    NotFound,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Error> for Problem {
    fn from(fault: Error) -> Self {
        match fault {
            Error::NotFound => Self::not_found(),
            Error::Store(error) => error.into(),
        }
    }
}

impl From<Error> for PageError {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Self::not_found(),
            Error::Store(error) => error.into(),
        }
    }
}
