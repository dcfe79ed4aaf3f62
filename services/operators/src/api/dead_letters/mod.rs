//! `/dispatcher/api/dead-letters…`: messages that are no event, and what becomes of them (R34, R40).

pub(super) mod content;
pub(super) mod discard;
pub(super) mod discard_all;
pub(super) mod get;
pub(super) mod list;
pub(super) mod preview;
pub(super) mod requeue;
pub(super) mod requeue_all;
mod results;
pub(super) mod summary;
mod views;

pub use content::{DeadLetterContent, WouldPass};
pub use list::DeadLetters;
pub use preview::DeadLetterPreview;
pub use requeue::Requeued;
pub use results::{DeadLetterResult, DeadLetterResults};
pub use summary::DeadLetterSummary;
pub use views::{DeadLetterView, Ended, EventKey};

use super::{justified, unavailable};
use crate::commands::dead_letters::Refusal;
use axum::http::StatusCode;
use bevaka_domain::dead_letter::AlreadyEnded;
use bevaka_web::problem::Problem;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// The longest reason that a letter is kept with, in characters.
const LONGEST_REASON: usize = 400;

/// All open letters of one reason that the preview told of.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AllOfReason {
    /// The reason, as a code.
    #[schema(max_length = 400)]
    reason: String,
    /// `through` of the preview: the newest letter that is meant.
    through: Uuid,
    /// `count` of the preview.
    expected: usize,
    /// Why, in words that name a case and no person.
    #[schema(min_length = 3, max_length = 200)]
    because: String,
}

/// Nothing that PostgreSQL could not look for.
fn reason(text: &str) -> Result<&str, Problem> {
    if text.chars().count() > LONGEST_REASON || text.chars().any(char::is_control) {
        let detail =
            format!("reason has at most {LONGEST_REASON} characters, none of them a control character.");
        return Err(justified::invalid("reason", detail));
    }
    Ok(text)
}

fn id(text: &str) -> Result<Uuid, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}

/// Why a letter stays as it is, as a problem.
fn refused(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::NotFound => Problem::not_found(),
        Refusal::AlreadyEnded(ended) => already_ended(&ended),
        Refusal::Faulty(fault) => Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "Still no event",
            format!("The body does not pass intake ({}): {}.", fault.reason, fault.detail),
            "Mend the body and requeue it with `body`, or discard the letter.",
        )
        .coded("still_faulty")
        .at(fault.field()),
        Refusal::NeedsApproval { recipients, before, limit } => Problem::new(
            StatusCode::CONFLICT,
            "Needs another operator's approval",
            format!(
                "Mended, it would reach {recipients} people, besides the {before} whom you reached by injections \
                 lately; the limit is {limit}. Nothing was sent in."
            ),
            "Inject the mended event, so that another operator approves it; then discard the letter.",
        )
        .coded("needs_approval"),
        Refusal::CountChanged { found } => justified::count_changed(found),
        Refusal::Store(fault) => unavailable(&fault),
    }
}

fn already_ended(ended: &AlreadyEnded) -> Problem {
    let AlreadyEnded { state, ending } = ended;
    Problem::new(
        StatusCode::CONFLICT,
        "Already dealt with",
        format!("The letter was {state} by {} at {}: {}.", ending.by, ending.at, ending.because),
        "Nothing more is to be done; read the letter to see what it was sent in as.",
    )
    .coded("already_ended")
}
