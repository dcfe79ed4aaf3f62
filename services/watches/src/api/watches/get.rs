//! `GET /watches`: what I watch, and could watch (R25).

use super::{
    super::{
        Refused,
        described::{ErrorsOfOurs, NotConnected, NotLetIn},
        refuse,
    },
    WatchesView, standing,
};
use crate::App;
use axum::{extract::State, response::Response};
use bevaka_portal::{accept::Asked, bearer::Who};

/// What the user watches and could watch. `ETag` is the version of the watches, over which the next ones are saved.
///
/// # Errors
/// 403 without access to watches; 409 without an agreement.
#[utoipa::path(
    get,
    path = "/api/watches/v1/watches",
    operation_id = "getWatches",
    responses(
        (status = OK, description = "The watches.", body = WatchesView,
         headers(("ETag" = String, description = "Their version."))),
        NotLetIn, NotConnected, ErrorsOfOurs,
    ),
)]
pub(in crate::api) async fn get(
    State(app): State<App>,
    Who(caller): Who,
    Asked(language): Asked,
) -> Result<Response, Refused> {
    standing(&app, caller, language).await.map_err(refuse(&app))
}
