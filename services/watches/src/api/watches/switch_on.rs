//! `POST /watches/{kind}/on`: switches a watch on that was switched off from a mail.

use super::{
    super::{
        Refused,
        described::{ErrorsOfOurs, NotConnected, NotFound, NotLetIn},
        id, refuse,
    },
    WatchesView, standing,
};
use crate::{App, commands};
use axum::{
    extract::{Path, State},
    response::Response,
};
use bevaka_portal::{accept::Asked, bearer::Who};

/// Switches a watch on again, as it was chosen. One that is on stays so.
///
/// # Errors
/// 403 without access to watches; 404 for a kind that the user does not watch; 409 without an agreement.
#[utoipa::path(
    post,
    path = "/api/watches/v1/watches/{kind}/on",
    operation_id = "switchWatchOn",
    params(("kind" = String, Path, description = "The kind.")),
    responses(
        (status = OK, description = "The watches.", body = WatchesView,
         headers(("ETag" = String, description = "Their version."))),
        NotLetIn, NotFound, NotConnected, ErrorsOfOurs,
    ),
)]
pub(in crate::api) async fn switch_on(
    State(app): State<App>,
    Who(caller): Who,
    Asked(language): Asked,
    Path(kind): Path<String>,
) -> Result<Response, Refused> {
    let kind = id(&kind)?;
    commands::switch::on(&app, caller, &kind).await.map_err(refuse(&app))?;
    standing(&app, caller, language).await.map_err(refuse(&app))
}
