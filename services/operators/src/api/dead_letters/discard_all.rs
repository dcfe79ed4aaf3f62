//! `POST /dispatcher/api/dead-letters/discard`: discards all open letters of a reason that the preview told of.

use super::{AllOfReason, DeadLetterResults, reason, refused};
use crate::{
    api::{
        Caller,
        described::{BodyRefusals, Conflict, Refusals},
        justified::because,
    },
    app::App,
    commands::dead_letters::{self as commands, Chosen},
};
use axum::{Json, extract::State};
use bevaka_domain::operator::Act;
use bevaka_web::{body::JsonBody, problem::Problem};

/// Gives all open dead letters of a reason up.
///
/// # Errors
/// 409 if there are more or fewer than expected: then nothing is changed; 422 without a reason.
#[utoipa::path(
    post,
    path = "/dispatcher/api/dead-letters/discard",
    operation_id = "discardDeadLetters",
    request_body = AllOfReason,
    responses(
        (status = OK, description = "Letter by letter.", body = DeadLetterResults),
        Conflict, BodyRefusals, Refusals,
    ),
)]
pub async fn discard_all(
    State(app): State<App>,
    caller: Caller,
    body: Result<JsonBody<AllOfReason>, Problem>,
) -> Result<Json<DeadLetterResults>, Problem> {
    let operator = caller.may(Act::Repair)?;
    let JsonBody(asked) = body?;
    let because = because(&asked.because)?;
    let chosen = Chosen { reason: reason(&asked.reason)?, through: asked.through, expected: asked.expected };
    let outcomes = commands::discard_all(&app, operator, &chosen, &because).await.map_err(refused)?;
    Ok(Json(outcomes.into()))
}
