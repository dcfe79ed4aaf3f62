//! Alerts are tried again at once or stopped, one or many (R40). Their rows are locked, so that neither the sweep nor a
//! courier nor another operator overtakes it.

mod bulk;
mod one;

pub(crate) use bulk::{Done, MOST, many};
pub(crate) use one::one;

use bevaka_domain::{
    clock::Timestamp,
    delivery::{Delivery, operated::Unchanged},
    trail::Action,
};
use bevaka_store::StoreError;

/// What an operator wants of an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Retry,
    Cancel,
}

impl What {
    /// The alert as it stands then.
    pub(crate) fn apply(self, delivery: Delivery, now: Timestamp) -> Result<Delivery, Unchanged> {
        match self {
            Self::Retry => delivery.retry_now(now),
            Self::Cancel => delivery.cancel(now),
        }
    }

    pub(crate) fn would_apply(self, delivery: &Delivery, now: Timestamp) -> Result<(), Unchanged> {
        match self {
            Self::Retry => delivery.may_be_retried(now),
            Self::Cancel => delivery.may_be_cancelled(),
        }
    }

    const fn action(self) -> Action {
        match self {
            Self::Retry => Action::DeliveryRetried,
            Self::Cancel => Action::DeliveryCancelled,
        }
    }
}

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
