//! The methods by which one can sign in and sign now.

use crate::{
    App,
    identity::methods::{Availability, AvailabilityName, METHODS},
};
use axum::{Json, extract::State};
use bevaka_domain::{clock::Timestamp, signing::Method};
use serde::Serialize;
use utoipa::ToSchema;

/// A method.
#[derive(Serialize, ToSchema)]
pub(super) struct MethodView {
    /// With what.
    method: Method,
    /// Whether it can be used now.
    state: AvailabilityName,
    /// When it opens, if that is known.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    opens_at: Option<Timestamp>,
}

/// The methods in the order they are offered.
#[utoipa::path(
    get,
    path = "/api/agreements/v1/methods",
    operation_id = "listMethods",
    security(()),
    responses((status = OK, description = "The methods.", body = Vec<MethodView>)),
)]
pub(super) async fn list(app: State<App>) -> Json<Vec<MethodView>> {
    let now = app.now();
    let view = |method: Method| {
        let availability = app.availability(method, now);
        let opens_at = match availability {
            Availability::Open => None,
            Availability::Planned { from } => Some(from),
            Availability::Closed { until } => until,
        };
        MethodView { method, state: availability.into(), opens_at }
    };
    Json(METHODS.map(view).into())
}
