//! Brings back what waits: retries that are due, alerts that found no room, and leases of processes that died.

use crate::{
    decide, deliver,
    dispatcher::Context,
    handoff::{Job, Place, Told},
};
use bevaka_domain::{
    clock::Timestamp, delivery::Delivery, entitlement::Reason, ids::EventId, watch::Channel,
};
use bevaka_store::{
    Result, Tx, deliveries,
    events::{self, Decided},
    standing,
};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};
use tokio::time::sleep;

/// The most alerts that one transaction brings back.
const TOGETHER: usize = 256;

/// Sweeps until the process stops: at once again while there is more, else after a pause.
pub(crate) async fn run(context: Arc<Context>) {
    let pause = Duration::from_millis(context.chassis.settings.dispatch.sweep_interval_ms);
    loop {
        let mut brought = 0;
        for channel in Channel::ALL {
            match sweep(&context, channel).await {
                Ok(count) => brought += count,
                Err(error) => tracing::warn!(%error, "the sweep failed, trying again"),
            }
        }
        if brought > 0 && !context.chassis.shutdown.is_cancelled() {
            continue;
        }
        tokio::select! {
            () = sleep(pause) => {}
            () = context.chassis.shutdown.cancelled() => return,
        }
    }
}

/// Leases what is due on one channel, as much as the senders have room for, and hands it over. Rights are checked in
/// the same transaction; who lost them is not told (R17, R22). Gives how many alerts it brought on their way.
///
/// # Errors
/// If the database fails; then nothing was leased.
pub(crate) async fn sweep(context: &Context, channel: Channel) -> Result<usize> {
    let room = context.handoff.room(channel).min(TOGETHER);
    if room == 0 {
        return Ok(0);
    }
    let now = context.chassis.clock.now();
    let lease_until = now.plus(context.chassis.settings.dispatch.lease());
    let mut tx = context.chassis.db.begin().await?;
    let mut due = deliveries::due(&mut tx, channel, now, room).await?;
    due.retain(|delivery| !context.handoff.under_way().contains(delivery.id));
    if due.is_empty() {
        return Ok(0);
    }
    let events = events_of(&mut tx, &due).await?;
    let asked = events.values().map(|d| (d.event.organisation.clone(), d.event.kind.clone())).collect();
    let companies = standing::load(&mut tx, &asked).await?;
    let mut leaving: Vec<(Job, Place)> = Vec::with_capacity(due.len());
    for delivery in due {
        let company = events.get(&delivery.event).and_then(|d| decide::company_of(&d.event, &companies));
        let checked = match (events.get(&delivery.event), company) {
            (Some(decided), Some(company)) => {
                prepare(&delivery, decided, company, now).and_then(|mut job| {
                    deliver::may_leave(&job, &companies, now)?;
                    job.delivery = delivery.clone().take_over(now, lease_until);
                    Ok(job)
                })
            }
            _ => Err(Reason::NoActiveAgreement),
        };
        match checked {
            Err(reason) => deliveries::save(&mut tx, &delivery.withdraw(reason, now), now).await?,
            Ok(job) => {
                let Some(place) = context.handoff.place(channel) else { break };
                deliveries::save(&mut tx, &job.delivery, now).await?;
                leaving.push((job, place));
            }
        }
    }
    tx.commit().await?;
    let brought = leaving.len();
    for (job, place) in leaving {
        place.take(job);
    }
    Ok(brought)
}

async fn events_of(tx: &mut Tx, due: &[Delivery]) -> Result<HashMap<EventId, Decided>> {
    let ids: HashSet<_> = due.iter().map(|delivery| delivery.event).collect();
    let mut found = HashMap::with_capacity(ids.len());
    for id in ids {
        found.extend(events::find(tx, id).await?.map(|decided| (id, decided)));
    }
    Ok(found)
}

/// The job of a stored alert, by how its company stands now.
fn prepare(
    delivery: &Delivery,
    decided: &Decided,
    company: &standing::Company,
    now: Timestamp,
) -> std::result::Result<Job, Reason> {
    // Without a way to reach the contact point nobody chose it any more; the decision says why.
    let Some(reach) = company.reach.get(&delivery.contact) else {
        let subject = decide::subject(&decided.event);
        let who = (delivery.user, delivery.contact);
        let refused =
            bevaka_domain::entitlement::may_still_be_told(subject, &company.standing, who.0, who.1, now);
        return Err(refused.err().unwrap_or(Reason::ContactMissing));
    };
    let told = Arc::new(Told::new(&decided.event, company.name.clone()));
    Ok(Job { delivery: delivery.clone(), reach: reach.clone(), told, checked_at: now })
}
