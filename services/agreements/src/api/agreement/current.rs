//! `GET /agreement`: what is in force.

use super::{
    super::described::{ErrorsOfOurs, Forbidden, NotFound, Unauthorized},
    AgreementView,
};
use crate::{App, company::Company};
use axum::{Json, extract::State};
use bevaka_portal::bearer::Who;
use bevaka_web::problem::Problem;

/// The agreement in force.
///
/// # Errors
/// 404 if there is none.
#[utoipa::path(
    get,
    path = "/api/agreements/v1/agreement",
    operation_id = "getAgreement",
    responses(
        (status = OK, description = "The agreement.", body = AgreementView),
        Unauthorized, Forbidden, NotFound, ErrorsOfOurs,
    ),
)]
pub(in crate::api) async fn get(
    State(app): State<App>,
    Who(caller): Who,
) -> Result<Json<AgreementView>, Problem> {
    let company = Company::load(&mut app.chassis.db.begin_read().await?, caller.organisation).await?;
    let agreement = company.agreement.as_ref().map(AgreementView::from);
    agreement.map(Json).ok_or_else(Problem::not_found)
}
