//! Dead letters are read, sent in again as they came or mended, and given up (R40).

mod bulk;
mod discard;
mod read;
mod requeue;

pub(crate) use bulk::{Chosen, Outcome, discard_all, requeue_all};
pub(crate) use discard::discard;
pub(crate) use read::read;
pub(crate) use requeue::{Requeued, requeue};

use bevaka_alerting::accept::Refused;
use bevaka_domain::{
    clock::Timestamp,
    dead_letter::AlreadyEnded,
    operator::Operator,
    trail::{Action, Entry},
};
use bevaka_store::{StoreError, dead_letters::DeadLetter};
use serde_json::Value;
use sha2::{Digest, Sha256};

/// Why a dead letter stays as it is.
#[derive(Debug)]
pub(crate) enum Refusal {
    NotFound,
    AlreadyEnded(AlreadyEnded),
    /// What was to be sent in is no event either.
    Faulty(Refused),
    /// Mended, it would tell more people than one operator may alone (R37).
    NeedsApproval {
        recipients: u64,
        /// How many the operator's injections told lately.
        before: u64,
        /// How many may be told without a second operator.
        limit: u32,
    },
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

impl From<AlreadyEnded> for Refusal {
    fn from(ended: AlreadyEnded) -> Self {
        Self::AlreadyEnded(ended)
    }
}

impl From<Refused> for Refusal {
    fn from(refused: Refused) -> Self {
        Self::Faulty(refused)
    }
}

/// What the trail says of it: never what the letter holds.
fn entry(operator: &Operator, action: Action, letter: &DeadLetter, detail: Value, now: Timestamp) -> Entry {
    Entry {
        at: now,
        actor: operator.actor(),
        action,
        organisation: None,
        subject: letter.id.to_string(),
        detail,
    }
}

fn sha256(body: &[u8]) -> String {
    hex::encode(Sha256::digest(body))
}
