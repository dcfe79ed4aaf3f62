//! `GET /dispatcher/api/dead-letters/summary`: what nobody has dealt with, by reason.

use crate::{
    api::{Caller, described::Refusals, unavailable},
    app::App,
};
use axum::{Json, extract::State};
use bevaka_domain::{clock::Timestamp, operator::Act};
use bevaka_store::dead_letters::{self, OfReason};
use bevaka_web::problem::Problem;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The open dead letters of one reason.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct DeadLetterSummary {
    /// The reason, as a code.
    pub reason: String,
    /// How many.
    pub open: u64,
    /// When the oldest of them came.
    #[schema(value_type = String, format = DateTime)]
    pub oldest: Timestamp,
    /// When the newest of them came.
    #[schema(value_type = String, format = DateTime)]
    pub newest: Timestamp,
}

impl From<OfReason> for DeadLetterSummary {
    fn from(of: OfReason) -> Self {
        Self { reason: of.reason, open: of.open, oldest: of.oldest, newest: of.newest }
    }
}

/// The open dead letters by their reason, the most frequent first.
///
/// # Errors
/// None of its own.
#[utoipa::path(
    get,
    path = "/dispatcher/api/dead-letters/summary",
    operation_id = "summariseDeadLetters",
    responses((status = OK, description = "By reason.", body = Vec<DeadLetterSummary>), Refusals),
)]
pub async fn summary(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<Vec<DeadLetterSummary>>, Problem> {
    caller.may(Act::See)?;
    let found = async {
        let mut tx = app.chassis.db.begin_read().await?;
        dead_letters::reasons(&mut tx).await
    };
    let found = found.await.map_err(|error| unavailable(&error))?;
    Ok(Json(found.into_iter().map(DeadLetterSummary::from).collect()))
}
