//! The confirmation after a signature, shown once (R11).

use super::{Place, Section, View, order::OrderSubject, parts::Signature};
use bevaka_domain::clock::Timestamp;
use serde::Serialize;

/// The page after a signature, with the receipt.
#[derive(Clone, Debug, Serialize)]
pub struct SignedDone {
    /// What was signed.
    pub subject: OrderSubject,
    /// What came of it.
    pub outcome: Outcome,
    /// The text, byte for byte as it was signed.
    pub text: String,
    /// All signatures so far.
    pub signatures: Vec<Signature>,
    /// Where the order and its receipt stay readable: [`crate::paths::order`].
    pub receipt: String,
}

/// What came of a signature.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Outcome {
    /// The order has taken effect.
    InForce {
        /// Since when.
        at: Timestamp,
    },
    /// It waits for another signature (R13).
    Waiting {
        /// Who can give it.
        others: Vec<String>,
        /// When the order expires.
        expires_at: Timestamp,
    },
}

impl View for SignedDone {
    const TEMPLATE: &'static str = "done";

    fn title(&self) -> &'static str {
        match (&self.outcome, self.subject) {
            (Outcome::Waiting { .. }, _) => "done-title-waiting",
            (_, OrderSubject::Connect) => "done-title-connect",
            (_, OrderSubject::Change) => "done-title-change",
            (_, OrderSubject::AddUser) => "done-title-add-user",
            (_, OrderSubject::RemoveUser) => "done-title-remove-user",
        }
    }

    fn place(&self) -> Place {
        self.subject.place()
    }

    fn help(&self) -> Section {
        self.subject.help()
    }
}
