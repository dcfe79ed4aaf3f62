//! The session of the bearer token: who is signed in, for which company and in which language, until signing out.

use super::problems::{BodyFaults, CommonErrors, ErrorsOfOurs, JsonResult, NotFound, Unauthorized};
use crate::{App, commands::language, identity::session};
use axum::{Json, extract::State, http::StatusCode};
use bevaka_domain::{
    agreement::HeldThrough,
    clock::Timestamp,
    ids::{OrganisationId, UserId},
    language::Language,
    organisation::Organisation,
    signing::Method,
};
use bevaka_portal::{Caller, bearer::BearerSession, company::shown_number};
use bevaka_web::{body::JsonBody, problem::Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Who is signed in.
#[derive(Serialize, ToSchema)]
pub(super) struct SessionView {
    /// The person's name.
    name: String,
    /// In which internet bank.
    channel: HeldThrough,
    /// With what.
    method: Method,
    /// Since when.
    since: Timestamp,
    /// As which user; absent before a company is chosen.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<UserId>,
    /// The language of pages and alerts.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<Language>,
    /// The company that the session is for.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    company: Option<OrganisationId>,
    /// The companies that can be chosen.
    companies: Vec<CompanyName>,
}

/// A company by its names.
#[derive(Serialize, ToSchema)]
pub(super) struct CompanyName {
    /// Our id.
    company: OrganisationId,
    /// The registered name.
    name: String,
    /// The organisation number; a sole trader's is a personal number and therefore masked.
    number: String,
}

impl CompanyName {
    pub fn new(organisation: &Organisation) -> Self {
        Self { company: organisation.id, name: organisation.name.clone(), number: shown_number(organisation) }
    }
}

impl SessionView {
    fn new(session: &BearerSession) -> Self {
        let signed_in = &session.signed_in;
        let (session, membership) = (&signed_in.session, signed_in.membership());
        Self {
            name: signed_in.name.clone(),
            channel: session.channel,
            method: session.method,
            since: session.created_at,
            user: membership.map(|membership| membership.user),
            language: signed_in.language(),
            company: membership.map(|membership| membership.organisation.id),
            companies: signed_in.companies.iter().map(|of| CompanyName::new(&of.organisation)).collect(),
        }
    }
}

/// Who is signed in, for which company.
#[utoipa::path(
    get,
    path = "/api/agreements/v1/session",
    operation_id = "getSession",
    responses((status = OK, description = "The session.", body = SessionView), Unauthorized, ErrorsOfOurs),
)]
pub(super) async fn get(session: BearerSession) -> Json<SessionView> {
    Json(SessionView::new(&session))
}

/// A choice of company.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Choice {
    /// One of the session's companies.
    company: OrganisationId,
}

/// Chooses the company that the session is for.
///
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
pub(super) async fn choose_company(
    app: State<App>,
    mut session: BearerSession,
    JsonBody(choice): JsonBody<Choice>,
) -> JsonResult<SessionView> {
    let user = session::choose(&app, &session.token, &session.signed_in, choice.company).await?;
    session.signed_in.session.user = Some(user);
    Ok(Json(SessionView::new(&session)))
}

/// A choice of language.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct LanguageChoice {
    /// The language of pages and alerts.
    language: Language,
}

/// Chooses the language of the user's pages and alerts.
#[utoipa::path(
    put,
    path = "/api/agreements/v1/session/language",
    operation_id = "chooseLanguage",
    request_body = LanguageChoice,
    responses((status = OK, description = "The session.", body = SessionView), BodyFaults, CommonErrors),
)]
pub(super) async fn choose_language(
    app: State<App>,
    caller: Caller,
    mut session: BearerSession,
    JsonBody(choice): JsonBody<LanguageChoice>,
) -> JsonResult<SessionView> {
    language::choose(&app, caller, choice.language).await?;
    let companies = session.signed_in.companies.iter_mut();
    for membership in companies.filter(|membership| membership.user == caller.user) {
        membership.language = choice.language;
    }
    Ok(Json(SessionView::new(&session)))
}

/// Ends the session; its token is worth nothing any more.
#[utoipa::path(
    delete,
    path = "/api/agreements/v1/session",
    operation_id = "signOut",
    responses((status = NO_CONTENT, description = "The session has ended."), Unauthorized, ErrorsOfOurs),
)]
pub(super) async fn sign_out(app: State<App>, session: BearerSession) -> Result<StatusCode, Problem> {
    session::end(&app, &session.token).await?;
    Ok(StatusCode::NO_CONTENT)
}
