//! `POST /contacts/{contact}/replace`: adds a contact point that takes the place of another.

use super::{
    super::{
        Refused,
        described::{BodyFaults, ErrorsOfOurs, InvalidFields, NotConnected, NotFound, NotLetIn, TooMany},
        id, refuse,
    },
    ContactView, added, one,
};
use crate::App;
use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use bevaka_portal::bearer::Who;
use bevaka_web::body::JsonBody;
use serde::Deserialize;
use utoipa::ToSchema;

/// What takes the place of a contact point.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct Replacement {
    /// A number or address for the same channel, in any usual spelling.
    address: String,
}

/// Adds a contact point of the same channel, and sends the code that confirms it. Until then the old one goes on; after,
/// watches that used it use the new one, and it is removed. The same again changes nothing.
///
/// # Errors
/// 403 without access to watches; 404 for a contact point that is not the user's; 409 without an agreement; 422 for what
/// is no address of the channel or there already; 429 if no further code may be sent now.
#[utoipa::path(
    post,
    path = "/api/watches/v1/contacts/{contact}/replace",
    operation_id = "replaceContact",
    params(("contact" = String, Path, format = Uuid, description = "The contact point to replace.")),
    request_body = Replacement,
    responses(
        (status = CREATED, description = "The new one is added, and its code sent.", body = ContactView),
        (status = OK, description = "The new one was there already.", body = ContactView),
        BodyFaults, InvalidFields, NotLetIn, NotFound, NotConnected, TooMany, ErrorsOfOurs,
    ),
)]
pub(in crate::api) async fn replace(
    State(app): State<App>,
    Who(caller): Who,
    Path(contact): Path<String>,
    JsonBody(new): JsonBody<Replacement>,
) -> Result<(StatusCode, Json<ContactView>), Refused> {
    let old = one(&app, caller, id(&contact)?).await.map_err(refuse(&app))?;
    added(&app, caller, (old.address.channel(), &new.address), Some(old.id)).await
}
