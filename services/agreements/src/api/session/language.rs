//! `PUT /session/language`: in which language the user is addressed.

use super::{
    super::described::{self, BodyFaults, ErrorsOfOurs, Forbidden, Unauthorized},
    who::SessionView,
};
use crate::{App, commands::language};
use axum::{Json, extract::State};
use bevaka_domain::language::Language;
use bevaka_portal::bearer::{Bearer, Who};
use bevaka_web::{body::JsonBody, problem::Problem};
use serde::Deserialize;
use utoipa::ToSchema;

/// A choice of language.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct LanguageChoice {
    #[schema(schema_with = described::language)]
    language: Language,
}

/// Chooses the language of the user's pages and alerts.
///
/// # Errors
/// 403 before a company is chosen.
#[utoipa::path(
    put,
    path = "/api/agreements/v1/session/language",
    operation_id = "chooseLanguage",
    request_body = LanguageChoice,
    responses(
        (status = OK, description = "The session.", body = SessionView),
        BodyFaults, Unauthorized, Forbidden, ErrorsOfOurs,
    ),
)]
pub(in crate::api) async fn choose(
    State(app): State<App>,
    Who(caller): Who,
    mut bearer: Bearer,
    JsonBody(choice): JsonBody<LanguageChoice>,
) -> Result<Json<SessionView>, Problem> {
    language::choose(&app, caller, choice.language).await?;
    let companies = bearer.signed_in.companies.iter_mut();
    for membership in companies.filter(|membership| membership.user == caller.user) {
        membership.language = choice.language;
    }
    Ok(Json(SessionView::new(&bearer)))
}
