//! Where a check runs: one bus that may be opened several times, as by several processes.

use bevaka_bus::{Batch, Bus, Message, Queue, Reader, Received};
use bevaka_domain::clock::{ManualClock, Timestamp};
use bevaka_store::{Db, Role};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};
use tokio::time::timeout;

/// Long enough for a busy machine; nothing that works comes near it.
pub const DEADLINE: Duration = Duration::from_mins(1);

pub enum Ground {
    Table { db: Db, clock: Arc<ManualClock> },
    RabbitMq { url: String, opened: AtomicU32 },
}

impl Ground {
    pub async fn table(url: &str) -> Self {
        let db = Db::connect(&url.to_owned().into(), 4, Role::Owner).await.unwrap();
        db.migrate().await.unwrap();
        let now = Timestamp::from_micros(1_800_000_000_000_000);
        Self::Table { db, clock: Arc::new(ManualClock::at(now)) }
    }

    pub fn rabbitmq(url: &str) -> Self {
        Self::RabbitMq { url: url.to_owned(), opened: AtomicU32::new(0) }
    }

    /// The bus as one more process opens it.
    pub async fn open(&self) -> Bus {
        match self {
            Self::Table { db, clock } => Bus::table(db.clone(), clock.clone()).await.unwrap(),
            Self::RabbitMq { url, opened } => {
                Bus::amqp(url, &format!("contract {}", opened.fetch_add(1, Ordering::Relaxed)))
            }
        }
    }

    /// What a process left behind when it died comes again: on RabbitMQ at once, from the table when its lock has
    /// run out.
    pub fn let_locks_run_out(&self) {
        if let Self::Table { clock, .. } = self {
            clock.advance(Duration::from_secs(61));
        }
    }
}

pub async fn on_sqlite(check: impl AsyncFnOnce(&Ground)) {
    let directory = tempfile::tempdir().unwrap();
    check(&Ground::table(&format!("sqlite:{}", directory.path().join("bus.sqlite").display())).await).await;
}

pub async fn on_postgres(check: impl AsyncFnOnce(&Ground)) {
    check(&Ground::table(&bevaka_rig::postgres_database("bus")).await).await;
}

pub async fn on_rabbitmq(check: impl AsyncFnOnce(&Ground)) {
    check(&Ground::rabbitmq(&bevaka_rig::rabbitmq_vhost("bus"))).await;
}

pub fn message(id: &str, body: &[u8]) -> Message {
    Message { id: id.to_owned(), key: "payment.rejected".to_owned(), body: body.to_vec() }
}

/// Messages whose ids and bodies are these numbers.
pub fn numbered(numbers: impl IntoIterator<Item = usize>) -> Vec<Message> {
    numbers.into_iter().map(|n| message(&n.to_string(), n.to_string().as_bytes())).collect()
}

pub fn numbers(messages: &[Received]) -> Vec<usize> {
    messages.iter().map(|message| message.id.parse().unwrap()).collect()
}

pub async fn publish(bus: &Bus, messages: &[Message]) {
    timeout(DEADLINE, bus.publish(messages)).await.expect("an answer").unwrap();
}

/// The next batch; waits no longer than the deadline.
pub async fn next(reader: &mut Reader, limit: usize) -> Batch {
    timeout(DEADLINE, reader.next(limit)).await.expect("a message before the deadline")
}

/// Reads and acknowledges so many messages.
pub async fn take(reader: &mut Reader, count: usize) -> Vec<Received> {
    let mut taken = Vec::new();
    while taken.len() < count {
        let mut batch = next(reader, count - taken.len()).await;
        taken.append(&mut batch.messages);
        reader.acknowledge(batch).await.unwrap();
    }
    taken
}

/// Reads so many messages and leaves them unacknowledged.
pub async fn hold(reader: &mut Reader, count: usize) -> Vec<Batch> {
    let mut held = Vec::new();
    while held.iter().map(|batch: &Batch| batch.messages.len()).sum::<usize>() < count {
        held.push(next(reader, count).await);
    }
    held
}

/// Nothing else lies on the queue: what is published now is the next to come. No other reader may be left.
pub async fn nothing_else_comes(bus: &Bus) {
    publish(bus, &[message("last", b"")]).await;
    let mut reader = bus.reader(Queue::Events, 100);
    assert_eq!(next(&mut reader, 1).await.messages[0].id, "last");
}
