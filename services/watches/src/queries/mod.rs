//! What users are shown of watches and contact points. Each query reads in one transaction.

pub mod alerts;
pub mod check;
pub mod coverage;
pub mod lately;
pub mod linked;
pub mod losses;
pub mod mine;
pub mod preview;
pub mod standing_in;

pub use alerts::alerts;
pub use check::check;
pub use coverage::coverage;
pub use lately::lately;
pub use linked::linked;
pub use losses::losses;
pub use mine::{has_choices, mine};
pub use preview::preview;
pub use standing_in::standing_in;

use bevaka_domain::{clock::Timestamp, delivery::Entry};
use std::time::Duration;

/// How far back users are shown what happened.
pub const SHOWN_DAYS: u64 = 90;

/// What a provider's taking of an alert is called in its history.
const TAKEN: &str = "accepted";

/// Since when users are shown what happened.
fn shown_since(now: Timestamp) -> Timestamp {
    now.minus(Duration::from_secs(SHOWN_DAYS * 24 * 60 * 60))
}

/// When a provider took an alert.
fn taken_at(history: &[Entry]) -> Option<Timestamp> {
    history.iter().find(|entry| entry.what == TAKEN).map(|entry| entry.at)
}
