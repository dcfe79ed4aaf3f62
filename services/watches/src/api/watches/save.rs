//! `PUT /watches`: chooses what to watch (R24, R26, R27).

use super::{
    super::{
        Refused,
        described::{BodyFaults, ErrorsOfOurs, InvalidFields, NotConnected, NotLetIn, Stale, VersionMissing},
        if_match::Version,
        refuse,
    },
    Choices, WatchesView, standing,
};
use crate::{App, commands};
use axum::{extract::State, response::Response};
use bevaka_portal::{accept::Asked, bearer::Who};
use bevaka_web::body::JsonBody;

/// Chooses for the kinds that are named, all of them or, if any field is wrong, none. One with a channel is switched on,
/// one without is no longer watched.
///
/// # Errors
/// 403 without access to watches; 409 without an agreement; 412 if the watches have changed since they were read; 422
/// with every field that does not hold what it must; 428 without If-Match.
#[utoipa::path(
    put,
    path = "/api/watches/v1/watches",
    operation_id = "saveWatches",
    params(("If-Match" = String, Header, description = "The ETag of the watches as they were read.")),
    request_body = Choices,
    responses(
        (status = OK, description = "The watches.", body = WatchesView,
         headers(("ETag" = String, description = "Their version."))),
        BodyFaults, InvalidFields, NotLetIn, NotConnected, Stale, VersionMissing, ErrorsOfOurs,
    ),
)]
pub(in crate::api) async fn save(
    State(app): State<App>,
    Who(caller): Who,
    Asked(language): Asked,
    Version(version): Version,
    JsonBody(choices): JsonBody<Choices>,
) -> Result<Response, Refused> {
    let choices = choices.chosen(app.now())?;
    commands::save::save(&app, caller, version, &choices).await.map_err(refuse(&app))?;
    standing(&app, caller, language).await.map_err(refuse(&app))
}
