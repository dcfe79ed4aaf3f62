//! What every resource of the API refuses alike, and how the document describes it.

use crate::queries::search::{Fault, STATES, Wrong};
use axum::http::StatusCode;
use bevaka_domain::operator::Justification;
use bevaka_store::StoreError;
use bevaka_web::problem::Problem;
use serde::{Deserialize, Serialize};
use utoipa::{IntoResponses, ToSchema};

/// A refusal (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(super) struct ProblemBody {
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
    /// Which refusal it is, where programs tell it from others.
    #[schema(nullable = false)]
    code: Option<String>,
    /// The field that is wrong.
    #[schema(nullable = false)]
    field: Option<String>,
}

impl From<&Problem> for ProblemBody {
    fn from(problem: &Problem) -> Self {
        Self {
            kind: "about:blank".to_owned(),
            title: problem.title.clone(),
            status: problem.status.as_u16(),
            detail: problem.detail.clone(),
            action: problem.action.clone(),
            code: problem.code.map(str::to_owned),
            field: problem.field.clone(),
        }
    }
}

/// What every address of the API may answer.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "only its description is used")]
pub(super) enum Refusals {
    /// The token is missing, unknown, revoked or expired (`not_signed_in`).
    #[response(status = UNAUTHORIZED, content_type = "application/problem+json")]
    Unauthorized(ProblemBody),
    /// The token lacks the role that this needs (`role_needed`).
    #[response(status = FORBIDDEN, content_type = "application/problem+json")]
    Forbidden(ProblemBody),
    /// Our own fault; nothing was changed.
    #[response(status = INTERNAL_SERVER_ERROR, content_type = "application/problem+json")]
    Internal(ProblemBody),
    /// The database or the bus does not answer at the moment.
    #[response(status = SERVICE_UNAVAILABLE, content_type = "application/problem+json")]
    Unavailable(ProblemBody),
}

/// What an address with a JSON body may answer.
#[derive(IntoResponses)]
#[expect(dead_code, reason = "only its description is used")]
pub(super) enum BodyRefusals {
    /// The body is not JSON (`unreadable_body`).
    #[response(status = BAD_REQUEST, content_type = "application/problem+json")]
    Unreadable(ProblemBody),
    /// The body is too large (`body_too_large`).
    #[response(status = PAYLOAD_TOO_LARGE, content_type = "application/problem+json")]
    TooLarge(ProblemBody),
    /// The body is not declared as JSON (`not_json`).
    #[response(status = UNSUPPORTED_MEDIA_TYPE, content_type = "application/problem+json")]
    NotJson(ProblemBody),
    /// A field is missing, unknown or out of its range (`invalid_field`), or what is sent in is no event (`still_faulty`).
    #[response(status = UNPROCESSABLE_ENTITY, content_type = "application/problem+json")]
    Invalid(ProblemBody),
}

macro_rules! refusals {
    ($($(#[$doc:meta])* $name:ident = $status:ident;)+) => {$(
        $(#[$doc])*
        #[derive(IntoResponses)]
        #[response(status = $status, content_type = "application/problem+json")]
        #[expect(dead_code, reason = "only its description is used")]
        pub(super) struct $name(ProblemBody);
    )+};
}

refusals! {
    /// The body is not JSON.
    Unreadable = BAD_REQUEST;
    /// There is nothing with this id.
    NotFound = NOT_FOUND;
    /// It cannot be done as things stand; `code` says why, such as `already_ended`, `count_changed`, or why an alert stays as it
    /// is (`under_way`, `held`, `due_already`, `accepted`, `delivered`, `failed`, `expired`, `suppressed`, `cancelled`).
    Conflict = CONFLICT;
    /// The request holds too many events or bytes.
    TooLarge = PAYLOAD_TOO_LARGE;
    /// The body is declared as something else than JSON (`not_json`).
    NotJson = UNSUPPORTED_MEDIA_TYPE;
    /// A parameter is missing or out of its range.
    Invalid = UNPROCESSABLE_ENTITY;
}

/// What a caller may know of a failing database: that it is ours, and whether to try again.
pub(super) fn unavailable(error: &StoreError) -> Problem {
    tracing::error!(%error, "the operator API cannot reach the database");
    if error.is_transient() {
        away("The database does not answer at the moment.")
    } else {
        Problem::internal()
    }
}

pub(super) fn away(detail: &str) -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "Not available", detail, "Try again in a moment.")
        .coded("unavailable")
}

