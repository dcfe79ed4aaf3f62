//! `POST /dispatcher/api/deliveries/{id}/cancel`: one alert.

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

/// Stops an alert that waits: it never leaves.
///
/// # Errors
/// 404 if there is none; 409 if it stays as it is, with the reason as `code`; 422 without a reason.
#[utoipa::path(
    post,
    path = "/dispatcher/api/deliveries/{id}/cancel",
    operation_id = "cancelDelivery",
    params(("id" = String, Path, format = Uuid, description = "Our id.")),
    request_body = Because,
    responses(
        (status = OK, description = "The alert as it stands now.", body = DeliveryView),
        NotFound, Conflict, BodyRefusals, Refusals,
    ),
)]
pub async fn cancel(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    body: Result<JsonBody<Because>, Problem>,
) -> Result<Json<DeliveryView>, Problem> {
    super::one(&app, &caller, What::Cancel, &id, body).await.map(Json)
}
