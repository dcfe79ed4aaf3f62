//! What a handler ends in: a page, a redirect, or a refusal in three parts (R46).

use crate::{Chrome, Fault, Place, Refused, Section};
use axum::{
    extract::{FromRequest, Request},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use axum_extra::extract::Form;
use bevaka_store::StoreError;
use bevaka_web::{
    pages::ViewError,
    problem::{Problem, Refusal},
};
use serde::de::DeserializeOwned;
use std::fmt::Display;

/// Why a handler does not show what it was asked for.
#[derive(Debug)]
pub enum Stop {
    /// A refusal with its page.
    Refused(Refused),
    /// A refusal in a service's own words.
    Worded(Box<Refusal>),
    /// Another page, or a redirect.
    Answer(Box<Response>),
}

/// What a handler gives.
pub type Answer<T = Response> = Result<T, Stop>;

impl Stop {
    /// Leads on to another page.
    pub fn redirect(to: &str) -> Self {
        Redirect::to(to).into_response().into()
    }

    /// Something of ours failed: it is logged here, once, and the answer says nothing of its cause.
    pub fn ours(fault: impl Display) -> Self {
        tracing::error!(error = %fault, "a page was not shown");
        Self::Refused(Refused::OurFault)
    }
}

impl From<Refused> for Stop {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Worded(Box::new(refusal))
    }
}

impl From<Response> for Stop {
    fn from(response: Response) -> Self {
        Self::Answer(Box::new(response))
    }
}

impl From<StoreError> for Stop {
    fn from(fault: StoreError) -> Self {
        Self::ours(fault)
    }
}

impl From<ViewError> for Stop {
    fn from(fault: ViewError) -> Self {
        Self::ours(fault)
    }
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::NotFound => Refused::NotFound.into(),
            Fault::Store(fault) => fault.into(),
        }
    }
}

impl Chrome<'_> {
    /// What a handler gave as a response. `place` and `help` are those of the page that was asked for.
    pub fn answer(&self, (place, help): (Place, Section), answer: Answer) -> Response {
        match answer {
            Ok(response) => response,
            Err(Stop::Answer(response)) => *response,
            Err(Stop::Refused(refused)) => self.refuse((place, help), &refused),
            Err(Stop::Worded(refusal)) => response(self.refusal((place, help), &refusal)),
        }
    }

    /// A refusal as a page in its frame.
    pub fn refuse(&self, at: (Place, Section), refused: &Refused) -> Response {
        let refusal = refused.refusal(self.pages, self.language);
        response(refusal.and_then(|refusal| self.refusal(at, &refusal)))
    }

    fn refusal(&self, (place, help): (Place, Section), refusal: &Refusal) -> Result<Response, ViewError> {
        let frame = self.frame(&refusal.title, place, help)?;
        let page = refusal.page(self.pages, self.language, &frame)?;
        Ok((refusal.status, page).into_response())
    }
}

fn response(page: Result<Response, ViewError>) -> Response {
    page.unwrap_or_else(|fault| Problem::from(fault).into_response())
}

/// A form. One that cannot be read was not sent by our pages, so its refusal is for programs.
#[derive(Clone, Copy, Debug)]
pub struct Fields<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Fields<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let unreadable = || {
            Problem::new(
                StatusCode::BAD_REQUEST,
                "Unreadable form",
                "The body is not a form of this page.",
                "Open the page again and send its form.",
            )
        };
        Form::from_request(request, state).await.map(|Form(fields)| Self(fields)).map_err(|_| unreadable())
    }
}
