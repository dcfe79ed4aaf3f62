//! Sending a dead letter in again, as it came or mended.

use super::{Refusal, entry, sha256};
use crate::{
    app::App,
    queries::{dead_letters::Sound, injectable},
};
use bevaka_alerting::accept::Refused;
use bevaka_domain::{
    clock::Timestamp,
    dead_letter::{Ending, SentAs},
    ids::EventId,
    injection::needs_approval,
    operator::{Justification, Operator},
    trail::{Action, Entry, Writer},
};
use bevaka_store::{Tx, dead_letters, events, injections, outbox, trail};
use serde_json::json;
use std::time::Duration;
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Requeued {
    pub event: SentAs,
    /// The event of that key that is stored already: then nobody is told a second time (R30).
    pub stored: Option<EventId>,
    /// Whether it was another body than the one that came.
    pub mended: bool,
}

/// What an operator made of a letter.
#[derive(Debug)]
pub(super) struct Mended<'a> {
    body: &'a str,
    /// How many people it would tell if it came now, unless intake would put it aside.
    recipients: Result<u64, Refused>,
}

impl<'a> Mended<'a> {
    async fn new(app: &App, body: &'a str) -> Result<Self, Refusal> {
        let bodies = [body];
        let mut checked = injectable::check(app, &bodies, None).await?;
        let recipients = match checked.unsound.pop() {
            Some(unsound) => Err(unsound.refused),
            None => Ok(injectable::recipients(app, &checked).await?),
        };
        Ok(Self { body, recipients })
    }
}

/// Sends a dead letter in again: as it came, or what the operator made of it. It has to pass intake.
///
/// # Errors
/// [`Refusal::AlreadyEnded`] names whoever was faster; [`Refusal::Faulty`] says what is still wrong;
/// [`Refusal::NeedsApproval`] says how many people it would tell.
pub(crate) async fn requeue(
    app: &App,
    operator: &Operator,
    id: Uuid,
    because: &Justification,
    mended: Option<&str>,
) -> Result<Requeued, Refusal> {
    // Before the transaction: counting takes transactions of its own.
    let mended = match mended {
        Some(body) => Some(Mended::new(app, body).await?),
        None => None,
    };
    let mut tx = app.chassis.db.begin().await?;
    let (requeued, entry) = requeue_in(app, &mut tx, operator, id, because, mended).await?;
    trail::append(&mut tx, Writer::Operators, &entry).await?;
    tx.commit().await?;
    app.chassis.outbox.nudge();
    Ok(requeued)
}

/// The same within a transaction; gives what has to be appended to the trail before its end.
pub(super) async fn requeue_in(
    app: &App,
    tx: &mut Tx,
    operator: &Operator,
    id: Uuid,
    because: &Justification,
    mended: Option<Mended<'_>>,
) -> Result<(Requeued, Entry), Refusal> {
    let now = app.now();
    let kept = dead_letters::find_for_update(tx, id).await?.ok_or(Refusal::NotFound)?;
    kept.state.still_open()?;
    let letter = kept.letter;
    let mended = mended.filter(|mended| mended.body.as_bytes() != letter.body);
    let (sound, mended) = match mended {
        Some(Mended { body, recipients }) => {
            let sound = Sound::of_operator(app, body.as_bytes(), id, now)?;
            // What was no event when it was to be counted stays refused, even if its time has come since.
            needs_nobody_else(app, tx, operator, recipients?, now).await?;
            (sound, Some(body.as_bytes()))
        }
        None => (Sound::of_letter(app, &letter, now)?, None),
    };
    let state = kept.state.requeue(Ending::new(now, operator.signature(), because), sound.event.clone())?;
    let stored = stored(tx, &sound.event).await?;
    dead_letters::end(tx, id, &state, mended).await?;
    outbox::add(tx, Writer::Operators, app.chassis.entropy.id(now), &sound.body, now).await?;
    let detail = json!({
        "because": because.as_str(), "reason": letter.reason, "mended": mended.is_some(),
        "body_sha256": sha256(&letter.body), "sent_sha256": sha256(mended.unwrap_or(&letter.body)),
    });
    let entry = entry(operator, Action::DeadLetterRequeued, &letter, detail, now);
    Ok((Requeued { event: sound.event, stored, mended: mended.is_some() }, entry))
}

/// What an operator wrote is an event of theirs, whichever way it goes in: mending is no way around the second operator
/// whom an injection would need (R37).
async fn needs_nobody_else(
    app: &App,
    tx: &mut Tx,
    operator: &Operator,
    recipients: u64,
    now: Timestamp,
) -> Result<(), Refusal> {
    let settings = &app.chassis.settings.operators;
    let since = now.minus(Duration::from_secs(settings.approval_window_s.into()));
    let before = injections::recipients(tx, &operator.person, since).await?;
    let limit = settings.approval_above;
    if needs_approval(recipients, before, limit) {
        return Err(Refusal::NeedsApproval { recipients, before, limit });
    }
    Ok(())
}

async fn stored(tx: &mut Tx, event: &SentAs) -> Result<Option<EventId>, Refusal> {
    let found = events::find_external(tx, &event.source, &event.id).await?;
    Ok(found.map(|decided| decided.event.id))
}
