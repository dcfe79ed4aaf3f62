//! `POST /contacts`: adds a contact point (R28).

use super::{
    super::{
        Refused,
        described::{self, BodyFaults, ErrorsOfOurs, InvalidFields, NotConnected, NotLetIn, TooMany},
    },
    ContactView, added,
};
use crate::App;
use axum::{Json, extract::State, http::StatusCode};
use bevaka_domain::watch::Channel;
use bevaka_portal::bearer::Who;
use bevaka_web::body::JsonBody;
use serde::Deserialize;
use utoipa::ToSchema;

/// A contact point to add.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct NewContact {
    #[schema(schema_with = described::channel)]
    channel: Channel,
    /// A mobile number or an e-mail address, in any usual spelling.
    address: String,
}

/// Adds a contact point, and sends the code that confirms it. One that is there already is told as it stands, and sent
/// nothing.
///
/// # Errors
/// 403 without access to watches; 409 without an agreement; 422 for what is no address, for one that replaces another,
/// and for one too many; 429 if no further code may be sent now.
#[utoipa::path(
    post,
    path = "/api/watches/v1/contacts",
    operation_id = "addContact",
    request_body = NewContact,
    responses(
        (status = CREATED, description = "It is added, and its code sent.", body = ContactView),
        (status = OK, description = "It was there already.", body = ContactView),
        BodyFaults, InvalidFields, NotLetIn, NotConnected, TooMany, ErrorsOfOurs,
    ),
)]
pub(in crate::api) async fn add(
    State(app): State<App>,
    Who(caller): Who,
    JsonBody(new): JsonBody<NewContact>,
) -> Result<(StatusCode, Json<ContactView>), Refused> {
    added(&app, caller, (new.channel, &new.address), None).await
}
