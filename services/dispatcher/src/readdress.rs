//! An alert that was promised is not lost because somebody changed how it is told: where one that waited is withdrawn,
//! whoever is to be told instead now gets an alert of their own. So a new number, a stand-in who was named, left or lost
//! the right leads to another alert, never to none.

use crate::dispatcher::Context;
use bevaka_domain::{
    clock::Timestamp,
    delivery::{Delivery, State},
    entitlement::{self, Decision, Deliver, Reason, Verdict},
    ids::{ContactId, DeliveryId, EventId, UserId},
    watch::Later,
};
use bevaka_store::{
    Result, Tx, deliveries,
    events::{self, Envelope},
    standing::Companies,
};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Whether somebody else, or another contact point, may be told where this is why an alert was withdrawn.
pub(crate) const fn may_lead_elsewhere(reason: Reason) -> bool {
    !matches!(reason, Reason::NoActiveAgreement | Reason::KindNotInScope | Reason::EventExpired)
}

/// Takes up an alert that was withdrawn. What somebody else has made of it meanwhile stands: an operator may have cancelled
/// it, or a provider have reported on it.
async fn take_up(tx: &mut Tx, id: DeliveryId, later: Option<Later>, now: Timestamp) -> Result<()> {
    let known = deliveries::find_for_update(tx, id).await?;
    match known.filter(|known| matches!(known.state, State::Suppressed(_))) {
        Some(known) => deliveries::save(tx, &[known.take_up(later, now)], now).await,
        None => Ok(()),
    }
}

/// Stores the alerts that take the place of those which this transaction withdraws.
///
/// # Errors
/// If the database fails; also if another process does the same at this moment: the next try finds what it did.
pub(crate) async fn readdress(
    context: &Context,
    tx: &mut Tx,
    changed: &[Delivery],
    told: &HashMap<EventId, Envelope>,
    companies: &Companies,
    now: Timestamp,
) -> Result<()> {
    let mut by_event: BTreeMap<EventId, Vec<&Delivery>> = BTreeMap::new();
    for delivery in changed {
        if matches!(delivery.state, State::Suppressed(reason) if may_lead_elsewhere(reason)) {
            by_event.entry(delivery.event).or_default().push(delivery);
        }
    }
    for (id, withdrawn) in by_event {
        let Some(event) = told.get(&id).filter(|event| event.notice.is_none()) else { continue };
        let Some(company) = companies.get(&event.key()) else { continue };
        let stored = deliveries::of_event(tx, id).await?;
        let owed = owed(tx, id, &withdrawn, &stored).await?;
        let duplicate = withdrawn.iter().any(|delivery| delivery.possible_duplicate);
        let told_now = entitlement::decide(event.subject(), &company.standing, now);
        for (user, contact, later) in instead(told_now, &owed) {
            let Some(reach) = company.reach.get(&contact) else { continue };
            if let Some(known) = stored.iter().find(|delivery| delivery.contact == contact) {
                take_up(tx, known.id, later, now).await?;
                continue;
            }
            let new = Delivery {
                id: DeliveryId(context.chassis.entropy.id(now)),
                event: id,
                user,
                contact,
                channel: reach.address.channel(),
                expires_at: event.expires_at,
                state: Delivery::until(later, now),
                attempts: 0,
                possible_duplicate: false,
                history: Vec::new(),
                parcel: None,
            };
            deliveries::insert(tx, &new, now).await?;
            if duplicate {
                // Whoever is told now may have been told before, by the attempt that was lost (R32).
                let marked = Delivery { possible_duplicate: true, ..new };
                deliveries::save(tx, &[marked], now).await?;
            }
        }
    }
    Ok(())
}

/// To whom the event is still owed: whose alert is withdrawn, for whom they stood in, and whoever lost all of theirs before.
async fn owed(
    tx: &mut Tx,
    event: EventId,
    withdrawn: &[&Delivery],
    stored: &[Delivery],
) -> Result<BTreeSet<UserId>> {
    let mut owed: BTreeSet<_> = withdrawn.iter().map(|delivery| delivery.user).collect();
    let lost = |user: UserId| {
        stored
            .iter()
            .filter(|other| other.user == user)
            .all(|other| matches!(other.state, State::Suppressed(_)))
    };
    owed.extend(stored.iter().map(|delivery| delivery.user).filter(|user| lost(*user)));
    let decided = events::find(tx, event).await?.map_or_else(Vec::new, |decided| decided.decisions);
    for decision in decided {
        if let Verdict::Deliver(Deliver { instead_of, .. }) = decision.verdict
            && withdrawn.iter().any(|delivery| delivery.user == decision.user)
        {
            owed.extend(instead_of);
        }
    }
    Ok(owed)
}

/// Whom the decision of this moment names for them, and where.
fn instead(decisions: Vec<Decision>, owed: &BTreeSet<UserId>) -> Vec<(UserId, ContactId, Option<Later>)> {
    let mut named = Vec::new();
    for Decision { user, verdict } in decisions {
        let Verdict::Deliver(deliver) = verdict else { continue };
        if !owed.contains(&user) && !deliver.instead_of.iter().any(|away| owed.contains(away)) {
            continue;
        }
        named.extend(deliver.to.into_iter().map(|to| (user, to, deliver.later)));
    }
    named
}
