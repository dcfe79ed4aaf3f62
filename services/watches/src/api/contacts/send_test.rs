//! `POST /contacts/{contact}/test`: sends a test alert.

use super::super::{
    Refused,
    described::{Conflict, ErrorsOfOurs, NotFound, NotLetIn, TooMany},
    id, refuse,
};
use crate::{App, commands};
use axum::{
    extract::{Path, State},
    http::StatusCode,
};
use bevaka_portal::bearer::Who;

/// Sends a test alert by the way of every alert; the list of alerts then tells what became of it.
///
/// # Errors
/// 403 without access to watches; 404 for a contact point that is not the user's; 409 for one that is not confirmed; 429
/// if none may be sent now.
#[utoipa::path(
    post,
    path = "/api/watches/v1/contacts/{contact}/test",
    operation_id = "sendTest",
    params(("contact" = String, Path, format = Uuid, description = "The contact point.")),
    responses(
        (status = ACCEPTED, description = "It is under way."),
        NotLetIn, NotFound, Conflict, TooMany, ErrorsOfOurs,
    ),
)]
pub(in crate::api) async fn send_test(
    State(app): State<App>,
    Who(caller): Who,
    Path(contact): Path<String>,
) -> Result<StatusCode, Refused> {
    commands::test::send_test(&app, caller, id(&contact)?).await.map_err(refuse(&app))?;
    Ok(StatusCode::ACCEPTED)
}
