//! Puts events on the bus for an operator, or lets them wait for a second one's approval (R37). They travel by the outbox,
//! so that they are published if and only if the injection stands in its table and in the trail.

use crate::{
    app::App,
    queries::injectable::{self, Checked, Unsound},
};
use bevaka_domain::{
    clock::Timestamp,
    event::Origin,
    injection::{State, needs_approval},
    operator::{Justification, Operator},
    trail::{Action, Actor, Entry, Writer},
};
use bevaka_store::{
    StoreError, Tx,
    injections::{self, Injection},
    outbox, trail,
};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{collections::BTreeMap, time::Duration};
use uuid::Uuid;

/// What an operator wants to put on the bus.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// By what the same request is known again; none: it is a new one.
    pub id: Option<Uuid>,
    pub because: &'a Justification,
    pub events: &'a [&'a str],
}

#[derive(Debug)]
pub struct Injected<'a> {
    pub injection: Injection,
    pub checked: Checked<'a>,
}

/// Why nothing was injected.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// There is no event.
    #[error("there is no event")]
    NoEvents,
    /// More events than one request may hold.
    #[error("{count} events, the limit is {limit}")]
    TooMany {
        /// How many there are.
        count: usize,
        /// How many there may be.
        limit: usize,
    },
    /// No event is sound.
    #[error("no event is sound")]
    NoneSound(Vec<Unsound>),
    /// Another request had the same id.
    #[error("the id belongs to another injection")]
    IdTaken,
    /// The database fails.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Injects events. The sound ones go together, the others are told. The same request with the same id again changes nothing
/// and is answered the same.
pub async fn inject<'a>(
    app: &App,
    operator: &Operator,
    request: Request<'a>,
) -> Result<Injected<'a>, Refusal> {
    let (count, limit) = (request.events.len(), app.chassis.settings.operators.max_events_per_request);
    if count == 0 {
        return Err(Refusal::NoEvents);
    }
    if count > limit {
        return Err(Refusal::TooMany { count, limit });
    }
    let hash = hash(operator, &request);
    let checked = injectable::check(app, request.events, request.id).await?;
    if let Some(injection) = find(app, request.id, &hash).await? {
        return Ok(Injected { injection, checked });
    }
    if checked.sound.is_empty() {
        return Err(Refusal::NoneSound(checked.unsound));
    }
    let now = app.now();
    let id = request.id.unwrap_or_else(|| app.chassis.entropy.id(now));
    let mut kinds = BTreeMap::new();
    for sound in checked.fresh() {
        *kinds.entry(sound.event.kind.to_string()).or_default() += 1;
    }
    let injection = Injection {
        id,
        proposed_by: operator.signature(),
        person: operator.person.clone(),
        proposed_at: now,
        because: request.because.as_str().to_owned(),
        events: checked.fresh().count() as u64,
        recipients: injectable::recipients(app, &checked).await?,
        kinds,
        state: State::first(false, now),
    };
    match store(app, operator, injection, &hash, &checked).await? {
        Some(injection) => Ok(Injected { injection, checked }),
        // The same id was stored at the same moment.
        None => find(app, Some(id), &hash)
            .await?
            .map_or(Err(Refusal::IdTaken), |injection| Ok(Injected { injection, checked })),
    }
}

/// The injection of an earlier request with the same id.
async fn find(app: &App, id: Option<Uuid>, hash: &[u8]) -> Result<Option<Injection>, Refusal> {
    let Some(id) = id else { return Ok(None) };
    let mut tx = app.chassis.db.begin_read().await?;
    let Some(stored) = injections::request_hash(&mut tx, id).await? else { return Ok(None) };
    if stored != hash {
        return Err(Refusal::IdTaken);
    }
    Ok(injections::find(&mut tx, id).await?)
}

/// None if the id is taken; then nothing is stored.
async fn store(
    app: &App,
    operator: &Operator,
    mut injection: Injection,
    hash: &[u8],
    checked: &Checked<'_>,
) -> Result<Option<Injection>, Refusal> {
    let settings = &app.chassis.settings.operators;
    let now = injection.proposed_at;
    let seconds = |seconds: u32| Duration::from_secs(seconds.into());
    let mut tx = app.chassis.db.begin().await?;
    let since = now.minus(seconds(settings.approval_window_s));
    let before = injections::recipients(&mut tx, &injection.person, since).await?;
    let waits = needs_approval(injection.recipients, before, settings.approval_above);
    injection.state = State::first(waits, now.plus(seconds(settings.approval_expires_s)));
    let bodies: Vec<_> = checked.fresh().map(|sound| sound.body).collect();
    let kept = waits.then(|| format!("[{}]", bodies.join(",")));
    if !injections::insert(&mut tx, &injection, hash, kept.as_deref()).await? {
        return Ok(None);
    }
    if !waits {
        publish(app, &mut tx, injection.id, &bodies, now).await?;
    }
    let action = if waits { Action::InjectionProposed } else { Action::EventsInjected };
    trail::append(&mut tx, Writer::Operators, &entry(operator.actor(), action, &injection, now)).await?;
    tx.commit().await?;
    app.chassis.outbox.nudge();
    tracing::info!(injection.id = %injection.id, injection.state = injection.state.name(),
        events = injection.events, "an operator injects events");
    Ok(Some(injection))
}

/// Puts the events of an injection into the outbox, each with its mark.
pub(super) async fn publish(
    app: &App,
    tx: &mut Tx,
    id: Uuid,
    bodies: &[&str],
    now: Timestamp,
) -> Result<(), StoreError> {
    let origin = Origin::Injection(id);
    let message = |body: &&str| {
        let marked = bevaka_bus::marked(body.as_bytes(), origin);
        let marked = marked.map_err(|_| StoreError::Corrupt { what: "injections.bodies".into() })?;
        Ok((app.chassis.entropy.id(now), marked))
    };
    let messages = bodies.iter().map(message).collect::<Result<Vec<_>, StoreError>>()?;
    outbox::add_all(tx, Writer::Operators, &messages, now).await
}

/// What the trail says of an injection.
pub(super) fn entry(actor: Actor, action: Action, injection: &Injection, at: Timestamp) -> Entry {
    let detail = json!({
        "because": injection.because,
        "events": injection.events,
        "kinds": injection.kinds,
        "recipients": injection.recipients,
    });
    Entry { at, actor, action, organisation: None, subject: injection.id.to_string(), detail }
}

/// The same entry, with one thing more.
pub(super) fn entry_with(entry: Entry, name: &str, value: impl Into<Value>) -> Entry {
    let mut detail = entry.detail;
    detail[name] = value.into();
    Entry { detail, ..entry }
}

/// By what a request is known again: who answers for it, why, and each event byte for byte.
fn hash(operator: &Operator, request: &Request<'_>) -> Vec<u8> {
    let mut hash = Sha256::new();
    let parts = [operator.person.as_str(), request.because.as_str()];
    for part in parts.iter().chain(request.events) {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().to_vec()
}
