//! Who asks, and what their faults are as pages (R46).

use crate::{
    app::App,
    fault::Fault,
    paths,
    views::{Place, Section, View},
};
use axum::{http::StatusCode, response::Response};
use bevaka_catalogue::Catalogue;
use bevaka_domain::{
    clock::{LocalDate, Zone},
    event::Kind,
    language::Language,
};
use bevaka_portal::{Refused, answer};

pub(super) use answer::{Answer, Stop};
pub(super) use bevaka_portal::Fields;

/// A browser, whoever sits before it.
pub(super) type Browser = bevaka_portal::Browser<App>;

/// A person signed in for a company.
pub(super) type Visitor = bevaka_portal::Visitor<App>;

/// The section of the help page about watches (R43).
pub(super) const HELP: Section = Section::Watches;

impl From<Fault> for Stop {
    /// What a handler has no own answer to. Faults of fields are told beside the fields, by the handler of the form.
    fn from(fault: Fault) -> Self {
        match fault {
            // There it stands who can connect the company.
            Fault::NoAgreement { .. } => Self::redirect(paths::WATCHES),
            Fault::NoAccess { administrators } => Refused::NoPermission { administrators }.into(),
            Fault::NotAdministrator { administrators } => Refused::NotAdministrator { administrators }.into(),
            Fault::NotActive | Fault::NotFound => Refused::NotFound.into(),
            // The page shows how the contact point stands now.
            Fault::NotConfirmed | Fault::AlreadyConfirmed => Self::redirect(paths::CONTACTS),
            Fault::Store(fault) => fault.into(),
            fault @ (Fault::Stale(_) | Fault::Invalid(_) | Fault::TooMany { .. } | Fault::Code(_)) => {
                Self::ours(fault)
            }
        }
    }
}

/// A page of a place with the answer's status.
pub(super) fn page(visitor: &Visitor, status: StatusCode, view: &impl View) -> Answer {
    Ok(visitor.page(status, view)?)
}

/// The answer of a handler.
pub(super) fn answer(visitor: &Visitor, place: Place, answer: Answer) -> Response {
    visitor.answer((place, HELP), answer)
}

/// Today, by the bank's calendar.
pub(super) fn today(visitor: &Visitor) -> LocalDate {
    Zone::STOCKHOLM.read(visitor.now).0
}

/// An id as it stands in an address; what is none leads nowhere.
pub(super) fn id<T: std::str::FromStr>(text: &str) -> Result<T, Fault> {
    text.parse().map_err(|_| Fault::NotFound)
}

/// What people call kinds, in the language of the page.
#[derive(Clone, Copy)]
pub(super) struct Names<'a> {
    catalogue: &'a Catalogue,
    pub language: Language,
}

impl<'a> Names<'a> {
    pub fn new(catalogue: &'a Catalogue, language: Language) -> Self {
        Self { catalogue, language }
    }

    pub fn for_visitor(visitor: &'a Visitor) -> Self {
        Self::new(&visitor.app().chassis.catalogue, visitor.language())
    }

    pub fn of(self, kind: &Kind) -> String {
        self.catalogue.name(kind, self.language).to_owned()
    }

    /// In a sentence; empty for a kind that the catalogue has no longer.
    pub fn about(self, kind: &Kind) -> String {
        let kind = self.catalogue.get(kind.as_str());
        kind.map(|kind| kind.description(self.language).to_owned()).unwrap_or_default()
    }
}
