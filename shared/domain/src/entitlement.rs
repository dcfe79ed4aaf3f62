//! Who hears of an event, and why not the others.
//!
//! One function decides for intake, for the check when an alert leaves, for dry runs and for "why did
//! I not get it?". It sees the company as it stands at one moment and answers for every user. Most events are for those
//! who watch their kind; a notice from Bevaka itself is for the users it names.

use crate::{
    agreement::Scope,
    clock::Timestamp,
    event::{Facts, Kind},
    ids::{AgreementId, ContactId, UserId},
    notice::{Content, Topic},
    user::{Access, UserState},
    watch::{Channel, Later, Settings},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use strum::{EnumString, IntoStaticStr, VariantArray};

/// Why a user is not told. The order is that of the checks: from the company to the contact point.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Reason {
    /// The company has no agreement in force (R17).
    NoActiveAgreement,
    /// The agreement does not cover the kind (R15).
    KindNotInScope,
    /// Telling comes too late.
    EventExpired,
    /// The user is blocked (R22).
    UserBlocked,
    /// The user was not approved in time (R23).
    UserDenied,
    /// The user's access has run out (R23).
    UserExpired,
    /// The user is removed from the company (R22).
    UserRemoved,
    /// A restricted user without *Hantera Bevaka ärenden* (R20).
    NoAccess,
    /// The event is addressed to another user (R29), or names others.
    NotAddressed,
    /// The user does not watch the kind (R24).
    NoWatch,
    /// The user has switched the watch off from a mail.
    WatchOff,
    /// It is about less than the user wants to hear of.
    BelowLeastAmount,
    /// It is about an account that the user did not choose.
    AccountNotChosen,
    /// It came while the watch was paused.
    Paused,
    /// The channel was chosen, but its contact point is gone.
    ContactMissing,
    /// The contact point's owner has not confirmed it (R28).
    ContactNotVerified,
    /// The user no longer uses this contact point for the kind.
    ChannelNotChosen,
    /// The user is away, and a stand-in is told instead.
    StoodIn,
}

/// What the decision needs to know of an event.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// What happened.
    pub kind: &'a Kind,
    /// Whom it is for.
    pub audience: Audience<'a>,
    /// What of it a watch can be narrowed by.
    pub facts: &'a Facts,
    /// When it reached us: pauses and stand-ins are judged by that, so that the answer stays.
    pub received_at: Timestamp,
    /// From when telling of it helps nobody.
    pub expires_at: Timestamp,
}

/// Whom an event is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Audience<'a> {
    /// Those who watch its kind under an agreement that covers it, and of them only the one it is addressed to, by the
    /// bank's key (R29).
    Watchers {
        /// Left out: all of them.
        recipient: Option<&'a str>,
    },
    /// These users, whatever they watch and whether an agreement is in force or not (R11): a notice.
    Named {
        /// Whom.
        users: &'a BTreeSet<UserId>,
        /// Where.
        by: By<'a>,
    },
}

/// By which of their contact points named users are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By<'a> {
    /// Every confirmed e-mail address.
    Mail,
    /// Those of these that are confirmed.
    Contacts(&'a BTreeSet<ContactId>),
    /// These, confirmed or not: the code that confirms them (R28).
    ToConfirm(&'a BTreeSet<ContactId>),
}

impl<'a> Audience<'a> {
    /// Those whom a notice names; of any other event those who watch, or the one it is addressed to.
    pub fn of(kind: &Kind, recipient: Option<&'a str>, notice: Option<&'a Content>) -> Self {
        let Some(content) = notice else { return Self::Watchers { recipient } };
        let by = match Topic::of(kind) {
            Some(Topic::ContactCode) => By::ToConfirm(&content.contacts),
            Some(topic) if topic.names_contacts() => By::Contacts(&content.contacts),
            _ => By::Mail,
        };
        Self::Named { users: &content.users, by }
    }
}

impl By<'_> {
    /// Whether a notice goes to a contact point of somebody it names.
    pub fn chooses(self, chosen: &ChosenChannel) -> bool {
        let named = |contacts: &BTreeSet<ContactId>| {
            chosen.contact.is_some_and(|contact| contacts.contains(&contact.id))
        };
        match self {
            Self::Mail => chosen.channel == Channel::Email,
            Self::Contacts(contacts) | Self::ToConfirm(contacts) => named(contacts),
        }
    }
}

/// A company at one moment, with respect to one event kind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// The agreement in force, if any.
    pub agreement: Option<ActiveAgreement>,
    /// Every user of the company, blocked ones too.
    pub users: Vec<UserStanding>,
}

/// What counts of an agreement in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActiveAgreement {
    /// Which agreement.
    pub id: AgreementId,
    /// Which version.
    pub version: u32,
    /// Which kinds it covers.
    pub scope: Scope,
}

