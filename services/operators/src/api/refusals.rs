//! What the resources of the API refuse alike, and how the document describes it.

use crate::queries::search::{Fault, Wrong};
use axum::http::StatusCode;
use bevaka_domain::{delivery::StateName, operator::Justification};
use bevaka_web::{
    openapi::{ErrorsOfOurs, ProblemBody},
    problem::Problem,
};
use serde::Deserialize;
use std::collections::BTreeMap;
use utoipa::{
    IntoResponses, ToSchema,
    openapi::{RefOr, response},
};

/// What every address of the API may answer.
pub(super) struct Refusals;

#[derive(IntoResponses)]
#[expect(dead_code, reason = "only its description is used")]
enum NotAllowed {
    /// The token is missing, unknown, revoked or expired (`not_signed_in`).
    #[response(status = UNAUTHORIZED, content_type = "application/problem+json")]
    NotSignedIn(ProblemBody),
    /// The token lacks the role that this needs (`role_needed`).
    #[response(status = FORBIDDEN, content_type = "application/problem+json")]
    RoleNeeded(ProblemBody),
}

impl IntoResponses for Refusals {
    fn responses() -> BTreeMap<String, RefOr<response::Response>> {
        let mut all = NotAllowed::responses();
        all.extend(ErrorsOfOurs::responses());
        all
    }
}

bevaka_web::refusals! {
    /// A parameter does not hold what it must (`invalid_field`).
    pub(super) InvalidParameter = UNPROCESSABLE_ENTITY;
}

/// Why an operator does something.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Justification)]
pub(super) struct Because {
    /// In words that name a case and no person: they stay in the trail.
    #[schema(min_length = 3, max_length = 200)]
    because: String,
}

impl Because {
    pub(super) fn justification(&self) -> Result<Justification, Problem> {
        justification(&self.because)
    }
}

/// The justification that a body gives as `because`.
pub(super) fn justification(because: &str) -> Result<Justification, Problem> {
    Justification::parse(because)
        .map_err(|fault| Problem::invalid_field("because", format!("because {fault}.")))
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

/// Names the field of a search and its limit.
impl From<Fault> for Problem {
    fn from(Fault { field, wrong }: Fault) -> Self {
        let (detail, action) = match wrong {
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
            Wrong::State => (
                format!(
                    "{field} is unknown; known are {}.",
                    StateName::ALL.map(StateName::as_str).join(", ")
                ),
                "Name one of them.",
            ),
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
        Self { action: action.to_owned(), ..Self::invalid_field(field, detail) }
    }
}
