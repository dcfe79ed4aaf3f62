//! Faults as problem documents: a stable code, and what happened, why, what to do (R46).

use super::{if_match::etag, watch::StoredWatch};
use crate::fault::{self, CodeFault, Fault, Invalid, Limit};
use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use bevaka_domain::clock::Timestamp;
pub(super) use bevaka_web::openapi::{BodyFaults, ErrorsOfOurs, NotFound};
use bevaka_web::{openapi::ProblemBody, problem::Problem};
use serde::Serialize;
use utoipa::{IntoResponses, ToSchema};

const FORBIDDEN: StatusCode = StatusCode::FORBIDDEN;
const CONFLICT: StatusCode = StatusCode::CONFLICT;

/// A refusal, ready to be sent.
#[derive(Debug)]
pub(super) struct Refusal(Box<Response>);

/// Fields that do not hold what they must.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InvalidFields)]
pub(super) struct InvalidBody {
    #[serde(flatten)]
    problem: ProblemBody,
    /// Every field that is wrong, where more than JSON was checked.
    #[schema(required = false)]
    faults: Vec<FieldFault>,
}

/// A field that does not hold what it must.
#[derive(Debug, Serialize, ToSchema)]
struct FieldFault {
    /// Its path, such as `choices[payment.rejected].quiet`.
    field: String,
    /// What is wrong; stable, in contrast to the words.
    code: &'static str,
    /// What is wrong, with the limit and what to do.
    detail: String,
}

/// What is stored now, for whoever wanted to save over something older.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StaleWatches)]
pub(super) struct StaleBody {
    #[serde(flatten)]
    problem: ProblemBody,
    /// The version that stands.
    version: u64,
    /// Since when.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    changed_at: Option<Timestamp>,
    /// All watches of the user as they stand.
    watches: Vec<StoredWatch>,
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Invalid(faults) => invalid(faults),
            Fault::Stale(stale) => stale_watches(&stale),
            Fault::TooMany { limit, most, after, .. } => {
                too_many(limit, most, after.as_secs() + u64::from(after.subsec_nanos() > 0))
            }
            other => problem(other).into(),
        }
    }
}

fn document(status: StatusCode, body: impl Serialize) -> Response {
    let mut response = (status, Json(body)).into_response();
    let kind = HeaderValue::from_static("application/problem+json");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

fn invalid(faults: Vec<Invalid>) -> Refusal {
    let details: Vec<_> = faults.iter().map(ToString::to_string).collect();
    let action = "Correct the fields that faults names and send the request again.";
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    let mut problem =
        Problem::new(status, "Invalid field", details.join("; "), action).coded("invalid_field");
    problem.field = faults.first().map(|fault| fault.field.clone());
    let fault = |fault: Invalid| FieldFault {
        code: fault.broken.as_str(),
        detail: fault.broken.to_string(),
        field: fault.field,
    };
    let body = InvalidBody { problem: problem.into(), faults: faults.into_iter().map(fault).collect() };
    Refusal(Box::new(document(status, body)))
}

fn stale_watches(stale: &fault::Stale) -> Refusal {
    let status = StatusCode::PRECONDITION_FAILED;
    let problem = Problem::new(
        status,
        "Changed meanwhile",
        "The watches have changed since you read them. Nothing was changed by you.",
        "Compare with watches, then send what is still wanted with the ETag of this answer as If-Match.",
    )
    .coded("stale");
    let body = StaleBody {
        problem: problem.into(),
        version: stale.version.number,
        changed_at: stale.version.changed_at,
        watches: stale.watches.iter().map(StoredWatch::new).collect(),
    };
    Refusal(Box::new((etag(stale.version.number), document(status, body)).into_response()))
}

fn too_many(limit: Limit, most: u32, after_s: u64) -> Refusal {
    let what = match limit {
        Limit::Codes => "codes to one user are sent within an hour",
        Limit::CodesOfDay => "codes to one user are sent within 24 hours",
        Limit::CodesToAddress => "codes to one number or address are sent within an hour",
        Limit::CodesToAddressOfDay => "codes to one number or address are sent within 24 hours",
        Limit::Tests => "test alerts to one user are sent within an hour",
    };
    let problem = Problem::new(
        StatusCode::TOO_MANY_REQUESTS,
        "Sent too often",
        format!("At most {most} {what}. Nothing was sent or changed."),
        format!("Try again in {after_s} seconds, as Retry-After says."),
    )
    .coded(limit.as_str());
    let response = ([(header::RETRY_AFTER, after_s.to_string())], problem).into_response();
    Refusal(Box::new(response))
}

fn problem(fault: Fault) -> Problem {
    match fault {
        Fault::NotActive => Problem::new(
            FORBIDDEN,
            "Not active",
            "You are not an active user of the company.",
            "Ask one of the company's permission administrators.",
        )
        .coded("not_active"),
        Fault::NoAgreement { signatories } => Problem::new(
            CONFLICT,
            "Not connected",
            "The company has no agreement in force.",
            format!("Let a signatory connect the company{}.", among(&signatories)),
        )
        .coded("not_connected"),
        Fault::NoAccess { administrators } => Problem::new(
            FORBIDDEN,
            "Permission missing",
            "You have restricted access, and lack the permission Hantera Bevaka ärenden.",
            format!("Ask a permission administrator for it{}.", among(&administrators)),
        )
        .coded("no_access"),
        Fault::NotAdministrator { administrators } => Problem::new(
            FORBIDDEN,
            "No permission administrator",
            "Only permission administrators see what the whole company watches.",
            format!("Ask one of them{}.", among(&administrators)),
        )
        .coded("not_administrator"),
        Fault::NotConfirmed => Problem::new(
            CONFLICT,
            "Not confirmed",
            "Nothing but its code is sent to a contact point that is not confirmed.",
            "Confirm the contact point by its code first.",
        )
        .coded("not_confirmed"),
        Fault::AlreadyConfirmed => Problem::new(
            CONFLICT,
            "Confirmed already",
            "The contact point is confirmed, and needs no code.",
            "Nothing has to be done.",
        )
        .coded("already_confirmed"),
        Fault::Code(fault) => code(fault),
        Fault::Store(error) => error.into(),
        Fault::NotFound => Problem::not_found(),
        // They carry more than a problem, and are taken above.
        Fault::Invalid(_) | Fault::Stale(_) | Fault::TooMany { .. } => Problem::internal(),
    }
}

fn code(fault: CodeFault) -> Problem {
    let send = "Let a new code be sent.";
    let (status, detail, action) = match fault {
        CodeFault::Wrong { tries_left } => (
            StatusCode::UNPROCESSABLE_ENTITY,
            format!("It is not the code that was sent. {tries_left} tries are left."),
            "Send the code as it was received, or let a new one be sent.",
        ),
        CodeFault::UsedUp => (CONFLICT, "There were too many wrong codes.".to_owned(), send),
        CodeFault::Expired => (CONFLICT, "The code is older than 30 minutes.".to_owned(), send),
        CodeFault::NoneSent => (CONFLICT, "No code was sent.".to_owned(), send),
    };
    let problem = Problem::new(status, "Not confirmed by this code", detail, action).coded(fault.as_str());
    if matches!(fault, CodeFault::Wrong { .. }) { problem.at("code") } else { problem }
}

/// Whom to ask, in brackets.
fn among(names: &[String]) -> String {
    if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self(Box::new(problem.into_response()))
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        *self.0
    }
}

