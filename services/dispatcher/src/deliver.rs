//! Step 4: alerts leave. Each is checked again if it waited (R22), rendered, and sent; no transaction is open
//! meanwhile. What came of it goes to [`outcomes`](crate::outcomes).

use crate::{
    dispatcher::Context,
    handoff::{Job, Jobs, Member},
    readdress::may_lead_elsewhere,
};
use bevaka_alerting::decide;
use bevaka_channels::{Alert, Courier};
use bevaka_domain::{
    clock::Timestamp,
    delivery::{Delivery, Outcome},
    entitlement::Leave,
    watch::Channel,
};
use bevaka_store::{deliveries::Settled, standing::Companies};
use futures_util::FutureExt;
use std::{collections::VecDeque, panic::AssertUnwindSafe, sync::Arc, time::Duration};
use tokio::{sync::Semaphore, time::sleep};
use tokio_util::task::TaskTracker;

/// How many alerts are taken from the queue, and checked again, together.
const TOGETHER: usize = 128;
/// Between two tries to check rights while the database is away.
const PAUSE: Duration = Duration::from_millis(500);

/// Sends what comes down a channel's queue. When the process stops, what is under way is finished and the rest is
/// put back, so that it leaves at once from the next process; so it is while an operator has stopped the channel.
pub(crate) async fn run(context: Arc<Context>, channel: Channel, courier: Arc<dyn Courier>, mut queue: Jobs) {
    let sends = TaskTracker::new();
    let slots = Arc::new(Semaphore::new(courier.concurrency()));
    let mut taken = VecDeque::with_capacity(TOGETHER);
    let pauses = context.handoff.pauses();
    loop {
        // The slot comes first: between the check of a job and its attempt nothing is waited for.
        let slot = tokio::select! {
            biased;
            () = context.chassis.shutdown.cancelled() => break,
            () = pauses.until_stopped(channel) => {
                put_back_until_running(&context, channel, &mut taken, &mut queue).await;
                continue;
            }
            slot = slots.clone().acquire_owned() => slot,
        };
        if taken.is_empty() {
            let jobs = tokio::select! {
                biased;
                () = context.chassis.shutdown.cancelled() => break,
                jobs = queue.take(TOGETHER) => jobs,
            };
            taken.extend(jobs);
        }
        check_again(&context, &mut taken).await;
        if pauses.stop(channel) {
            continue;
        }
        let Some(job) = taken.pop_front() else { continue };
        let (context, courier) = (context.clone(), courier.clone());
        sends.spawn(async move {
            attempt(&context, courier.as_ref(), job).await;
            drop(slot);
        });
    }
    taken.extend(queue.close().await);
    put_all_back(&context, &mut taken).await;
    sends.close();
    sends.wait().await;
}

/// While a channel is stopped, what was handed over for it waits in the table like all the rest.
async fn put_back_until_running(
    context: &Context,
    channel: Channel,
    taken: &mut VecDeque<Job>,
    queue: &mut Jobs,
) {
    loop {
        put_all_back(context, taken).await;
        tokio::select! {
            biased;
            () = context.chassis.shutdown.cancelled() => return,
            jobs = queue.take(TOGETHER) => taken.extend(jobs),
            () = context.handoff.pauses().until_running(channel) => return,
        }
    }
}

/// What was decided this instant was checked this instant. If the next job has waited longer, it and all behind it
/// are checked again, and those whose right was lost are withdrawn (R17, R22).
async fn check_again(context: &Context, taken: &mut VecDeque<Job>) {
    let limit = Duration::from_millis(context.chassis.settings.dispatch.recheck_after_ms);
    let now = context.chassis.clock.now();
    // A clock that was set back tells nothing about the age of a check.
    let fresh = |job: &Job| now >= job.checked_at && now.since(job.checked_at) <= limit;
    if taken.front().is_none_or(fresh) {
        return;
    }
    let waited = std::mem::take(taken);
    let Some(companies) = current_standing(context, &waited).await else {
        *taken = waited;
        return put_all_back(context, taken).await;
    };
    let now = context.chassis.clock.now();
    for job in waited {
        if let Some(job) = still_leaving(context, job, &companies, now).await {
            taken.push_back(job);
        }
    }
}

