//! The parts by themselves: the disk, the queue, the database and HTTP.

use crate::{
    ceiling::{self, BATCH, SENDS},
    data::{ALERTS, Run, fresh_id, now},
    drain::real,
    http::Client,
    sink::SEND,
    stage::Stage,
};
use anyhow::{Context, Result};
use bevaka_bus::Envelope;
use futures_util::StreamExt;
use lapin::options::BasicAckOptions;
use std::{
    fs::File,
    io::Write,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::task::JoinSet;
use uuid::Uuid;

const PROBE: Duration = Duration::from_secs(1);

/// How often in a second a small write reaches the disk.
pub fn fsync(stage: &Stage) -> Result<f64> {
    let mut file = File::create(stage.directory.path().join("probe"))?;
    let (start, mut count) = (Instant::now(), 0);
    while start.elapsed() < PROBE {
        file.write_all(&[b'x'; 512])?;
        file.sync_data()?;
        count += 1;
    }
    Ok(real(count) / start.elapsed().as_secs_f64())
}

/// Publishing with confirms, in events a second.
pub async fn publish(stage: &Stage, run: &Run, events: usize) -> Result<f64> {
    let start = Instant::now();
    stage.broker.publish(run, 0..events).await?;
    Ok(rate(events, start))
}

/// Reading the queue with one acknowledgement for each batch, in events a second.
pub async fn consume(stage: &Stage, events: usize) -> Result<f64> {
    let (channel, mut consumer) = stage.broker.consumer(u16::try_from(2 * BATCH)?).await?;
    let start = Instant::now();
    for n in 1..=events {
        let read = consumer.next().await.context("the queue ended")??;
        if n % BATCH == 0 || n == events {
            read.ack(BasicAckOptions { multiple: true }).await?;
        }
    }
    let rate = rate(events, start);
    channel.close(200, "done".into()).await?;
    Ok(rate)
}

/// Storing events with two deliveries each, in events a second.
pub async fn insert(stage: &Stage, run: &Run, events: usize) -> Result<f64> {
    let mut took = Duration::ZERO;
    for first in (0..events).step_by(BATCH) {
        let batch = first..events.min(first + BATCH);
        let envelopes: Vec<_> =
            batch.clone().map(|n| Envelope::parse(&run.body(n))).collect::<Result<_, _>>()?;
        let contacts: Vec<_> = batch.map(|n| run.contacts(n)).collect();
        let start = Instant::now();
        ceiling::insert(&stage.pool, &envelopes, &contacts).await?;
        took += start.elapsed();
    }
    Ok(real(events) / took.as_secs_f64())
}

/// Posting messages to the sink, in messages a second.
pub async fn http(stage: &Stage, messages: usize) -> Result<f64> {
    let (client, next) = (Client::new(stage.sink.address), Arc::new(AtomicUsize::new(0)));
    let mut senders = JoinSet::new();
    let start = Instant::now();
    for _ in 0..SENDS {
        let (client, next) = (client.clone(), next.clone());
        senders.spawn(async move {
            while next.fetch_add(1, Ordering::Relaxed) < messages {
                client.post(SEND, &form(fresh_id(now()))).await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(sender) = senders.join_next().await {
        sender??;
    }
    Ok(rate(messages, start))
}

/// One commit of an event with its deliveries, and one post, each alone: medians in milliseconds.
pub async fn alone(stage: &Stage, run: &Run, times: usize) -> Result<[f64; 2]> {
    let client = Client::new(stage.sink.address);
    let (mut commits, mut posts) = (Vec::with_capacity(times), Vec::with_capacity(times));
    for n in 0..times {
        let envelope = [Envelope::parse(&run.body(n))?];
        let start = Instant::now();
        ceiling::insert(&stage.pool, &envelope, &[run.contacts(n)]).await?;
        commits.push(start.elapsed());
        let start = Instant::now();
        client.post(SEND, &form(fresh_id(now()))).await?;
        posts.push(start.elapsed());
        // At the pace of the latency phase: a busy processor answers faster than one that was asleep.
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    Ok([&mut commits, &mut posts].map(|times| {
        times.sort_unstable();
        times.get(times.len() / 2).map_or(0.0, |median| median.as_secs_f64() * 1_000.0)
    }))
}

fn form(delivery: Uuid) -> String {
    format!("from=Bevaka&id={delivery}&message=Avvisad+betalning.+Se+internetbanken.&to=%2B46701740605")
}

fn rate(count: usize, start: Instant) -> f64 {
    real(count) / start.elapsed().as_secs_f64()
}

/// The time that one event would take if nothing ran beside anything else, as a rate.
pub fn serial_model(consume: f64, insert: f64, http: f64) -> f64 {
    1.0 / (1.0 / consume + 1.0 / insert + real(ALERTS) / http)
}
