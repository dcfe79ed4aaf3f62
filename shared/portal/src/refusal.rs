//! Refusals: what happened, why, and what to do now, with the names of those who can (R46).

use crate::paths;
use axum::http::StatusCode;
use bevaka_domain::agreement::HeldThrough;
use bevaka_web::{
    page::Values,
    page_error::{PageError, PageRefusal},
};

/// Why something is refused. Nothing has been changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// No mandate to sign (R1, R2, R3).
    NoMandate {
        /// What was tried.
        act: Act,
        /// Who may; may be empty.
        signatories: Vec<String>,
    },
    /// The agreement is shown to signatories and administrators only.
    NoInsight {
        /// Who may sign; may be empty.
        signatories: Vec<String>,
    },
    /// The mandate was withdrawn between the signatures (R4).
    MandateGone,
    /// A restricted user without *Hantera Bevaka ärenden* (R20).
    NoPermission {
        /// Who can grant it; may be empty.
        administrators: Vec<String>,
    },
    /// Only permission administrators see and change permissions (R21).
    NotAdministrator {
        /// Who is; may be empty.
        administrators: Vec<String>,
    },
    /// Nobody changes their own permissions (R21).
    OwnPermissions,
    /// The agreement is held through the other internet bank (R6).
    OtherChannel {
        /// The one it is held through.
        held_through: HeldThrough,
    },
    /// There is no such order, user or evidence, or it is another company's.
    NotFound,
    /// Somebody changed the agreement or the user meanwhile.
    ChangedMeanwhile,
    /// The company is connected already.
    AlreadyConnected,
    /// There is no agreement in force to change or end.
    NoAgreement,
    /// The agreement has ended already.
    AlreadyEnded,
    /// The order is completed, expired or taken back.
    OrderOver,
    /// Another order waits for a signature, and both would change the same.
    OrderPending {
        /// The address of the one that waits.
        order: String,
    },
    /// The same person cannot give both signatures (R13).
    SignedAlready,
    /// The method is planned or closed.
    MethodClosed,
    /// Too many tries from this person or address.
    TooManyTries,
    /// Something of ours is broken, about which we say nothing more.
    OurFault,
}

/// What needs a mandate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// Connecting the company (R1).
    Connect,
    /// Changing the scope (R2).
    Change,
    /// Ending the agreement (R3).
    End,
    /// Signing for a user to be added or removed.
    Users,
}

impl Refused {
    /// The answer's status.
    const fn status(&self) -> StatusCode {
        match self {
            Self::NoMandate { .. }
            | Self::NoInsight { .. }
            | Self::MandateGone
            | Self::NoPermission { .. }
            | Self::NotAdministrator { .. }
            | Self::OwnPermissions
            | Self::OtherChannel { .. }
            | Self::MethodClosed => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::ChangedMeanwhile
            | Self::AlreadyConnected
            | Self::NoAgreement
            | Self::AlreadyEnded
            | Self::OrderOver
            | Self::OrderPending { .. }
            | Self::SignedAlready => StatusCode::CONFLICT,
            Self::TooManyTries => StatusCode::TOO_MANY_REQUESTS,
            Self::OurFault => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    const fn key(&self) -> &'static str {
        match self {
            Self::NoMandate { act: Act::Connect, .. } => "refused-no-mandate-connect",
            Self::NoMandate { act: Act::Change, .. } => "refused-no-mandate-change",
            Self::NoMandate { act: Act::End, .. } => "refused-no-mandate-end",
            Self::NoMandate { act: Act::Users, .. } => "refused-no-mandate-users",
            Self::NoInsight { .. } => "refused-no-insight",
            Self::MandateGone => "refused-mandate-gone",
            Self::NoPermission { .. } => "refused-no-permission",
            Self::NotAdministrator { .. } => "refused-not-administrator",
            Self::OwnPermissions => "refused-own-permissions",
            Self::OtherChannel { held_through: HeldThrough::Private } => "refused-held-private",
            Self::OtherChannel { held_through: HeldThrough::Corporate } => "refused-held-corporate",
            Self::NotFound => "refused-not-found",
            Self::ChangedMeanwhile => "refused-changed-meanwhile",
            Self::AlreadyConnected => "refused-already-connected",
            Self::NoAgreement => "refused-no-agreement",
            Self::AlreadyEnded => "refused-already-ended",
            Self::OrderOver => "refused-order-over",
            Self::OrderPending { .. } => "refused-order-pending",
            Self::SignedAlready => "refused-signed-already",
            Self::MethodClosed => "refused-method-closed",
            Self::TooManyTries => "refused-too-many-tries",
            Self::OurFault => "refused-our-fault",
        }
    }

    /// What to do now, by name where somebody else has to do it.
    fn action(&self) -> Option<(&'static str, Values)> {
        let (people, named, unnamed) = match self {
            Self::NoMandate { signatories, .. } | Self::NoInsight { signatories } => {
                (signatories, "refused-ask-signatory", "refused-ask-signatory-unnamed")
            }
            Self::NoPermission { administrators } => {
                (administrators, "refused-ask-grant", "refused-ask-grant-unnamed")
            }
            Self::NotAdministrator { administrators } => {
                (administrators, "refused-ask-administrator", "refused-ask-administrator-unnamed")
            }
            _ => return None,
        };
        Some(if people.is_empty() {
            (unnamed, Vec::new())
        } else {
            (named, vec![("names", people.join(", "))])
        })
    }

    /// Where to go now.
    fn link(&self) -> (String, &'static str) {
        let (href, text) = match self {
            Self::OwnPermissions => (paths::PERMISSIONS, "refused-to-permissions"),
            Self::MandateGone
            | Self::ChangedMeanwhile
            | Self::AlreadyConnected
            | Self::AlreadyEnded
            | Self::OrderOver
            | Self::SignedAlready => (paths::AGREEMENT, "refused-to-agreement"),
            Self::OrderPending { order } => (order.as_str(), "refused-to-order"),
            Self::MethodClosed | Self::TooManyTries => (paths::SIGN_IN, "refused-to-sign-in"),
            _ => (paths::START, "refused-to-start"),
        };
        (href.to_owned(), text)
    }
}

impl From<Refused> for PageRefusal {
    fn from(refused: Refused) -> Self {
        Self {
            action: refused.action(),
            link: Some(refused.link()),
            ..Self::new(refused.status(), refused.key())
        }
    }
}

impl From<Refused> for PageError {
    fn from(refused: Refused) -> Self {
        PageRefusal::from(refused).into()
    }
}