/// What of a job may still leave now; the rest is withdrawn or held.
async fn still_leaving(context: &Context, job: Job, companies: &Companies, now: Timestamp) -> Option<Job> {
    let judge = |member: &Member| decide::may_leave(&member.delivery, &member.told.event, companies, now);
    // Which alerts of a parcel leave together, and who is told instead, is for the sweep to say, which has all of them.
    let is_for_the_sweep = |member: &Member| match judge(member) {
        Ok(Leave::Now) => false,
        Ok(Leave::Later(_)) => !job.others.is_empty(),
        Err(reason) => may_lead_elsewhere(reason),
    };
    if job.members().any(is_for_the_sweep) {
        put_back(context, &job).await;
        return None;
    }
    let (lease_until, wished) = (job.lease_until(), job.wished);
    let mut leaving = Vec::with_capacity(1 + job.others.len());
    for member in std::iter::once(job.first).chain(job.others) {
        match judge(&member) {
            Ok(Leave::Now) => leaving.push(member),
            Ok(Leave::Later(later)) => {
                settle_one(context, member.delivery.hold(later, now), lease_until).await;
            }
            Err(reason) => {
                let withdrawn = member.delivery.withdraw(reason, now);
                context.figures.expired([&withdrawn], now);
                settle_one(context, withdrawn, lease_until).await;
            }
        }
    }
    Job::of(leaving, job.reach, now, wished)
}

async fn put_all_back(context: &Context, taken: &mut VecDeque<Job>) {
    for job in taken.drain(..) {
        put_back(context, &job).await;
    }
}

async fn put_back(context: &Context, job: &Job) {
    let now = context.chassis.clock.now();
    for member in job.members() {
        settle_one(context, member.delivery.clone().put_back(now), job.lease_until()).await;
    }
}

/// Reads how the companies of alerts stand now, as soon as the database answers. `None` if the process stops before.
async fn current_standing(context: &Context, jobs: &VecDeque<Job>) -> Option<Companies> {
    loop {
        let loaded = async {
            let mut tx = context.chassis.db.begin_read().await?;
            let events = jobs.iter().flat_map(Job::members).map(|member| &member.told.event);
            let asked = events.map(|event| (event.key(), event.audience()));
            decide::standings(&mut tx, asked).await
        };
        match loaded.await {
            Ok(companies) => return Some(companies),
            Err(error) => tracing::warn!(%error, "rights cannot be checked yet, trying again"),
        }
        tokio::select! {
            () = sleep(PAUSE) => {}
            () = context.chassis.shutdown.cancelled() => return None,
        }
    }
}

async fn attempt(context: &Context, courier: &dyn Courier, job: Job) {
    let chassis = &context.chassis;
    let started = chassis.clock.now();
    // An attempt that could outlast its lease would run beside that of another process.
    if started.plus(courier.longest()) >= job.lease_until() {
        return put_back(context, &job).await;
    }
    let sending = async {
        match render(context, &job, started) {
            Some(alert) => courier.send(&alert).await,
            // Another process with a newer catalogue recorded it; one of those will know how to tell it.
            None => Outcome::Retry { cause: "kind_unknown".to_owned(), after: None },
        }
    };
    // A panic must not leave an alert that nobody works on and nobody takes over.
    let outcome = AssertUnwindSafe(sending).catch_unwind().await.unwrap_or_else(|_| {
        tracing::error!(delivery.id = %job.key(), "an attempt panicked");
        Outcome::Unknown { cause: "panicked".to_owned() }
    });
    let now = chassis.clock.now();
    count(job.first.delivery.channel, &outcome, now.since(started));
    // One chance for all: what left together is tried again together.
    let (retry, chance) = (&chassis.settings.dispatch.retry, chassis.entropy.chance());
    let after = |member: &Member| member.delivery.clone().after_attempt(outcome.clone(), retry, now, chance);
    let after: Vec<_> = job.members().map(after).collect();
    context.figures.attempted(&job, &outcome, &after, now);
    for delivery in after {
        settle_one(context, delivery, job.lease_until()).await;
    }
}

fn render(context: &Context, job: &Job, sent_at: Timestamp) -> Option<Alert> {
    let text = context.texts.of(&job.message())?;
    Some(Alert { key: job.key(), to: job.reach.address.clone(), text, sent_at })
}

async fn settle_one(context: &Context, delivery: Delivery, lease_until: Timestamp) {
    // Fails only when the writer of outcomes is gone, which outlives every sender.
    let _ = context.outcomes.send(Settled { delivery, lease_until }).await;
}

fn count(channel: Channel, outcome: &Outcome, took: Duration) {
    let name = outcome.name();
    metrics::counter!("bevaka_attempts_total", "channel" => channel.as_str(), "outcome" => name).increment(1);
    metrics::histogram!("bevaka_attempt_seconds", "channel" => channel.as_str()).record(took.as_secs_f64());
}
