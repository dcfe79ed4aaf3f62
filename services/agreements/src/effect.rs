//! What an order or an ending would mean for people, before it is signed (R14): decided by the same function that
//! decides about alerts.

use crate::{company::Company, fault::Outcome};
use bevaka_catalogue::Catalogue;
use bevaka_domain::{
    agreement::Scope,
    clock::Timestamp,
    entitlement::{self, Audience, Subject, Verdict},
    event::{Facts, Kind},
    ids::UserId,
    user::UserState,
};
use bevaka_store::{Tx, standing};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

/// What changes for people.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effect {
    /// Kinds that come into scope.
    pub added: Scope,
    /// Kinds that stay.
    pub kept: Scope,
    /// Kinds that leave.
    pub removed: Scope,
    /// How many active users have access.
    pub with_access: u64,
    /// How many active users need *Hantera Bevaka ärenden* first.
    pub without_access: u64,
    /// Who is told of something now and would not be any more, and of what.
    pub losses: BTreeMap<UserId, BTreeSet<Kind>>,
}

/// What it means that this scope comes into force; an empty one is the end.
///
/// # Errors
/// If the database fails.
pub async fn preview(
    tx: &mut Tx,
    company: &Company,
    catalogue: &Catalogue,
    after: &Scope,
    now: Timestamp,
) -> Outcome<Effect> {
    let nothing = Scope::new();
    let before = company.agreement.as_ref().map_or(&nothing, |agreement| &agreement.scope);
    let active = || company.members.iter().filter(|member| member.state == UserState::Active);
    let count = |has_access| active().filter(|member| member.has_access() == has_access).count() as u64;
    Ok(Effect {
        added: after.difference(before).cloned().collect(),
        kept: after.intersection(before).cloned().collect(),
        removed: before.difference(after).cloned().collect(),
        with_access: count(true),
        without_access: count(false),
        losses: losses(tx, company, catalogue, after, now).await?,
    })
}

async fn losses(
    tx: &mut Tx,
    company: &Company,
    catalogue: &Catalogue,
    after: &Scope,
    now: Timestamp,
) -> Outcome<BTreeMap<UserId, BTreeSet<Kind>>> {
    let number = &company.organisation.number;
    let asked = catalogue.kinds().map(|kind| (number.clone(), kind.kind.clone())).collect();
    let mut losses: BTreeMap<UserId, BTreeSet<Kind>> = BTreeMap::new();
    for ((_, kind), found) in standing::load(tx, &asked).await? {
        let expires_at = now.plus(Duration::from_secs(1));
        let audience = Audience::Watchers { recipient: None };
        let subject = Subject { kind: &kind, audience, facts: &Facts::NONE, received_at: now, expires_at };
        let told_now = told(subject, &found.standing, now);
        let mut standing = found.standing;
        match &mut standing.agreement {
            Some(agreement) if !after.is_empty() => agreement.scope = after.clone(),
            agreement => *agreement = None,
        }
        let told_after = told(subject, &standing, now);
        for user in told_now.difference(&told_after) {
            losses.entry(*user).or_default().insert(kind.clone());
        }
    }
    Ok(losses)
}

fn told(subject: Subject<'_>, standing: &entitlement::Standing, now: Timestamp) -> BTreeSet<UserId> {
    let decisions = entitlement::decide(subject, standing, now).into_iter();
    decisions
        .filter(|decision| matches!(decision.verdict, Verdict::Deliver(_)))
        .map(|decision| decision.user)
        .collect()
}
