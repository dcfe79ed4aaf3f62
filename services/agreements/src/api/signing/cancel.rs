//! `POST /orders/{order}/signing/{attempt}/cancel`: ends a try.

use super::{
    super::{
        attempt::AttemptView,
        described::{Conflict, ErrorsOfOurs, IdempotencyKey, InvalidKey, NotFound, Unauthorized},
    },
    Address, find,
};
use crate::{App, identity::bankid};
use axum::{
    Json,
    extract::{Path, State},
};
use bevaka_portal::{accept::Asked, bearer::Bearer};
use bevaka_web::problem::Problem;

/// Ends a try to sign, at BankID too. The order waits on, and one that is signed stays so (R12).
///
/// # Errors
/// 404 for every session that did not begin it.
#[utoipa::path(
    post,
    path = "/api/agreements/v1/orders/{order}/signing/{attempt}/cancel",
    operation_id = "cancelSigning",
    params(
        IdempotencyKey,
        ("order" = String, Path, format = Uuid, description = "The order."),
        ("attempt" = String, Path, format = Uuid, description = "The try."),
    ),
    responses(
        (status = OK, description = "The try as it stands.", body = AttemptView),
        InvalidKey, Unauthorized, NotFound, Conflict, ErrorsOfOurs,
    ),
)]
pub(in crate::api) async fn cancel(
    State(app): State<App>,
    bearer: Bearer,
    Asked(language): Asked,
    Path(address): Path<Address>,
) -> Result<Json<AttemptView>, Problem> {
    let id = find(&app, &bearer, &address).await?.id;
    let attempt = bankid::cancel(&app, id, &bearer.token).await?;
    Ok(Json(AttemptView::new(&app, &attempt, language)?))
}
