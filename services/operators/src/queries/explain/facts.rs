//! What the decision about a user rests on, in the order of the checks. It decides nothing: the decision comes from
//! [`entitlement`](bevaka_domain::entitlement), and is only shown beside what it was made of.

use super::{
    explanation::Named,
    what::{Fact, QuietTime, What},
};
use bevaka_domain::{
    clock::Timestamp,
    entitlement::{ActiveAgreement, Audience, ChosenChannel, Reason, Subject, UserStanding, Verdict},
    ids::UserId,
    trail::Action,
    user::{Access, UserState},
    watch::Settings,
};
use bevaka_store::explained::{Past, Person};
use std::collections::BTreeMap;

/// Where the facts come from.
pub(super) struct Grounds<'a> {
    /// What the decision knows of the event.
    pub subject: Subject<'a>,
    /// The agreement in force.
    pub agreement: Option<&'a ActiveAgreement>,
    /// Since when things are as they are.
    pub past: &'a Past,
    /// The decisions that the facts are shown beside.
    pub verdicts: &'a BTreeMap<UserId, &'a Verdict>,
    /// The moment of the facts.
    pub now: Timestamp,
    /// When a stored event was decided about.
    pub decided_at: Option<Timestamp>,
}

/// A fact, and since when.
type Known = (What, Option<Timestamp>);

impl Grounds<'_> {
    /// The facts about one user; `standing` is how a user stands who is not removed.
    pub fn facts(&self, id: UserId, person: &Person, standing: Option<&UserStanding>) -> Vec<Fact> {
        let verdict = self.verdicts.get(&id).copied();
        let mut known = self.company();
        known.push(user_state(person));
        if let Some(standing) = standing {
            known.push(access(person));
            known.extend(self.addressed(standing));
            match self.subject.audience {
                Audience::Watchers { .. } => known.extend(self.watch(person, standing)),
                Audience::Named { by, .. } => {
                    let chosen = standing.channels.iter().filter(|chosen| by.chooses(chosen));
                    known.extend(chosen.map(|chosen| contact(chosen, person)));
                }
            }
        }
        known.extend(self.outcome(id, verdict));
        known.into_iter().map(|known| self.fact(known, verdict)).collect()
    }

    fn fact(&self, (what, since): Known, verdict: Option<&Verdict>) -> Fact {
        let decides = match verdict {
            None => false,
            Some(Verdict::Suppressed(reason)) => what.stops() == Some(*reason),
            Some(Verdict::Deliver(deliver)) => {
                let silences = |reason| deliver.silent.iter().any(|(_, silent)| *silent == reason);
                what.carries() || what.stops().is_some_and(silences)
            }
        };
        let passes = matches!(what, What::Expiry { .. });
        let changed_since = !passes && self.decided_at.zip(since).is_some_and(|(then, since)| since > then);
        Fact { what, since, decides: decides && !changed_since, changed_since }
    }

    /// What is the same for every user.
    fn company(&self) -> Vec<Known> {
        let at = self.subject.expires_at;
        let expiry = (What::Expiry { at, passed: self.now >= at }, Some(at).filter(|at| self.now >= *at));
        if let Audience::Named { .. } = self.subject.audience {
            return vec![expiry];
        }
        let last = self.past.agreement.as_ref();
        let Some(agreement) = self.agreement else {
            return vec![(What::NoAgreement, last.and_then(|last| last.ended_at)), expiry];
        };
        let since = last.and_then(|last| last.current()).map(|version| version.effective_at);
        let covers = agreement.scope.contains(self.subject.kind);
        let covered = if covers { What::KindCovered } else { What::KindNotCovered };
        vec![
            (What::AgreementInForce { version: agreement.version }, since),
            (covered, last.and_then(|last| last.answer_since(self.subject.kind))),
            expiry,
        ]
    }

    /// Only where the event is for somebody in particular.
    fn addressed(&self, user: &UserStanding) -> Option<Known> {
        let is_for = match self.subject.audience {
            Audience::Watchers { recipient } => recipient? == user.reference,
            Audience::Named { users, .. } => users.contains(&user.id),
        };
        Some((if is_for { What::Addressed } else { What::NotAddressed }, None))
    }

    fn watch(&self, person: &Person, standing: &UserStanding) -> Vec<Known> {
        if standing.channels.is_empty() {
            let since = person.last(Action::WatchRemoved).filter(|_| person.watch_changed_at.is_none());
            return vec![(What::NoWatch, since)];
        }
        let channels = standing.channels.iter().map(|chosen| chosen.channel).collect();
        let mut known = vec![(What::Watches { channels }, person.watch_changed_at)];
        if standing.is_off {
            known.push((What::WatchOff, person.off_at));
        }
        if let Some(settings) = &standing.settings {
            known.extend(self.settings(settings).into_iter().map(|what| (what, person.watch_changed_at)));
        }
        known.extend(standing.channels.iter().map(|chosen| contact(chosen, person)));
        known
    }

    fn settings(&self, settings: &Settings) -> Vec<What> {
        let mut known = Vec::new();
        // Each setting alone, so that it is asked whether it would stop the event by itself.
        let stops = |alone: Settings, reason| {
            alone.silences(self.subject.facts, self.subject.received_at) == Some(reason)
        };
        if let Some(least) = settings.least_amount {
            let alone = Settings { least_amount: Some(least), ..Settings::default() };
            known.push(What::LeastAmount { least, stops: stops(alone, Reason::BelowLeastAmount) });
        }
        if !settings.accounts.is_empty() {
            let count = u32::try_from(settings.accounts.len()).unwrap_or(u32::MAX);
            let alone = Settings { accounts: settings.accounts.clone(), ..Settings::default() };
            known.push(What::Accounts { count, stops: stops(alone, Reason::AccountNotChosen) });
        }
        if let Some(pause) = settings.pause {
            let stops = pause.holds(self.subject.received_at);
            known.push(What::Pause { from: pause.from, until: pause.until, stops });
        }
        let quiet = settings.quiet.map(|quiet| QuietTime { from: quiet.from, to: quiet.to });
        let (weekdays_only, gathered) = (settings.weekdays_only, settings.digest.is_some());
        if quiet.is_some() || weekdays_only || gathered {
            known.push(What::Times { quiet, weekdays_only, gathered });
        }
        known
    }

    /// What the decision itself tells beside the reason.
    fn outcome(&self, id: UserId, verdict: Option<&Verdict>) -> Vec<Known> {
        let named = |user: &UserId| self.past.people.get(user).map(Named::from);
        let mut known = Vec::new();
        if let Some(Verdict::Deliver(deliver)) = verdict {
            let held = deliver.later.map(|later| What::Held { until: later.at, because: later.because });
            known.extend(held.map(|held| (held, None)));
            if !deliver.instead_of.is_empty() {
                let users = deliver.instead_of.iter().filter_map(named).collect();
                known.push((What::StandsInFor { users }, None));
            }
        }
        if verdict == Some(&Verdict::Suppressed(Reason::StoodIn)) {
            let instead = self.verdicts.iter().find(|(_, verdict)| match verdict {
                Verdict::Deliver(deliver) => deliver.instead_of.contains(&id),
                Verdict::Suppressed(_) => false,
            });
            let user = instead.and_then(|(user, _)| named(user));
            known.extend(user.map(|user| (What::StoodInBy { user }, None)));
        }
        known
    }
}