/// How many rows a list gives: as asked, 1 to 500, else 50.
pub(super) fn limit(asked: Option<u32>) -> Result<u32, Problem> {
    match asked {
        None => Ok(50),
        Some(limit @ 1..=500) => Ok(limit),
        Some(_) => Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "Invalid field",
            "limit must lie between 1 and 500.",
            "Ask for fewer rows.",
        )
        .at("limit")),
    }
}

/// Why an operator does something.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Justification)]
pub struct Because {
    /// In words that name a case and no person: they stay in the trail.
    #[schema(min_length = 3, max_length = 200)]
    pub because: String,
}

/// The reason, or what is wrong with it.
pub(super) fn because(text: &str) -> Result<Justification, Problem> {
    Justification::parse(text).map_err(|fault| invalid("because", format!("because {fault}.")))
}

/// A field whose value is none.
pub(super) fn invalid(field: impl Into<String>, detail: impl Into<String>) -> Problem {
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "Invalid field",
        detail,
        "Correct the named field and send the request again.",
    )
    .coded("invalid_field")
    .at(field)
}

/// There are more or fewer than the preview told of.
pub(super) fn count_changed(found: usize) -> Problem {
    Problem::new(
        StatusCode::CONFLICT,
        "Not what the preview told of",
        format!("There are {found} now, which is not the expected number. Nothing was changed."),
        "Ask for the preview again, and send its count and its last id.",
    )
    .coded("count_changed")
}

/// Names the field and its limit.
pub(super) fn not_searchable(fault: &Fault) -> Problem {
    let field = fault.field;
    let (detail, action) = match fault.wrong {
        Wrong::Id => (format!("{field} must be one of our ids, a UUID."), "Copy it whole from a list."),
        Wrong::Text => (
            format!("{field} must have 1 to 256 characters, none of them a control character."),
            "Correct it, or leave it out.",
        ),
        Wrong::Company => (
            format!("{field} must be our id or an organisation number with a right check digit."),
            "Correct it, such as 556016-0680.",
        ),
        Wrong::PersonalNumber => (
            format!("{field} may be a personal number, which must not stand in an address."),
            "Ask POST /dispatcher/api/companies/lookup for our id, and give that.",
        ),
        Wrong::UserWithoutCompany => {
            (format!("{field} must be our id, a UUID, unless company is given too."), "Add company.")
        }
        Wrong::Kind => (
            format!("{field} must be a kind: lower-case words with full stops between them."),
            "Correct it, such as payment.rejected.",
        ),
        Wrong::State => {
            (format!("{field} is unknown; known are {}.", STATES.join(", ")), "Name one of them.")
        }
        Wrong::Channel => (format!("{field} must be sms or email."), "Name one of them."),
        Wrong::Origin => (
            format!("{field} must be any, injection:ID or dead_letter:ID with a UUID."),
            "Correct it, or leave it out.",
        ),
        Wrong::Contact => (
            format!("{field} must be 64 hexadecimal digits."),
            "Ask POST /dispatcher/api/contacts/lookup for them.",
        ),
        Wrong::Time => (
            format!("{field} must be a time as RFC 3339 has it."),
            "Correct it, such as 2026-11-21T13:02:00Z.",
        ),
        Wrong::EndsBeforeItBegins => {
            (format!("{field} must lie after from."), "Exchange the two, or leave one out.")
        }
        Wrong::After => (format!("{field} must be the next of a page."), "Begin again without it."),
        Wrong::Limit => (format!("{field} must lie between 1 and 500."), "Ask for as many rows as that."),
    };
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "Invalid field", detail, action)
        .coded("invalid_field")
        .at(field)
}
