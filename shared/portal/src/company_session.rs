//! A person signed in for a company, and the company as it stands now.

use crate::{
    Caller, Company, CustomerFrame, Error, Guest, Site, UserSession, Viewer, company::names, frame::Member,
    paths, session::SignedIn,
};
use axum::{
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
    response::Response,
};
use bevaka_domain::{clock::Timestamp, language::Language};
use bevaka_store::agreements;
use bevaka_web::{
    cookies::Flash,
    page::{At, PageFrame, View},
    page_error::{PageError, PageResult},
};
use std::sync::Arc;

/// A person signed in for a company, and the company as it stands now. Others are led to where one signs in, or chooses
/// the company.
#[derive(Clone, Debug)]
pub struct CompanySession<S> {
    /// Their browser.
    pub browser: Guest<S>,
    /// Who it is.
    pub signed_in: SignedIn,
    /// The same, for commands.
    pub caller: Caller,
    /// The company.
    pub company: Arc<Company>,
    /// Whether it has, or ever had, an agreement.
    pub was_connected: bool,
    /// When they ask.
    pub now: Timestamp,
    /// The frame around their pages.
    pub frame: Arc<CustomerFrame>,
}

impl<S: Site> FromRequestParts<S> for CompanySession<S> {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &S) -> PageResult<Self> {
        let UserSession { browser, signed_in, .. } = UserSession::from_request_parts(parts, app).await?;
        let Some(caller) = signed_in.caller() else { return Err(browser.to_choose_company().into()) };
        let (company, was_connected) = company(app, caller).await?;
        let now = app.now();
        let viewer = Viewer::Member(Member {
            name: signed_in.name.clone(),
            company: company.organisation.name.clone(),
            number: company.number(),
            has_other_companies: signed_in.companies.len() > 1,
            agreement: company.agreement_link(caller, was_connected, now),
            watching: company.watching(caller),
            is_administrator: company.is_administrator(caller),
            session: browser.session(paths::START),
        });
        let frame = Arc::new(browser.frame(viewer));
        browser.slot.set_frame(frame.clone());
        Ok(Self { browser, signed_in, caller, company: Arc::new(company), was_connected, now, frame })
    }
}

async fn company(app: &impl Site, caller: Caller) -> Result<(Company, bool), Error> {
    let mut tx = app.chassis().db.begin_read().await?;
    let company = Company::load(&mut tx, caller.organisation).await?;
    let was_connected = company.agreement.is_some() || agreements::ever(&mut tx, caller.organisation).await?;
    Ok((company, was_connected))
}

impl<S: Site> CompanySession<S> {
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

    /// A page; 422 if fields are wrong.
    ///
    /// # Errors
    /// If a text is missing, which tests rule out.
    pub fn page<V: View>(&self, view: &V) -> PageResult {
        let is_wrong = !view.errors().is_empty();
        self.page_with(if is_wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK }, view)
    }

    /// A page with another status.
    ///
    /// # Errors
    /// If a text is missing, which tests rule out.
    pub fn page_with<V: View>(&self, status: StatusCode, view: &V) -> PageResult {
        let frame: &dyn PageFrame = &*self.frame;
        Ok(self.browser.cookies.page((status, frame.page(view)?)))
    }

    /// What has just been done, for the page to say once.
    pub fn flash<F: Flash>(&self) -> Option<F> {
        self.browser.cookies.flash()
    }

    /// Leads to a page that says what has been done.
    pub fn redirect_with_flash<F: Flash>(&self, flash: &F, to: &str) -> Response {
        self.browser.redirect_with_flash(flash, to)
    }

    /// Refusals belong there from now on, as in a flow whose kind is known only by what was loaded.
    pub fn set_at(&self, at: At) {
        self.browser.slot.set_at(at);
    }
}
