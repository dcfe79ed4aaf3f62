//! RabbitMQ. Reconnecting is done here, by hand: a channel that failed is never used again, so an acknowledgement
//! can only reach the connection that its message came by (delivery tags start again on each one).

use crate::{Batch, BusError, CONTENT_TYPE, Message, Queue, Received, Ticket, binary};
use futures_util::{FutureExt, StreamExt, future::join_all, stream::Fuse};
use lapin::{
    BasicProperties, Channel, Connection, ConnectionProperties, Consumer, ErrorKind, ExchangeKind,
    message::Delivery,
    options::{
        BasicAckOptions, BasicConsumeOptions, BasicPublishOptions, BasicQosOptions, ConfirmSelectOptions,
        ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions,
    },
    types::{AMQPValue, FieldTable},
};
use std::{future::Future, io, sync::Arc, time::Duration};
use tokio::{
    sync::Mutex,
    task::JoinHandle,
    time::{sleep, timeout},
};

/// Carries the reason of a dead letter.
const REASON_HEADER: &str = "x-bevaka-reason";
/// After so many deliveries without an acknowledgement the broker puts a message aside itself: it kills its readers.
const DELIVERY_LIMIT: i64 = 50;
const PERSISTENT: u8 = 2;
/// A broker that sent nothing for twice as long is gone. The broker's own minute would let readers hang for two.
const HEARTBEAT_S: u16 = 10;
/// For what the broker answers at once if it answers at all.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
const CONFIRM_TIMEOUT: Duration = Duration::from_secs(30);
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// The bus over RabbitMQ.
#[derive(Clone)]
pub struct AmqpBus(Arc<Shared>);

struct Shared {
    url: String,
    name: String,
    connection: Mutex<Option<Connection>>,
    publisher: Mutex<Option<Channel>>,
}

/// Reads one queue of RabbitMQ.
pub struct AmqpReader {
    bus: AmqpBus,
    queue: Queue,
    unacknowledged: u16,
    /// Fused: its end may be found behind the last messages of a batch, and has to be found again.
    consumer: Option<Fuse<Consumer>>,
    /// Goes on when [`AmqpReader::next`] is cancelled: lapin keeps a consumer whose beginning nobody waited for, and
    /// that one would hold messages that nobody reads.
    subscribing: Option<JoinHandle<Result<Consumer, BusError>>>,
}

impl AmqpBus {
    pub(crate) fn new(url: &str, name: &str) -> Self {
        Self(Arc::new(Shared {
            url: with_heartbeat(url),
            name: name.to_owned(),
            connection: Mutex::new(None),
            publisher: Mutex::new(None),
        }))
    }

    pub(crate) fn reader(&self, queue: Queue, unacknowledged: u16) -> AmqpReader {
        AmqpReader { bus: self.clone(), queue, unacknowledged, consumer: None, subscribing: None }
    }

    /// Publishes with confirms. One that fails because the connection was lost is made once more over a new one:
    /// messages may then lie on the queue twice, which readers do not mind.
    pub(crate) async fn publish(
        &self,
        queue: Queue,
        messages: &[Message],
        reason: Option<&str>,
    ) -> Result<(), BusError> {
        let mut publisher = self.0.publisher.lock().await;
        let mut fault = BusError::NotConfirmed;
        for _ in 0..2 {
            let channel = match publisher.take() {
                Some(channel) if channel.status().connected() => channel,
                _ => answered(self.publishing_channel()).await?,
            };
            let sent = timeout(CONFIRM_TIMEOUT, publish_over(&channel, queue, messages, reason)).await;
            match sent.unwrap_or(Err(BusError::NotConfirmed)) {
                Ok(()) => {
                    *publisher = Some(channel);
                    return Ok(());
                }
                Err(BusError::Amqp(lost)) => fault = lost.into(),
                Err(refused) => return Err(refused),
            }
        }
        Err(fault)
    }

