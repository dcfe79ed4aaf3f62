//! What dead letters are, and whether they would pass now.

use crate::app::App;
use bevaka_alerting::accept::{self, Refused};
use bevaka_bus::{EnvelopeFault, marked};
use bevaka_catalogue::Catalogue;
use bevaka_domain::{
    clock::Timestamp,
    dead_letter::SentAs,
    event::{Event, Origin},
    ids::EventId,
};
use bevaka_store::{
    Result as Stored,
    dead_letters::{self, DeadLetter, Kept},
    events,
};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The most letters of one command.
pub(crate) const MOST: u32 = 1_000;
/// How many ids a preview names.
const SAMPLE: usize = 5;

/// A body that passes intake.
pub(crate) struct Sound {
    /// The publisher's key of the event.
    pub event: SentAs,
    /// The body with the mark of the dead letter that it came by.
    pub body: Vec<u8>,
}

impl Sound {
    /// As it came, which may be a notice of Bevaka's own.
    ///
    /// # Errors
    /// [`Refused`] with the first fault.
    pub(crate) fn of_letter(app: &App, letter: &DeadLetter, now: Timestamp) -> Result<Self, Refused> {
        Self::new(app, accept::accept_from_bus, &letter.body, letter.id, now)
    }

    /// As an operator mended it: what anybody may publish.
    ///
    /// # Errors
    /// [`Refused`] with the first fault.
    pub(crate) fn of_operator(app: &App, body: &[u8], letter: Uuid, now: Timestamp) -> Result<Self, Refused> {
        Self::new(app, accept::accept, body, letter, now)
    }

    fn new(app: &App, accept: Accept, body: &[u8], letter: Uuid, now: Timestamp) -> Result<Self, Refused> {
        let max_bytes = app.chassis.settings.operators.max_event_bytes;
        let id = EventId(app.chassis.entropy.id(now));
        let event = accept(body, &app.chassis.catalogue, max_bytes, id, now)?;
        // The mark is a part of what intake gets: it must not make the body too long.
        let no_object =
            |fault: EnvelopeFault| Refused { reason: "not_an_envelope", detail: fault.to_string() };
        let body = marked(body, Origin::DeadLetter(letter)).map_err(no_object)?;
        accept::accept_from_bus(&body, &app.chassis.catalogue, max_bytes, id, now)?;
        Ok(Self { event: SentAs { source: event.source, id: event.external_id }, body })
    }
}

type Accept = fn(&[u8], &Catalogue, usize, EventId, Timestamp) -> Result<Event, Refused>;

/// Whether a dead letter would pass now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Now {
    /// It would, as this event.
    Passes {
        /// The publisher's key.
        event: SentAs,
        /// The event of that key that is stored already.
        stored: Option<EventId>,
    },
    /// It still would not.
    Fails(Refused),
}

/// Whether a dead letter would pass now, as it came.
///
/// # Errors
/// If the database fails.
pub(crate) async fn now(app: &App, kept: &Kept) -> Stored<Now> {
    let sound = match Sound::of_letter(app, &kept.letter, app.now()) {
        Ok(sound) => sound,
        Err(refused) => return Ok(Now::Fails(refused)),
    };
    let mut tx = app.chassis.db.begin_read().await?;
    let stored = events::find_external(&mut tx, &sound.event.source, &sound.event.id).await?;
    Ok(Now::Passes { event: sound.event, stored: stored.map(|decided| decided.event.id) })
}

/// What a command about all open dead letters of a reason would be about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Preview {
    /// How many; at most [`MOST`].
    pub count: usize,
    /// Whether there are more, for the next command.
    pub more: bool,
    /// When the oldest came.
    pub oldest: Option<Timestamp>,
    /// When the newest of them came.
    pub newest: Option<Timestamp>,
    /// The newest of them.
    pub through: Option<Uuid>,
    /// A few of them, the oldest.
    pub sample: Vec<Uuid>,
    /// How many would pass now as they came.
    pub pass: usize,
    /// Why the others would not, by their reasons of today.
    pub faults: BTreeMap<&'static str, usize>,
}

/// What a command about all open dead letters of a reason would be about now.
///
/// # Errors
/// If the database fails.
pub(crate) async fn preview(app: &App, reason: &str) -> Stored<Preview> {
    let mut tx = app.chassis.db.begin_read().await?;
    let mut ids = dead_letters::open_of(&mut tx, reason, None, MOST + 1).await?;
    let most = usize::try_from(MOST).unwrap_or(usize::MAX);
    let more = ids.len() > most;
    ids.truncate(most);
    let mut preview = Preview {
        count: ids.len(),
        more,
        oldest: None,
        newest: None,
        through: ids.last().copied(),
        sample: ids.iter().take(SAMPLE).copied().collect(),
        pass: 0,
        faults: BTreeMap::new(),
    };
    for id in ids {
        // One by one: each may be large.
        let Some(letter) = dead_letters::find(&mut tx, id).await? else { continue };
        preview.oldest = preview.oldest.min(Some(letter.received_at)).or(Some(letter.received_at));
        preview.newest = preview.newest.max(Some(letter.received_at));
        match Sound::of_letter(app, &letter, app.now()) {
            Ok(_) => preview.pass += 1,
            Err(refused) => *preview.faults.entry(refused.reason).or_default() += 1,
        }
    }
    Ok(preview)
}
