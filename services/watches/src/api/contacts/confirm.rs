//! `POST /contacts/{contact}/confirm`: proves by its code that a contact point is mine (R28).

use super::{
    super::{
        Refused,
        described::{BodyFaults, Conflict, ErrorsOfOurs, InvalidFields, NotFound, NotLetIn},
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
use bevaka_web::body::JsonBody;
use serde::Deserialize;
use utoipa::ToSchema;

/// The code that was sent.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct SentCode {
    /// Six digits, blanks and dashes aside.
    code: String,
}

/// Confirms a contact point; one that replaces another takes its place. Confirming again changes nothing.
///
/// # Errors
/// 403 without access to watches; 404 for a contact point that is not the user's; 409 where no code counts any more; 422
/// for a wrong code, of which five are taken.
#[utoipa::path(
    post,
    path = "/api/watches/v1/contacts/{contact}/confirm",
    operation_id = "confirmContact",
    params(("contact" = String, Path, format = Uuid, description = "The contact point.")),
    request_body = SentCode,
    responses(
        (status = OK, description = "It is confirmed.", body = ContactView),
        BodyFaults, InvalidFields, NotLetIn, NotFound, Conflict, ErrorsOfOurs,
    ),
)]
pub(in crate::api) async fn confirm(
    State(app): State<App>,
    Who(caller): Who,
    Path(contact): Path<String>,
    JsonBody(sent): JsonBody<SentCode>,
) -> Result<Json<ContactView>, Refused> {
    let contact = id(&contact)?;
    contacts::confirm(&app, caller, contact, &sent.code).await.map_err(refuse(&app))?;
    Ok(Json(one(&app, caller, contact).await.map_err(refuse(&app))?.into()))
}