    pub(crate) async fn ping(&self) -> Result<(), BusError> {
        answered(async {
            let channel = self.channel().await?;
            channel.close(200, "checked".into()).await?;
            Ok(())
        })
        .await
    }

    pub(crate) async fn close(&self) {
        let Some(connection) = self.0.connection.lock().await.take() else { return };
        // Closing ends the heartbeats too, so that nothing else would end a wait for a silent broker.
        let goodbye = async { Ok(connection.close(200, "goodbye".into()).await?) };
        if let Err(error) = answered(goodbye).await {
            tracing::debug!(%error, "closing the connection to RabbitMQ");
        }
    }

    async fn publishing_channel(&self) -> Result<Channel, BusError> {
        let channel = self.channel().await?;
        declare(&channel).await?;
        channel.confirm_select(ConfirmSelectOptions::default()).await?;
        Ok(channel)
    }

    /// A channel of the shared connection, which is made anew if it was lost.
    async fn channel(&self) -> Result<Channel, BusError> {
        let mut shared = self.0.connection.lock().await;
        if let Some(connection) = shared.as_ref().filter(|connection| connection.status().connected()) {
            return Ok(connection.create_channel().await?);
        }
        let properties = ConnectionProperties::default().with_connection_name(self.0.name.as_str().into());
        let connection = Connection::connect(&self.0.url, properties).await?;
        let channel = connection.create_channel().await?;
        *shared = Some(connection);
        Ok(channel)
    }
}

/// What `asking` came to, or a fault if the broker stays silent.
async fn answered<T>(asking: impl Future<Output = Result<T, BusError>>) -> Result<T, BusError> {
    timeout(ANSWER_TIMEOUT, asking).await.unwrap_or_else(|_| {
        let silent = io::Error::from(io::ErrorKind::TimedOut);
        Err(lapin::Error::from(ErrorKind::IOError(Arc::new(silent))).into())
    })
}

/// Asks for heartbeats, unless the address does.
fn with_heartbeat(url: &str) -> String {
    match url.split_once('?') {
        Some((_, query)) if query.split('&').any(|pair| pair.starts_with("heartbeat=")) => url.to_owned(),
        Some(_) => format!("{url}&heartbeat={HEARTBEAT_S}"),
        None => format!("{url}?heartbeat={HEARTBEAT_S}"),
    }
}

async fn publish_over(
    channel: &Channel,
    queue: Queue,
    messages: &[Message],
    reason: Option<&str>,
) -> Result<(), BusError> {
    let mut confirms = Vec::with_capacity(messages.len());
    for message in messages {
        let mut headers = FieldTable::default();
        if let Some(reason) = reason {
            headers.insert(REASON_HEADER.into(), AMQPValue::LongString(reason.into()));
        }
        let properties = BasicProperties::default()
            .with_content_type(CONTENT_TYPE.into())
            .with_message_id(short(&message.id).into())
            .with_delivery_mode(PERSISTENT)
            .with_headers(headers);
        let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
        let confirm = channel
            .basic_publish(
                queue.name().into(),
                short(&message.key).into(),
                options,
                &message.body,
                properties,
            )
            .await?;
        confirms.push(confirm);
    }
    for confirm in join_all(confirms).await {
        let confirm = confirm?;
        // A returned message reached no queue although the broker confirmed it.
        if !confirm.is_ack() || confirm.take_message().is_some() {
            return Err(BusError::NotConfirmed);
        }
    }
    Ok(())
}

