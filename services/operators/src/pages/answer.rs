//! What a handler ends in: a page, a redirect, or a refusal in three parts (R46).

use axum::response::{IntoResponse, Redirect, Response};
use bevaka_domain::operator::Denied;
use bevaka_store::StoreError;
use bevaka_web::pages::ViewError;
use std::fmt::Display;

/// Why a handler does not show what it was asked for.
#[derive(Debug)]
pub(crate) enum Stop {
    /// No role that allows it.
    Denied(Denied),
    /// There is no such thing.
    NotFound,
    /// Something of ours is broken, about which we say nothing more.
    OurFault,
    /// The database does not answer at the moment.
    Away,
    /// A refusal by the texts `refused-KEY-title`, `refused-KEY-reason` and `refused-KEY-action`, with a status of its own.
    Refused(axum::http::StatusCode, &'static str),
    /// Another page, or a redirect.
    Answer(Box<Response>),
}

/// What a handler gives.
pub(crate) type Answer<T = Response> = Result<T, Stop>;

impl Stop {
    /// Leads on to another page.
    pub(crate) fn redirect(to: &str) -> Self {
        Redirect::to(to).into_response().into()
    }

    /// Something of ours failed: it is logged here, once, and the answer says nothing of its cause.
    pub(crate) fn ours(fault: impl Display) -> Self {
        tracing::error!(error = %fault, "an operators' page was not shown");
        Self::OurFault
    }
}

impl From<Denied> for Stop {
    fn from(denied: Denied) -> Self {
        Self::Denied(denied)
    }
}

impl From<Response> for Stop {
    fn from(response: Response) -> Self {
        Self::Answer(Box::new(response))
    }
}

impl From<StoreError> for Stop {
    fn from(fault: StoreError) -> Self {
        if fault.is_transient() {
            tracing::error!(error = %fault, "the database failed an operators' page");
            return Self::Away;
        }
        Self::ours(fault)
    }
}

impl From<ViewError> for Stop {
    fn from(fault: ViewError) -> Self {
        Self::ours(fault)
    }
}
