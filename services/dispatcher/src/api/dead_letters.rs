//! `GET /dispatcher/api/dead-letters`: the newest messages that are no event, with their reasons.

use super::{
    Caller, DeadLetterView,
    described::{Invalid, Refusals},
    limit, unavailable,
};
use crate::app::App;
use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
};
use bevaka_domain::operator::Act;
use bevaka_store::dead_letters;
use bevaka_web::problem::Problem;
use serde::Deserialize;
use utoipa::IntoParams;

/// What is asked for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// At most so many; left out: 50.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
}

/// The newest dead letters, newest first, without their content.
///
/// # Errors
/// 422 for a limit out of range.
#[utoipa::path(
    get,
    path = "/dispatcher/api/dead-letters",
    operation_id = "listDeadLetters",
    params(Asked),
    responses((status = OK, description = "The dead letters.", body = Vec<DeadLetterView>), Invalid, Refusals),
)]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<Vec<DeadLetterView>>, Problem> {
    caller.may(Act::See)?;
    let Query(asked) = asked.map_err(|_| Problem::invalid("limit"))?;
    let limit = limit(asked.limit)?;
    let listed = async {
        let mut tx = app.chassis.db.begin_read().await?;
        let found = dead_letters::latest(&mut tx, limit).await?;
        Ok(found.into_iter().map(DeadLetterView::from).collect())
    };
    listed.await.map(Json).map_err(|error| unavailable(&error))
}
