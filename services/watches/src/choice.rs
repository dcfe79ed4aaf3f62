//! What a user wants to watch, checked against what may be watched and how. Pure: the same for saving and for the
//! preview before.

use crate::fault::{Broken, Invalid};
use bevaka_catalogue::{Catalogue, EventKind};
use bevaka_domain::{
    agreement::Scope,
    clock::{LocalDate, Timestamp, Zone},
    event::Kind,
    ids::{ContactId, UserId, WatchId},
    watch::{Channel, Digest, Pause, Settings, StandIn, Watch},
};
use bevaka_store::contacts::Stored;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// The most accounts that a watch is narrowed to.
pub const MAX_ACCOUNTS: usize = 20;
/// How far ahead a pause or a stand-in may reach, in days: a year, leap years too.
pub const MAX_AHEAD_DAYS: u64 = 366;

const HOUR_S: u64 = 60 * 60;

/// What a user wants for one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    pub kind: Kind,
    /// The mobile number to use; none: no SMS.
    pub sms: Option<ContactId>,
    /// The e-mail address to use; none: no e-mail. Without either channel the watch is removed.
    pub email: Option<ContactId>,
    /// What it is narrowed to and when its alerts leave. From when a pause counts is not chosen: from when it is saved.
    pub settings: Settings,
}

impl Choice {
    /// By which ways, exactly these (R27).
    fn channels(&self) -> BTreeMap<Channel, Option<ContactId>> {
        let chosen = [(Channel::Sms, self.sms), (Channel::Email, self.email)];
        chosen.into_iter().filter(|(_, contact)| contact.is_some()).collect()
    }
}

pub(crate) struct Ground<'a> {
    pub catalogue: &'a Catalogue,
    pub scope: &'a Scope,
    pub contacts: &'a [Stored],
    pub user: UserId,
    /// Who may stand in: active, with access, not the user.
    pub colleagues: &'a BTreeSet<UserId>,
    pub watches: &'a [Watch],
    pub now: Timestamp,
}

impl Ground<'_> {
    /// The watches as chosen, with ids of [`Ground::watches`] where there are such; a watch without channels is one to
    /// be removed. Every fault of every choice, if there is any.
    pub fn check(&self, choices: &[Choice]) -> Result<Vec<Watch>, Vec<Invalid>> {
        let (mut watches, mut faults, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
        for choice in choices {
            let path = format!("choices[{}]", choice.kind);
            if !seen.insert(&choice.kind) {
                faults.push(Invalid::new(path, Broken::Twice));
                continue;
            }
            let before = self.watches.iter().find(|watch| watch.kind == choice.kind);
            match self.kind(choice) {
                Err(broken) => faults.push(Invalid::new(path, broken)),
                Ok(kind) => {
                    let broken = self.broken(choice, kind, before);
                    faults.extend(
                        broken
                            .into_iter()
                            .map(|(field, broken)| Invalid::new(format!("{path}.{field}"), broken)),
                    );
                    watches.push(self.watch(choice, before));
                }
            }
        }
        if faults.is_empty() { Ok(watches) } else { Err(faults) }
    }

    fn today(&self) -> LocalDate {
        Zone::STOCKHOLM.read(self.now).0
    }

    fn kind(&self, choice: &Choice) -> Result<&EventKind, Broken> {
        let unknown = || Broken::UnknownKind { known: self.catalogue.listed() };
        let kind = self.catalogue.get(choice.kind.as_str()).ok_or_else(unknown)?;
        if self.scope.contains(&choice.kind) { Ok(kind) } else { Err(Broken::OutOfScope) }
    }

    /// Everything that is wrong with a choice, with the field's name.
    fn broken(
        &self,
        choice: &Choice,
        kind: &EventKind,
        before: Option<&Watch>,
    ) -> Vec<(&'static str, Broken)> {
        // What is removed needs no settings, so none of them can be wrong.
        if choice.channels().is_empty() {
            return Vec::new();
        }
        let (settings, stored) = (&choice.settings, before.map(|watch| &watch.settings));
        let stored_pause = stored.and_then(|stored| stored.pause);
        let stored_stand_in = stored.and_then(|stored| stored.stand_in);
        let contacts = [
            ("sms", self.contact(Channel::Sms, choice.sms)),
            ("email", self.contact(Channel::Email, choice.email)),
        ];
        let absence = [
            ("pause", settings.pause.and_then(|pause| self.pause(pause, stored_pause))),
            ("stand_in", settings.stand_in.and_then(|stand_in| self.stand_in(stand_in, stored_stand_in))),
        ];
        let mut broken = found(contacts);
        broken.extend(unsuitable(settings, kind));
        broken.extend(found(absence));
        broken
    }

    fn contact(&self, channel: Channel, chosen: Option<ContactId>) -> Option<Broken> {
        let chosen = chosen?;
        match self.contacts.iter().find(|contact| contact.point.id == chosen) {
            None => Some(Broken::NotYours),
            Some(contact) if contact.point.address.channel() != channel => {
                Some(Broken::OtherChannel { channel })
            }
            Some(_) => None,
        }
    }

    fn pause(&self, pause: Pause, stored: Option<Pause>) -> Option<Broken> {
        let (today, until) = (self.today(), pause.until);
        if stored.is_some_and(|stored| stored.until == until) {
            return None;
        }
        if until <= today {
            return Some(Broken::Past { earliest: today.plus_days(1) });
        }
        let latest = today.plus_days(MAX_AHEAD_DAYS);
        (until > latest).then_some(Broken::TooFarAhead { latest })
    }

    fn stand_in(&self, stand_in: StandIn, stored: Option<StandIn>) -> Option<Broken> {
        let (today, StandIn { user, from, to }) = (self.today(), stand_in);
        let is_over = to < today;
        if is_over && stored == Some(stand_in) {
            return None;
        }
        if user == self.user {
            return Some(Broken::Yourself);
        }
        if !self.colleagues.contains(&user) {
            return Some(Broken::NotAColleague);
        }
        if to < from {
            return Some(Broken::EndsBeforeItBegins { from });
        }
        if is_over {
            return Some(Broken::Past { earliest: today });
        }
        let latest = today.plus_days(MAX_AHEAD_DAYS);
        (to > latest).then_some(Broken::TooFarAhead { latest })
    }

    fn watch(&self, choice: &Choice, before: Option<&Watch>) -> Watch {
        let mut settings = choice.settings.clone();
        let stored = before.and_then(|watch| watch.settings.pause);
        let today = self.today();
        // What is over is not kept: it would come to mind again with the next thing that is chosen.
        settings.pause = settings.pause.filter(|pause| pause.until > today).map(|pause| {
            let went_on = stored.filter(|stored| stored.until > today);
            Pause { from: went_on.map_or(self.now, |stored| stored.from), until: pause.until }
        });
        settings.stand_in = settings.stand_in.filter(|stand_in| stand_in.to >= today);
        Watch {
            id: before.map_or(WatchId(Uuid::nil()), |watch| watch.id),
            user: self.user,
            kind: choice.kind.clone(),
            channels: choice.channels(),
            settings,
            off_at: None,
        }
    }
}

