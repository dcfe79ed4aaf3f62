//! Adding a user, by an order that is signed.

use super::{FieldFault, Place, Section, View};
use bevaka_domain::user::Access;
use serde::Serialize;

/// The form for a new user, `POST` [`crate::paths::ADD_USER`]: `name`, `number` (personal number), `access`
/// (`unrestricted`, `restricted`). What was typed is shown again.
#[derive(Clone, Default, Serialize)]
pub struct AddUser {
    /// The person's name.
    pub name: String,
    /// The personal number.
    pub number: String,
    /// How far the access reaches.
    pub access: Option<Access>,
    /// What is wrong, in the order of the fields.
    #[serde(skip)]
    pub faults: Vec<AddUserFault>,
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AddUserFault {
    /// The name is empty, longer than 200 characters, or holds one that is not printed.
    Name,
    /// The number does not have twelve digits, or the check digit does not match.
    Number,
    /// The company has this user already.
    AlreadyUser,
    /// No access is chosen.
    Access,
}

impl View for AddUser {
    const TEMPLATE: &'static str = "add_user";

    fn title(&self) -> &'static str {
        "add-user-title"
    }

    fn place(&self) -> Place {
        Place::Permissions
    }

    fn help(&self) -> Section {
        Section::Change
    }

    fn faults(&self) -> Vec<FieldFault> {
        let fault = |fault: &AddUserFault| match fault {
            AddUserFault::Name => FieldFault::new("name", "add-user-name-fault"),
            AddUserFault::Number => FieldFault::new("number", "add-user-number-fault"),
            AddUserFault::AlreadyUser => FieldFault::new("number", "add-user-already"),
            AddUserFault::Access => FieldFault::new("access", "add-user-access-fault"),
        };
        self.faults.iter().map(fault).collect()
    }
}
