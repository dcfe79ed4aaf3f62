//! `POST /contacts/{contact}/code`: lets a new code be sent (R28).

use super::{
    super::{
        Refused,
        described::{Conflict, ErrorsOfOurs, NotFound, NotLetIn, TooMany},
        id, refuse,
    },
    ContactView, one,
};
use crate::{App, commands::contacts};
use axum::{
    Json,
    extract::{Path, State},
};
use bevaka_portal::bearer::Who;

/// Sends a new code, which is valid for 30 minutes; an earlier one no longer counts.
///
/// # Errors
/// 403 without access to watches; 404 for a contact point that is not the user's; 409 for one that is confirmed; 429 if
/// none may be sent now.
#[utoipa::path(
    post,
    path = "/api/watches/v1/contacts/{contact}/code",
    operation_id = "sendCode",
    params(("contact" = String, Path, format = Uuid, description = "The contact point.")),
    responses(
        (status = OK, description = "The code is sent.", body = ContactView),
        NotLetIn, NotFound, Conflict, TooMany, ErrorsOfOurs,
    ),
)]
pub(in crate::api) async fn send_code(
    State(app): State<App>,
    Who(caller): Who,
    Path(contact): Path<String>,
) -> Result<Json<ContactView>, Refused> {
    let contact = id(&contact)?;
    contacts::send_code(&app, caller, contact).await.map_err(refuse(&app))?;
    Ok(Json(one(&app, caller, contact).await.map_err(refuse(&app))?.into()))
}
