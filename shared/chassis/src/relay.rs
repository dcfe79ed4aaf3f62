//! From the outbox to the bus. What a service has to publish is durable with the change that it follows from; this
//! publishes it afterwards, as often as it takes. A message that was published and not yet removed is published again
//! after a crash: it has the same id, and readers do not mind (R30).

use crate::process::Chassis;
use bevaka_bus::{BusError, Message};
use bevaka_domain::trail::Writer;
use bevaka_store::{
    StoreError,
    outbox::{self, Waiting},
};
use std::{future::Future, sync::Arc, time::Duration};
use tokio::{sync::Notify, time::sleep};

/// The most messages that are published together.
const TOGETHER: u32 = 100;
/// How long a process may work on messages before others may take them: longer than a publish can take.
const CLAIM: Duration = Duration::from_secs(120);
/// How soon messages are found that nobody told of, such as those of a process that died.
const POLL: Duration = Duration::from_secs(1);
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Wakes the relay of this process. Clones wake the same one.
#[derive(Clone, Debug, Default)]
pub struct Outbox(Arc<Notify>);

impl Outbox {
    /// Says that a message was added and its transaction has committed. Forgotten, it only takes longer.
    pub fn nudge(&self) {
        self.0.notify_one();
    }
}

#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Bus(#[from] BusError),
}

/// Relays the messages of a writer until the process stops. What is under way then is finished, within the time that
/// stopping may take; the rest stays in the outbox.
pub async fn run(chassis: Chassis, writer: Writer) {
    let mut pause = FIRST_PAUSE;
    let mut begun = false;
    loop {
        let round = async {
            if !begun {
                free(&chassis, writer).await?;
            }
            relay(&chassis, writer).await
        };
        let Some(outcome) = unless_stopped(&chassis, round).await else { return };
        match outcome {
            Ok(relayed) => {
                (begun, pause) = (true, FIRST_PAUSE);
                if relayed == 0 {
                    tokio::select! {
                        () = chassis.outbox.0.notified() => {}
                        () = sleep(POLL) => {}
                        () = chassis.shutdown.cancelled() => {}
                    }
                }
            }
            Err(error) => {
                tracing::warn!(outbox.writer = writer.as_str(), %error, "the outbox cannot be relayed yet, trying again");
                metrics::counter!("bevaka_outbox_failures_total", "writer" => writer.as_str()).increment(1);
                tokio::select! {
                    () = sleep(pause) => pause = (pause * 2).min(LONGEST_PAUSE),
                    () = chassis.shutdown.cancelled() => {}
                }
            }
        }
        if chassis.shutdown.is_cancelled() {
            return;
        }
    }
}

/// `None` if the process is told to stop and the work does not end in time.
async fn unless_stopped<T>(chassis: &Chassis, work: impl Future<Output = T>) -> Option<T> {
    let over = async {
        chassis.shutdown.cancelled().await;
        sleep(Duration::from_secs(chassis.settings.process.shutdown_s)).await;
    };
    tokio::select! {
        done = work => Some(done),
        () = over => None,
    }
}

/// In a database that only this process works on, every claim is that of a process that died.
async fn free(chassis: &Chassis, writer: Writer) -> Result<(), Fault> {
    if !chassis.db.is_private() {
        return Ok(());
    }
    let mut tx = chassis.db.begin().await?;
    outbox::release_all(&mut tx, writer).await?;
    Ok(tx.commit().await?)
}

/// Publishes what waits, up to a limit; gives how many messages that were. No transaction is open meanwhile.
async fn relay(chassis: &Chassis, writer: Writer) -> Result<usize, Fault> {
    let now = chassis.clock.now();
    let mut tx = chassis.db.begin().await?;
    let claimed = outbox::claim(&mut tx, writer, now, now.plus(CLAIM), TOGETHER).await?;
    tx.commit().await?;
    if claimed.is_empty() {
        return Ok(0);
    }
    let messages: Vec<_> = claimed.iter().map(message).collect();
    let published = chassis.bus.publish(&messages).await;
    let mut tx = chassis.db.begin().await?;
    match &published {
        Ok(()) => outbox::remove(&mut tx, &claimed).await?,
        Err(_) => outbox::release(&mut tx, &claimed).await?,
    }
    tx.commit().await?;
    published?;
    metrics::counter!("bevaka_outbox_published_total", "writer" => writer.as_str())
        .increment(claimed.len() as u64);
    Ok(claimed.len())
}

fn message(waiting: &Waiting) -> Message {
    Message::of_event(waiting.id.to_string(), waiting.body.clone())
}
