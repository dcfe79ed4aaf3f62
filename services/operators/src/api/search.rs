//! `GET /dispatcher/api/events`, `GET /dispatcher/api/deliveries…`: finds events and alerts, and one alert with its history
//! (R39).

use super::{
    Caller,
    described::{Invalid, NotFound, Refusals},
    found::{DeliveriesPage, DeliveryDetail, EventsPage},
    unavailable,
};
use crate::{
    app::App,
    queries::search::{self, DeliveriesAsked, EventsAsked, Fault, Wrong},
};
use axum::{
    Json,
    extract::{Path, Query, State, rejection::QueryRejection},
    http::StatusCode,
};
use bevaka_domain::{ids::DeliveryId, operator::Act};
use bevaka_web::problem::Problem;

/// Where an alert can stand.
pub(crate) const STATES: [&str; 7] =
    ["sending", "waiting", "accepted", "delivered", "failed", "expired", "suppressed"];

/// The events that fit everything that is asked for, the newest first.
///
/// # Errors
/// 422 for a field that cannot be looked for.
#[utoipa::path(
    get,
    path = "/dispatcher/api/events",
    operation_id = "searchEvents",
    params(EventsAsked),
    responses((status = OK, description = "The events.", body = EventsPage), Invalid, Refusals),
)]
pub async fn events(
    State(app): State<App>,
    caller: Caller,
    asked: Result<Query<EventsAsked>, QueryRejection>,
) -> Result<Json<EventsPage>, Problem> {
    caller.may(Act::See)?;
    let Query(asked) = asked.map_err(|_| Problem::invalid("query"))?;
    let found = async {
        let mut tx = app.chassis.db.begin_read().await?;
        search::events(&mut tx, &asked).await
    };
    let found = found.await.map_err(|error| unavailable(&error))?.map_err(|fault| refused(&fault))?;
    Ok(Json(EventsPage::new(&app.chassis.catalogue, found)))
}

/// The alerts that fit everything that is asked for, those of the newest event first.
///
/// # Errors
/// 422 for a field that cannot be looked for.
#[utoipa::path(
    get,
    path = "/dispatcher/api/deliveries",
    operation_id = "searchDeliveries",
    params(DeliveriesAsked),
    responses((status = OK, description = "The alerts.", body = DeliveriesPage), Invalid, Refusals),
)]
pub async fn deliveries(
    State(app): State<App>,
    caller: Caller,
    asked: Result<Query<DeliveriesAsked>, QueryRejection>,
) -> Result<Json<DeliveriesPage>, Problem> {
    caller.may(Act::See)?;
    let Query(asked) = asked.map_err(|_| Problem::invalid("query"))?;
    let found = async {
        let mut tx = app.chassis.db.begin_read().await?;
        search::deliveries(&mut tx, &asked).await
    };
    let found = found.await.map_err(|error| unavailable(&error))?.map_err(|fault| refused(&fault))?;
    Ok(Json(DeliveriesPage::new(&app.chassis.catalogue, found)))
}

/// The alert with our id, and all that happened to it.
///
/// # Errors
/// 404 if there is none.
#[utoipa::path(
    get,
    path = "/dispatcher/api/deliveries/{id}",
    operation_id = "getDelivery",
    params(("id" = String, Path, format = Uuid, description = "Our id.")),
    responses((status = OK, description = "The alert.", body = DeliveryDetail), NotFound, Refusals),
)]
pub async fn delivery(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<DeliveryDetail>, Problem> {
    caller.may(Act::See)?;
    let id: DeliveryId = id.parse().map_err(|_| Problem::not_found())?;
    let found = async {
        let mut tx = app.chassis.db.begin_read().await?;
        search::delivery(&mut tx, id).await
    };
    let found = found.await.map_err(|error| unavailable(&error))?.ok_or_else(Problem::not_found)?;
    Ok(Json(DeliveryDetail::new(&app.chassis.catalogue, found)))
}

/// Names the field and its limit.
pub(super) fn refused(fault: &Fault) -> Problem {
    let field = fault.field;
    let (detail, action) = match fault.wrong {
        Wrong::Id => (format!("{field} must be one of our ids, a UUID."), "Copy it whole from a list."),
        Wrong::Text => (
            format!("{field} must have 1 to 256 characters, none of them a control character."),
            "Correct it, or leave it out.",
        ),
        Wrong::Company => (
            format!("{field} must be our id or an organisation number with a right check digit."),
            "Correct it, such as 556016-0680.",
        ),
        Wrong::PersonalNumber => (
            format!("{field} may be a personal number, which must not stand in an address."),
            "Ask POST /dispatcher/api/companies/lookup for our id, and give that.",
        ),
        Wrong::UserWithoutCompany => {
            (format!("{field} must be our id, a UUID, unless company is given too."), "Add company.")
        }
        Wrong::Kind => (
            format!("{field} must be a kind: lower-case words with full stops between them."),
            "Correct it, such as payment.rejected.",
        ),
        Wrong::State => {
            (format!("{field} is unknown; known are {}.", STATES.join(", ")), "Name one of them.")
        }
        Wrong::Channel => (format!("{field} must be sms or email."), "Name one of them."),
        Wrong::Origin => (
            format!("{field} must be any, injection:ID or dead_letter:ID with a UUID."),
            "Correct it, or leave it out.",
        ),
        Wrong::Contact => (
            format!("{field} must be 64 hexadecimal digits."),
            "Ask POST /dispatcher/api/contacts/lookup for them.",
        ),
        Wrong::Time => (
            format!("{field} must be a time as RFC 3339 has it."),
            "Correct it, such as 2026-11-21T13:02:00Z.",
        ),
        Wrong::EndsBeforeItBegins => {
            (format!("{field} must lie after from."), "Exchange the two, or leave one out.")
        }
        Wrong::After => (format!("{field} must be the next of a page."), "Begin again without it."),
        Wrong::Limit => (format!("{field} must lie between 1 and 500."), "Ask for as many rows as that."),
    };
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "Invalid field", detail, action)
        .coded("invalid_field")
        .at(field)
}
