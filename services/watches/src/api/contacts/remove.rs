//! `DELETE /contacts/{contact}`: removes a contact point.

use super::super::{
    Refused,
    described::{ErrorsOfOurs, NotConnected, NotFound, NotLetIn},
    id, refuse,
};
use crate::{App, commands::contacts};
use axum::{
    extract::{Path, State},
    http::StatusCode,
};
use bevaka_portal::bearer::Who;

/// Removes a contact point. Watches that used it keep the channel, and tell nothing by it until another is chosen.
///
/// # Errors
/// 403 without access to watches; 404 for a contact point that is not the user's, or is removed; 409 without an agreement.
#[utoipa::path(
    delete,
    path = "/api/watches/v1/contacts/{contact}",
    operation_id = "removeContact",
    params(("contact" = String, Path, format = Uuid, description = "The contact point.")),
    responses(
        (status = NO_CONTENT, description = "It is removed."),
        NotLetIn, NotFound, NotConnected, ErrorsOfOurs,
    ),
)]
pub(in crate::api) async fn remove(
    State(app): State<App>,
    Who(caller): Who,
    Path(contact): Path<String>,
) -> Result<StatusCode, Refused> {
    contacts::remove(&app, caller, id(&contact)?).await.map_err(refuse(&app))?;
    Ok(StatusCode::NO_CONTENT)
}