fn user_state(person: &Person) -> Known {
    if person.removed_at.is_some() {
        return (What::UserRemoved, person.removed_at);
    }
    match person.state {
        UserState::Active => {
            let since = person.last(Action::UserUnblocked).unwrap_or(person.created_at);
            (What::UserActive, Some(since))
        }
        UserState::Blocked => (What::UserBlocked, person.last(Action::UserBlocked)),
        UserState::Denied => (What::UserDenied, person.last(Action::UserDenied)),
        UserState::Expired => (What::UserExpired, person.last(Action::UserExpired)),
    }
}

fn access(person: &Person) -> Known {
    match (person.access, person.granted_at) {
        (Access::Unrestricted, _) => (What::Unrestricted, None),
        (Access::Restricted, Some(since)) => (What::Permitted, Some(since)),
        (Access::Restricted, None) => (What::NotPermitted, person.last(Action::PermissionRevoked)),
    }
}

fn contact(chosen: &ChosenChannel, person: &Person) -> Known {
    let channel = chosen.channel;
    let known = chosen.contact.and_then(|contact| Some((contact, person.contacts.get(&contact.id)?)));
    let Some((contact, known)) = known else { return (What::ContactGone { channel }, None) };
    let to = known.address.masked();
    if contact.verified {
        (What::ContactConfirmed { channel, to }, known.verified_at)
    } else {
        (What::ContactNotConfirmed { channel, to }, Some(known.created_at))
    }
}
