//! *Mina bevakningar* of a company without an agreement in force.

use super::{Place, Section, View};
use serde::Serialize;

/// There is nothing to watch, and who can change that.
#[derive(Clone, Debug, Serialize)]
pub struct NotConnected {
    /// The company's name.
    pub company: String,
    /// Whether this person may connect the company.
    pub may_connect: bool,
    /// Who may, if this person may not; may be empty.
    pub signatories: Vec<String>,
    /// Whether the user has choices from an agreement that has ended.
    pub has_choices: bool,
}

impl View for NotConnected {
    const TEMPLATE: &'static str = "not_connected";

    fn title(&self) -> &'static str {
        "watches-title"
    }

    fn place(&self) -> Place {
        Place::Watches
    }

    fn help(&self) -> Section {
        Section::Connect
    }
}
