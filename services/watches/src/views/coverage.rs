//! *Företagets bevakningar*: whether anybody is told, for permission administrators.

use super::{Message, Place, Section, View};
use bevaka_domain::{
    clock::{LocalDate, Timestamp},
    watch::Channel,
};
use bevaka_web::layout::Tone;
use serde::Serialize;

/// Who watches what in the company, gaps first. The yearly confirmation is `POST` [`crate::paths::COVERAGE`].
#[derive(Clone, Debug, Serialize)]
pub struct Coverage {
    /// The company's name.
    pub company: String,
    /// Agreed kinds that nobody is told of.
    pub gaps: Vec<Gap>,
    /// The agreed kinds.
    pub kinds: Vec<KindCoverage>,
    /// The yearly confirmation.
    pub review: Review,
    /// Whether it was given just before.
    #[serde(skip)]
    pub confirmed: bool,
}

/// An agreed kind that nobody is told of.
#[derive(Clone, Debug, Serialize)]
pub struct Gap {
    /// The kind's name.
    pub kind: String,
    /// Who has chosen it, but cannot be reached; empty if nobody has.
    pub unreached: Vec<String>,
}

/// An agreed kind with those who watch it.
#[derive(Clone, Debug, Serialize)]
pub struct KindCoverage {
    /// The kind's name.
    pub kind: String,
    /// Who watches it, by name.
    pub people: Vec<Watcher>,
}

/// One who watches a kind.
#[derive(Clone, Debug, Serialize)]
pub struct Watcher {
    /// The user's name.
    pub name: String,
    /// The channels chosen.
    pub channels: Vec<Channel>,
    /// Whether alerts arrive.
    pub state: WatcherState,
}

/// Whether alerts arrive.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum WatcherState {
    /// By at least one confirmed contact point.
    Reached,
    /// Nobody has confirmed a contact point, or it is gone (R28).
    NoContact,
    /// Paused, and no one is told instead.
    Paused {
        /// The first day that is told again.
        until: LocalDate,
    },
    /// A colleague is told instead.
    StandIn {
        /// The colleague's name.
        name: String,
    },
    /// Switched off from a mail.
    Off,
    /// Blocked, or without the right to watch (R20, R22).
    NoRight,
}

/// The yearly confirmation that all this is right.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Review {
    /// Nobody has confirmed yet.
    Never,
    /// Confirmed within the last year.
    Current {
        /// By whom.
        by: String,
        /// When.
        at: Timestamp,
        /// When the next is due.
        due: LocalDate,
    },
    /// Confirmed more than a year ago.
    Due {
        /// By whom.
        by: String,
        /// When.
        at: Timestamp,
    },
}

impl View for Coverage {
    const TEMPLATE: &'static str = "coverage";

    fn title(&self) -> &'static str {
        "coverage-title"
    }

    fn place(&self) -> Place {
        Place::Coverage
    }

    fn help(&self) -> Section {
        Section::Watches
    }

    fn notice(&self) -> Option<Message> {
        self.confirmed.then(|| Message::new(Tone::Success, "coverage-confirmed"))
    }
}
