//! `GET /contacts/{contact}/losses`: what removing a contact point would mean.

use super::super::{
    Refused,
    described::{self, ErrorsOfOurs, NotConnected, NotFound, NotLetIn},
    id, refuse,
};
use crate::{App, queries};
use axum::{
    Json,
    extract::{Path, State},
};
use bevaka_domain::{event::Kind, watch::Channel};
use bevaka_portal::{accept::Asked, bearer::Who};
use serde::Serialize;
use utoipa::ToSchema;

/// A watch that loses a channel.
#[derive(Serialize, ToSchema)]
#[schema(as = Loss)]
pub(in crate::api) struct LossView {
    /// Of what.
    #[schema(value_type = String)]
    kind: Kind,
    /// Its name in the language asked for.
    name: String,
    #[schema(schema_with = described::channel)]
    channel: Channel,
    /// Whether the watch then tells nothing any more.
    is_last: bool,
}

/// Which watches lose their channel if the contact point is removed.
///
/// # Errors
/// 403 without access to watches; 404 for a contact point that is not the user's; 409 without an agreement.
#[utoipa::path(
    get,
    path = "/api/watches/v1/contacts/{contact}/losses",
    operation_id = "listLosses",
    params(("contact" = String, Path, format = Uuid, description = "The contact point.")),
    responses(
        (status = OK, description = "The watches, by kind.", body = Vec<LossView>),
        NotLetIn, NotFound, NotConnected, ErrorsOfOurs,
    ),
)]
pub(in crate::api) async fn losses(
    State(app): State<App>,
    Who(caller): Who,
    Asked(language): Asked,
    Path(contact): Path<String>,
) -> Result<Json<Vec<LossView>>, Refused> {
    let losses = queries::losses(&app, caller, id(&contact)?).await.map_err(refuse(&app))?;
    let view = |loss: queries::losses::Loss| LossView {
        name: app.chassis.catalogue.name(&loss.kind, language).to_owned(),
        kind: loss.kind,
        channel: loss.channel,
        is_last: loss.is_last,
    };
    Ok(Json(losses.into_iter().map(view).collect()))
}
