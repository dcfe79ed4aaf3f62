//! `POST /dispatcher/api/deliveries/{id}/retry`: one alert.

use crate::{
    api::{
        Caller, DeliveryView,
        described::{BodyRefusals, Conflict, NotFound, Refusals},
        justified::Because,
    },
    app::App,
    commands::deliveries::What,
};
use axum::{
    Json,
    extract::{Path, State},
};
use bevaka_web::{body::JsonBody, problem::Problem};

/// Lets an alert be tried at once that waits for its next attempt or was given up, and with it all that leave as one message
/// with it. Rights and wishes are asked again when it leaves.
///
/// # Errors
/// 404 if there is none; 409 if it stays as it is, with the reason as `code`; 422 without a reason.
#[utoipa::path(
    post,
    path = "/dispatcher/api/deliveries/{id}/retry",
    operation_id = "retryDelivery",
    params(("id" = String, Path, format = Uuid, description = "Our id.")),
    request_body = Because,
    responses(
        (status = OK, description = "The alert as it stands now.", body = DeliveryView),
        NotFound, Conflict, BodyRefusals, Refusals,
    ),
)]
pub async fn retry(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    body: Result<JsonBody<Because>, Problem>,
) -> Result<Json<DeliveryView>, Problem> {
    super::one(&app, &caller, What::Retry, &id, body).await.map(Json)
}
