//! `GET /injections/{id}`: where an injection stands, and its events.

use super::{
    super::{
        Caller,
        described::{NotFound, Refusals},
        unavailable,
    },
    InjectionView, id,
};
use crate::{app::App, queries::injections};
use axum::{
    Json,
    extract::{Path, State},
};
use bevaka_domain::operator::Act;
use bevaka_web::problem::Problem;

/// One injection, with its first events as long as they are kept: while it waits, and once it is published.
///
/// # Errors
/// 404 if there is none with this id.
#[utoipa::path(
    get,
    path = "/dispatcher/api/injections/{id}",
    operation_id = "getInjection",
    params(("id" = String, Path, format = Uuid, description = "The injection's id.")),
    responses((status = OK, description = "The injection.", body = InjectionView), NotFound, Refusals),
)]
pub(in crate::api) async fn get(
    State(app): State<App>,
    caller: Caller,
    Path(path): Path<String>,
) -> Result<Json<InjectionView>, Problem> {
    caller.may(Act::See)?;
    let found = injections::one(&app, id(&path)?).await.map_err(|error| unavailable(&error))?;
    found.map(|shown| Json(shown.into())).ok_or_else(Problem::not_found)
}
