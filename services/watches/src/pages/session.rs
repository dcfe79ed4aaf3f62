//! Who asks, and what their faults are as pages (R46).

use crate::{app::App, fault::Fault, paths};
use bevaka_catalogue::Catalogue;
use bevaka_domain::{
    clock::{LocalDate, Zone},
    event::Kind,
    language::Language,
};
use bevaka_portal::Refused;
use bevaka_web::page_error::PageError;

/// A browser, whoever sits before it.
pub(super) type Guest = bevaka_portal::Guest<App>;

/// A person signed in for a company.
pub(crate) type CompanySession = bevaka_portal::CompanySession<App>;

impl From<Fault> for PageError {
    /// What a handler has no own answer to. Faults of fields are told beside the fields, by the handler of the form.
    fn from(fault: Fault) -> Self {
        match fault {
            // There it stands who can connect the company.
            Fault::NoAgreement { .. } => Self::redirect(paths::WATCHES),
            Fault::NoAccess { administrators } => Refused::NoPermission { administrators }.into(),
            Fault::NotAdministrator { administrators } => Refused::NotAdministrator { administrators }.into(),
            Fault::NotActive | Fault::NotFound => Self::not_found(),
            // The page shows how the contact point stands now.
            Fault::NotConfirmed | Fault::AlreadyConfirmed => Self::redirect(paths::CONTACTS),
            Fault::Store(fault) => fault.into(),
            fault @ (Fault::Stale(_) | Fault::Invalid(_) | Fault::TooMany { .. } | Fault::Code(_)) => {
                Self::other(fault)
            }
        }
    }
}

pub(super) fn today(session: &CompanySession) -> LocalDate {
    Zone::STOCKHOLM.read(session.now).0
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

    pub fn for_session(session: &'a CompanySession) -> Self {
        Self::new(&session.app().chassis.catalogue, session.language())
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
