//! `POST /watches/preview`: what settings would have meant.

use super::{
    super::{
        Refused,
        described::{BodyFaults, ErrorsOfOurs, InvalidFields, NotConnected, NotLetIn},
        refuse,
    },
    Choices,
};
use crate::{App, queries};
use axum::{Json, extract::State};
use bevaka_domain::clock::Timestamp;
use bevaka_portal::bearer::Who;
use bevaka_web::body::JsonBody;
use serde::Serialize;
use utoipa::ToSchema;

/// What settings would have meant.
#[derive(Serialize, ToSchema)]
#[schema(as = Preview)]
pub(in crate::api) struct PreviewView {
    /// How many alerts: one for each event and contact point, one for each gathering.
    alerts: u32,
    /// How many of them from 22 to 06 by the bank's clock.
    at_night: u32,
    /// Since when events are counted.
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
    /// Whether there were so many events that only the newest are counted.
    is_cut: bool,
}

/// How many alerts the user would have got with these choices, by today's rights, contact points and agreement. Nothing
/// is changed; kinds that are not named count as they are stored.
///
/// # Errors
/// 403 without access to watches; 409 without an agreement; 422 as saving would give.
#[utoipa::path(
    post,
    path = "/api/watches/v1/watches/preview",
    operation_id = "previewWatches",
    request_body = Choices,
    responses(
        (status = OK, description = "What they would have meant.", body = PreviewView),
        BodyFaults, InvalidFields, NotLetIn, NotConnected, ErrorsOfOurs,
    ),
)]
pub(in crate::api) async fn preview(
    State(app): State<App>,
    Who(caller): Who,
    JsonBody(choices): JsonBody<Choices>,
) -> Result<Json<PreviewView>, Refused> {
    let choices = choices.chosen(app.now())?;
    let meant = queries::preview(&app, caller, &choices).await.map_err(refuse(&app))?;
    Ok(Json(PreviewView {
        alerts: meant.alerts,
        at_night: meant.at_night,
        since: meant.since,
        is_cut: meant.is_cut,
    }))
}
