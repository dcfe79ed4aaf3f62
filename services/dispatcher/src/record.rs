//! Step 3: events, decisions and alerts become durable in one transaction (R30, R31). New alerts are born leased to
//! this process and go straight to the senders; what they have no room for is born waiting, and the sweep brings it.

use crate::{
    dispatcher::Context,
    handoff::{Job, Line, Member, Place},
};
use bevaka_alerting::{
    Told,
    decide::{self, Decisions},
};
use bevaka_domain::{
    clock::Timestamp,
    delivery::{Delivery, State},
    event::Event,
    ids::DeliveryId,
    watch::Later,
};
use bevaka_store::events::{self, Envelope};
use std::{collections::HashMap, sync::Arc};

/// Records a batch and hands its alerts to the senders.
///
/// # Errors
/// If the database fails; then nothing of the batch is stored, or, where the commit's answer was lost, all of it,
/// which the next try finds.
pub(crate) async fn record(context: &Context, batch: Vec<Event>, now: Timestamp) -> anyhow::Result<()> {
    if batch.is_empty() {
        return Ok(());
    }
    // Before the transaction: nothing waits for a sender while it holds locks.
    context.handoff.wait_for_room().await;
    let mut tx = context.chassis.db.begin().await?;
    let decisions = decide::decide(&mut tx, batch, now).await?;
    let jobs = plan(context, &decisions, now);
    let planned: Vec<_> = jobs.iter().map(|(job, _)| job.first.delivery.clone()).collect();
    let new = events::record(&mut tx, &decisions.decided, &planned, now).await?;
    tx.commit().await?;

    let mut born = 0;
    for (job, place) in jobs {
        // An event that was stored before has its alerts from then; the place is given back.
        if !new.contains(&job.first.delivery.event) {
            continue;
        }
        born += 1;
        if let Some(place) = place {
            place.take(job);
        }
    }
    context.figures.recorded(now, decisions.decided.iter().filter(|decided| new.contains(&decided.event.id)));
    metrics::counter!("bevaka_events_total").increment(new.len() as u64);
    metrics::counter!("bevaka_deliveries_planned_total").increment(born);
    Ok(())
}

/// The alerts of a batch, each with its place at the senders if there is one.
fn plan(context: &Context, decisions: &Decisions, now: Timestamp) -> Vec<(Job, Option<Place>)> {
    let lease_until = now.plus(context.chassis.settings.dispatch.lease());
    let mut jobs = Vec::new();
    let mut names = HashMap::new();
    for decided in &decisions.decided {
        let Some(company) = decide::company_of(&decided.event, &decisions.companies) else { continue };
        let name = names.entry(company.id).or_insert_with(|| company.name.clone());
        let told = Arc::new(Told { event: Envelope::from(&decided.event), company: name.clone() });
        for (user, contact, later) in decide::told(decided) {
            let Some(reach) = company.reach.get(&contact) else { continue };
            let channel = reach.address.channel();
            let place = if later.is_none() { context.handoff.place(channel, Line::New) } else { None };
            let state = match (later, &place) {
                (Some(Later { at, because }), _) => {
                    State::Waiting { next_attempt_at: at, cause: because.as_str().to_owned() }
                }
                (None, Some(_)) => State::Sending { lease_until },
                (None, None) => {
                    let cause = if context.handoff.pauses().is_paused(channel) {
                        "channel_paused"
                    } else {
                        "no_room"
                    };
                    State::Waiting { next_attempt_at: now, cause: cause.to_owned() }
                }
            };
            let delivery = Delivery {
                id: DeliveryId(context.chassis.entropy.id(now)),
                event: decided.event.id,
                user,
                contact,
                channel,
                expires_at: decided.event.expires_at,
                state,
                attempts: 0,
                possible_duplicate: false,
                history: Vec::new(),
                parcel: None,
            };
            let first = Member { delivery, told: told.clone() };
            jobs.push((
                Job { first, others: Vec::new(), reach: reach.clone(), checked_at: now, wished: false },
                place,
            ));
        }
    }
    jobs
}
