//! `PUT /session/company`: for which company the session is.

use super::{
    super::described::{BodyFaults, ErrorsOfOurs, NotFound, Unauthorized},
    who::SessionView,
};
use crate::{App, identity::session};
use axum::{Json, extract::State};
use bevaka_domain::ids::OrganisationId;
use bevaka_portal::bearer::Bearer;
use bevaka_web::{body::JsonBody, problem::Problem};
use serde::Deserialize;
use utoipa::ToSchema;

/// A choice of company.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct Choice {
    /// One of the session's companies.
    #[schema(value_type = String, format = Uuid)]
    company: OrganisationId,
}

/// Chooses the company that the session is for.
///
/// # Errors
/// 404 for a company that the person is no active user of.
#[utoipa::path(
    put,
    path = "/api/agreements/v1/session/company",
    operation_id = "chooseCompany",
    request_body = Choice,
    responses(
        (status = OK, description = "The session.", body = SessionView),
        BodyFaults, Unauthorized, NotFound, ErrorsOfOurs,
    ),
)]
pub(in crate::api) async fn choose(
    State(app): State<App>,
    mut bearer: Bearer,
    JsonBody(choice): JsonBody<Choice>,
) -> Result<Json<SessionView>, Problem> {
    let user = session::choose(&app, &bearer.token, &bearer.signed_in, choice.company).await?;
    bearer.signed_in.session.user = Some(user);
    Ok(Json(SessionView::new(&bearer)))
}