/// Every setting that does not suit the kind, with the field's name.
pub(crate) fn unsuitable(settings: &Settings, kind: &EventKind) -> Vec<(&'static str, Broken)> {
    found([
        ("least_amount", filter(settings.least_amount.is_some(), kind.filters().amount.is_some())),
        ("accounts", accounts(settings, kind)),
        ("quiet", quiet(settings, kind)),
        ("weekdays_only", at_once(settings.weekdays_only, kind)),
        ("digest", digest(settings, kind)),
    ])
}

fn found<const N: usize>(checks: [(&'static str, Option<Broken>); N]) -> Vec<(&'static str, Broken)> {
    checks.into_iter().filter_map(|(field, broken)| broken.map(|broken| (field, broken))).collect()
}

const fn filter(is_set: bool, is_known: bool) -> Option<Broken> {
    if is_set && !is_known { Some(Broken::NoSuchFilter) } else { None }
}

fn accounts(settings: &Settings, kind: &EventKind) -> Option<Broken> {
    if settings.accounts.len() > MAX_ACCOUNTS {
        return Some(Broken::TooManyAccounts { most: MAX_ACCOUNTS });
    }
    filter(!settings.accounts.is_empty(), kind.filters().account.is_some())
}

fn at_once(is_set: bool, kind: &EventKind) -> Option<Broken> {
    if is_set && kind.is_critical() { Some(Broken::Critical) } else { None }
}

fn quiet(settings: &Settings, kind: &EventKind) -> Option<Broken> {
    let quiet = settings.quiet?;
    at_once(true, kind).or_else(|| (quiet.from == quiet.to).then_some(Broken::AlwaysQuiet))
}

fn digest(settings: &Settings, kind: &EventKind) -> Option<Broken> {
    let digest = settings.digest?;
    let helps_s = kind.time_to_live.as_secs();
    at_once(true, kind).or_else(|| {
        (longest_h(digest, settings.weekdays_only) * HOUR_S > helps_s)
            .then_some(Broken::DigestTooSlow { hours: helps_s / HOUR_S })
    })
}

/// From one gathering to the next, in hours; over a weekend, if nothing is sent then.
const fn longest_h(digest: Digest, weekdays_only: bool) -> u64 {
    match (digest, weekdays_only) {
        (Digest::Day { .. }, false) => 24,
        (Digest::Day { .. }, true) => 72,
        (Digest::Week { .. }, _) => 7 * 24,
    }
}
