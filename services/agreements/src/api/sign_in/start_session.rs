//! `POST /sign-in/{attempt}/session`: a proven try becomes a session.

use super::{
    super::{
        described::{ErrorsOfOurs, Forbidden, NotFound},
        id,
    },
    Secret,
};
use crate::{
    App,
    identity::session::{self, SignInOutcome},
};
use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use bevaka_web::problem::Problem;
use serde::Serialize;
use utoipa::ToSchema;

/// A session that has begun.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct Started {
    /// The bearer token; told once.
    token: String,
    /// Whether a company has to be chosen before anything else.
    chooses_company: bool,
}

/// Turns a proven try into a session, once.
///
/// # Errors
/// 403 if no company has the person as an active user; 404 if the try is not proven, not yours, or used already.
#[utoipa::path(
    post,
    path = "/api/agreements/v1/sign-in/{attempt}/session",
    operation_id = "startSession",
    security(()),
    params(
        ("attempt" = String, Path, format = Uuid, description = "The try."),
        ("Attempt-Secret" = String, Header, description = "The secret of whoever began it."),
    ),
    responses(
        (status = CREATED, description = "The session has begun.", body = Started), Forbidden, NotFound, ErrorsOfOurs
    ),
)]
pub(in crate::api) async fn start(
    State(app): State<App>,
    secret: Secret,
    Path(attempt): Path<String>,
) -> Result<(StatusCode, Json<Started>), Problem> {
    let refused =
        |code, title, detail, action| Problem::new(StatusCode::FORBIDDEN, title, detail, action).coded(code);
    match session::begin(&app, id(&attempt)?, &secret.0, None).await? {
        SignInOutcome::Session { token, chooses } => {
            Ok((StatusCode::CREATED, Json(Started { token, chooses_company: chooses })))
        }
        SignInOutcome::Unknown => Err(refused(
            "unknown_person",
            "Not registered",
            "The identity is proven, but no company has this person as a user.",
            "Ask a colleague who is a user already to add you.",
        )),
        SignInOutcome::Blocked => Err(refused(
            "access_closed",
            "The access is closed",
            "In every company the person is blocked, denied or expired.",
            "Ask the company's permission administrator.",
        )),
    }
}
