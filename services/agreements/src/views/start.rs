//! The start page.

use super::{Place, Section, View, order::OrderSubject, parts::Standing};
use bevaka_domain::clock::Timestamp;
use serde::Serialize;

/// What the service is, how the company stands, and the one next step for this person.
#[derive(Clone, Debug, Serialize)]
pub struct Start {
    /// The company's name.
    pub company: String,
    /// How its agreement stands.
    pub standing: Standing,
    /// What this person can do now.
    pub next: NextStep,
    /// Whether *Till administrera behörigheter* is shown (R21).
    pub is_administrator: bool,
}

/// The next step of a person.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum NextStep {
    /// No agreement in force, and the person may sign: *Anslut*.
    Connect,
    /// No agreement in force, and the person may not sign.
    AskSignatory {
        /// Who may.
        signatories: Vec<String>,
    },
    /// Somebody else has signed an order that this person can complete (R13).
    Sign {
        /// What it is about.
        subject: OrderSubject,
        /// Where it is signed: [`crate::paths::order`].
        order: String,
        /// Who signed first.
        signed_by: String,
        /// When the order expires.
        expires_at: Timestamp,
    },
    /// An administrator has placed an order about a user, and nobody has signed it yet.
    Approve {
        /// What it is about.
        subject: OrderSubject,
        /// Where it is signed: [`crate::paths::order`].
        order: String,
        /// Who placed it.
        placed_by: String,
        /// When the order expires.
        expires_at: Timestamp,
    },
    /// The person has signed an order, and it waits for somebody else (R13).
    WaitForOther {
        /// What it is about.
        subject: OrderSubject,
        /// Where it is shown: [`crate::paths::order`].
        order: String,
        /// Who can complete it.
        others: Vec<String>,
        /// When the order expires.
        expires_at: Timestamp,
    },
    /// The agreement is in force and the person has access: choose watches.
    Watches {
        /// Where *Mina bevakningar* is.
        href: String,
    },
    /// The agreement is in force and the person lacks *Hantera Bevaka ärenden* (R20).
    AskAdministrator {
        /// Who can grant it.
        administrators: Vec<String>,
    },
}

impl View for Start {
    const TEMPLATE: &'static str = "start";

    fn title(&self) -> &'static str {
        "start-title"
    }

    fn place(&self) -> Place {
        Place::Start
    }

    fn help(&self) -> Section {
        match self.standing {
            Standing::Active { .. } => Section::Watches,
            Standing::None | Standing::Ended { .. } => Section::Connect,
        }
    }
}
