//! What a handler ends in: a page, a redirect, or a refusal in three parts (R46).

use crate::{
    fault::Fault,
    views::{Act, Chrome, Place, Refused, Section},
};
use axum::{
    extract::{FromRequest, Request},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use axum_extra::extract::Form;
use bevaka_domain::signing::Refusal;
use bevaka_store::StoreError;
use bevaka_web::{
    pages::ViewError,
    problem::{Problem, Refusal as RefusalPage},
};
use serde::de::DeserializeOwned;

/// Why a handler does not show what it was asked for.
pub(super) enum Stop {
    /// A command was not carried out.
    Fault(Fault),
    /// A refusal with its page.
    Refused(Refused),
    /// Another page, or a redirect.
    Answer(Box<Response>),
}

/// What a handler gives.
pub(super) type Answer<T = Response> = Result<T, Stop>;

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<Refusal> for Stop {
    fn from(refusal: Refusal) -> Self {
        Self::Fault(refusal.into())
    }
}

impl From<StoreError> for Stop {
    fn from(fault: StoreError) -> Self {
        Self::Fault(fault.into())
    }
}

impl From<ViewError> for Stop {
    fn from(fault: ViewError) -> Self {
        Self::Fault(fault.into())
    }
}

impl From<Refused> for Stop {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl From<Response> for Stop {
    fn from(response: Response) -> Self {
        Self::Answer(Box::new(response))
    }
}

impl Stop {
    /// Leads on to another page.
    pub(super) fn redirect(to: &str) -> Self {
        Redirect::to(to).into_response().into()
    }
}

/// A refusal as a page in its frame. `act` says to which place it belongs.
pub(super) fn refuse(chrome: &Chrome<'_>, act: Option<Act>, refused: &Refused) -> Response {
    match refusal_page(chrome, act, refused) {
        Ok(response) => response,
        Err(fault) => Problem::from(fault).into_response(),
    }
}

fn refusal_page(chrome: &Chrome<'_>, act: Option<Act>, refused: &Refused) -> Result<Response, ViewError> {
    let refusal: RefusalPage = refused.refusal(chrome.pages, chrome.language)?;
    let (place, help) = match act {
        None => (Place::Outside, Section::Connect),
        Some(Act::Connect) => (Place::Agreement, Section::Connect),
        Some(Act::Change) => (Place::Agreement, Section::Change),
        Some(Act::End) => (Place::Agreement, Section::End),
        Some(Act::Users) => (Place::Permissions, Section::Change),
    };
    let frame = chrome.frame(&refusal.title, place, help)?;
    let page = refusal.page(chrome.pages, chrome.language, &frame)?;
    Ok((refusal.status, page).into_response())
}

/// The refusal that a fault is where no company is known yet. A fault of ours is logged here, once; the answer says
/// nothing of its cause.
pub(super) fn refused(fault: &Fault) -> Refused {
    match fault {
        Fault::NotFound => Refused::NotFound,
        Fault::MethodClosed => Refused::MethodClosed,
        Fault::TooManyTries => Refused::TooManyTries,
        fault => {
            tracing::error!(error = %fault, "a page was not shown");
            Refused::OurFault
        }
    }
}

/// A form. One that cannot be read was not sent by our pages, so its refusal is for programs.
pub(super) struct Fields<T>(pub T);

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
