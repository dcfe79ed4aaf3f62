//! The message bus, over RabbitMQ or a table of the same database.
//!
//! What both promise: a publish that returns `Ok` is durable; a message stays on its queue until its reader has
//! acknowledged it, whatever dies meanwhile; one reader gets messages in the order in which they were published.
//! So a message may come more than once, and readers must not mind.

#![warn(missing_docs, clippy::missing_errors_doc)]

mod amqp;
mod binary;
mod envelope;
mod table;

use bevaka_domain::clock::Clock;
use bevaka_store::{Db, StoreError};
pub use envelope::{CONTENT_TYPE, Envelope, EnvelopeFault, ORIGIN, marked};
use std::sync::Arc;

/// What went wrong on the bus.
#[derive(Debug, thiserror::Error)]
pub enum BusError {
    /// RabbitMQ refused or could not be reached.
    #[error("RabbitMQ answered: {0}")]
    Amqp(#[from] lapin::Error),
    /// The database of the table bus failed.
    #[error(transparent)]
    Table(#[from] StoreError),
    /// RabbitMQ did not take responsibility for a message.
    #[error("RabbitMQ did not confirm the message")]
    NotConfirmed,
    /// The address of the broker cannot be read.
    #[error("an address has the form amqps://USER:PASSWORD@HOST:PORT/VHOST")]
    Address,
    /// The messages were read over a connection that is gone; they will come again.
    #[error("the connection that the messages came by is gone")]
    Stale,
}

/// A queue of Bevaka.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Queue {
    /// Business events on their way in.
    Events,
    /// Messages that are no event, each with its reason (R34).
    Dead,
}

impl Queue {
    /// The name on the broker and in the table; on RabbitMQ also that of the exchange in front of it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Events => "bevaka.events",
            Self::Dead => "bevaka.dead",
        }
    }
}

/// A message to be published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The publisher's id of it.
    pub id: String,
    /// The routing key: the kind of the event.
    pub key: String,
    /// The body.
    pub body: Vec<u8>,
}

impl Message {
    /// An event to be published: the routing key stands in its body.
    pub fn of_event(id: String, body: Vec<u8>) -> Self {
        let key = Envelope::parse(&body).map(|envelope| envelope.kind).unwrap_or_default();
        Self { id, key, body }
    }
}

/// A message that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The publisher's id of it; may be empty.
    pub id: String,
    /// The body.
    pub body: Vec<u8>,
    /// On [`Queue::Dead`], why it lies there.
    pub reason: Option<String>,
    /// Why the message is none of CloudEvents' forms, if that is seen before its body is read.
    pub malformed: Option<&'static str>,
}

/// Host, port and virtual host of a broker's address; the usual ports are left out, and so are user and password.
///
/// # Errors
/// [`BusError::Address`] if it is none.
pub fn broker(url: &str) -> Result<String, BusError> {
    let uri: lapin::uri::AMQPUri = url.parse().map_err(|_| BusError::Address)?;
    let (host, vhost) = (uri.authority.host, uri.vhost);
    let vhost = vhost.trim_start_matches('/');
    Ok(match uri.authority.port {
        5671 | 5672 => format!("{host}/{vhost}"),
        port => format!("{host}:{port}/{vhost}"),
    })
}

/// The bus. Clones share its connection.
#[derive(Clone)]
pub enum Bus {
    /// RabbitMQ.
    Amqp(amqp::AmqpBus),
    /// A table of the same database.
    Table(table::TableBus),
}

/// Reads one queue.
pub enum Reader {
    /// From RabbitMQ.
    Amqp(amqp::AmqpReader),
    /// From the table.
    Table(table::TableReader),
}

/// Messages that were read together and are acknowledged together.
#[derive(Debug, Default)]
pub struct Batch {
    /// In the order of publishing.
    pub messages: Vec<Received>,
    ticket: Ticket,
}

#[derive(Debug, Default)]
enum Ticket {
    #[default]
    Nothing,
    /// The last of them: acknowledging it acknowledges all.
    Amqp(Box<lapin::message::Delivery>),
    Table(Vec<i64>),
}

