//! A person signed in for a company, and the company as it stands now.

use crate::{
    Browser, Caller, Company, Fault, Person, Section, Site, View, Viewer,
    answer::Answer,
    chrome::{Chrome, Member},
    company::names,
    paths,
    session::SignedIn,
    view::Place,
};
use axum::{
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
    response::{IntoResponse, Response},
};
use bevaka_domain::{clock::Timestamp, language::Language};
use bevaka_store::agreements;
use bevaka_web::pages::ViewError;

/// A person signed in for a company, and the company as it stands now. Others are led to where one signs in, or chooses
/// the company.
#[derive(Clone, Debug)]
pub struct Visitor<S> {
    /// Their browser.
    pub browser: Browser<S>,
    /// Who it is.
    pub signed_in: SignedIn,
    /// The same, for commands.
    pub caller: Caller,
    /// The company.
    pub company: Company,
    /// Whether it has, or ever had, an agreement.
    pub was_connected: bool,
    /// When they ask.
    pub now: Timestamp,
}

impl<S: Site> FromRequestParts<S> for Visitor<S> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &S) -> Result<Self, Response> {
        let person = Person::from_request_parts(parts, app).await?;
        let Some(caller) = person.signed_in.caller() else {
            return Err(person.browser.to_choose_company());
        };
        match company(app, caller).await {
            Ok((company, was_connected)) => {
                let Person { browser, signed_in, .. } = person;
                Ok(Self { browser, signed_in, caller, company, was_connected, now: app.now() })
            }
            Err(fault) => Err(person.answer(Err(fault.into()))),
        }
    }
}

async fn company(app: &impl Site, caller: Caller) -> Result<(Company, bool), Fault> {
    let mut tx = app.chassis().db.begin_read().await?;
    let company = Company::load(&mut tx, caller.organisation).await?;
    let was_connected = company.agreement.is_some() || agreements::ever(&mut tx, caller.organisation).await?;
    Ok((company, was_connected))
}

impl<S: Site> Visitor<S> {
    /// The service.
    pub const fn app(&self) -> &S {
        &self.browser.app
    }

    /// The language of the answer.
    pub const fn language(&self) -> Language {
        self.browser.language
    }

    /// Whether the person may take part in signing (R1).
    pub fn may_sign(&self) -> bool {
        self.company.is_signatory(self.caller, self.now)
    }

    /// Whether the person administers permissions (R21).
    pub fn is_administrator(&self) -> bool {
        self.company.is_administrator(self.caller)
    }

    /// Whether the person may see and change watches once there is an agreement (R19, R20).
    pub fn has_access(&self) -> bool {
        self.company.has_access(self.caller)
    }

    /// The names of those who may sign.
    pub fn signatories(&self) -> Vec<String> {
        names(self.company.signatories(self.now))
    }

    /// The names of the permission administrators.
    pub fn administrators(&self) -> Vec<String> {
        names(self.company.administrators())
    }

    /// Who looks at the page.
    pub fn viewer(&self) -> Viewer {
        Viewer::Member(Member {
            name: self.signed_in.name.clone(),
            company: self.company.organisation.name.clone(),
            number: self.company.number(),
            has_other_companies: self.signed_in.companies.len() > 1,
            agreement: self.company.agreement_link(self.caller, self.was_connected, self.now),
            watching: self.company.watching(self.caller),
            is_administrator: self.is_administrator(),
            session: self.browser.session(paths::START),
        })
    }

    /// What the person's page stands in.
    pub fn chrome(&self) -> Chrome<'_> {
        self.browser.chrome(self.viewer())
    }

    /// A page.
    ///
    /// # Errors
    /// [`ViewError`] if a text is missing, which tests rule out.
    pub fn page(&self, status: StatusCode, view: &impl View) -> Result<Response, ViewError> {
        Ok((status, view.render(&self.chrome())?).into_response())
    }

    /// The answer of a handler. `at` is where the page that was asked for belongs.
    pub fn answer(&self, at: (Place, Section), answer: Answer) -> Response {
        self.chrome().answer(at, answer)
    }
}
