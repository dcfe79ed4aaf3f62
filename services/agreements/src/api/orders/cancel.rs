//! `DELETE /orders/{order}`: takes an order back.

use super::{
    super::{
        described::{Conflict, ErrorsOfOurs, Forbidden, IdempotencyKey, InvalidKey, NotFound, Unauthorized},
        id,
    },
    look::OrderDetail,
};
use crate::{App, commands::place};
use axum::{
    Json,
    extract::{Path, State},
};
use bevaka_domain::ids::OrderId;
use bevaka_portal::bearer::Who;
use bevaka_web::problem::Problem;

/// Takes an order back before its last signature. It stays readable.
///
/// # Errors
/// 403 for an order that another person placed; 404 for one that the person cannot see; 409 for one that is over.
#[utoipa::path(
    delete,
    path = "/api/agreements/v1/orders/{order}",
    operation_id = "cancelOrder",
    params(IdempotencyKey, ("order" = String, Path, format = Uuid, description = "The order.")),
    responses(
        (status = OK, description = "The order is cancelled.", body = OrderDetail),
        InvalidKey, Unauthorized, Forbidden, NotFound, Conflict, ErrorsOfOurs,
    ),
)]
pub(in crate::api) async fn cancel(
    State(app): State<App>,
    Who(caller): Who,
    Path(order): Path<String>,
) -> Result<Json<OrderDetail>, Problem> {
    let order: OrderId = id(&order)?;
    // Another person's draft is not there, so it is not refused either.
    OrderDetail::load(&app, caller, order).await?;
    place::cancel(&app, caller, order).await?;
    Ok(Json(OrderDetail::load(&app, caller, order).await?))
}
