//! One drain: what is on the queue becomes alerts at the sink. The same measurement for Bevaka and for the ceiling
//! program, with the same proof that nothing is missing and nothing doubled.

use crate::{
    data::{ALERTS, Run},
    sink::Receipt,
    stage::Stage,
    usage,
};
use anyhow::Result;
use futures_util::TryStreamExt;
use std::{collections::HashMap, time::Duration};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

/// Without any progress for so long, a drain is over.
const STALLED: Duration = Duration::from_secs(20);
const POLL: Duration = Duration::from_millis(20);

const RECEIVED: &str = "
    SELECT d.id, d.contact_id, e.external_id FROM deliveries d JOIN events e ON e.id = d.event_id
    WHERE e.source = '/bench'";
const OPEN: &str = "SELECT count(*) FROM deliveries WHERE due_at IS NOT NULL";

/// What is counted from the start of a drain on.
#[derive(Debug)]
pub struct Before {
    wal: i64,
    postgres: f64,
    rabbitmq: f64,
}

/// What a drain came to.
#[derive(Clone, Debug)]
pub struct Drain {
    /// From the first receipt to the last.
    pub events_per_s: f64,
    /// Bytes of the write-ahead log for each event.
    pub wal_bytes: f64,
    /// Processor time of PostgreSQL and of RabbitMQ, in ms for 1,000 events.
    pub servers_cpu: [f64; 2],
    /// What came and what did not.
    pub tally: Tally,
}

/// How exactly the alerts came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Alerts that never came.
    pub missing: usize,
    /// Alerts that came again, or that nobody should have had.
    pub doubled: usize,
}

/// Notes where the counters stand.
pub async fn begin(stage: &Stage) -> Result<Before> {
    Ok(Before {
        wal: stage.wal().await?,
        postgres: usage::cpu_of("postgres"),
        rabbitmq: usage::cpu_of("beam.smp"),
    })
}

/// Waits until all alerts came and are recorded as sent, and counts.
pub async fn finish(stage: &Stage, run: &Run, events: usize, before: Before) -> Result<Drain> {
    wait(stage, events * ALERTS).await?;
    let wal = stage.wal().await? - before.wal;
    let postgres = usage::cpu_of("postgres") - before.postgres;
    let rabbitmq = usage::cpu_of("beam.smp") - before.rabbitmq;
    let receipts = stage.sink.take();
    let first = receipts.iter().map(|receipt| receipt.at).min().unwrap_or_default();
    let last = receipts.iter().map(|receipt| receipt.at).max().unwrap_or_default();
    let alerts = real(receipts.len().saturating_sub(1));
    let per_event = |amount: f64| amount / real(events);
    Ok(Drain {
        events_per_s: alerts / real(ALERTS) / last.saturating_sub(first).as_secs_f64().max(1e-9),
        #[allow(clippy::cast_precision_loss, reason = "a benchmark's figures")]
        wal_bytes: per_event(wal as f64),
        servers_cpu: [per_event(postgres * 1_000.0), per_event(rabbitmq * 1_000.0)],
        tally: tally(stage, run, events, &receipts).await?,
    })
}

async fn wait(stage: &Stage, alerts: usize) -> Result<()> {
    let (mut seen, mut since) = (0, Instant::now());
    while seen < alerts && since.elapsed() < STALLED {
        sleep(POLL).await;
        let count = stage.sink.count();
        if count > seen {
            (seen, since) = (count, Instant::now());
        }
    }
    let since = Instant::now();
    while since.elapsed() < STALLED {
        let (open,): (i64,) = sqlx::query_as(OPEN).fetch_one(&stage.pool).await?;
        if open == 0 {
            break;
        }
        sleep(POLL).await;
    }
    Ok(())
}

/// Which event and contact point each delivery is for.
pub async fn meanings(stage: &Stage, run: &Run) -> Result<HashMap<Uuid, (usize, Uuid)>> {
    let mut rows = sqlx::query_as::<_, (Uuid, Uuid, String)>(RECEIVED).fetch(&stage.pool);
    let mut meanings = HashMap::new();
    while let Some((delivery, contact, external)) = rows.try_next().await? {
        meanings.extend(run.index(&external).map(|n| (delivery, (n, contact))));
    }
    Ok(meanings)
}

async fn tally(stage: &Stage, run: &Run, events: usize, receipts: &[Receipt]) -> Result<Tally> {
    let meanings = meanings(stage, run).await?;
    let mut times = vec![[0_usize; ALERTS]; events];
    let mut tally = Tally::default();
    for receipt in receipts {
        let known = meanings.get(&receipt.delivery).filter(|(n, _)| *n < events);
        let place = known.and_then(|(n, contact)| {
            Some((*n, run.contacts(*n).iter().position(|expected| expected == contact)?))
        });
        match place {
            Some((n, slot)) => times[n][slot] += 1,
            None => tally.doubled += 1,
        }
    }
    for count in times.into_iter().flatten() {
        tally.missing += usize::from(count == 0);
        tally.doubled += count.saturating_sub(1);
    }
    Ok(tally)
}

/// A count as a figure to calculate with.
#[allow(clippy::cast_precision_loss, reason = "a benchmark's figures")]
pub const fn real(count: usize) -> f64 {
    count as f64
}
