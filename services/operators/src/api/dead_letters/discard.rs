//! `POST /dispatcher/api/dead-letters/{id}/discard`: gives a dead letter up.

use super::{id, refused};
use crate::{
    api::{
        Caller,
        described::{BodyRefusals, Conflict, NotFound, Refusals},
        justified::{Because, because},
    },
    app::App,
    commands,
};
use axum::{
    extract::{Path, State},
    http::StatusCode,
};
use bevaka_domain::operator::Act;
use bevaka_web::{body::JsonBody, problem::Problem};

/// Gives a dead letter up. It stays readable.
///
/// # Errors
/// 404 if there is none; 409 if somebody dealt with it; 422 without a reason.
#[utoipa::path(
    post,
    path = "/dispatcher/api/dead-letters/{id}/discard",
    operation_id = "discardDeadLetter",
    params(("id" = String, Path, format = Uuid, description = "Our id.")),
    request_body = Because,
    responses(
        (status = NO_CONTENT, description = "It is given up."),
        NotFound, Conflict, BodyRefusals, Refusals,
    ),
)]
pub async fn discard(
    State(app): State<App>,
    caller: Caller,
    Path(letter): Path<String>,
    body: Result<JsonBody<Because>, Problem>,
) -> Result<StatusCode, Problem> {
    let operator = caller.may(Act::Repair)?;
    let (letter, JsonBody(asked)) = (id(&letter)?, body?);
    let because = because(&asked.because)?;
    commands::dead_letters::discard(&app, operator, letter, &because).await.map_err(refused)?;
    Ok(StatusCode::NO_CONTENT)
}
