//! *Välj företag*.

use super::{Place, Section, View};
use serde::Serialize;

/// The page where a person of several companies chooses one. Each row is a form, `POST`
/// [`crate::paths::CHOOSE_COMPANY`] with `company`; a person of one company never sees it.
#[derive(Clone, Debug, Serialize)]
pub struct ChooseCompany {
    /// The companies by name.
    pub companies: Vec<CompanyRow>,
    /// Where the person wanted to go; posted as `next`.
    pub next: String,
}

/// A company to choose.
#[derive(Clone, Debug, Serialize)]
pub struct CompanyRow {
    /// The value of `company`.
    pub id: String,
    /// The company's name.
    pub name: String,
    /// Its number as people write it; masked where it is a personal number.
    pub number: String,
    /// What the person is there.
    pub roles: Vec<Role>,
}

/// What a person is in a company.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// May sign the agreement.
    Signatory,
    /// Administers permissions.
    Administrator,
    /// Has access.
    User,
}

impl View for ChooseCompany {
    const TEMPLATE: &'static str = "company";

    fn title(&self) -> &'static str {
        "company-title"
    }

    fn place(&self) -> Place {
        Place::Outside
    }

    fn help(&self) -> Section {
        Section::Connect
    }
}
