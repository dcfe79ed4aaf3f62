//! *Företagets bevakningar*: what the whole company watches, and what nobody does.

use crate::{
    access::{self, Admitted},
    app::App,
    fault::Outcome,
};
use bevaka_domain::{
    clock::{LocalDate, Timestamp, Zone},
    event::Kind,
    ids::{ContactId, UserId},
    watch::{Channel, Watch},
};
use bevaka_portal::Caller;
use bevaka_store::{
    Tx,
    coverage::{self as store, Review},
    members::Member,
};
use serde::Serialize;
use std::collections::HashSet;
use utoipa::ToSchema;

/// How long a confirmation holds, in days.
const YEAR: u64 = 365;

/// What a company watches.
#[derive(Clone, Debug)]
pub struct Coverage {
    /// The kinds of its agreement.
    pub kinds: Vec<Covered>,
    /// When an administrator confirmed last that this is right, and who.
    pub review: Option<Review>,
    /// When the next confirmation is due.
    pub due: LocalDate,
    /// Whether it is due now.
    pub is_due: bool,
}

/// A kind of the agreement with those who watch it.
#[derive(Clone, Debug)]
pub struct Covered {
    kind: Kind,
    /// What people call it, in the caller's language.
    pub name: String,
    /// Who chose it, by name.
    pub watchers: Vec<Watcher>,
}

/// Somebody who chose a kind.
#[derive(Clone, Debug)]
pub struct Watcher {
    /// Who.
    pub user: UserId,
    /// The name.
    pub name: String,
    /// By which ways, and whether anything arrives there.
    pub channels: Vec<(Channel, Reached)>,
    /// Whether the user is active and has access to watches (R19, R20).
    pub has_access: bool,
    /// Whether the watch is switched off from a mail.
    pub is_off: bool,
    /// The first day on which events are told again, if the watch is paused now.
    pub paused_until: Option<LocalDate>,
    /// The name of who stands in today.
    pub stand_in: Option<String>,
}

/// Whether anything arrives at a chosen channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reached {
    /// Its contact point is confirmed.
    Confirmed,
    /// It is not confirmed (R28).
    NotConfirmed,
    /// It has been removed.
    Missing,
}

impl Covered {
    /// Which kind.
    pub const fn kind(&self) -> &Kind {
        &self.kind
    }

    /// Whether nobody is told of it.
    pub fn is_gap(&self) -> bool {
        !self.watchers.iter().any(Watcher::is_told)
    }
}

impl Watcher {
    /// Whether the user is told at least by one way, but for a pause.
    pub fn is_told(&self) -> bool {
        let is_reached = self.channels.iter().any(|(_, reached)| *reached == Reached::Confirmed);
        self.has_access && !self.is_off && is_reached
    }
}

/// What the caller's company watches.
///
/// # Errors
/// [`Fault::NotAdministrator`](crate::fault::Fault::NotAdministrator) for everybody but permission administrators.
pub async fn coverage(app: &App, caller: Caller) -> Outcome<Coverage> {
    let now = app.now();
    let mut tx = app.chassis.db.begin_snapshot().await?;
    let admitted = access::administrator(&mut tx, caller, now).await?;
    let kinds = kinds(app, &mut tx, &admitted).await?;
    let review = store::last_review(&mut tx, caller.organisation).await?;
    let (today, _) = Zone::STOCKHOLM.read(now);
    let due = review.as_ref().map_or(today, |review| Zone::STOCKHOLM.read(review.at).0.plus_days(YEAR));
    Ok(Coverage { kinds, review, due, is_due: due <= today })
}

/// The kinds of the agreement with those who watch them.
pub(crate) async fn kinds(app: &App, tx: &mut Tx, admitted: &Admitted) -> Outcome<Vec<Covered>> {
    let organisation = admitted.company.organisation.id;
    let watches = store::watches(tx, organisation).await?;
    let confirmed = store::confirmed(tx, organisation).await?;
    let look = Look { admitted, confirmed, now: app.now() };
    let covered = |kind: &Kind| {
        // In the order of the members, which is by name.
        let members = admitted.company.members.iter();
        let watcher = |member: &Member| {
            let own = |watch: &&Watch| watch.kind == *kind && watch.user == member.id;
            watches.iter().find(own).map(|watch| look.watcher(member, watch))
        };
        let name = app.chassis.catalogue.name(kind, admitted.member.language).to_owned();
        Covered { kind: kind.clone(), name, watchers: members.filter_map(watcher).collect() }
    };
    Ok(admitted.agreement.scope.iter().map(covered).collect())
}

struct Look<'a> {
    admitted: &'a Admitted,
    confirmed: HashSet<ContactId>,
    now: Timestamp,
}

impl Look<'_> {
    fn watcher(&self, member: &Member, watch: &Watch) -> Watcher {
        let reached = |contact: &Option<ContactId>| match contact {
            None => Reached::Missing,
            Some(contact) if self.confirmed.contains(contact) => Reached::Confirmed,
            Some(_) => Reached::NotConfirmed,
        };
        let pause = watch.settings.pause.filter(|pause| pause.holds(self.now));
        Watcher {
            user: member.id,
            name: member.name.clone(),
            channels: watch.channels.iter().map(|(channel, at)| (*channel, reached(at))).collect(),
            has_access: member.has_access(),
            is_off: watch.off_at.is_some(),
            paused_until: pause.map(|pause| pause.until),
            stand_in: watch.settings.stand_in_at(self.now).and_then(|user| self.admitted.name_of(user)),
        }
    }
}
