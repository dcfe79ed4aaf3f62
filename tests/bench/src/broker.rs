//! The intake queue, as publishers and the ceiling program see it.

use crate::data::Run;
use anyhow::{Context, Result, ensure};
use bevaka_bus::{Bus, CONTENT_TYPE, Queue};
use lapin::{
    BasicProperties, Channel, Connection, ConnectionProperties, Consumer,
    options::{
        BasicConsumeOptions, BasicPublishOptions, BasicQosOptions, ConfirmSelectOptions, QueueDeclareOptions,
        QueuePurgeOptions,
    },
    types::FieldTable,
};
use std::{collections::VecDeque, ops::Range};

/// Confirms that may be outstanding.
const WINDOW: usize = 1_000;
const PERSISTENT: u8 = 2;

/// A connection to the broker.
#[derive(Debug)]
pub struct Broker {
    connection: Connection,
    publisher: Channel,
}

impl Broker {
    /// Connects, after Bevaka's own bus has declared its queues.
    pub async fn connect(url: &str) -> Result<Self> {
        let bus = Bus::amqp(url, "bench");
        // Nothing to publish, but a channel to publish over, for which the queues are declared.
        bus.publish(&[]).await?;
        bus.close().await;
        let connection = Connection::connect(url, ConnectionProperties::default()).await?;
        let publisher = connection.create_channel().await?;
        publisher.confirm_select(ConfirmSelectOptions::default()).await?;
        Ok(Self { connection, publisher })
    }

    /// Publishes events, each confirmed by the broker.
    pub async fn publish(&self, run: &Run, events: Range<usize>) -> Result<()> {
        let mut open = VecDeque::with_capacity(WINDOW);
        for n in events {
            if open.len() == WINDOW
                && let Some(confirm) = open.pop_front()
            {
                confirmed(confirm).await?;
            }
            let properties = BasicProperties::default()
                .with_content_type(CONTENT_TYPE.into())
                .with_message_id(run.external_id(n).into())
                .with_delivery_mode(PERSISTENT);
            let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
            let (exchange, key) = (Queue::Events.name().into(), Run::kind(n).into());
            let body = run.body(n);
            open.push_back(self.publisher.basic_publish(exchange, key, options, &body, properties).await?);
        }
        for confirm in open {
            confirmed(confirm).await?;
        }
        Ok(())
    }

    /// A new reader of the intake queue.
    pub async fn consumer(&self, prefetch: u16) -> Result<(Channel, Consumer)> {
        let channel = self.connection.create_channel().await?;
        channel.basic_qos(prefetch, BasicQosOptions::default()).await?;
        let queue = Queue::Events.name().into();
        let consumer = channel
            .basic_consume(queue, "".into(), BasicConsumeOptions::default(), FieldTable::default())
            .await?;
        Ok((channel, consumer))
    }

    /// Empties the intake queue.
    pub async fn purge(&self) -> Result<()> {
        let queue = Queue::Events.name().into();
        self.publisher.queue_purge(queue, QueuePurgeOptions::default()).await?;
        Ok(())
    }

    /// How many events wait to be read.
    pub async fn depth(&self) -> Result<u32> {
        let options = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
        let queue = Queue::Events.name().into();
        Ok(self.publisher.queue_declare(queue, options, FieldTable::default()).await?.message_count())
    }
}

async fn confirmed(confirm: lapin::PublisherConfirm) -> Result<()> {
    let confirm = confirm.await.context("waiting for a confirm")?;
    ensure!(confirm.is_ack() && confirm.take_message().is_none(), "the broker refused an event");
    Ok(())
}
