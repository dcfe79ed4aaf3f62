//! What several pages show.

use super::{Message, Place, Section, Values, order::OrderSubject};
use bevaka_domain::clock::Timestamp;
use bevaka_web::layout::Tone;
use serde::Serialize;

/// A way to show who one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// *BankID på kort*.
    OnCard,
    /// *Mobilt BankID*.
    Mobile,
    /// *Säkerhetsdosa*.
    Token,
}

/// A method with whether it can be used now. The form value of `method` is `on_card`, `mobile` or `token`.
#[derive(Clone, Debug, Serialize)]
pub struct MethodRow {
    /// Which method.
    pub method: Method,
    /// Whether it can be used now.
    pub availability: Availability,
}

/// Whether a method can be used now.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Availability {
    /// It can.
    Open,
    /// It comes.
    Planned {
        /// From when.
        from: Timestamp,
    },
    /// It is closed for now.
    Closed {
        /// Until when, if that is known.
        until: Option<Timestamp>,
    },
}

/// What a method is used for.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Purpose {
    /// To sign in.
    SignIn,
    /// To sign an order.
    Sign {
        /// What the order is about.
        subject: OrderSubject,
        /// The text to sign, byte for byte as it is signed.
        text: String,
    },
}

/// A signature that has been given.
#[derive(Clone, Debug, Serialize)]
pub struct Signature {
    /// Who signed.
    pub name: String,
    /// When.
    pub at: Timestamp,
    /// With what.
    pub method: Method,
    /// Where the evidence can be downloaded: [`crate::paths::evidence`].
    pub evidence: String,
}

/// How the company's agreement stands.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Standing {
    /// There has never been one.
    None,
    /// In force.
    Active {
        /// Since when.
        since: Timestamp,
        /// The names of the kinds in scope.
        kinds: Vec<String>,
    },
    /// Over.
    Ended {
        /// Since when.
        at: Timestamp,
    },
}

/// What an order or an ending means for people (R14).
#[derive(Clone, Debug, Default, Serialize)]
pub struct Effect {
    /// The names of kinds that come into scope.
    pub added: Vec<String>,
    /// The names of kinds that stay.
    pub kept: Vec<String>,
    /// The names of kinds that leave.
    pub removed: Vec<String>,
    /// How many users get access, or have it already.
    pub with_access: u64,
    /// How many users need the permission *Hantera Bevaka ärenden* first.
    pub without_access: u64,
    /// Who loses which watches.
    pub losses: Vec<Loss>,
}

/// The watches that one user loses.
#[derive(Clone, Debug, Serialize)]
pub struct Loss {
    /// The user's name.
    pub name: String,
    /// The names of the kinds.
    pub kinds: Vec<String>,
}

/// Why an attempt to sign in or to sign did not come to its end (R12).
#[derive(Clone, Debug)]
pub enum SignProblem {
    /// BankID ended the attempt.
    BankId {
        /// Its recommended text, in the language of the page.
        message: String,
    },
    /// The person pressed *Avbryt*.
    Cancelled,
    /// The challenge of the security token was not answered in time.
    TokenExpired,
    /// Too many wrong answers; the token is locked.
    TokenLocked,
    /// The signature is not one that was asked for: another person, another kind of BankID, another text.
    NotAccepted,
    /// Another attempt of the same person is under way.
    InProgress,
}

impl SignProblem {
    pub(super) fn message(&self) -> Message {
        let (tone, key) = match self {
            Self::BankId { .. } => (Tone::Error, "problem-bankid"),
            Self::Cancelled => (Tone::Info, "problem-cancelled"),
            Self::TokenExpired => (Tone::Error, "problem-token-expired"),
            Self::TokenLocked => (Tone::Error, "problem-token-locked"),
            Self::NotAccepted => (Tone::Error, "problem-not-accepted"),
            Self::InProgress => (Tone::Warning, "problem-in-progress"),
        };
        let values: Values = match self {
            Self::BankId { message } => vec![("message", message.clone())],
            _ => Vec::new(),
        };
        Message { tone, key: key.to_owned(), values }
    }
}

impl Purpose {
    pub(super) const fn place(&self) -> Place {
        match self {
            Self::SignIn => Place::Outside,
            Self::Sign { subject, .. } => subject.place(),
        }
    }

    pub(super) const fn help(&self) -> Section {
        match self {
            Self::SignIn => Section::Connect,
            Self::Sign { subject, .. } => subject.help(),
        }
    }
}
