//! Injections as they stand (R37).

use crate::app::App;
use bevaka_bus::Envelope;
use bevaka_domain::{
    event::Origin,
    ids::EventId,
    injection::{State, needs_approval},
    operator::Operator,
};
use bevaka_store::{
    Result, StoreError,
    events::{self, Decided},
    injections::{self, Injection},
};
use serde_json::value::RawValue;
use std::time::Duration;
use uuid::Uuid;

/// The most events of an injection that are shown at once.
pub const SHOWN: u32 = 100;

/// A stretch of the list.
pub struct Listed {
    /// Newest first.
    pub injections: Vec<Injection>,
    /// Where the next stretch begins, if there is one.
    pub next: Option<Uuid>,
}

/// The newest injections, all or those in one state, from behind one of them on; none if that one does not exist.
///
/// # Errors
/// If the database fails.
pub async fn list(
    app: &App,
    state: Option<&str>,
    before: Option<Uuid>,
    limit: u32,
) -> Result<Option<Listed>> {
    let mut tx = app.chassis.db.begin_read().await?;
    let before = match before {
        None => None,
        Some(id) => match injections::find(&mut tx, id).await? {
            Some(injection) => Some((injection.proposed_at, injection.id)),
            None => return Ok(None),
        },
    };
    let mut found = injections::latest(&mut tx, state, before, limit.saturating_add(1)).await?;
    let has_more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let next = found.last().filter(|_| has_more).map(|last| last.id);
    Ok(Some(Listed { injections: found, next }))
}

/// An injection with its events.
pub struct Shown {
    /// The injection.
    pub injection: Injection,
    /// Its first events.
    pub events: Events,
}

/// The events of an injection, at most [`SHOWN`] of them.
pub enum Events {
    /// As they were given, while it waits.
    Proposed(Vec<Envelope>),
    /// As they are stored.
    Stored {
        /// The first of them.
        first: Vec<Decided>,
        /// How many there are by now.
        count: u64,
    },
    /// It was stopped: they are kept no longer.
    Gone,
}

/// One injection; none if there is none with this id.
///
/// # Errors
/// If the database fails.
pub async fn one(app: &App, id: Uuid) -> Result<Option<Shown>> {
    let mut tx = app.chassis.db.begin_read().await?;
    let Some(injection) = injections::find(&mut tx, id).await? else { return Ok(None) };
    let events = match &injection.state {
        State::Waiting { .. } => {
            let bodies = injections::bodies(&mut tx, id).await?.unwrap_or_default();
            Events::Proposed(proposed(&bodies)?)
        }
        State::Published { .. } => {
            let origin = Origin::Injection(id);
            let first = events::of_origin(&mut tx, origin, None::<EventId>, SHOWN).await?;
            Events::Stored { first, count: events::count_of_origin(&mut tx, origin).await? }
        }
        State::Rejected { .. } | State::Expired { .. } => Events::Gone,
    };
    Ok(Some(Shown { injection, events }))
}

/// Whether an injection to so many recipients would need a second operator's approval if it were proposed now.
///
/// # Errors
/// If the database fails.
pub async fn would_wait(app: &App, operator: &Operator, recipients: u64) -> Result<bool> {
    let settings = &app.chassis.settings.operators;
    let since = app.now().minus(Duration::from_secs(settings.approval_window_s.into()));
    let mut tx = app.chassis.db.begin_read().await?;
    let before = injections::recipients(&mut tx, &operator.person, since).await?;
    Ok(needs_approval(recipients, before, settings.approval_above))
}

fn proposed(bodies: &str) -> Result<Vec<Envelope>> {
    let corrupt = || StoreError::Corrupt { what: "injections.bodies".into() };
    // Somebody decided since the injection was read.
    if bodies.is_empty() {
        return Ok(Vec::new());
    }
    let bodies: Vec<Box<RawValue>> = serde_json::from_str(bodies).map_err(|_| corrupt())?;
    let shown = bodies.iter().take(SHOWN as usize);
    shown.map(|body| Envelope::parse(body.get().as_bytes()).map_err(|_| corrupt())).collect()
}
