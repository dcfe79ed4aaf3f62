//! `GET /users`: the users of the company, for its permission administrators.

use super::{
    super::described::{ErrorsOfOurs, Forbidden, Unauthorized},
    UserView,
};
use crate::{App, company::Company, fault::Fault};
use axum::{Json, extract::State};
use bevaka_domain::signing::Refusal;
use bevaka_portal::bearer::Who;
use bevaka_store::members::Member;
use bevaka_web::problem::Problem;

/// The users of the company by name, with state, access and permissions.
///
/// # Errors
/// 403 for everybody but permission administrators.
#[utoipa::path(
    get,
    path = "/api/agreements/v1/users",
    operation_id = "listUsers",
    responses(
        (status = OK, description = "The users.", body = Vec<UserView>), Unauthorized, Forbidden, ErrorsOfOurs
    ),
)]
pub(in crate::api) async fn list(
    State(app): State<App>,
    Who(caller): Who,
) -> Result<Json<Vec<UserView>>, Problem> {
    let company = Company::load(&mut app.chassis.db.begin_read().await?, caller.organisation).await?;
    if !company.member(caller.user).is_some_and(Member::is_administrator) {
        return Err(Fault::Refused(Refusal::NotAdministrator).into());
    }
    let now = app.now();
    let view = |member| UserView::new(member, &company, now);
    Ok(Json(company.members.iter().map(view).collect()))
}