/// What counts of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserStanding {
    /// Who.
    pub id: UserId,
    /// The bank's key, which an event may be addressed to.
    pub reference: String,
    /// Active or why not.
    pub state: UserState,
    /// Unrestricted or restricted.
    pub access: Access,
    /// Whether *Hantera Bevaka ärenden* is granted.
    pub may_watch: bool,
    /// The channels chosen for the event's kind; empty if the user does not watch it. For a notice, which nobody
    /// chooses, all of the user's contact points.
    pub channels: Vec<ChosenChannel>,
    /// What the watch is narrowed to, and when its alerts leave; none if nothing is set.
    pub settings: Option<Box<Settings>>,
    /// Whether the watch is switched off from a mail.
    pub is_off: bool,
    /// The user's confirmed contact points, by which they are told as somebody's stand-in; only of users who are one.
    pub spare: Vec<(Channel, ContactId)>,
}

/// A channel that a user chose for the event's kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChosenChannel {
    /// By which way.
    pub channel: Channel,
    /// To where; `None` if the contact point has been removed since.
    pub contact: Option<ChosenContact>,
}

/// The contact point of a chosen channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChosenContact {
    /// Which.
    pub id: ContactId,
    /// Whether its owner has confirmed it (R28).
    pub verified: bool,
}

/// The decision about one user (R31).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// About whom.
    pub user: UserId,
    /// Told or not.
    #[serde(flatten)]
    pub verdict: Verdict,
}

/// Told by at least one contact point, or not told for a reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// One alert to each of these; never empty.
    Deliver(Deliver),
    /// No alert at all.
    Suppressed(Reason),
}

/// Where a user is told, and which chosen channels stay silent all the same.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deliver {
    /// One alert each.
    pub to: Vec<ContactId>,
    /// Chosen, but not usable.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub silent: Vec<(Channel, Reason)>,
    /// When the alerts leave, if not at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub later: Option<Later>,
    /// For whom the user stands in; empty where the user is told by a watch of their own alone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub instead_of: Vec<UserId>,
}

/// Whether an alert that may leave does so now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leave {
    /// At once.
    Now,
    /// Its user wants it later.
    Later(Later),
}

/// Decides for every user of the company (R11, R17, R19, R20, R22–R24, R27–R29, R31).
pub fn decide(subject: Subject<'_>, standing: &Standing, now: Timestamp) -> Vec<Decision> {
    let company = company_refusal(subject, standing.agreement.as_ref(), now);
    let verdict_of = |user: &UserStanding| verdict(subject, company, user, now);
    let mut decisions: Vec<_> =
        standing.users.iter().map(|user| Decision { user: user.id, verdict: verdict_of(user) }).collect();
    if standing.users.iter().any(|user| stand_in(subject, user).is_some()) {
        hand_over(subject, standing, &mut decisions);
    }
    decisions
}

/// Whether an alert that was decided earlier may still leave (R17, R22): the same decision again, for
/// one user and contact point.
///
/// # Errors
/// The reason why not.
pub fn may_still_be_told(
    subject: Subject<'_>,
    standing: &Standing,
    user: UserId,
    contact: ContactId,
    now: Timestamp,
) -> Result<Leave, Reason> {
    let verdict = if standing.users.iter().any(|user| stand_in(subject, user).is_some()) {
        // Who is told instead of whom depends on all of them.
        let decision = decide(subject, standing, now).into_iter().find(|decision| decision.user == user);
        decision.ok_or(Reason::UserRemoved)?.verdict
    } else {
        let who = standing.users.iter().find(|standing| standing.id == user).ok_or(Reason::UserRemoved)?;
        verdict(subject, company_refusal(subject, standing.agreement.as_ref(), now), who, now)
    };
    match verdict {
        Verdict::Suppressed(reason) => Err(reason),
        Verdict::Deliver(deliver) if deliver.to.contains(&contact) => {
            Ok(deliver.later.map_or(Leave::Now, Leave::Later))
        }
        Verdict::Deliver(_) => Err(Reason::ChannelNotChosen),
    }
}

fn verdict(subject: Subject<'_>, company: Option<Reason>, user: &UserStanding, now: Timestamp) -> Verdict {
    if let Some(reason) = company.or_else(|| user_refusal(subject.audience, user)) {
        return Verdict::Suppressed(reason);
    }
    if let Audience::Named { by, .. } = subject.audience {
        return by_channel(user.channels.iter().filter(|chosen| by.chooses(chosen)), by);
    }
    if user.is_off {
        return Verdict::Suppressed(Reason::WatchOff);
    }
    let settings = user.settings.as_deref();
    if let Some(reason) = settings.and_then(|settings| settings.silences(subject.facts, subject.received_at))
    {
        return Verdict::Suppressed(reason);
    }
    let mut verdict = by_channel(user.channels.iter(), By::Mail);
    if let (Verdict::Deliver(deliver), Some(settings)) = (&mut verdict, settings) {
        deliver.later = settings.leaves(subject.received_at, subject.expires_at, now);
    }
    verdict
}

fn company_refusal(
    subject: Subject<'_>,
    agreement: Option<&ActiveAgreement>,
    now: Timestamp,
) -> Option<Reason> {
    if let Audience::Watchers { .. } = subject.audience {
        let Some(agreement) = agreement else { return Some(Reason::NoActiveAgreement) };
        if !agreement.scope.contains(subject.kind) {
            return Some(Reason::KindNotInScope);
        }
    }
    (now >= subject.expires_at).then_some(Reason::EventExpired)
}

