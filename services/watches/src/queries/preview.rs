//! What settings would have meant: the same function that decides about alerts, over the events of the last days.

use crate::{
    access,
    app::App,
    choice::{Choice, Ground},
    fault::{Fault, Outcome},
};
use bevaka_domain::{
    clock::{Timestamp, Zone},
    entitlement::{
        Audience, ChosenChannel, ChosenContact, Deliver, Standing, Subject, UserStanding, Verdict, decide,
    },
    event::Kind,
    ids::{ContactId, UserId},
    watch::{Because, Watch},
};
use bevaka_portal::Caller;
use bevaka_store::{
    Tx,
    alerts::{self, ToDecide},
    contacts::{self, Stored},
    standing, watch_sets,
};
use serde::Serialize;
use std::collections::{HashMap, HashSet};
use utoipa::ToSchema;

/// How many events are looked at, the newest first; a company with more sees what the newest would have meant.
const MOST_EVENTS: usize = 20_000;
/// How many are read at once.
const TOGETHER: u32 = 1_000;
/// The first hour of the night, by the bank's clock.
const NIGHT_FROM: u16 = 22;
/// The first hour of the morning.
const NIGHT_TO: u16 = 6;

/// What settings would have meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Preview {
    /// How many alerts: one for each event and contact point, one for each gathering.
    pub alerts: u32,
    /// How many of them from 22 to 06 by the bank's clock.
    pub at_night: u32,
    /// Since when events are counted.
    pub since: Timestamp,
    /// Whether there were so many that only the newest are counted, which `since` then tells.
    pub is_cut: bool,
}

/// How many alerts the caller would have got with these choices, by today's rights, contact points and agreement. Kinds
/// that are not named count as they are stored.
///
/// # Errors
/// [`Fault::Invalid`] as [`save`](crate::commands::save::save) would.
pub async fn preview(app: &App, caller: Caller, choices: &[Choice]) -> Outcome<Preview> {
    let now = app.now();
    let mut tx = app.chassis.db.begin_snapshot().await?;
    let admitted = access::user(&mut tx, caller, now).await?;
    let watches = watch_sets::of(&mut tx, caller.user).await?;
    let contacts = contacts::of(&mut tx, caller.user).await?;
    let scope = &admitted.agreement.scope;
    let ground = Ground {
        catalogue: &app.chassis.catalogue,
        scope,
        contacts: &contacts,
        user: caller.user,
        colleagues: &admitted.colleagues().map(|member| member.id).collect(),
        watches: &watches,
        now,
    };
    let wanted = ground.check(choices).map_err(Fault::Invalid)?;
    let number = &admitted.company.organisation.number;
    let asked = scope.iter().map(|kind| (number.clone(), kind.clone())).collect();
    let mut standings: HashMap<Kind, Standing> = HashMap::new();
    for ((_, kind), company) in standing::load(&mut tx, &asked).await? {
        let wanted = wanted.iter().find(|watch| watch.kind == kind);
        let mut standing = with(company.standing, caller.user, wanted, &contacts);
        reach_stand_in(&mut tx, &mut standing, wanted).await?;
        standings.insert(kind, standing);
    }

    let mut count = Count::default();
    let mut since = super::shown_since(now);
    let first = alerts::first_id(since);
    let (mut before, mut seen, mut is_cut) = (None, 0, false);
    loop {
        let events = alerts::to_decide(&mut tx, caller.organisation, first, before, TOGETHER).await?;
        for event in &events {
            if let Some(standing) = standings.get(&event.kind) {
                count.add(event, standing, caller.user);
            }
        }
        let Some(last) = events.last().filter(|_| events.len() == TOGETHER as usize) else { break };
        (before, seen) = (Some(last.id), seen + events.len());
        if seen >= MOST_EVENTS {
            (since, is_cut) = (last.received_at, true);
            break;
        }
    }
    Ok(Preview { alerts: count.alerts, at_night: count.at_night, since, is_cut })
}

/// The company as it would stand. Only those are kept whom the answer for this user depends on: the user, the stand-in,
/// and those for whom the user stands in.
fn with(mut standing: Standing, user: UserId, wanted: Option<&Watch>, contacts: &[Stored]) -> Standing {
    if let (Some(watch), Some(own)) = (wanted, standing.users.iter_mut().find(|own| own.id == user)) {
        own.channels = channels(watch, contacts);
        own.settings = Some(Box::new(watch.settings.clone()));
        own.is_off = false;
    }
    let stand_in_of = |standing: &UserStanding| {
        standing.settings.as_deref().and_then(|settings| settings.stand_in).map(|stand_in| stand_in.user)
    };
    let own_stand_in = standing.users.iter().find(|own| own.id == user).and_then(stand_in_of);
    standing.users.retain(|other| {
        other.id == user || Some(other.id) == own_stand_in || stand_in_of(other) == Some(user)
    });
    standing
}

/// A stand-in who is only chosen now is told by what they have confirmed, like one who is stored.
async fn reach_stand_in(tx: &mut Tx, standing: &mut Standing, wanted: Option<&Watch>) -> Outcome<()> {
    let stand_in = wanted.and_then(|watch| watch.settings.stand_in);
    let Some(user) = stand_in.and_then(|stand_in| standing.users.iter_mut().find(|u| u.id == stand_in.user))
    else {
        return Ok(());
    };
    let confirmed = contacts::of(tx, user.id).await?.into_iter().map(|contact| contact.point);
    let confirmed = confirmed.filter(|point| point.verified_at.is_some());
    user.spare = confirmed.map(|point| (point.address.channel(), point.id)).collect();
    Ok(())
}

fn channels(watch: &Watch, contacts: &[Stored]) -> Vec<ChosenChannel> {
    let chosen = |id: ContactId| {
        let contact = contacts.iter().find(|contact| contact.point.id == id)?;
        Some(ChosenContact { id, verified: contact.point.verified_at.is_some() })
    };
    let channel = |(channel, contact): (&_, &Option<ContactId>)| ChosenChannel {
        channel: *channel,
        contact: contact.and_then(chosen),
    };
    watch.channels.iter().map(channel).collect()
}

#[derive(Default)]
struct Count {
    alerts: u32,
    at_night: u32,
    /// Gatherings that are counted already: where, and when they left.
    parcels: HashSet<(ContactId, Timestamp)>,
}

impl Count {
    fn add(&mut self, event: &ToDecide, standing: &Standing, user: UserId) {
        let subject = Subject {
            kind: &event.kind,
            audience: Audience::Watchers { recipient: event.recipient.as_deref() },
            facts: &event.facts,
            received_at: event.received_at,
            expires_at: event.expires_at,
        };
        let decisions = decide(subject, standing, event.received_at);
        let own = decisions.into_iter().find(|decision| decision.user == user);
        if let Some(Verdict::Deliver(deliver)) = own.map(|own| own.verdict) {
            self.count(&deliver, event.received_at);
        }
    }

    fn count(&mut self, deliver: &Deliver, received_at: Timestamp) {
        let leaves_at = deliver.later.map_or(received_at, |later| later.at);
        let gathered = deliver.later.is_some_and(|later| later.because == Because::Digest);
        for contact in &deliver.to {
            if gathered && !self.parcels.insert((*contact, leaves_at)) {
                continue;
            }
            self.alerts += 1;
            self.at_night += u32::from(is_night(leaves_at));
        }
    }
}

/// From 22 to 06 by the bank's clock.
pub(super) fn is_night(at: Timestamp) -> bool {
    let (_, time) = Zone::STOCKHOLM.read(at);
    time.hour() >= NIGHT_FROM || time.hour() < NIGHT_TO
}
