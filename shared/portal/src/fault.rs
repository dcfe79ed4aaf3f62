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
            Fault::Store(error) => unavailable(&error),
        }
    }
}

/// What a caller may know of a failing database: that it is ours, and whether to try again. It is logged here.
pub fn unavailable(error: &StoreError) -> Problem {
    tracing::error!(%error, "the database failed a request");
    if !error.is_transient() {
        return Problem::internal();
    }
    Problem::new(
        axum::http::StatusCode::SERVICE_UNAVAILABLE,
        "Not available",
        "The database does not answer at the moment.",
        "Try again in a moment.",
    )
    .coded("unavailable")
}
