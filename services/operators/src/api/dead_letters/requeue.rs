//! `POST /dispatcher/api/dead-letters/{id}/requeue`: sends a dead letter in again, as it came or mended.

use super::{id, refused};
use crate::{
    api::{
        Caller,
        described::{BodyRefusals, Conflict, NotFound, Refusals},
        justified::because,
    },
    app::App,
    commands,
};
use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use bevaka_domain::{ids::EventId, operator::Act};
use bevaka_web::{body::JsonBody, problem::Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Why, and what to send in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Requeue {
    /// Why, in words that name a case and no person.
    #[schema(min_length = 3, max_length = 200)]
    because: String,
    /// The mended event: CloudEvents 1.0 as structured JSON. Left out: the body as it came.
    #[serde(default)]
    #[schema(nullable = false)]
    body: Option<String>,
}

/// What was sent in.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = RequeuedDeadLetter)]
pub struct Requeued {
    /// The publisher.
    pub source: String,
    /// The publisher's id.
    pub id: String,
    /// Whether it was another body than the one that came.
    pub mended: bool,
    /// The event of that key that was stored already: then nobody is told anything new.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = Uuid, nullable = false)]
    pub stored_as: Option<EventId>,
}

impl From<commands::dead_letters::Requeued> for Requeued {
    fn from(requeued: commands::dead_letters::Requeued) -> Self {
        let commands::dead_letters::Requeued { event, stored, mended } = requeued;
        Self { source: event.source, id: event.id, mended, stored_as: stored }
    }
}

/// Sends a dead letter in again. The body has to pass intake; then it is durable, marked by `bevakaorigin` with the letter
/// that it came by.
///
/// # Errors
/// 404 if there is none; 409 if somebody dealt with it, or if what was mended would tell more people than one
/// operator may alone; 422 if the body is no event, or without a reason.
#[utoipa::path(
    post,
    path = "/dispatcher/api/dead-letters/{id}/requeue",
    operation_id = "requeueDeadLetter",
    params(("id" = String, Path, format = Uuid, description = "Our id.")),
    request_body = Requeue,
    responses(
        (status = ACCEPTED, description = "It is on its way.", body = Requeued),
        NotFound, Conflict, BodyRefusals, Refusals,
    ),
)]
pub async fn requeue(
    State(app): State<App>,
    caller: Caller,
    Path(letter): Path<String>,
    body: Result<JsonBody<Requeue>, Problem>,
) -> Result<(StatusCode, Json<Requeued>), Problem> {
    let operator = caller.may(Act::Repair)?;
    let (letter, JsonBody(asked)) = (id(&letter)?, body?);
    let because = because(&asked.because)?;
    let mended = asked.body.as_deref();
    let requeued = commands::dead_letters::requeue(&app, operator, letter, &because, mended).await;
    Ok((StatusCode::ACCEPTED, Json(requeued.map_err(refused)?.into())))
}