impl Bus {
    /// The bus over RabbitMQ. Connects when it is first used, and again whenever the connection is lost.
    pub fn amqp(url: &str, name: &str) -> Self {
        Self::Amqp(amqp::AmqpBus::new(url, name))
    }

    /// The bus over a table. Where no other process can use the database, messages that a process left behind when
    /// it died are readable again at once.
    ///
    /// # Errors
    /// [`BusError::Table`] if the database fails.
    pub async fn table(db: Db, clock: Arc<dyn Clock>) -> Result<Self, BusError> {
        Ok(Self::Table(table::TableBus::open(db, clock).await?))
    }

    /// Publishes events in this order. If this returns `Ok`, they are durable.
    ///
    /// # Errors
    /// [`BusError`] if the bus did not take all of them; some may have been taken.
    pub async fn publish(&self, messages: &[Message]) -> Result<(), BusError> {
        match self {
            Self::Amqp(bus) => bus.publish(Queue::Events, messages, None).await,
            Self::Table(bus) => bus.publish(Queue::Events, messages, None).await,
        }
    }

    /// Puts a message aside with the reason. If this returns `Ok`, it is durable.
    ///
    /// # Errors
    /// [`BusError`] if the bus did not take it.
    pub async fn put_aside(&self, received: &Received, reason: &str) -> Result<(), BusError> {
        let message = [Message { id: received.id.clone(), key: String::new(), body: received.body.clone() }];
        match self {
            Self::Amqp(bus) => bus.publish(Queue::Dead, &message, Some(reason)).await,
            Self::Table(bus) => bus.publish(Queue::Dead, &message, Some(reason)).await,
        }
    }

    /// A reader of a queue, which holds at most `unacknowledged` messages at a time.
    pub fn reader(&self, queue: Queue, unacknowledged: u16) -> Reader {
        match self {
            Self::Amqp(bus) => Reader::Amqp(bus.reader(queue, unacknowledged)),
            Self::Table(bus) => Reader::Table(bus.reader(queue)),
        }
    }

    /// Whether messages can be published and read now.
    ///
    /// # Errors
    /// [`BusError`] if not.
    pub async fn ping(&self) -> Result<(), BusError> {
        match self {
            Self::Amqp(bus) => bus.ping().await,
            Self::Table(bus) => bus.ping().await,
        }
    }

    /// Closes the connection, so that the last acknowledgements are not lost.
    pub async fn close(&self) {
        if let Self::Amqp(bus) = self {
            bus.close().await;
        }
    }
}

impl Reader {
    /// Waits for a message, then takes along what is there already, up to `limit`. Never fails: while the bus is
    /// away it waits for its return. Cancelled, it loses nothing.
    pub async fn next(&mut self, limit: usize) -> Batch {
        match self {
            Self::Amqp(reader) => reader.next(limit).await,
            Self::Table(reader) => reader.next(limit).await,
        }
    }

    /// Removes a batch from its queue.
    ///
    /// # Errors
    /// [`BusError`] if that is not certain; then the messages come again.
    pub async fn acknowledge(&mut self, batch: Batch) -> Result<(), BusError> {
        match (self, batch.ticket) {
            (_, Ticket::Nothing) => Ok(()),
            (Self::Amqp(_), Ticket::Amqp(last)) => amqp::acknowledge(&last).await,
            (Self::Table(reader), Ticket::Table(ids)) => reader.acknowledge(&ids).await,
            _ => Err(BusError::Stale),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broker_is_described_without_its_password() {
        for (url, expected) in [
            ("amqp://guest:hunter2@rabbitmq/%2f", "rabbitmq/"),
            ("amqps://bevaka:hunter2@rabbitmq.internal:5671/bevaka", "rabbitmq.internal/bevaka"),
            ("amqp://rabbitmq.internal:5673/bevaka?heartbeat=5", "rabbitmq.internal:5673/bevaka"),
        ] {
            assert_eq!(broker(url).unwrap(), expected);
        }
        for wrong in ["", "rabbitmq", "http://rabbitmq/x", "amqp://:hunter2@"] {
            assert!(!broker(wrong).unwrap_err().to_string().contains("hunter2"), "{wrong}");
        }
    }
}
