//! One order: its text, who has signed, and what can be done with it.

use super::{
    Message, Place, Section, View,
    parts::{Effect, MethodRow, SignProblem, Signature},
};
use bevaka_domain::clock::Timestamp;
use serde::Serialize;

/// The page of an order: to be signed, pending, or over. Signing is `POST` `href` with `method` (`on_card`,
/// `mobile`, `token`); *Ta tillbaka* is `POST` [`crate::paths::order_cancel`].
#[derive(Clone, Debug, Serialize)]
pub struct Order {
    /// The address of this page: [`crate::paths::order`].
    pub href: String,
    /// What it is about.
    pub subject: OrderSubject,
    /// The text, byte for byte as it is signed.
    pub text: String,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: Timestamp,
    /// What it means for people.
    pub effect: Effect,
    /// Signatures given so far.
    pub signatures: Vec<Signature>,
    /// How far it has come, seen by this person.
    pub stage: Stage,
    /// Why the last attempt to sign did not come to its end (R12).
    #[serde(skip)]
    pub problem: Option<SignProblem>,
}

/// What an order is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderSubject {
    /// Connecting the company.
    Connect,
    /// Changing the scope.
    Change,
    /// Adding a user.
    AddUser,
    /// Removing a user.
    RemoveUser,
}

/// How far an order has come.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Stage {
    /// This person can sign now.
    Sign {
        /// Alone or jointly.
        signing: Signing,
        /// With what.
        methods: Vec<MethodRow>,
        /// When the order expires.
        expires_at: Timestamp,
        /// Where it can be taken back; only its creator can.
        cancel: Option<String>,
    },
    /// Somebody else has to sign.
    Waiting {
        /// Who can.
        others: Vec<String>,
        /// When the order expires.
        expires_at: Timestamp,
        /// Where it can be taken back; only its creator can.
        cancel: Option<String>,
    },
    /// All have signed, and it has taken effect: the receipt.
    Completed {
        /// When.
        at: Timestamp,
    },
    /// The last signature did not come in time (R13).
    Expired {
        /// When.
        at: Timestamp,
    },
    /// Its creator has taken it back.
    Cancelled {
        /// Who.
        by: String,
        /// When.
        at: Timestamp,
    },
    /// A mandate was gone when the last signature came (R4), or the agreement had changed meanwhile.
    Refused {
        /// When.
        at: Timestamp,
    },
}

/// Alone or jointly.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Signing {
    /// This signature is enough.
    Alone,
    /// The first of two; after it the order waits.
    FirstOfTwo {
        /// Who can give the second.
        others: Vec<String>,
    },
    /// The second of two; it completes the order.
    SecondOfTwo {
        /// Who has given the first.
        signed_by: String,
    },
}

impl View for Order {
    const TEMPLATE: &'static str = "order";

    fn title(&self) -> &'static str {
        match self.stage {
            Stage::Sign { .. } => self.subject.sign_title(),
            Stage::Waiting { .. } => "order-title-waiting",
            Stage::Completed { .. } => "order-title-completed",
            Stage::Expired { .. } => "order-title-expired",
            Stage::Cancelled { .. } => "order-title-cancelled",
            Stage::Refused { .. } => "order-title-refused",
        }
    }

    fn place(&self) -> Place {
        self.subject.place()
    }

    fn help(&self) -> Section {
        self.subject.help()
    }

    fn notice(&self) -> Option<Message> {
        self.problem.as_ref().map(SignProblem::message)
    }
}

impl OrderSubject {
    const fn sign_title(self) -> &'static str {
        match self {
            Self::Connect => "order-title-connect",
            Self::Change => "order-title-change",
            Self::AddUser => "order-title-add-user",
            Self::RemoveUser => "order-title-remove-user",
        }
    }

    pub(super) const fn place(self) -> Place {
        match self {
            Self::Connect | Self::Change => Place::Agreement,
            Self::AddUser | Self::RemoveUser => Place::Permissions,
        }
    }

    pub(super) const fn help(self) -> Section {
        match self {
            Self::Connect => Section::Connect,
            Self::Change | Self::AddUser | Self::RemoveUser => Section::Change,
        }
    }
}
