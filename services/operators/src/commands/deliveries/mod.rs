//! Alerts are tried again at once or stopped, one or many (R40). Their rows are locked, so that neither the sweep nor a
//! courier nor another operator overtakes it.

mod bulk;
mod one;

pub(crate) use crate::queries::deliveries::What;
pub(crate) use bulk::{Done, many};
pub(crate) use one::one;

use bevaka_domain::delivery::operated::Unchanged;
use bevaka_store::StoreError;

/// Why an alert, or all that were meant, stay as they are.
#[derive(Debug)]
pub(crate) enum Refusal {
    NotFound,
    Unchanged(Unchanged),
    /// There are more or fewer than the operator has seen.
    CountChanged {
        found: usize,
    },
    Store(StoreError),
}

impl From<StoreError> for Refusal {
    fn from(fault: StoreError) -> Self {
        Self::Store(fault)
    }
}

impl From<Unchanged> for Refusal {
    fn from(unchanged: Unchanged) -> Self {
        Self::Unchanged(unchanged)
    }
}
