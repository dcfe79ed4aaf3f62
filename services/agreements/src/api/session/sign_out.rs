//! `DELETE /session`: signs out.

use super::super::described::{ErrorsOfOurs, Unauthorized};
use crate::{App, identity::session};
use axum::{extract::State, http::StatusCode};
use bevaka_portal::bearer::Bearer;
use bevaka_web::problem::Problem;

/// Ends the session; its token is worth nothing any more.
///
/// # Errors
/// 401.
#[utoipa::path(
    delete,
    path = "/api/agreements/v1/session",
    operation_id = "signOut",
    responses((status = NO_CONTENT, description = "The session has ended."), Unauthorized, ErrorsOfOurs),
)]
pub(in crate::api) async fn sign_out(State(app): State<App>, bearer: Bearer) -> Result<StatusCode, Problem> {
    session::end(&app, &bearer.token).await?;
    Ok(StatusCode::NO_CONTENT)
}
