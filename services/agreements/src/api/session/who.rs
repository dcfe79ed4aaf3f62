//! `GET /session`: who am I.

use super::super::described::{self, ErrorsOfOurs, Unauthorized};
use axum::Json;
use bevaka_domain::{
    agreement::HeldThrough,
    clock::Timestamp,
    ids::{OrganisationId, UserId},
    language::Language,
    organisation::Organisation,
    signing::Method,
};
use bevaka_portal::{bearer::Bearer, company::shown_number};
use bevaka_web::problem::Problem;
use serde::Serialize;
use utoipa::ToSchema;

/// Who is signed in.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct SessionView {
    /// The person's name.
    name: String,
    #[schema(schema_with = described::channel)]
    channel: HeldThrough,
    #[schema(schema_with = described::method)]
    method: Method,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
    /// As which user; absent before a company is chosen.
    #[schema(value_type = Option<String>, format = Uuid, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<UserId>,
    #[schema(schema_with = described::language, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<Language>,
    /// The company that the session is for.
    #[schema(value_type = Option<String>, format = Uuid, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    company: Option<OrganisationId>,
    /// The companies that can be chosen.
    companies: Vec<CompanyName>,
}

/// A company by its names.
#[derive(Serialize, ToSchema)]
pub(in crate::api) struct CompanyName {
    /// Our id.
    #[schema(value_type = String, format = Uuid)]
    company: OrganisationId,
    /// The registered name.
    name: String,
    /// The organisation number; a sole trader's is a personal number and therefore masked.
    number: String,
}

impl CompanyName {
    /// The names of a company.
    pub fn new(organisation: &Organisation) -> Self {
        Self { company: organisation.id, name: organisation.name.clone(), number: shown_number(organisation) }
    }
}

impl SessionView {
    /// What the bearer of a token may know of their session.
    pub fn new(bearer: &Bearer) -> Self {
        let signed_in = &bearer.signed_in;
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
///
/// # Errors
/// 401.
#[utoipa::path(
    get,
    path = "/api/agreements/v1/session",
    operation_id = "getSession",
    responses((status = OK, description = "The session.", body = SessionView), Unauthorized, ErrorsOfOurs),
)]
pub(in crate::api) async fn who(bearer: Bearer) -> Result<Json<SessionView>, Problem> {
    Ok(Json(SessionView::new(&bearer)))
}
