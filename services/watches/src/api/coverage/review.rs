//! `POST /coverage/review`: confirms that what the company watches is right.

use super::{
    super::{
        Refused,
        described::{ErrorsOfOurs, NotConnected, NotLetIn},
        refuse,
    },
    CoverageView, standing,
};
use crate::{App, commands};
use axum::{Json, extract::State};
use bevaka_portal::{accept::Asked, bearer::Who};

/// Confirms what the company watches as it stands, for a year.
///
/// # Errors
/// 403 for everybody but permission administrators; 409 without an agreement.
#[utoipa::path(
    post,
    path = "/api/watches/v1/coverage/review",
    operation_id = "reviewCoverage",
    responses(
        (status = OK, description = "What the company watches.", body = CoverageView),
        NotLetIn, NotConnected, ErrorsOfOurs,
    ),
)]
pub(in crate::api) async fn review(
    State(app): State<App>,
    Who(caller): Who,
    Asked(language): Asked,
) -> Result<Json<CoverageView>, Refused> {
    commands::review::review(&app, caller).await.map_err(refuse(&app))?;
    Ok(Json(standing(&app, caller, language).await.map_err(refuse(&app))?))
}
