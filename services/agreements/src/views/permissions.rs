//! *Behörigheter* (R19–R23).

use super::{Message, Place, Section, View, order::OrderSubject};
use bevaka_domain::{
    clock::Timestamp,
    user::{Access, UserState},
};
use bevaka_web::layout::Tone;
use serde::Serialize;

/// The users of the company with what they may do. Each row's form is `POST` [`crate::paths::user`] with `action`:
/// `grant`, `withdraw`, `block`, `unblock` or `remove`.
#[derive(Clone, Debug, Serialize)]
pub struct Permissions {
    /// The company's name.
    pub company: String,
    /// All users by name.
    pub users: Vec<UserRow>,
    /// Adding and removing of users that waits for a signature.
    pub waiting: Vec<WaitingRow>,
    /// What was done just before.
    #[serde(skip)]
    pub notice: Option<PermissionsNotice>,
}

/// A user.
#[derive(Clone, Debug, Serialize)]
pub struct UserRow {
    /// The person's name.
    pub name: String,
    /// The personal number, masked.
    pub number: Option<String>,
    /// Active or why not.
    pub state: UserState,
    /// Unrestricted or restricted.
    pub access: Access,
    /// Whether *Hantera Bevaka ärenden* is granted.
    pub may_manage_watches: bool,
    /// Whether the person administers permissions.
    pub is_administrator: bool,
    /// What can be done.
    pub actions: Actions,
}

/// What can be done with a user.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Actions {
    /// Nothing: it is the administrator's own row (R21).
    Own,
    /// What fits the user's state, posted to `action`.
    Open {
        /// [`crate::paths::user`].
        action: String,
    },
}

/// Adding or removing a user, waiting for a signature.
#[derive(Clone, Debug, Serialize)]
pub struct WaitingRow {
    /// Whom it is about.
    pub name: String,
    /// [`OrderSubject::AddUser`] or [`OrderSubject::RemoveUser`].
    pub subject: OrderSubject,
    /// [`crate::paths::order`].
    pub order: String,
    /// Who made the order.
    pub created_by: String,
    /// When it expires.
    pub expires_at: Timestamp,
}

/// What was done just before; each names the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PermissionsNotice {
    /// *Hantera Bevaka ärenden* was granted.
    Granted(String),
    /// It was withdrawn.
    Withdrawn(String),
    /// The user was blocked.
    Blocked(String),
    /// The user was unblocked.
    Unblocked(String),
}

impl View for Permissions {
    const TEMPLATE: &'static str = "permissions";

    fn title(&self) -> &'static str {
        "permissions-title"
    }

    fn place(&self) -> Place {
        Place::Permissions
    }

    fn help(&self) -> Section {
        Section::Change
    }

    fn notice(&self) -> Option<Message> {
        let (key, name) = match self.notice.as_ref()? {
            PermissionsNotice::Granted(name) => ("permissions-granted", name),
            PermissionsNotice::Withdrawn(name) => ("permissions-withdrawn", name),
            PermissionsNotice::Blocked(name) => ("permissions-blocked", name),
            PermissionsNotice::Unblocked(name) => ("permissions-unblocked", name),
        };
        Some(Message::new(Tone::Success, key).with("name", name))
    }
}
