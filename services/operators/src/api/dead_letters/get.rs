//! `GET /dispatcher/api/dead-letters/{id}`: one dead letter without its content.

use super::{DeadLetterView, id};
use crate::{
    api::{
        Caller,
        described::{NotFound, Refusals},
        unavailable,
    },
    app::App,
};
use axum::{
    Json,
    extract::{Path, State},
};
use bevaka_domain::operator::Act;
use bevaka_store::dead_letters;
use bevaka_web::problem::Problem;

/// A dead letter without its content.
///
/// # Errors
/// 404 if there is none.
#[utoipa::path(
    get,
    path = "/dispatcher/api/dead-letters/{id}",
    operation_id = "getDeadLetter",
    params(("id" = String, Path, format = Uuid, description = "Our id.")),
    responses((status = OK, description = "The dead letter.", body = DeadLetterView), NotFound, Refusals),
)]
pub async fn get(
    State(app): State<App>,
    caller: Caller,
    Path(letter): Path<String>,
) -> Result<Json<DeadLetterView>, Problem> {
    caller.may(Act::See)?;
    let letter = id(&letter)?;
    let found = async {
        let mut tx = app.chassis.db.begin_read().await?;
        dead_letters::look(&mut tx, letter).await
    };
    let found = found.await.map_err(|error| unavailable(&error))?;
    found.map(|letter| Json(letter.into())).ok_or_else(Problem::not_found)
}
