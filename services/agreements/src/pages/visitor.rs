//! Who asks, with what is only known here: the history of a company's agreements.

use super::answer::{self, Answer, place};
use crate::{
    app::App,
    company,
    fault::{Fault, Outcome},
    refusals,
    views::{Act, Refused, View},
};
use axum::{
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
    response::Response,
};
use bevaka_domain::ids::OrganisationId;
use bevaka_store::agreements;
use std::ops::Deref;

/// A browser, whoever sits before it.
pub(super) type Browser = bevaka_portal::Browser<App>;

/// A person signed in, with or without a company.
pub(super) type Person = bevaka_portal::Person<App>;

/// A person signed in for a company, the company as it stands now, and its history.
pub(super) struct Visitor {
    visitor: bevaka_portal::Visitor<App>,
    /// Every version of the company's agreements, the newest first.
    pub history: Vec<agreements::Version>,
}

impl Deref for Visitor {
    type Target = bevaka_portal::Visitor<App>;

    fn deref(&self) -> &Self::Target {
        &self.visitor
    }
}

impl FromRequestParts<App> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let visitor = bevaka_portal::Visitor::from_request_parts(parts, app).await?;
        match history(app, visitor.caller.organisation).await {
            Ok(history) => Ok(Self { visitor, history }),
            Err(fault) => Err(visitor.answer(place(Act::Connect), Err(answer::refused(&fault).into()))),
        }
    }
}

async fn history(app: &App, company: OrganisationId) -> Outcome<Vec<agreements::Version>> {
    let mut tx = app.chassis.db.begin_read().await?;
    Ok(agreements::history(&mut tx, company).await?)
}

impl Visitor {
    /// Refuses everybody but signatories and administrators.
    pub(super) fn with_insight(&self) -> Answer<()> {
        Ok(company::insight(&self.company, self.caller, self.now)?)
    }

    /// A page.
    pub(super) fn page(&self, view: &impl View) -> Answer {
        self.page_with(StatusCode::OK, view)
    }

    /// A page with another status than success.
    pub(super) fn page_with(&self, status: StatusCode, view: &impl View) -> Answer {
        Ok(self.visitor.page(status, view)?)
    }

    /// The answer of a handler. `act` is what was tried.
    pub(super) fn answer(&self, act: Act, answer: Answer) -> Response {
        let answer = answer.map_err(|stop| stop.worded(|fault| self.refused(act, fault)));
        self.visitor.answer(place(act), answer)
    }

    fn refused(&self, act: Act, fault: &Fault) -> Refused {
        let circumstances =
            refusals::Circumstances { caller: self.caller, company: &self.company, act, now: self.now };
        match (refusals::refused(fault, circumstances), fault) {
            (Some(refused), _) => refused,
            // What a form of ours asks for can become impossible only while it is shown.
            (None, Fault::Refused(_) | Fault::Field(_)) => Refused::ChangedMeanwhile,
            (None, fault) => answer::refused(fault),
        }
    }
}

/// An id as it stands in an address; what is none leads nowhere.
pub(super) fn id<T: std::str::FromStr>(text: &str) -> Outcome<T> {
    text.parse().map_err(|_| Fault::NotFound)
}
