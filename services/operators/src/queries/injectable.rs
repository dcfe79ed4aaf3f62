//! Events as an operator gives them: each checked as intake will check it, with whether it is stored already, and how many
//! people they would tell if they came now.

use crate::app::App;
use bevaka_alerting::accept::{self, Refused};
use bevaka_alerting::decide;
use bevaka_catalogue::Catalogue;
use bevaka_domain::{
    clock::Timestamp,
    event::{Event, Origin},
    ids::{EventId, UserId},
};
use bevaka_store::{Result, Tx, events};
use std::collections::{HashMap, HashSet};
use uuid::Uuid;

/// How many events are looked at in one transaction.
const TOGETHER: usize = 500;

/// What came of checking.
#[derive(Clone, Debug, Default)]
pub struct Checked<'a> {
    /// Those that intake will take.
    pub sound: Vec<Sound<'a>>,
    /// Those that it would put aside.
    pub unsound: Vec<Unsound>,
}

/// An event that intake will take.
#[derive(Clone, Debug)]
pub struct Sound<'a> {
    /// Its place among those that were given, counted from 0.
    pub index: usize,
    /// As it was given.
    pub body: &'a str,
    /// As it was read; its id is none that will be stored.
    pub event: Event,
    /// Whether it changes nothing: the same source and id are stored, or stand before it (R30).
    pub is_known: bool,
}

/// An event that intake would put aside.
#[derive(Clone, Debug)]
pub struct Unsound {
    /// Its place among those that were given, counted from 0.
    pub index: usize,
    /// Why.
    pub refused: Refused,
}

impl Checked<'_> {
    /// Those that change something.
    pub fn fresh(&self) -> impl Iterator<Item = &Sound<'_>> {
        self.sound.iter().filter(|sound| !sound.is_known)
    }
}

/// Checks events as intake will. `injection` is the one that they are of, if it may have been stored before: its own events
/// are new to it, so that the same request is answered the same again.
///
/// # Errors
/// If the database fails.
pub async fn check<'a>(app: &App, bodies: &[&'a str], injection: Option<Uuid>) -> Result<Checked<'a>> {
    let max_bytes = app.chassis.settings.operators.max_event_bytes;
    let (now, mut checked) = (app.now(), Checked::default());
    for (index, body) in bodies.iter().copied().enumerate() {
        let id = EventId(Uuid::nil());
        match accept_marked(body.as_bytes(), &app.chassis.catalogue, max_bytes, id, now) {
            Ok(event) => checked.sound.push(Sound { index, body, event, is_known: false }),
            Err(refused) => checked.unsound.push(Unsound { index, refused }),
        }
    }
    let mut tx = app.chassis.db.begin_read().await?;
    find_known(&mut tx, &mut checked.sound, injection.map(Origin::Injection)).await?;
    Ok(checked)
}

/// Takes a body as intake will, which sees it with its mark: that must fit as well.
///
/// # Errors
/// [`Refused`] with the first fault.
pub(crate) fn accept_marked(
    body: &[u8],
    catalogue: &Catalogue,
    max_bytes: usize,
    id: EventId,
    now: Timestamp,
) -> std::result::Result<Event, Refused> {
    let event = accept::accept(body, catalogue, max_bytes, id, now)?;
    let with_mark = bevaka_bus::marked(body, Origin::Injection(Uuid::nil())).map_or(0, |body| body.len());
    if with_mark > max_bytes {
        let detail =
            format!("the body has {with_mark} bytes with the mark of an injection, the limit is {max_bytes}");
        return Err(Refused { reason: "body_too_large", detail });
    }
    Ok(event)
}

async fn find_known(tx: &mut Tx, sound: &mut [Sound<'_>], own: Option<Origin>) -> Result<()> {
    let mut known = HashMap::new();
    for some in sound.chunks(TOGETHER) {
        let keys: Vec<_> = some.iter().map(|one| key(&one.event)).collect();
        known.extend(events::known(tx, &keys).await?);
    }
    let mut before = HashSet::new();
    for one in sound {
        let (source, id) = key(&one.event);
        let key = (source.to_owned(), id.to_owned());
        let is_stored = known.get(&key).is_some_and(|(_, origin)| own.is_none() || *origin != own);
        one.is_known = !before.insert(key) || is_stored;
    }
    Ok(())
}

fn key(event: &Event) -> (&str, &str) {
    (&event.source, &event.external_id)
}

/// How many people those events would tell that change something, each person once for each event (R37): so that neither
/// one large injection nor many small ones count less than they tell.
///
/// # Errors
/// If the database fails.
pub async fn recipients(app: &App, checked: &Checked<'_>) -> Result<u64> {
    let new: Vec<_> = checked.fresh().collect();
    let mut recipients = 0;
    for some in new.chunks(TOGETHER) {
        let mut tx = app.chassis.db.begin_read().await?;
        let events = some.iter().map(|one| one.event.clone()).collect();
        let decisions = decide::decide(&mut tx, events, app.now()).await?;
        for decided in &decisions.decided {
            let people: HashSet<UserId> = decide::told(decided).map(|(user, _, _)| user).collect();
            recipients += people.len() as u64;
        }
    }
    Ok(recipients)
}
