//! `GET /orders/{order}/signing/{attempt}`: how far a try has come.

use super::{
    super::{
        attempt::AttemptView,
        described::{ErrorsOfOurs, NotFound, Unauthorized},
    },
    Address, find,
};
use crate::App;
use axum::{
    Json,
    extract::{Path, State},
};
use bevaka_portal::{accept::Asked, bearer::Bearer};
use bevaka_web::problem::Problem;

/// How far a try to sign has come. With BankID it is asked about every other second, and its QR code each second.
///
/// # Errors
/// 404 for every session that did not begin it.
#[utoipa::path(
    get,
    path = "/api/agreements/v1/orders/{order}/signing/{attempt}",
    operation_id = "getSigning",
    params(
        ("order" = String, Path, format = Uuid, description = "The order."),
        ("attempt" = String, Path, format = Uuid, description = "The try."),
    ),
    responses(
        (status = OK, description = "The try as it stands.", body = AttemptView), Unauthorized, NotFound, ErrorsOfOurs
    ),
)]
pub(in crate::api) async fn look(
    State(app): State<App>,
    bearer: Bearer,
    Asked(language): Asked,
    Path(address): Path<Address>,
) -> Result<Json<AttemptView>, Problem> {
    let attempt = find(&app, &bearer, &address).await?;
    Ok(Json(AttemptView::new(&app, &attempt, language)?))
}
