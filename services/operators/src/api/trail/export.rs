//! `GET /dispatcher/api/trail/export`: the whole trail with its proof.

use super::super::{Caller, away, described::Refusals, unavailable};
use crate::{app::App, commands};
use axum::{
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use bevaka_domain::{operator::Act, trail::export::MEDIA_TYPE};
use bevaka_web::problem::Problem;

/// The whole trail as JSON lines, from one snapshot: a header with the heads of all chains, every entry with its fields as
/// they were hashed, and a footer with the counts and a digest. The last entry of the chain `operators` notes the export
/// itself. A file without its footer was cut; `bevaka trail verify --export` checks it without database or service.
///
/// # Errors
/// 403 without the role that takes the trail away.
#[utoipa::path(
    get,
    path = "/dispatcher/api/trail/export",
    operation_id = "exportTrail",
    responses(
        (status = OK, description = "The trail.", content_type = "application/x-ndjson", body = String),
        Refusals,
    ),
)]
pub async fn export(State(app): State<App>, caller: Caller) -> Result<Response, Problem> {
    let operator = caller.may(Act::ExportTrail)?;
    let exported = commands::export_trail::export_trail(&app, operator).await;
    let body = exported.map_err(|error| unavailable(&error))?;
    let body = body.ok_or_else(|| away("Other exports of the trail are running, as many as may at once."))?;
    Ok(([(header::CONTENT_TYPE, MEDIA_TYPE), (header::CACHE_CONTROL, "no-store")], body).into_response())
}
