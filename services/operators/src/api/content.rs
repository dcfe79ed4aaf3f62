//! `POST /dispatcher/api/events/{id}/content`: what an event holds; that it was read is in the trail.

use super::{
    Caller,
    described::{NotFound, Refusals},
    unavailable,
};
use crate::{app::App, commands::read_content::read_content};
use axum::{
    Json,
    extract::{Path, State},
};
use bevaka_domain::{ids::EventId, operator::Act};
use bevaka_web::problem::Problem;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

/// What an event holds.
#[derive(Serialize, ToSchema)]
pub struct Content {
    /// Our id of the event.
    #[schema(value_type = String, format = Uuid)]
    event_id: EventId,
    /// What happened.
    kind: String,
    /// The data, byte for byte as the publisher sent them.
    #[schema(value_type = Value)]
    data: Box<RawValue>,
}

/// Reads what an event holds. Each reading leaves an entry in the trail, with who read it.
///
/// # Errors
/// 404 if there is no such event.
#[utoipa::path(
    post,
    path = "/dispatcher/api/events/{id}/content",
    operation_id = "readEventContent",
    params(("id" = String, Path, format = Uuid, description = "Our id.")),
    responses((status = OK, description = "What it holds.", body = Content), NotFound, Refusals),
)]
pub async fn read(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<Content>, Problem> {
    let operator = caller.may(Act::ReadContent)?;
    let id: EventId = id.parse().map_err(|_| Problem::not_found())?;
    let found = read_content(&app, operator, id).await.map_err(|error| unavailable(&error))?;
    let event = found.ok_or_else(Problem::not_found)?.event;
    // Stored is only what was read as JSON before.
    let data = RawValue::from_string(event.data).map_err(|_| Problem::internal())?;
    Ok(Json(Content { event_id: id, kind: event.kind.to_string(), data }))
}
