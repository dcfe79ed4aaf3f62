//! *Mina aviseringar*: what was sent, what was not, and why.

use super::{FieldFault, Place, Section, View};
use bevaka_domain::{
    clock::Timestamp,
    entitlement::Reason,
    watch::{Because, Channel},
};
use serde::Serialize;

/// The events of the last 90 days with what the user was told. *Har vi skickat det här?* is `POST`
/// [`crate::paths::ALERTS`] with `code`.
#[derive(Clone, Serialize)]
pub struct Alerts {
    /// What was told or would have been, newest first.
    pub rows: Vec<AlertRow>,
    /// Events of kinds that the user does not watch, or that are for somebody else.
    pub others: Vec<Other>,
    /// The address of the page with the newest rows, if this is another.
    pub newest: Option<String>,
    /// The address of the page with older rows.
    pub older: Option<String>,
    /// Whether a code was asked about.
    pub check: Check,
}

/// One event.
#[derive(Clone, Serialize)]
pub struct AlertRow {
    /// When it came in.
    pub at: Timestamp,
    /// The kind's name.
    pub kind: String,
    /// The names of those for whom the user stood in.
    pub instead_of: Vec<String>,
    /// What came of it, contact point by contact point.
    pub outcomes: Vec<Outcome>,
}

/// Events of one kind that did not concern the user.
#[derive(Clone, Debug, Serialize)]
pub struct Other {
    /// The kind's name.
    pub kind: String,
    /// Why not.
    pub reason: Reason,
    /// How many.
    pub count: u64,
}

/// What came of an event, for one contact point or for all.
#[derive(Clone, Serialize)]
pub struct Outcome {
    /// By which way; left out where no way was tried.
    pub channel: Option<Channel>,
    /// The number or address; left out if it is gone, or no way was tried.
    pub address: Option<String>,
    /// In a word, and why.
    pub state: OutcomeState,
    /// The code in the alert, such as `K7M2-9QFD`.
    pub code: Option<String>,
}

/// What became of an alert.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum OutcomeState {
    /// It is being sent.
    Sending,
    /// Held as the user wants it.
    Held {
        /// Until when.
        until: Timestamp,
        /// Why.
        cause: Because,
    },
    /// The last try did not get through; the next one is at `next`.
    Retrying {
        /// When.
        next: Timestamp,
    },
    /// The operator or mail server has taken it.
    Sent {
        /// When.
        at: Timestamp,
    },
    /// It reached the phone or mailbox.
    Delivered {
        /// When.
        at: Timestamp,
    },
    /// It could not be delivered.
    Failed,
    /// The bank stopped it before it was sent.
    Cancelled,
    /// No try got through while it was of use.
    Expired,
    /// Not sent.
    Untold {
        /// Why.
        reason: Reason,
        /// Who was told instead, where somebody was.
        instead: Option<String>,
    },
}

/// Whether a code was asked about, and the answer.
#[derive(Clone, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Check {
    /// Not asked.
    Unasked,
    /// It is the code of an alert to this user.
    Genuine {
        /// The code, as it stands in the alert.
        code: String,
        /// The kinds' names: several in a gathered alert.
        kinds: Vec<String>,
        /// When it was sent, or else when it happened.
        at: Option<Timestamp>,
        /// How.
        channel: Channel,
        /// Where to; left out if the contact point is gone.
        address: Option<String>,
    },
    /// It is not.
    Unknown {
        /// What was typed.
        code: String,
    },
    /// It is not a code at all.
    Malformed {
        /// What was typed.
        code: String,
    },
}

impl View for Alerts {
    const TEMPLATE: &'static str = "alerts";

    fn title(&self) -> &'static str {
        "alerts-title"
    }

    fn place(&self) -> Place {
        Place::Alerts
    }

    fn help(&self) -> Section {
        Section::Watches
    }

    fn faults(&self) -> Vec<FieldFault> {
        match self.check {
            Check::Malformed { .. } => vec![FieldFault::new("code", "check-malformed")],
            _ => Vec::new(),
        }
    }
}
