//! What commands of the API have in common: a reason in words, and refusals that name the field.

use axum::http::StatusCode;
use bevaka_domain::operator::Justification;
use bevaka_web::problem::Problem;
use serde::Deserialize;
use utoipa::ToSchema;

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