/// What every address may answer to a caller who is not let in to watches.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "only its description is used")]
pub(super) enum NotLetIn {
    /// The token is missing (`not_signed_in`), or its session has ended (`session_inactive`, `session_over`).
    #[response(status = UNAUTHORIZED, content_type = "application/problem+json")]
    Unauthorized(ProblemBody),
    /// No company is chosen (`company_not_chosen`), the user is not active (`not_active`), *Hantera Bevaka ärenden* is
    /// missing (`no_access`), or only permission administrators may (`not_administrator`).
    #[response(status = FORBIDDEN, content_type = "application/problem+json")]
    Forbidden(ProblemBody),
}

/// Fields do not hold what they must (`invalid_field`), or the code that confirms is wrong (`code_wrong`).
#[derive(IntoResponses)]
#[response(status = UNPROCESSABLE_ENTITY, content_type = "application/problem+json")]
#[expect(dead_code, reason = "only its description is used")]
pub(super) struct InvalidFields(InvalidBody);

/// The watches have changed since they were read (`stale`). `ETag` names the version that stands.
#[derive(IntoResponses)]
#[response(
    status = PRECONDITION_FAILED,
    content_type = "application/problem+json",
    headers(("ETag" = String, description = "The version that stands."))
)]
#[expect(dead_code, reason = "only its description is used")]
pub(super) struct Stale(StaleBody);

/// A limit on what is sent at a user's wish: `codes_per_hour`, `codes_per_day`, `codes_per_address_per_hour`,
/// `codes_per_address_per_day` or `tests_per_hour`.
#[derive(IntoResponses)]
#[response(
    status = TOO_MANY_REQUESTS,
    content_type = "application/problem+json",
    headers(("Retry-After" = u64, description = "After how many seconds the next one is sent."))
)]
#[expect(dead_code, reason = "only its description is used")]
pub(super) struct TooMany(ProblemBody);

bevaka_web::refusals! {
    /// The company has no agreement in force (`not_connected`).
    pub(super) NotConnected = CONFLICT;
    /// It does not go with how things stand: `not_connected`; `not_confirmed` or `already_confirmed`; `code_used_up`,
    /// `code_expired` or `code_none_sent`.
    pub(super) Conflict = CONFLICT;
}
