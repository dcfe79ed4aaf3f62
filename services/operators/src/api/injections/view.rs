//! Injections as the API tells them.

use super::super::described;
use crate::queries::injections::{Events, Listed, Shown};
use bevaka_domain::{
    clock::Timestamp,
    injection::{Decided, State},
};
use bevaka_store::injections::Injection;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use uuid::Uuid;

/// What an operator put on the bus, or wants to.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Injection)]
pub struct InjectionView {
    /// Its id.
    #[schema(value_type = String, format = Uuid)]
    pub injection_id: Uuid,
    /// Where it stands.
    #[schema(schema_with = described::injection_state)]
    pub state: String,
    /// Why, in the operator's words.
    pub because: String,
    /// Who proposed it.
    pub proposed_by: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub proposed_at: Timestamp,
    /// Until when it can be approved, while it waits.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub expires_at: Option<Timestamp>,
    /// How many events it holds that were not stored before.
    pub events: u64,
    /// How many people they told, or would have told, when it was proposed: each person once for each event.
    pub recipients: u64,
    /// How many events of each kind.
    pub kinds: BTreeMap<String, u64>,
    /// Who approved or rejected it, if somebody did.
    #[schema(required)]
    pub decided_by: Option<String>,
    /// When, or when it expired.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub decided_at: Option<Timestamp>,
    /// Why it was rejected.
    #[schema(required)]
    pub decided_because: Option<String>,
    /// How many of the events are stored by now; told of one injection alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub stored: Option<u64>,
    /// The first 100 events, as long as they are kept; told of one injection alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub first: Option<Vec<InjectedEvent>>,
}

/// An event of an injection.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct InjectedEvent {
    /// Our id, once it is stored.
    #[schema(value_type = Option<String>, format = Uuid, required)]
    pub event_id: Option<Uuid>,
    /// The publisher.
    pub source: String,
    /// The publisher's id.
    pub id: String,
    /// What happened.
    pub kind: String,
}

/// A stretch of the list, newest first.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = Injections)]
pub struct InjectionsView {
    /// They.
    pub injections: Vec<InjectionView>,
    /// Send it as `before` for what came earlier; null at the end. What comes meanwhile does not move it.
    #[schema(value_type = Option<String>, format = Uuid, required)]
    pub next: Option<Uuid>,
}

impl From<Injection> for InjectionView {
    fn from(injection: Injection) -> Self {
        let (mut expires_at, mut decided, mut at, mut because) = (None, None, None, None);
        let state = injection.state.name().to_owned();
        match injection.state {
            State::Waiting { expires_at: until } => expires_at = Some(until),
            State::Published { approved } => decided = approved,
            State::Rejected { by, because: why } => (decided, because) = (Some(by), Some(why)),
            State::Expired { at: when } => at = Some(when),
        }
        let (by, decided_at) = decided.map(|Decided { by, at }| (by, at)).unzip();
        Self {
            injection_id: injection.id,
            state,
            because: injection.because,
            proposed_by: injection.proposed_by,
            proposed_at: injection.proposed_at,
            expires_at,
            events: injection.events,
            recipients: injection.recipients,
            kinds: injection.kinds,
            decided_by: by,
            decided_at: decided_at.or(at),
            decided_because: because,
            stored: None,
            first: None,
        }
    }
}

impl From<Shown> for InjectionView {
    fn from(shown: Shown) -> Self {
        let (stored, first) = match shown.events {
            Events::Gone => (Some(0), None),
            Events::Proposed(envelopes) => {
                let event = |envelope: bevaka_bus::Envelope| InjectedEvent {
                    event_id: None,
                    source: envelope.source,
                    id: envelope.id,
                    kind: envelope.kind,
                };
                (Some(0), Some(envelopes.into_iter().map(event).collect()))
            }
            Events::Stored { first, count } => {
                let event = |decided: bevaka_store::events::Decided| InjectedEvent {
                    event_id: Some(decided.event.id.0),
                    source: decided.event.source,
                    id: decided.event.external_id,
                    kind: decided.event.kind.to_string(),
                };
                (Some(count), Some(first.into_iter().map(event).collect()))
            }
        };
        Self { stored, first, ..shown.injection.into() }
    }
}

impl From<Listed> for InjectionsView {
    fn from(listed: Listed) -> Self {
        let injections = listed.injections.into_iter().map(InjectionView::from).collect();
        Self { injections, next: listed.next }
    }
}
