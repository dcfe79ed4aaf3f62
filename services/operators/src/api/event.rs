//! `GET /dispatcher/api/events/{id}`: one event with its decisions and what became of its alerts.

use super::{
    Caller, EventView,
    described::{NotFound, Refusals},
    unavailable,
};
use crate::{app::App, queries::timeline};
use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use bevaka_alerting::accept;
use bevaka_domain::{ids::EventId, operator::Act};
use bevaka_store::{Result as Stored, Tx, deliveries, events, events::Decided, explained, people};
use bevaka_web::problem::Problem;

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
        accept::key(field, text).map_err(|refused| {
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
