//! Brings back what waits: retries that are due, alerts that found no room or were held, and leases of processes that
//! died. What leaves together with others is [`gather`]'s.

use crate::{
    dispatcher::Context,
    gather,
    handoff::{Job, Line, Member, Place},
    readdress::readdress,
};
use bevaka_alerting::{Told, decide};
use bevaka_domain::{
    clock::Timestamp,
    delivery::{Delivery, State},
    entitlement::{Leave, Reason},
    watch::{Because, Channel, Later},
};
use bevaka_store::{
    Result, deliveries,
    events::{self, Envelope},
    standing::{Companies, Reach},
};
use std::{sync::Arc, time::Duration};
use tokio::time::sleep;

/// The most alerts that one transaction brings back.
const TOGETHER: usize = 256;

/// Sweeps until the process stops: at once again while there is more, else after a pause.
pub(crate) async fn run(context: Arc<Context>) {
    let pause = Duration::from_millis(context.chassis.settings.dispatch.sweep_interval_ms);
    loop {
        let mut brought = 0;
        for channel in Channel::ALL {
            for swept in [sweep(&context, channel).await, gather::sweep(&context, channel).await] {
                match swept {
                    Ok(count) => brought += count,
                    Err(error) => tracing::warn!(%error, "the sweep failed, trying again"),
                }
            }
        }
        if brought > 0 && !context.chassis.shutdown.is_cancelled() {
            continue;
        }
        tokio::select! {
            () = sleep(pause) => {}
            () = context.handoff.pauses().changed() => {}
            () = context.chassis.shutdown.cancelled() => return,
        }
    }
}

/// Leases what is due on one channel, as much as the senders have room for, and hands it over. Rights are checked in
/// the same transaction; who lost them is not told (R17, R22). Gives how many alerts it brought on their way or withdrew.
pub(crate) async fn sweep(context: &Context, channel: Channel) -> Result<usize> {
    let room = context.handoff.room(channel).min(TOGETHER);
    if room == 0 {
        return Ok(0);
    }
    let now = context.chassis.clock.now();
    let lease_until = now.plus(context.chassis.settings.dispatch.lease());
    let under_way = context.handoff.under_way();
    let mut tx = context.chassis.db.begin().await?;
    // Those under way here come on top, so that they never hide what is due behind them.
    let mut due = deliveries::due(&mut tx, channel, now, room + under_way.len()).await?;
    due.retain(|delivery| !under_way.contains(delivery.id));
    due.truncate(room);
    if due.is_empty() {
        return Ok(0);
    }
    let told = events::envelopes(&mut tx, &due.iter().map(|delivery| delivery.event).collect()).await?;
    let asked = told.values().map(|event| (event.key(), event.audience()));
    let companies = decide::standings(&mut tx, asked).await?;
    let mut leaving: Vec<(Job, Place)> = Vec::with_capacity(due.len());
    let mut changed = Vec::with_capacity(due.len());
    for delivery in due {
        let wished = wished(&delivery);
        // Whoever held it before may have sent it, whether it leaves now or not (R32).
        let delivery = delivery.take_over(now, lease_until);
        match prepare(&delivery, told.get(&delivery.event), &companies, now) {
            Err(reason) => changed.push(delivery.withdraw(reason, now)),
            Ok(Leaving::Later(later)) => changed.push(delivery.clone().hold(alone(&delivery, later), now)),
            Ok(Leaving::Now(told, reach)) => {
                let Some(place) = context.handoff.place(channel, Line::Waited) else { break };
                changed.push(delivery.clone());
                let first = Member { delivery, told };
                leaving.push((Job { first, others: Vec::new(), reach, checked_at: now, wished }, place));
            }
        }
    }
    deliveries::save(&mut tx, &changed, now).await?;
    readdress(context, &mut tx, &changed, &told, &companies, now).await?;
    tx.commit().await?;
    context.figures.expired(&changed, now);
    for (job, place) in leaving {
        place.take(job);
    }
    Ok(changed.len())
}

/// Whether it waited because its user wanted it later.
fn wished(delivery: &Delivery) -> bool {
    let State::Waiting { cause, .. } = &delivery.state else { return false };
    cause.parse::<Because>().is_ok()
}

/// What has left under a key of its own is not gathered any more: a repeat keeps its key (R32).
fn alone(delivery: &Delivery, later: Later) -> Later {
    let has_left = delivery.attempts > 0 || delivery.possible_duplicate;
    if has_left && later.because == Because::Digest {
        Later { because: Because::QuietHours, ..later }
    } else {
        later
    }
}

/// A stored alert that may be told.
pub(crate) enum Leaving {
    Now(Arc<Told>, Reach),
    Later(Later),
}

/// Whether and how a stored alert leaves, by how its company stands now (R17, R22).
pub(crate) fn prepare(
    delivery: &Delivery,
    event: Option<&Envelope>,
    companies: &Companies,
    now: Timestamp,
) -> std::result::Result<Leaving, Reason> {
    let event = event.ok_or(Reason::NoActiveAgreement)?;
    if let Leave::Later(later) = decide::may_leave(delivery, event, companies, now)? {
        return Ok(Leaving::Later(later));
    }
    let company = companies.get(&event.key()).ok_or(Reason::NoActiveAgreement)?;
    let reach = company.reach.get(&delivery.contact).ok_or(Reason::ContactMissing)?.clone();
    Ok(Leaving::Now(Arc::new(Told { event: event.clone(), company: company.name.clone() }), reach))
}
