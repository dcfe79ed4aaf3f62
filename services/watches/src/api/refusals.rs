//! What the API answers to whoever is refused: problem documents with a stable code, what happened, why, and what to do
//! (R46).

use super::{if_match::etag, watch::StoredWatch};
use crate::fault::{CodeFault, Fault, Invalid};
use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use bevaka_domain::clock::Timestamp;
pub(super) use bevaka_web::openapi::{BodyFaults, NotFound};
use bevaka_web::{
    openapi::{ErrorsOfOurs, ProblemBody},
    problem::Problem,
};
use serde::Serialize;
use std::{collections::BTreeMap, time::Duration};
use utoipa::{IntoResponses, ToSchema, openapi::RefOr};

const FORBIDDEN: StatusCode = StatusCode::FORBIDDEN;
const CONFLICT: StatusCode = StatusCode::CONFLICT;
const INVALID: StatusCode = StatusCode::UNPROCESSABLE_ENTITY;

pub(super) type JsonResult<T> = Result<Json<T>, Refusal>;

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
        let problem = problem(&fault);
        let response = match fault {
            Fault::Store(error) => Problem::from(error).into_response(),
            Fault::Invalid(faults) => {
                let (status, faults) = (problem.status, faults.into_iter().map(FieldFault::from).collect());
                document(status, InvalidBody { problem: problem.into(), faults })
            }
            Fault::Stale(stale) => {
                let body = StaleBody {
                    problem: problem.into(),
                    version: stale.version.number,
                    changed_at: stale.version.changed_at,
                    watches: stale.watches.iter().map(StoredWatch::new).collect(),
                };
                let document = document(StatusCode::PRECONDITION_FAILED, body);
                (etag(stale.version.number), document).into_response()
            }
            Fault::TooMany { after, .. } => {
                ([(header::RETRY_AFTER, seconds(after).to_string())], problem).into_response()
            }
            _ => problem.into_response(),
        };
        Self(Box::new(response))
    }
}

impl From<Invalid> for FieldFault {
    fn from(invalid: Invalid) -> Self {
        let Invalid { field, broken } = invalid;
        Self { field, code: broken.as_str(), detail: broken.to_string() }
    }
}

fn document(status: StatusCode, body: impl Serialize) -> Response {
    let mut response = (status, Json(body)).into_response();
    let kind = HeaderValue::from_static("application/problem+json");
    response.headers_mut().insert(header::CONTENT_TYPE, kind);
    response
}

/// The fault says why; what to do depends on who asks by what.
fn problem(fault: &Fault) -> Problem {
    let (status, code, title, action) = match fault {
        Fault::NotFound => return Problem::not_found(),
        // Its own conversion logs it, and tells passing faults from others.
        Fault::Store(_) => return Problem::internal(),
        Fault::NotActive => {
            let action = "Ask one of the company's permission administrators.".to_owned();
            (FORBIDDEN, "not_active", "Not active", action)
        }
        Fault::NoAgreement { signatories } => {
            let action = ask("Let a signatory connect the company", signatories);
            (CONFLICT, "not_connected", "Not connected", action)
        }
        Fault::NoAccess { administrators } => {
            let action = ask("Ask a permission administrator for it", administrators);
            (FORBIDDEN, "no_access", "Permission missing", action)
        }
        Fault::NotAdministrator { administrators } => {
            let action = ask("Ask one of them", administrators);
            (FORBIDDEN, "not_administrator", "No permission administrator", action)
        }
        Fault::Invalid(_) => {
            let action = "Correct the fields that faults names and send the request again.".to_owned();
            (INVALID, "invalid_field", "Invalid field", action)
        }
        Fault::Stale(_) => {
            let action = "Compare with watches, then send what is still wanted with the ETag of this answer as If-Match.";
            (StatusCode::PRECONDITION_FAILED, "stale", "Changed meanwhile", action.to_owned())
        }
        Fault::TooMany { limit, after, .. } => {
            let action = format!("Try again in {} seconds, as Retry-After says.", seconds(*after));
            (StatusCode::TOO_MANY_REQUESTS, limit.as_str(), "Sent too often", action)
        }
        Fault::NotConfirmed => {
            let action = "Confirm the contact point by its code first.".to_owned();
            (CONFLICT, "not_confirmed", "Not confirmed", action)
        }
        Fault::AlreadyConfirmed => {
            (CONFLICT, "already_confirmed", "Confirmed already", "Nothing has to be done.".to_owned())
        }
        Fault::Code(fault @ CodeFault::Wrong { .. }) => {
            let action = "Send the code as it was received, or let a new one be sent.".to_owned();
            (INVALID, fault.as_str(), "Not confirmed by this code", action)
        }
        Fault::Code(fault) => {
            (CONFLICT, fault.as_str(), "Not confirmed by this code", "Let a new code be sent.".to_owned())
        }
    };
    let mut problem = Problem::new(status, title, fault.to_string(), action).coded(code);
    problem.field = match fault {
        Fault::Invalid(faults) => faults.first().map(|fault| fault.field.clone()),
        Fault::Code(CodeFault::Wrong { .. }) => Some("code".to_owned()),
        _ => None,
    };
    problem
}

/// What to ask, and of whom, if there is somebody.
fn ask(what: &str, names: &[String]) -> String {
    if names.is_empty() { format!("{what}.") } else { format!("{what} ({}).", names.join(", ")) }
}

/// Whole seconds, so that after them it is late enough.
fn seconds(after: Duration) -> u64 {
    after.as_secs() + u64::from(after.subsec_nanos() > 0)
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

/// What every address may answer.
pub(super) struct CommonErrors;

impl IntoResponses for CommonErrors {
    fn responses() -> BTreeMap<String, RefOr<utoipa::openapi::Response>> {
        NotLetIn::responses().into_iter().chain(ErrorsOfOurs::responses()).collect()
    }
}

/// What every address may answer to a caller who is not let in to watches.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "only its description is used")]
enum NotLetIn {
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