/// AMQP's short strings hold at most 255 bytes.
fn short(text: &str) -> &str {
    let mut end = text.len().min(255);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Makes exchanges and queues as they must be; equal ones are left as they are. Done for every channel that is to
/// last, so that a queue somebody deleted comes back without a restart.
async fn declare(channel: &Channel) -> Result<(), BusError> {
    for (queue, kind) in [(Queue::Dead, ExchangeKind::Fanout), (Queue::Events, ExchangeKind::Topic)] {
        let mut arguments = FieldTable::default();
        arguments.insert("x-queue-type".into(), AMQPValue::LongString("quorum".into()));
        if queue == Queue::Events {
            arguments.insert("x-delivery-limit".into(), AMQPValue::LongLongInt(DELIVERY_LIMIT));
            let dead = AMQPValue::LongString(Queue::Dead.name().into());
            arguments.insert("x-dead-letter-exchange".into(), dead);
            // Only this strategy keeps a message until the dead-letter queue has confirmed it.
            arguments.insert("x-dead-letter-strategy".into(), AMQPValue::LongString("at-least-once".into()));
            arguments.insert("x-overflow".into(), AMQPValue::LongString("reject-publish".into()));
        }
        let durable = ExchangeDeclareOptions { durable: true, ..ExchangeDeclareOptions::default() };
        channel.exchange_declare(queue.name().into(), kind, durable, FieldTable::default()).await?;
        let durable = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
        channel.queue_declare(queue.name().into(), durable, arguments).await?;
        let bind = QueueBindOptions::default();
        channel
            .queue_bind(queue.name().into(), queue.name().into(), "#".into(), bind, FieldTable::default())
            .await?;
    }
    Ok(())
}

impl AmqpReader {
    pub(crate) async fn next(&mut self, limit: usize) -> Batch {
        let mut pause = FIRST_PAUSE;
        loop {
            match self.read(limit).await {
                Ok(batch) => return batch,
                Err(error) => {
                    self.consumer = None;
                    tracing::warn!(bus.queue = self.queue.name(), %error, "lost RabbitMQ, connecting again");
                    sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        }
    }

    async fn read(&mut self, limit: usize) -> Result<Batch, BusError> {
        let consumer = match &mut self.consumer {
            Some(consumer) => consumer,
            none => {
                let (bus, queue, held) = (&self.bus, self.queue, self.unacknowledged);
                let begun =
                    self.subscribing.get_or_insert_with(|| tokio::spawn(subscribe(bus.clone(), queue, held)));
                let outcome = begun.await;
                self.subscribing = None;
                none.insert(outcome.map_err(|_| BusError::Stale)??.fuse())
            }
        };
        let first = consumer.next().await.ok_or(BusError::Stale)??;
        let mut deliveries = vec![first];
        // A fault here shows again at the next call; what came before it is still good.
        while deliveries.len() < limit
            && let Some(Some(Ok(delivery))) = consumer.next().now_or_never()
        {
            deliveries.push(delivery);
        }
        let messages = deliveries.iter_mut().map(received).collect();
        let ticket = deliveries.pop().map_or(Ticket::Nothing, |last| Ticket::Amqp(Box::new(last)));
        Ok(Batch { messages, ticket })
    }
}

async fn subscribe(bus: AmqpBus, queue: Queue, unacknowledged: u16) -> Result<Consumer, BusError> {
    let channel = answered(bus.channel()).await?;
    let consuming = answered(async {
        declare(&channel).await?;
        channel.basic_qos(unacknowledged, BasicQosOptions::default()).await?;
        let options = BasicConsumeOptions::default();
        Ok(channel.basic_consume(queue.name().into(), "".into(), options, FieldTable::default()).await?)
    });
    let outcome = consuming.await;
    if outcome.is_err() {
        // For the same reason as above: the channel ends such a consumer.
        let _ = answered(async { Ok(channel.close(200, "not subscribed".into()).await?) }).await;
    }
    outcome
}

fn received(delivery: &mut Delivery) -> Received {
    let body = std::mem::take(&mut delivery.data);
    let properties = &delivery.properties;
    let (body, malformed) = match binary::structured(properties, &body) {
        Ok(None) => (body, None),
        Ok(Some(structured)) => (structured, None),
        Err(why) => (body, Some(why)),
    };
    Received {
        id: properties.message_id().as_ref().map(ToString::to_string).unwrap_or_default(),
        reason: properties.headers().as_ref().and_then(reason),
        body,
        malformed,
    }
}

/// Why a message is a dead letter. What the broker says of its own doing comes first: a publisher may have set any header.
fn reason(headers: &FieldTable) -> Option<String> {
    match (headers.inner().get("x-death"), headers.inner().get(REASON_HEADER)) {
        (Some(deaths), _) => Some(death(deaths).unwrap_or("other").to_owned()),
        (None, Some(AMQPValue::LongString(reason))) => Some(reason.to_string()),
        (None, _) => None,
    }
}

/// The broker's reason for putting aside a message of the events' queue; the latest comes first.
fn death(deaths: &AMQPValue) -> Option<&'static str> {
    let AMQPValue::FieldArray(deaths) = deaths else { return None };
    let text = |value: Option<&AMQPValue>| match value {
        Some(AMQPValue::LongString(text)) => Some(text.to_string()),
        _ => None,
    };
    let reason = deaths.as_slice().iter().find_map(|death| {
        let AMQPValue::FieldTable(death) = death else { return None };
        let queue = text(death.inner().get("queue"))?;
        (queue == Queue::Events.name()).then(|| text(death.inner().get("reason")))?
    })?;
    ["rejected", "expired", "maxlen", "delivery_limit"].into_iter().find(|known| *known == reason)
}

/// Acknowledges everything up to this message on its channel.
pub(crate) async fn acknowledge(last: &Delivery) -> Result<(), BusError> {
    // Asked while its connection ends, lapin may never answer; then the messages come again.
    let acknowledged = answered(async { Ok(last.ack(BasicAckOptions { multiple: true }).await?) });
    if acknowledged.await? { Ok(()) } else { Err(BusError::Stale) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use lapin::types::FieldArray;

    fn table(fields: &[(&str, &str)]) -> FieldTable {
        let mut table = FieldTable::default();
        for (name, value) in fields {
            table.insert((*name).into(), AMQPValue::LongString((*value).into()));
        }
        table
    }

    #[test]
    fn a_dead_letters_reason_is_the_brokers_before_any_publishers() {
        let died = |deaths: &[&[(&str, &str)]]| {
            let mut headers = table(&[(REASON_HEADER, "forged: by a publisher")]);
            let deaths: Vec<_> = deaths.iter().map(|death| AMQPValue::FieldTable(table(death))).collect();
            headers.insert("x-death".into(), AMQPValue::FieldArray(FieldArray::from(deaths)));
            reason(&headers).unwrap()
        };
        for known in ["expired", "maxlen", "delivery_limit", "rejected"] {
            assert_eq!(died(&[&[("queue", "bevaka.events"), ("reason", known)]]), known);
        }
        let elsewhere: &[(&str, &str)] = &[("queue", "others"), ("reason", "maxlen")];
        assert_eq!(died(&[elsewhere, &[("queue", "bevaka.events"), ("reason", "expired")]]), "expired");
        assert_eq!(died(&[elsewhere]), "other");
        assert_eq!(died(&[&[("queue", "bevaka.events"), ("reason", "<b>")]]), "other");
        assert_eq!(reason(&table(&[(REASON_HEADER, "data: x")])).as_deref(), Some("data: x"));
        assert_eq!(reason(&table(&[])), None);
    }

    #[test]
    fn heartbeats_are_asked_for_unless_the_address_does() {
        for (given, asked) in [
            ("amqp://bank/bevaka", "amqp://bank/bevaka?heartbeat=10"),
            ("amqp://bank/bevaka?frame_max=9000", "amqp://bank/bevaka?frame_max=9000&heartbeat=10"),
            (
                "amqp://bank/bevaka?frame_max=9000&heartbeat=3",
                "amqp://bank/bevaka?frame_max=9000&heartbeat=3",
            ),
        ] {
            assert_eq!(with_heartbeat(given), asked);
        }
    }
}
