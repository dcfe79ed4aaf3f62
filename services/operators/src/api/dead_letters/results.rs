//! What became of many dead letters, one by one.

use super::Requeued;
use crate::commands::dead_letters::{Outcome, Refusal};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// What became of many dead letters.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct DeadLetterResults {
    /// How many were dealt with.
    pub done: usize,
    /// How many stay open.
    pub left: usize,
    /// Letter by letter, the oldest first.
    pub results: Vec<DeadLetterResult>,
}

/// What became of one.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct DeadLetterResult {
    /// The letter.
    pub dead_letter_id: Uuid,
    /// `requeued`, `discarded`, `faulty` (it stays open), `already_ended` (somebody was faster), or `not_tried` (the
    /// database failed before its turn).
    pub outcome: String,
    /// What was sent in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub event: Option<Requeued>,
    /// What is still wrong, as a code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reason: Option<String>,
    /// What is still wrong, or who was faster, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub detail: Option<String>,
}

impl From<Vec<(Uuid, Outcome)>> for DeadLetterResults {
    fn from(outcomes: Vec<(Uuid, Outcome)>) -> Self {
        let is_done = |outcome: &Outcome| matches!(outcome, Outcome::Requeued(_) | Outcome::Discarded);
        let done = outcomes.iter().filter(|(_, outcome)| is_done(outcome)).count();
        let left = outcomes.len() - done;
        Self { done, left, results: outcomes.into_iter().map(DeadLetterResult::from).collect() }
    }
}

impl From<(Uuid, Outcome)> for DeadLetterResult {
    fn from((dead_letter_id, outcome): (Uuid, Outcome)) -> Self {
        let plain = |outcome: &str| Self {
            dead_letter_id,
            outcome: outcome.to_owned(),
            event: None,
            reason: None,
            detail: None,
        };
        match outcome {
            Outcome::Requeued(requeued) => Self { event: Some(requeued.into()), ..plain("requeued") },
            Outcome::Discarded => plain("discarded"),
            Outcome::Left(Refusal::Faulty(fault)) => {
                Self { reason: Some(fault.reason.to_owned()), detail: Some(fault.detail), ..plain("faulty") }
            }
            Outcome::Left(Refusal::AlreadyEnded(ended)) => {
                let detail = format!("{} by {} at {}", ended.state, ended.ending.by, ended.ending.at);
                Self { detail: Some(detail), ..plain("already_ended") }
            }
            // Only what is mended may need an approval, and only one letter at a time is.
            Outcome::Left(
                Refusal::NotFound
                | Refusal::NeedsApproval { .. }
                | Refusal::CountChanged { .. }
                | Refusal::Store(_),
            )
            | Outcome::NotTried => plain("not_tried"),
        }
    }
}
