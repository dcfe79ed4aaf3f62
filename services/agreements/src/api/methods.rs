//! The methods by which one can sign in and sign now.

use super::attempt;
use crate::{
    App,
    identity::methods::{Availability, METHODS},
};
use axum::{Json, extract::State};
use bevaka_domain::{clock::Timestamp, signing::Method};
use bevaka_web::openapi::words;
use serde::Serialize;
use utoipa::{ToSchema, openapi::schema::Object};

/// A method.
#[derive(Serialize, ToSchema)]
pub(super) struct MethodView {
    #[schema(schema_with = attempt::method)]
    method: Method,
    #[schema(schema_with = state)]
    state: &'static str,
    /// When it opens, if that is known.
    #[schema(value_type = Option<String>, format = DateTime, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    opens_at: Option<Timestamp>,
}

fn state() -> Object {
    words("Whether it can be used now.", ["open", "planned", "closed"])
}

/// The methods in the order they are offered.
#[utoipa::path(
    get,
    path = "/api/agreements/v1/methods",
    operation_id = "listMethods",
    security(()),
    responses((status = OK, description = "The methods.", body = Vec<MethodView>)),
)]
pub(super) async fn list(State(app): State<App>) -> Json<Vec<MethodView>> {
    let now = app.now();
    let view = |method: Method| {
        let (state, opens_at) = match app.availability(method, now) {
            Availability::Open => ("open", None),
            Availability::Planned { from } => ("planned", Some(from)),
            Availability::Closed { until } => ("closed", until),
        };
        MethodView { method, state, opens_at }
    };
    Json(METHODS.map(view).into())
}
