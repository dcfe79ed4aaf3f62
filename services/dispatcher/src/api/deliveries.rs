//! `GET /dispatcher/api/deliveries`: the newest alerts, all or those in one state.

use super::{
    Caller, DeliveryView,
    described::{self, Invalid, Refusals},
    limit, unavailable,
};
use crate::app::App;
use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
    http::StatusCode,
};
use bevaka_domain::operator::Act;
use bevaka_store::{deliveries, people};
use bevaka_web::problem::Problem;
use serde::Deserialize;
use utoipa::IntoParams;

pub(super) const STATES: [&str; 7] =
    ["sending", "waiting", "accepted", "delivered", "failed", "expired", "suppressed"];

/// What is asked for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// Only alerts in this state.
    #[param(schema_with = described::state, required = false)]
    state: Option<String>,
    /// At most so many; left out: 50.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
}

/// The newest alerts, newest first.
///
/// # Errors
/// 422 for an unknown state or a limit out of range.
#[utoipa::path(
    get,
    path = "/dispatcher/api/deliveries",
    operation_id = "listDeliveries",
    params(Asked),
    responses((status = OK, description = "The alerts.", body = Vec<DeliveryView>), Invalid, Refusals),
)]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<Vec<DeliveryView>>, Problem> {
    caller.may(Act::See)?;
    let Query(asked) = asked.map_err(|_| Problem::invalid("state, limit"))?;
    let limit = limit(asked.limit)?;
    if let Some(state) = asked.state.as_deref().filter(|state| !STATES.contains(state)) {
        let detail =
            format!("state is unknown ({} characters); known are {}.", state.len(), STATES.join(", "));
        return Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "Invalid field",
            detail,
            "Name one of them.",
        )
        .at("state"));
    }
    let listed = async {
        let mut tx = app.chassis.db.begin_read().await?;
        let found = deliveries::latest(&mut tx, asked.state.as_deref(), limit).await?;
        let contacts = people::contacts(&mut tx, found.iter().map(|delivery| delivery.contact)).await?;
        Ok(found.iter().map(|delivery| DeliveryView::new(delivery, &contacts)).collect())
    };
    listed.await.map(Json).map_err(|error| unavailable(&error))
}
