//! `GET /coverage`: what the company watches, and what nobody does.

use super::{
    super::{
        Refused,
        described::{ErrorsOfOurs, NotConnected, NotLetIn},
        refuse,
    },
    CoverageView, standing,
};
use crate::App;
use axum::{Json, extract::State};
use bevaka_portal::{accept::Asked, bearer::Who};

/// What the company watches, kind by kind, for its permission administrators.
///
/// # Errors
/// 403 for everybody else; 409 without an agreement.
#[utoipa::path(
    get,
    path = "/api/watches/v1/coverage",
    operation_id = "getCoverage",
    responses(
        (status = OK, description = "What the company watches.", body = CoverageView),
        NotLetIn, NotConnected, ErrorsOfOurs,
    ),
)]
pub(in crate::api) async fn get(
    State(app): State<App>,
    Who(caller): Who,
    Asked(language): Asked,
) -> Result<Json<CoverageView>, Refused> {
    Ok(Json(standing(&app, caller, language).await.map_err(refuse(&app))?))
}
