//! The bus as a table of the same database: nothing else to run. Good for one machine; RabbitMQ serves more.

use crate::{Batch, BusError, Message, Queue, Received, Ticket};
use bevaka_domain::clock::Clock;
use bevaka_store::{Db, queue};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::Notify,
    task::JoinHandle,
    time::{sleep, timeout},
};

/// How long a reader may work on a batch before others may take it.
const LOCK: Duration = Duration::from_mins(1);
/// How soon messages of other processes are found; those of this one wake the reader.
const POLL: Duration = Duration::from_millis(200);
/// After so many deliveries without an acknowledgement a message is put aside: it kills its readers.
const DELIVERY_LIMIT: i64 = 50;

/// The bus over a table.
#[derive(Clone)]
pub struct TableBus {
    db: Db,
    clock: Arc<dyn Clock>,
    published: Arc<[Notify; 2]>,
}

/// Reads one queue of the table.
pub struct TableReader {
    bus: TableBus,
    queue: Queue,
    /// Goes on when [`TableReader::next`] is cancelled: it may have locked messages, which the next call returns.
    reading: Option<JoinHandle<Result<Batch, BusError>>>,
}

impl TableBus {
    pub(crate) async fn open(db: Db, clock: Arc<dyn Clock>) -> Result<Self, BusError> {
        if db.is_private() {
            let mut tx = db.begin().await?;
            for queue in [Queue::Events, Queue::Dead] {
                queue::unlock(&mut tx, queue.name()).await?;
            }
            tx.commit().await?;
        }
        Ok(Self { db, clock, published: Arc::default() })
    }

    pub(crate) fn reader(&self, queue: Queue) -> TableReader {
        TableReader { bus: self.clone(), queue, reading: None }
    }

    pub(crate) async fn publish(
        &self,
        queue: Queue,
        messages: &[Message],
        reason: Option<&str>,
    ) -> Result<(), BusError> {
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        for message in messages {
            queue::publish(&mut tx, queue.name(), &message.id, &message.body, reason, now).await?;
        }
        tx.commit().await?;
        self.wake(queue).notify_one();
        Ok(())
    }

    pub(crate) async fn ping(&self) -> Result<(), BusError> {
        Ok(self.db.ping().await?)
    }

    async fn read(&self, queue: Queue, limit: usize) -> Result<Batch, BusError> {
        let now = self.clock.now();
        let mut tx = self.db.begin().await?;
        let stored = queue::read(&mut tx, queue.name(), now, now.plus(LOCK), limit).await?;
        let (spent, stored): (Vec<_>, Vec<_>) =
            stored.into_iter().partition(|m| queue == Queue::Events && m.deliveries > DELIVERY_LIMIT);
        for message in &spent {
            let (id, body) = (&message.message_id, &message.body);
            queue::publish(&mut tx, Queue::Dead.name(), id, body, Some("delivery_limit"), now).await?;
        }
        queue::remove(&mut tx, &spent.iter().map(|message| message.id).collect::<Vec<_>>()).await?;
        tx.commit().await?;
        let ticket = Ticket::Table(stored.iter().map(|message| message.id).collect());
        let received =
            |m: queue::Stored| Received { id: m.message_id, body: m.body, reason: m.reason, malformed: None };
        Ok(Batch { messages: stored.into_iter().map(received).collect(), ticket })
    }

    fn wake(&self, queue: Queue) -> &Notify {
        &self.published[usize::from(queue == Queue::Dead)]
    }
}

impl TableReader {
    pub(crate) async fn next(&mut self, limit: usize) -> Batch {
        loop {
            let begun = self.reading.get_or_insert_with(|| {
                let (bus, queue) = (self.bus.clone(), self.queue);
                tokio::spawn(async move { bus.read(queue, limit).await })
            });
            let outcome = begun.await;
            self.reading = None;
            match outcome.unwrap_or(Err(BusError::Stale)) {
                Ok(batch) if batch.messages.is_empty() => {
                    // Whether it was woken or not: look again.
                    let _ = timeout(POLL, self.bus.wake(self.queue).notified()).await;
                }
                Ok(batch) => return batch,
                Err(error) => {
                    tracing::warn!(bus.queue = self.queue.name(), %error, "cannot read the table bus, trying again");
                    sleep(POLL).await;
                }
            }
        }
    }

    pub(crate) async fn acknowledge(&self, ids: &[i64]) -> Result<(), BusError> {
        let mut tx = self.bus.db.begin().await?;
        queue::remove(&mut tx, ids).await?;
        tx.commit().await?;
        Ok(())
    }
}
