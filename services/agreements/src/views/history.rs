//! *Avtal och historik* (R18).

use super::{
    Message, Place, Section, View,
    order::OrderSubject,
    parts::{Signature, Standing},
};
use bevaka_domain::{agreement::HeldThrough, clock::Timestamp};
use serde::Serialize;

/// The agreement with all that has happened to it.
#[derive(Clone, Debug, Serialize)]
pub struct AgreementHistory {
    /// The company's name.
    pub company: String,
    /// How the agreement stands.
    pub standing: Standing,
    /// Orders that wait for a signature.
    pub pending: Vec<PendingRow>,
    /// All versions, the newest first; empty if there has never been an agreement.
    pub versions: Vec<Version>,
    /// What this person may do.
    pub manage: Manage,
    /// A message after something was done.
    #[serde(skip)]
    pub notice: Option<History>,
}

/// What a person may do with the agreement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Manage {
    /// Connect: no agreement is in force and the person may sign.
    Connect,
    /// Change and end it.
    ChangeAndEnd,
    /// Only read.
    Read,
}

/// What was done just before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum History {
    /// An order was taken back.
    OrderCancelled,
}

/// An order that waits for a signature.
#[derive(Clone, Debug, Serialize)]
pub struct PendingRow {
    /// What it is about.
    pub subject: OrderSubject,
    /// [`crate::paths::order`].
    pub href: String,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: Timestamp,
    /// When it expires.
    pub expires_at: Timestamp,
}

/// A version of an agreement.
#[derive(Clone, Debug, Serialize)]
pub struct Version {
    /// Its number.
    pub number: u32,
    /// From when it was in force.
    pub from: Timestamp,
    /// Whether it still is.
    pub state: VersionState,
    /// The names of the kinds in scope.
    pub kinds: Vec<String>,
    /// Through which internet bank.
    pub held_through: HeldThrough,
    /// What was signed; none if the bank handed the agreement over.
    pub text: Option<String>,
    /// Who signed, when, with what.
    pub signatures: Vec<Signature>,
    /// The order with its receipt, if there was one: [`crate::paths::order`].
    pub receipt: Option<String>,
}

/// Whether a version is in force.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum VersionState {
    /// It is.
    InForce,
    /// A newer one took its place.
    Replaced {
        /// When.
        at: Timestamp,
    },
    /// The agreement ended with it.
    Ended {
        /// When.
        at: Timestamp,
        /// Who ended it.
        by: String,
    },
}

impl View for AgreementHistory {
    const TEMPLATE: &'static str = "history";

    fn title(&self) -> &'static str {
        "history-title"
    }

    fn place(&self) -> Place {
        Place::Agreement
    }

    fn help(&self) -> Section {
        match self.manage {
            Manage::Connect => Section::Connect,
            Manage::ChangeAndEnd | Manage::Read => Section::Change,
        }
    }

    fn notice(&self) -> Option<Message> {
        self.notice.map(|History::OrderCancelled| {
            Message::new(bevaka_web::layout::Tone::Success, "history-order-cancelled")
        })
    }
}
