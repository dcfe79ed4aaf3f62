//! Refusals: what happened, why, and what to do now, with the names of those who can (R46).

use crate::{paths, view::Values};
use axum::http::StatusCode;
use bevaka_domain::{agreement::HeldThrough, language::Language};
use bevaka_web::{
    layout::Link,
    pages::{Pages, ViewError},
    problem::{Problem, Refusal},
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
    /// The refusal as a page.
    ///
    /// # Errors
    /// [`ViewError`] if a text is missing, which tests rule out.
    pub fn refusal(&self, pages: &Pages, language: Language) -> Result<Refusal, ViewError> {
        let key = self.key();
        let (href, link) = self.link();
        Ok(Refusal {
            status: self.status(),
            title: pages.text(language, &format!("refused-{key}-title"))?,
            reason: pages.text(language, &format!("refused-{key}-reason"))?,
            action: self.action(pages, language)?,
            link: Some(Link { href, text: pages.text(language, link)? }),
        })
    }

    /// The refusal for a program, in English as the API is.
    ///
    /// # Errors
    /// [`ViewError`] if a text is missing, which tests rule out.
    pub fn problem(&self, pages: &Pages) -> Result<Problem, ViewError> {
        let refusal = self.refusal(pages, Language::English)?;
        Ok(Problem::new(refusal.status, refusal.title, refusal.reason, refusal.action))
    }

    /// The answer's status.
    pub const fn status(&self) -> StatusCode {
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
            Self::NoMandate { act: Act::Connect, .. } => "no-mandate-connect",
            Self::NoMandate { act: Act::Change, .. } => "no-mandate-change",
            Self::NoMandate { act: Act::End, .. } => "no-mandate-end",
            Self::NoMandate { act: Act::Users, .. } => "no-mandate-users",
            Self::NoInsight { .. } => "no-insight",
            Self::MandateGone => "mandate-gone",
            Self::NoPermission { .. } => "no-permission",
            Self::NotAdministrator { .. } => "not-administrator",
            Self::OwnPermissions => "own-permissions",
            Self::OtherChannel { held_through: HeldThrough::Private } => "held-private",
            Self::OtherChannel { held_through: HeldThrough::Corporate } => "held-corporate",
            Self::NotFound => "not-found",
            Self::ChangedMeanwhile => "changed-meanwhile",
            Self::AlreadyConnected => "already-connected",
            Self::NoAgreement => "no-agreement",
            Self::AlreadyEnded => "already-ended",
            Self::OrderOver => "order-over",
            Self::OrderPending { .. } => "order-pending",
            Self::SignedAlready => "signed-already",
            Self::MethodClosed => "method-closed",
            Self::TooManyTries => "too-many-tries",
            Self::OurFault => "our-fault",
        }
    }

    /// What to do now: by name where somebody else has to do it.
    fn action(&self, pages: &Pages, language: Language) -> Result<String, ViewError> {
        let (people, key) = match self {
            Self::NoMandate { signatories, .. } | Self::NoInsight { signatories } => {
                (signatories, "refused-ask-signatory")
            }
            Self::NoPermission { administrators } => (administrators, "refused-ask-grant"),
            Self::NotAdministrator { administrators } => (administrators, "refused-ask-administrator"),
            _ => return pages.text(language, &format!("refused-{}-action", self.key())),
        };
        if people.is_empty() {
            return pages.text(language, &format!("{key}-unnamed"));
        }
        let values: Values = vec![("names", people.join(", "))];
        pages.format(language, key, &values)
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