fn user_refusal(audience: Audience<'_>, user: &UserStanding) -> Option<Reason> {
    if let Some(reason) = state_refusal(user) {
        return Some(reason);
    }
    let recipient = match audience {
        Audience::Watchers { recipient } => recipient,
        Audience::Named { users, .. } if !users.contains(&user.id) => return Some(Reason::NotAddressed),
        Audience::Named { by, .. } => {
            let reachable = user.channels.iter().any(|chosen| by.chooses(chosen));
            return (!reachable).then_some(Reason::ContactMissing);
        }
    };
    if !has_access(user) {
        return Some(Reason::NoAccess);
    }
    if recipient.is_some_and(|recipient| recipient != user.reference) {
        return Some(Reason::NotAddressed);
    }
    user.channels.is_empty().then_some(Reason::NoWatch)
}

const fn state_refusal(user: &UserStanding) -> Option<Reason> {
    match user.state {
        UserState::Active => None,
        UserState::Blocked => Some(Reason::UserBlocked),
        UserState::Denied => Some(Reason::UserDenied),
        UserState::Expired => Some(Reason::UserExpired),
    }
}

fn has_access(user: &UserStanding) -> bool {
    user.access == Access::Unrestricted || user.may_watch
}

fn by_channel<'a>(chosen: impl Iterator<Item = &'a ChosenChannel>, by: By<'_>) -> Verdict {
    let to_confirm = matches!(by, By::ToConfirm(_));
    let mut deliver = Deliver::default();
    for ChosenChannel { channel, contact } in chosen {
        match contact {
            None => deliver.silent.push((*channel, Reason::ContactMissing)),
            Some(contact) if contact.verified || to_confirm => deliver.to.push(contact.id),
            Some(_) => deliver.silent.push((*channel, Reason::ContactNotVerified)),
        }
    }
    match deliver.silent.first() {
        Some(&(_, reason)) if deliver.to.is_empty() => Verdict::Suppressed(reason),
        _ => Verdict::Deliver(deliver),
    }
}

/// Who stands in for a user at this event. Nobody where it is addressed to one user: that is for this user alone (R29).
fn stand_in(subject: Subject<'_>, user: &UserStanding) -> Option<UserId> {
    let Audience::Watchers { recipient: None } = subject.audience else { return None };
    user.settings.as_deref()?.stand_in_at(subject.received_at)
}

/// Tells stand-ins instead of those who are away, where the stand-in has the same right and can be reached; else the
/// one who is away is told. Nobody stands in for a stand-in.
fn hand_over(subject: Subject<'_>, standing: &Standing, decisions: &mut [Decision]) {
    let mut handed = Vec::new();
    for (place, away) in standing.users.iter().enumerate() {
        let Verdict::Deliver(deliver) = &decisions[place].verdict else { continue };
        let instead = stand_in(subject, away)
            .and_then(|id| standing.users.iter().position(|user| user.id == id))
            .filter(|instead| *instead != place);
        let Some(instead) = instead else { continue };
        let to = reached(away, &standing.users[instead]);
        if !to.is_empty() {
            handed.push((
                place,
                instead,
                Deliver { to, later: deliver.later, instead_of: vec![away.id], ..Deliver::default() },
            ));
        }
    }
    for (place, ..) in &handed {
        decisions[*place].verdict = Verdict::Suppressed(Reason::StoodIn);
    }
    for (_, instead, deliver) in handed {
        let verdict = &mut decisions[instead].verdict;
        match verdict {
            Verdict::Suppressed(_) => *verdict = Verdict::Deliver(deliver),
            Verdict::Deliver(own) => own.join(deliver),
        }
    }
}

/// Where a stand-in is told: by the channels that the one who is away chose, else by whatever there is.
fn reached(away: &UserStanding, instead: &UserStanding) -> Vec<ContactId> {
    if state_refusal(instead).is_some() || !has_access(instead) {
        return Vec::new();
    }
    let chosen: BTreeSet<_> = away.channels.iter().map(|chosen| chosen.channel).collect();
    let mut reached = Vec::new();
    for channel in Channel::ALL.into_iter().filter(|channel| chosen.contains(channel)) {
        reached
            .extend(instead.spare.iter().find(|(spare, _)| *spare == channel).map(|(_, contact)| *contact));
    }
    if reached.is_empty() {
        reached.extend(instead.spare.first().map(|(_, contact)| *contact));
    }
    reached
}

impl Deliver {
    /// What is told as a stand-in joins what is told anyway: one alert to each contact point (R32), the earlier time.
    fn join(&mut self, other: Self) {
        for contact in other.to {
            if !self.to.contains(&contact) {
                self.to.push(contact);
            }
        }
        self.later =
            self.later.zip(other.later).map(|(own, other)| if own.at <= other.at { own } else { other });
        self.instead_of.extend(other.instead_of);
    }
}

#[cfg(test)]
mod choice_tests;
#[cfg(test)]
mod tests;
