//! `GET /injections`: the newest, or those that wait.

use super::{
    super::{
        Caller,
        described::{self, Invalid, Refusals},
        limit, unavailable,
    },
    InjectionsView,
};
use crate::{app::App, queries::injections};
use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
    http::StatusCode,
};
use bevaka_domain::{injection::StateName, operator::Act};
use bevaka_web::problem::Problem;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

/// What is asked for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct Asked {
    /// Only injections in this state.
    #[param(schema_with = described::injection_state, required = false)]
    state: Option<String>,
    /// What came before this one: `next` of the page before. Left out: the latest.
    #[param(value_type = Option<String>, format = Uuid, nullable = false)]
    before: Option<Uuid>,
    /// At most so many; left out: 50.
    #[param(minimum = 1, maximum = 500)]
    limit: Option<u32>,
}

/// The newest injections, newest first.
///
/// # Errors
/// 422 for an unknown state, a limit out of range, or what is no cursor.
#[utoipa::path(
    get,
    path = "/dispatcher/api/injections",
    operation_id = "listInjections",
    params(Asked),
    responses((status = OK, description = "The injections.", body = InjectionsView), Invalid, Refusals),
)]
pub(in crate::api) async fn list(
    State(app): State<App>,
    caller: Caller,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<InjectionsView>, Problem> {
    caller.may(Act::See)?;
    let Query(asked) = asked.map_err(|_| Problem::invalid("state, before, limit"))?;
    let limit = limit(asked.limit)?;
    if let Some(state) = asked.state.as_deref().filter(|state| state.parse::<StateName>().is_err()) {
        let known = StateName::ALL.map(StateName::as_str).join(", ");
        let detail = format!("state is unknown ({} characters); known are {known}.", state.len());
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        let problem = Problem::new(status, "Invalid field", detail, "Name one of them.");
        return Err(problem.coded("invalid_field").at("state"));
    }
    let listed = injections::list(&app, asked.state.as_deref(), asked.before, limit).await;
    let listed = listed.map_err(|error| unavailable(&error))?.ok_or_else(|| Problem::invalid("before"))?;
    Ok(Json(listed.into()))
}
