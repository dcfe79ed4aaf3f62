//! What the documents of all APIs have in common: the token, the form of a refusal, and what every address may answer. Of
//! most types here only the description is used.

use crate::problem::Problem;
use serde::Serialize;
use utoipa::{
    IntoResponses, ToSchema,
    openapi::{
        OpenApi,
        security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
    },
};

/// Adds a bearer token that every address of a document asks for.
pub fn bearer_scheme(openapi: &mut OpenApi, name: &str, about: &str) {
    let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some(about)).build();
    let components = openapi.components.get_or_insert_default();
    components.add_security_scheme(name, SecurityScheme::Http(scheme));
    openapi.security = Some(vec![SecurityRequirement::new::<_, [&str; 0], &str>(name, [])]);
}

/// A refusal (RFC 9457).
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// Always `about:blank`.
    #[serde(rename = "type")]
    kind: String,
    /// What happened.
    title: String,
    /// The status of the answer.
    status: u16,
    /// Why, in this case.
    detail: String,
    /// What the caller can do now.
    action: String,
    /// Which refusal it is; stable, in contrast to the words.
    code: String,
    /// The field that is wrong.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<String>,
}

/// For refusals that say more than every refusal does.
impl From<Problem> for ProblemBody {
    fn from(problem: Problem) -> Self {
        Self {
            kind: "about:blank".to_owned(),
            title: problem.title,
            status: problem.status.as_u16(),
            detail: problem.detail,
            action: problem.action,
            code: problem.code.unwrap_or_default().to_owned(),
            field: problem.field,
        }
    }
}

/// What every address may answer when something of ours fails.
#[derive(IntoResponses)]
pub enum ErrorsOfOurs {
    /// Our own fault (`internal_error`); nothing was changed.
    #[response(status = INTERNAL_SERVER_ERROR, content_type = "application/problem+json")]
    Internal(ProblemBody),
    /// The database does not answer at the moment (`unavailable`).
    #[response(status = SERVICE_UNAVAILABLE, content_type = "application/problem+json")]
    Unavailable(ProblemBody),
}

/// What every address that takes a body may answer to one that is none.
#[derive(IntoResponses)]
pub enum BodyFaults {
    /// The body is not JSON (`unreadable_body`).
    #[response(status = BAD_REQUEST, content_type = "application/problem+json")]
    Unreadable(ProblemBody),
    /// The body is too large (`body_too_large`).
    #[response(status = PAYLOAD_TOO_LARGE, content_type = "application/problem+json")]
    TooLarge(ProblemBody),
    /// The body is declared as something else than JSON (`not_json`).
    #[response(status = UNSUPPORTED_MEDIA_TYPE, content_type = "application/problem+json")]
    NotJson(ProblemBody),
    /// A field or a header is missing, unknown, or does not hold what it must (`invalid_field`).
    #[response(status = UNPROCESSABLE_ENTITY, content_type = "application/problem+json")]
    Invalid(ProblemBody),
}

/// Declares refusals for a document: a type of that name with its status, and what it means.
#[macro_export]
macro_rules! refusals {
    ($($(#[$doc:meta])* $visibility:vis $name:ident = $status:ident;)+) => {$(
        $(#[$doc])*
        #[derive(::utoipa::IntoResponses)]
        #[response(status = $status, content_type = "application/problem+json")]
        #[allow(dead_code, reason = "only its description is used")]
        $visibility struct $name($crate::openapi::ProblemBody);
    )+};
}

refusals! {
    /// There is no such thing, or it is not yours to see (`not_found`).
    pub NotFound = NOT_FOUND;
}
