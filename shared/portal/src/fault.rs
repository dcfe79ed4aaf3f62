//! Why something is not shown.

use bevaka_store::StoreError;
use bevaka_web::problem::Problem;

/// Why something is not shown.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// There is no such thing.
    #[error("not found")]
    NotFound,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::NotFound => Self::not_found(),
            Fault::Store(error) => error.into(),
        }
    }
}
