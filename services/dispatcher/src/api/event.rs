//! `GET /dispatcher/api/events…`: one event with its decisions and what became of its alerts.

use super::{
    Caller, EventView,
    described::{Invalid, NotFound, Refusals},
    unavailable,
};
use crate::{app::App, intake, queries::timeline};
use axum::{
    Json,
    extract::{Path, Query, State, rejection::QueryRejection},
    http::StatusCode,
};
use bevaka_domain::{ids::EventId, operator::Act};
use bevaka_store::{Result as Stored, Tx, deliveries, events, events::Decided, explained, people};
use bevaka_web::problem::Problem;
use serde::Deserialize;
use utoipa::IntoParams;

/// The publisher's key of an event.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Key {
    /// The publisher.
    source: String,
    /// The publisher's id.
    id: String,
}

/// The event with the publisher's source and id.
///
/// # Errors
/// 404 if it is not stored (yet); 422 without both parameters.
#[utoipa::path(
    get,
    path = "/dispatcher/api/events",
    operation_id = "findEvent",
    params(Key),
    responses((status = OK, description = "The event.", body = EventView), Invalid, NotFound, Refusals),
)]
pub async fn by_key(
    State(app): State<App>,
    caller: Caller,
    key: Result<Query<Key>, QueryRejection>,
) -> Result<Json<EventView>, Problem> {
    caller.may(Act::See)?;
    let Query(key) = key.map_err(|_| {
        let detail = "The query must hold source and id.";
        Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "Invalid field", detail, "Add both and ask again.")
            .at("source, id")
    })?;
    key_faults(&key.source, &key.id)?;
    let view = async {
        let mut tx = app.chassis.db.begin_read().await?;
        let found = events::find_external(&mut tx, &key.source, &key.id).await?;
        view(&mut tx, &app, found).await
    };
    view.await.map_err(|error| unavailable(&error))?.map(Json).ok_or_else(Problem::not_found)
}

/// The event with our id.
///
/// # Errors
/// 404 if there is none.
#[utoipa::path(
    get,
    path = "/dispatcher/api/events/{id}",
    operation_id = "getEvent",
    params(("id" = String, Path, format = Uuid, description = "Our id.")),
    responses((status = OK, description = "The event.", body = EventView), NotFound, Refusals),
)]
pub async fn by_id(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<EventView>, Problem> {
    caller.may(Act::See)?;
    let id: EventId = id.parse().map_err(|_| Problem::not_found())?;
    let view = async {
        let mut tx = app.chassis.db.begin_read().await?;
        let found = events::find(&mut tx, id).await?;
        view(&mut tx, &app, found).await
    };
    view.await.map_err(|error| unavailable(&error))?.map(Json).ok_or_else(Problem::not_found)
}

/// What is wrong with a publisher's source and id.
pub(super) fn key_faults(source: &str, id: &str) -> Result<(), Problem> {
    for (field, text) in [("source", source), ("id", id)] {
        intake::key(field, text).map_err(|refused| {
            Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "Invalid field",
                refused.detail,
                "Correct it and ask again.",
            )
            .at(field)
        })?;
    }
    Ok(())
}

async fn view(tx: &mut Tx, app: &App, found: Option<Decided>) -> Stored<Option<EventView>> {
    let Some(decided) = found else { return Ok(None) };
    let deliveries = deliveries::of_event(tx, decided.event.id).await?;
    let decided_about = decided.decisions.iter().map(|decision| decision.user);
    let users =
        people::users(tx, decided_about.chain(deliveries.iter().map(|delivery| delivery.user))).await?;
    let contacts = people::contacts(tx, deliveries.iter().map(|delivery| delivery.contact)).await?;
    let mut view = EventView::new(&app.chassis.catalogue, &decided, &deliveries, &users, &contacts);
    view.organisation_name = explained::company_name(tx, &decided.event.organisation).await?;
    view.timeline = timeline::of(tx, &decided, &deliveries, &users, &contacts, app.now()).await?;
    Ok(Some(view))
}
