//! How long an alert takes while there is little to do: from before it is published to its receipt at the sink.

use crate::{
    bevaka::{Dispatcher, Senders},
    ceiling::{BATCH, Ceiling},
    data::Run,
    drain, raw,
    stage::Stage,
};
use anyhow::{Context, Result, ensure};
use futures_util::StreamExt;
use lapin::options::BasicAckOptions;
use std::time::Duration;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep};

const PER_SECOND: u32 = 50;
/// Events before those that count: connections are opened and statements prepared.
const WARM: usize = 50;
/// How long the last alerts may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Median and 99th percentile, in milliseconds.
#[derive(Clone, Copy, Debug)]
pub struct Latency {
    /// Half are faster.
    pub p50: f64,
    /// One of a hundred is slower.
    pub p99: f64,
}

/// All of them.
#[derive(Clone, Copy, Debug)]
pub struct Latencies {
    /// From the publisher to a reader in the same process.
    pub queue: Latency,
    /// Medians of one commit and of one post, each alone.
    pub commit: f64,
    /// As above.
    pub post: f64,
    /// The ceiling program.
    pub ceiling: Latency,
    /// Bevaka.
    pub bevaka: Latency,
}

/// Measures each for so many seconds.
pub async fn measure(stage: &Stage, seconds: usize) -> Result<Latencies> {
    let events = WARM + seconds * PER_SECOND as usize;
    stage.clear().await?;
    let [commit, post] = raw::alone(stage, &Run::new("alone", stage.companies), 200).await?;
    stage.clear().await?;
    let queue = queue(stage, &Run::new("latency-queue", stage.companies), events).await?;

    stage.clear().await?;
    let run = Run::new("latency-ceiling", stage.companies);
    let program = Ceiling::start(&stage.broker, &stage.pool, &stage.sink).await?;
    let ceiling = paced(stage, &run, events).await?;
    program.stop().await?;

    stage.clear().await?;
    let run = Run::new("latency-bevaka", stage.companies);
    let dispatcher = Dispatcher::start(stage, Senders::Work)?;
    let bevaka = paced(stage, &run, events).await?;
    dispatcher.stop();
    Ok(Latencies { queue, commit, post, ceiling, bevaka })
}

async fn queue(stage: &Stage, run: &Run, events: usize) -> Result<Latency> {
    let (channel, mut consumer) = stage.broker.consumer(u16::try_from(2 * BATCH)?).await?;
    let read = async {
        let mut times = Vec::with_capacity(events);
        while times.len() < events {
            let read = consumer.next().await.context("the queue ended")??;
            times.push(stage.sink.now());
            read.ack(BasicAckOptions::default()).await?;
        }
        anyhow::Ok(times)
    };
    let (published, read) = tokio::join!(publish(stage, run, events), read);
    let (published, read) = (published?, read?);
    channel.close(200, "done".into()).await?;
    percentiles(
        published.iter().zip(read).skip(WARM).map(|(sent, came)| came.saturating_sub(*sent)).collect(),
    )
}

async fn paced(stage: &Stage, run: &Run, events: usize) -> Result<Latency> {
    let published = publish(stage, run, events).await?;
    let since = Instant::now();
    while stage.sink.count() < events * crate::data::ALERTS && since.elapsed() < PATIENCE {
        sleep(Duration::from_millis(20)).await;
    }
    let meanings = drain::meanings(stage, run).await?;
    let receipts = stage.sink.take();
    ensure!(receipts.len() == events * crate::data::ALERTS, "{} alerts came", receipts.len());
    let took = receipts.iter().filter_map(|receipt| {
        let (n, _) = meanings.get(&receipt.delivery)?;
        (*n >= WARM).then(|| receipt.at.saturating_sub(published[*n]))
    });
    percentiles(took.collect())
}

/// Publishes at an even pace; gives when each was published.
async fn publish(stage: &Stage, run: &Run, events: usize) -> Result<Vec<Duration>> {
    let mut times = Vec::with_capacity(events);
    let mut pace = interval(Duration::from_secs(1) / PER_SECOND);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    for n in 0..events {
        pace.tick().await;
        times.push(stage.sink.now());
        stage.broker.publish(run, n..n + 1).await?;
    }
    Ok(times)
}

fn percentiles(mut times: Vec<Duration>) -> Result<Latency> {
    times.sort_unstable();
    let at = |percent: usize| {
        let place = (times.len() * percent / 100).min(times.len().saturating_sub(1));
        times.get(place).map(|time| time.as_secs_f64() * 1_000.0).context("no latency was taken")
    };
    Ok(Latency { p50: at(50)?, p99: at(99)? })
}
