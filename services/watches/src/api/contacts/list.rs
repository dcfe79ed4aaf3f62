//! `GET /contacts`: where I am told.

use super::{
    super::{
        Refused,
        described::{ErrorsOfOurs, NotConnected, NotLetIn},
        refuse,
    },
    ContactView, all,
};
use crate::App;
use axum::{Json, extract::State};
use bevaka_portal::bearer::Who;

/// The user's own contact points, numbers before addresses, the oldest first.
///
/// # Errors
/// 403 without access to watches; 409 without an agreement.
#[utoipa::path(
    get,
    path = "/api/watches/v1/contacts",
    operation_id = "listContacts",
    responses(
        (status = OK, description = "The contact points.", body = Vec<ContactView>),
        NotLetIn, NotConnected, ErrorsOfOurs,
    ),
)]
pub(in crate::api) async fn list(
    State(app): State<App>,
    Who(caller): Who,
) -> Result<Json<Vec<ContactView>>, Refused> {
    let contacts = all(&app, caller).await.map_err(refuse(&app))?;
    Ok(Json(contacts.into_iter().map(ContactView::from).collect()))
}
