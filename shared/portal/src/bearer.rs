//! Who asks: the bearer token of a session. The cookie of the pages counts for nothing here, so that no other site can
//! use it.

use crate::{
    Caller, Site,
    session::{self, Absent, SignedIn},
};
use axum::{
    extract::{FromRequestParts, Request, State},
    http::{HeaderValue, StatusCode, header, request::Parts},
    middleware::Next,
    response::{IntoResponse, Response},
};
use bevaka_web::{extract::bearer_token, problem::Problem};

/// A session, by its token.
#[derive(Clone)]
pub struct BearerSession {
    /// The token.
    pub token: String,
    /// Who it is.
    pub signed_in: SignedIn,
}

/// Lets only those through who are signed in; a middleware around every route that takes a [`BearerSession`] or a
/// [`Caller`].
pub async fn authenticate<S: Site>(State(app): State<S>, mut request: Request, next: Next) -> Response {
    let Some(token) = bearer_token(request.headers()).map(str::to_owned) else {
        return refuse(Absent::Stranger);
    };
    match session::resume(&app, &token).await {
        Ok(Ok(signed_in)) => {
            request.extensions_mut().insert(BearerSession { token, signed_in });
            next.run(request).await
        }
        Ok(Err(absent)) => refuse(absent),
        Err(fault) => Problem::from(fault).into_response(),
    }
}

fn refuse(absent: Absent) -> Response {
    let (code, title, detail) = match absent {
        Absent::Stranger => {
            ("not_signed_in", "Not signed in", "The Authorization header holds no token of a session.")
        }
        Absent::Inactive => {
            ("session_inactive", "The session has ended", "The session was not used for too long.")
        }
        Absent::Over => (
            "session_over",
            "The session has ended",
            "The session reached its greatest age, or the access that it was for is gone.",
        ),
    };
    let action = "Sign in, and send the token as `Authorization: Bearer TOKEN`.";
    let problem = Problem::new(StatusCode::UNAUTHORIZED, title, detail, action).coded(code);
    let mut response = problem.into_response();
    response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    response
}

impl<S: Sync> FromRequestParts<S> for BearerSession {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        // Absent only if a route was mounted outside of `authenticate`.
        parts.extensions.get::<Self>().cloned().ok_or_else(Problem::internal)
    }
}

/// Refused until the session is for a company.
impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let session = BearerSession::from_request_parts(parts, state).await?;
        session.signed_in.caller().ok_or_else(no_company)
    }
}

fn no_company() -> Problem {
    Problem::new(
        StatusCode::FORBIDDEN,
        "No company chosen",
        "You are a user of several companies, and the session is for none of them yet.",
        "Choose the company of the session first.",
    )
    .coded("company_not_chosen")
}
