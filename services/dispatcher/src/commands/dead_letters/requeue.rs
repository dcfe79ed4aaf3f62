//! Sending a dead letter in again, as it came or mended.

use super::{Refusal, entry, sha256};
use crate::{app::App, queries::dead_letters::Sound};
use bevaka_domain::{
    dead_letter::{Ending, SentAs},
    ids::EventId,
    operator::{Justification, Operator},
    trail::{Action, Entry, Writer},
};
use bevaka_store::{Tx, dead_letters, events, outbox, trail};
use serde_json::json;
use uuid::Uuid;

/// What was sent in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Requeued {
    /// The publisher's key of it.
    pub event: SentAs,
    /// The event of that key that is stored already: then nobody is told a second time (R30).
    pub stored: Option<EventId>,
    /// Whether it was another body than the one that came.
    pub mended: bool,
}

/// Sends a dead letter in again: as it came, or what the operator made of it. It has to pass intake.
///
/// # Errors
/// [`Refusal::AlreadyEnded`] names whoever was faster; [`Refusal::Faulty`] says what is still wrong.
pub(crate) async fn requeue(
    app: &App,
    operator: &Operator,
    id: Uuid,
    because: &Justification,
    mended: Option<&[u8]>,
) -> Result<Requeued, Refusal> {
    let mut tx = app.chassis.db.begin().await?;
    let (requeued, entry) = requeue_in(app, &mut tx, operator, id, because, mended).await?;
    trail::append(&mut tx, Writer::Dispatcher, &entry).await?;
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
    mended: Option<&[u8]>,
) -> Result<(Requeued, Entry), Refusal> {
    let now = app.now();
    let kept = dead_letters::find_for_update(tx, id).await?.ok_or(Refusal::NotFound)?;
    kept.state.still_open()?;
    let letter = kept.letter;
    let mended = mended.filter(|body| *body != letter.body);
    let sound = match mended {
        Some(body) => Sound::of_operator(app, body, id, now)?,
        None => Sound::of_letter(app, &letter, now)?,
    };
    let state = kept.state.requeue(Ending::new(now, operator.signature(), because), sound.event.clone())?;
    let stored = stored(tx, &sound.event).await?;
    dead_letters::end(tx, id, &state, mended).await?;
    outbox::add(tx, Writer::Dispatcher, app.chassis.entropy.id(now), &sound.body, now).await?;
    let detail = json!({
        "because": because.as_str(), "reason": letter.reason, "mended": mended.is_some(),
        "body_sha256": sha256(&letter.body), "sent_sha256": sha256(mended.unwrap_or(&letter.body)),
    });
    let entry = entry(operator, Action::DeadLetterRequeued, &letter, detail, now);
    Ok((Requeued { event: sound.event, stored, mended: mended.is_some() }, entry))
}

async fn stored(tx: &mut Tx, event: &SentAs) -> Result<Option<EventId>, Refusal> {
    let found = events::find_external(tx, &event.source, &event.id).await?;
    Ok(found.map(|decided| decided.event.id))
}
