//! Who hears of an event, and why not the others.
//!
//! One function decides for intake, for the check when an alert leaves, for dry runs and for "why did
//! I not get it?". It sees the company as it stands at one moment and answers for every user. Most events are for those
//! who watch their kind; a notice from Bevaka itself is for the users it names.

use crate::{
    agreement::Scope,
    clock::Timestamp,
    event::Kind,
    ids::{AgreementId, ContactId, UserId},
    notice::Content,
    user::{Access, UserState},
    watch::Channel,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Why a user is not told. The order is that of the checks: from the company to the contact point.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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
    /// The channel was chosen, but its contact point is gone.
    ContactMissing,
    /// The contact point's owner has not confirmed it (R28).
    ContactNotVerified,
    /// The user no longer uses this contact point for the kind.
    ChannelNotChosen,
}

impl Reason {
    /// Every reason, in the order of the checks.
    pub const ALL: [Self; 13] = [
        Self::NoActiveAgreement,
        Self::KindNotInScope,
        Self::EventExpired,
        Self::UserBlocked,
        Self::UserDenied,
        Self::UserExpired,
        Self::UserRemoved,
        Self::NoAccess,
        Self::NotAddressed,
        Self::NoWatch,
        Self::ContactMissing,
        Self::ContactNotVerified,
        Self::ChannelNotChosen,
    ];

    /// The name in storage, in the API and in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoActiveAgreement => "no_active_agreement",
            Self::KindNotInScope => "kind_not_in_scope",
            Self::EventExpired => "event_expired",
            Self::UserBlocked => "user_blocked",
            Self::UserDenied => "user_denied",
            Self::UserExpired => "user_expired",
            Self::UserRemoved => "user_removed",
            Self::NoAccess => "no_access",
            Self::NotAddressed => "not_addressed",
            Self::NoWatch => "no_watch",
            Self::ContactMissing => "contact_missing",
            Self::ContactNotVerified => "contact_not_verified",
            Self::ChannelNotChosen => "channel_not_chosen",
        }
    }
}

/// What the decision needs to know of an event.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// What happened.
    pub kind: &'a Kind,
    /// Whom it is for.
    pub audience: Audience<'a>,
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
    Named(&'a BTreeSet<UserId>),
}

impl<'a> Audience<'a> {
    /// Those whom a notice names; of any other event those who watch, or the one it is addressed to.
    pub fn of(recipient: Option<&'a str>, notice: Option<&'a Content>) -> Self {
        notice.map_or(Self::Watchers { recipient }, |content| Self::Named(&content.users))
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
    /// chooses, the user's e-mail addresses.
    pub channels: Vec<ChosenChannel>,
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deliver {
    /// One alert each.
    pub to: Vec<ContactId>,
    /// Chosen, but not usable.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub silent: Vec<(Channel, Reason)>,
}

/// Decides for every user of the company (R11, R17, R19, R20, R22–R24, R27–R29, R31).
pub fn decide(subject: Subject<'_>, standing: &Standing, now: Timestamp) -> Vec<Decision> {
    let company = company_refusal(subject, standing.agreement.as_ref(), now);
    standing
        .users
        .iter()
        .map(|user| Decision { user: user.id, verdict: verdict(subject, company, user) })
        .collect()
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
) -> Result<(), Reason> {
    let who = standing.users.iter().find(|standing| standing.id == user).ok_or(Reason::UserRemoved)?;
    match verdict(subject, company_refusal(subject, standing.agreement.as_ref(), now), who) {
        Verdict::Suppressed(reason) => Err(reason),
        Verdict::Deliver(deliver) if deliver.to.contains(&contact) => Ok(()),
        Verdict::Deliver(_) => Err(Reason::ChannelNotChosen),
    }
}

fn verdict(subject: Subject<'_>, company: Option<Reason>, user: &UserStanding) -> Verdict {
    match company.or_else(|| user_refusal(subject.audience, user)) {
        Some(reason) => Verdict::Suppressed(reason),
        None => by_channel(&user.channels),
    }
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
    match user.state {
        UserState::Active => {}
        UserState::Blocked => return Some(Reason::UserBlocked),
        UserState::Denied => return Some(Reason::UserDenied),
        UserState::Expired => return Some(Reason::UserExpired),
    }
    let recipient = match audience {
        Audience::Watchers { recipient } => recipient,
        Audience::Named(users) if !users.contains(&user.id) => return Some(Reason::NotAddressed),
        Audience::Named(_) => return user.channels.is_empty().then_some(Reason::ContactMissing),
    };
    if user.access == Access::Restricted && !user.may_watch {
        return Some(Reason::NoAccess);
    }
    if recipient.is_some_and(|recipient| recipient != user.reference) {
        return Some(Reason::NotAddressed);
    }
    user.channels.is_empty().then_some(Reason::NoWatch)
}

fn by_channel(chosen: &[ChosenChannel]) -> Verdict {
    let mut to = Vec::with_capacity(chosen.len());
    let mut silent = Vec::new();
    for ChosenChannel { channel, contact } in chosen {
        match contact {
            None => silent.push((*channel, Reason::ContactMissing)),
            Some(contact) if !contact.verified => silent.push((*channel, Reason::ContactNotVerified)),
            Some(contact) => to.push(contact.id),
        }
    }
    match silent.first() {
        Some(&(_, reason)) if to.is_empty() => Verdict::Suppressed(reason),
        _ => Verdict::Deliver(Deliver { to, silent }),
    }
}

#[cfg(test)]
mod tests;
