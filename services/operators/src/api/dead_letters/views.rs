//! A dead letter as JSON, without its content.

use crate::api::described;
use bevaka_domain::{
    clock::Timestamp,
    dead_letter::{Ending, SentAs, State},
};
use bevaka_store::dead_letters::Listed;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A message that is no event. Its content is not shown here.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct DeadLetterView {
    /// Our id.
    pub dead_letter_id: Uuid,
    /// The message's id on the bus.
    pub message_id: String,
    /// Why, as a code.
    pub reason: String,
    /// Why, in words.
    pub detail: String,
    /// How long its body is, in bytes.
    pub bytes: usize,
    /// When it came.
    #[schema(value_type = String, format = DateTime)]
    pub received_at: Timestamp,
    /// Where it stands.
    #[schema(schema_with = described::letter_state)]
    pub state: String,
    /// Who dealt with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub ended: Option<Ended>,
    /// As which event it was sent in again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub requeued_as: Option<EventKey>,
    /// Whether it was sent in with another body than the one that came.
    pub mended: bool,
}

/// Who dealt with a dead letter.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct Ended {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Who.
    pub by: String,
    /// Why, in their words.
    pub because: String,
}

/// The publisher's key of an event.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct EventKey {
    /// The publisher.
    pub source: String,
    /// The publisher's id.
    pub id: String,
}

impl From<Listed> for DeadLetterView {
    fn from(letter: Listed) -> Self {
        let requeued_as = match &letter.state {
            State::Requeued { event, .. } => Some(EventKey::from(event.clone())),
            State::Open | State::Discarded { .. } => None,
        };
        Self {
            dead_letter_id: letter.id,
            message_id: letter.message_id,
            reason: letter.reason,
            detail: letter.detail,
            bytes: letter.bytes,
            received_at: letter.received_at,
            state: letter.state.name().to_owned(),
            ended: letter.state.ending().cloned().map(Ended::from),
            requeued_as,
            mended: letter.mended,
        }
    }
}

impl From<Ending> for Ended {
    fn from(ending: Ending) -> Self {
        Self { at: ending.at, by: ending.by, because: ending.because }
    }
}

impl From<SentAs> for EventKey {
    fn from(event: SentAs) -> Self {
        Self { source: event.source, id: event.id }
    }
}
