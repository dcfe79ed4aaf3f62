//! What can befall RabbitMQ and the way to it.

use crate::{ground::*, proxy::Proxy};
use bevaka_bus::{Bus, BusError, Queue};
use bevaka_rig::{RabbitMq, rabbitmq_vhost};
use lapin::{Channel, Connection, ConnectionProperties, options::QueueDeleteOptions, types::FieldTable};
use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};
use tokio::{sync::mpsc, time::timeout};

/// What an operator does by hand.
async fn by_hand(url: &str) -> (Connection, Channel) {
    let connection = Connection::connect(url, ConnectionProperties::default()).await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    (connection, channel)
}

async fn publish_until_taken(bus: &Bus, n: usize) {
    let taken = async { while bus.publish(&numbered([n])).await.is_err() {} };
    timeout(DEADLINE, taken).await.expect("the broker takes messages again");
}

/// Reads until each of these has been acknowledged without an error.
async fn take_all(bus: &Bus, wanted: impl IntoIterator<Item = usize>) {
    let (mut reader, mut missing) = (bus.reader(Queue::Events, 100), BTreeSet::from_iter(wanted));
    while !missing.is_empty() {
        let batch = next(&mut reader, 10).await;
        let seen = numbers(&batch.messages);
        if reader.acknowledge(batch).await.is_ok() {
            missing.retain(|n| !seen.contains(n));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_of_a_connection_that_is_gone_cannot_be_acknowledged_on_rabbitmq() {
    let ground = Ground::rabbitmq(&rabbitmq_vhost("bus"));
    let bus = ground.open().await;
    publish(&bus, &numbered(0..3)).await;
    let mut reader = bus.reader(Queue::Events, 10);
    let held = hold(&mut reader, 3).await;
    bus.close().await;
    for batch in held {
        assert!(reader.acknowledge(batch).await.is_err());
    }
    assert_eq!(numbers(&take(&mut reader, 3).await), [0, 1, 2], "the same reader gets them again");
    drop(reader);
    nothing_else_comes(&bus).await;
}

/// Delivery tags start again on each channel: an old one must not acknowledge another message.
#[tokio::test(flavor = "multi_thread")]
async fn a_batch_of_another_reader_that_is_gone_acknowledges_nothing_on_rabbitmq() {
    let ground = Ground::rabbitmq(&rabbitmq_vhost("bus"));
    let bus = ground.open().await;
    publish(&bus, &numbered(0..3)).await;
    let mut old = bus.reader(Queue::Events, 10);
    let held = hold(&mut old, 3).await;
    drop(old);
    let mut reader = bus.reader(Queue::Events, 10);
    let again = hold(&mut reader, 3).await;
    for batch in held {
        assert!(reader.acknowledge(batch).await.is_err());
    }
    drop((reader, again));
    assert_eq!(numbers(&take(&mut bus.reader(Queue::Events, 10), 3).await), [0, 1, 2]);
}

/// The end of the connection may lie in the reader's buffer behind the last messages.
#[tokio::test(flavor = "multi_thread")]
async fn a_reader_goes_on_after_its_connection_was_closed_on_rabbitmq() {
    let ground = Ground::rabbitmq(&rabbitmq_vhost("bus"));
    let bus = ground.open().await;
    publish(&bus, &numbered(0..5)).await;
    let mut reader = bus.reader(Queue::Events, 10);
    let first = next(&mut reader, 1).await;
    assert_eq!(numbers(&first.messages), [0]);
    bus.close().await;
    let mut missing: BTreeSet<_> = (0..5).collect();
    while !missing.is_empty() {
        let batch = next(&mut reader, 10).await;
        let seen = numbers(&batch.messages);
        if reader.acknowledge(batch).await.is_ok() {
            missing.retain(|n| !seen.contains(n));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_reaches_no_queue_is_not_taken_on_rabbitmq() {
    let url = rabbitmq_vhost("bus");
    let bus = Ground::rabbitmq(&url).open().await;
    publish(&bus, &numbered([1])).await;
    let (_connection, operator) = by_hand(&url).await;
    let queue = Queue::Events.name();
    operator.queue_unbind(queue.into(), queue.into(), "#".into(), FieldTable::default()).await.unwrap();
    let refused = bus.publish(&numbered([2])).await;
    assert!(matches!(refused, Err(BusError::NotConfirmed)), "{refused:?}");
    publish_until_taken(&bus, 3).await;
    take_all(&bus, [1, 3]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_that_was_deleted_is_made_again_on_rabbitmq() {
    let url = rabbitmq_vhost("bus");
    let bus = Ground::rabbitmq(&url).open().await;
    publish(&bus, &numbered([1])).await;
    let (_connection, operator) = by_hand(&url).await;
    operator.queue_delete(Queue::Events.name().into(), QueueDeleteOptions::default()).await.unwrap();
    publish_until_taken(&bus, 2).await;
    take_all(&bus, [2]).await;
}

/// A leak would use up the few channels that this connection may have.
#[tokio::test(flavor = "multi_thread")]
async fn channels_are_given_back_on_rabbitmq() {
    let bus = Ground::rabbitmq(&format!("{}?channel_max=6", rabbitmq_vhost("bus"))).open().await;
    for n in 0..40 {
        bus.ping().await.unwrap();
        let _ = timeout(Duration::from_micros(n * 100), bus.ping()).await;
        publish(&bus, &numbered([1])).await;
        take(&mut bus.reader(Queue::Events, 10), 1).await;
        let _ = timeout(Duration::from_micros(n * 100), bus.reader(Queue::Events, 10).next(1)).await;
    }
}

/// Nothing limits the length of a key but AMQP, whose routing keys have at most 255 bytes.
#[tokio::test(flavor = "multi_thread")]
async fn a_key_of_any_length_is_taken_on_rabbitmq() {
    let bus = Ground::rabbitmq(&rabbitmq_vhost("bus")).open().await;
    let mut message = message(&"é".repeat(200), b"x");
    message.key = "é".repeat(200);
    publish(&bus, &[message]).await;
    assert_eq!(take(&mut bus.reader(Queue::Events, 10), 1).await[0].id, "é".repeat(127));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broker_that_is_away_is_a_fault_and_not_a_wait_on_rabbitmq() {
    let bus = Bus::amqp("amqp://guest:guest@127.0.0.1:1/none", "contract");
    assert!(timeout(DEADLINE, bus.publish(&numbered([1]))).await.unwrap().is_err());
    assert!(timeout(DEADLINE, bus.ping()).await.unwrap().is_err());
    timeout(DEADLINE, bus.close()).await.unwrap();
}

/// Heartbeats every second, so that the silence is noticed while the test can wait.
async fn behind_a_proxy() -> (String, Proxy, Bus) {
    let url = rabbitmq_vhost("bus");
    let proxy = Proxy::start(&url).await;
    let bus = Bus::amqp(&format!("{}?heartbeat=1", proxy.url), "contract");
    (url, proxy, bus)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_notices_that_the_broker_fell_silent_on_rabbitmq() {
    let (url, proxy, bus) = behind_a_proxy().await;
    publish(&bus, &numbered([1])).await;
    let mut reader = bus.reader(Queue::Events, 1);
    let held = next(&mut reader, 1).await;
    proxy.silence();
    publish(&Ground::rabbitmq(&url).open().await, &numbered([2])).await;
    drop(held);
    let mut missing = BTreeSet::from([1, 2]);
    while !missing.is_empty() {
        let batch = next(&mut reader, 10).await;
        let seen = numbers(&batch.messages);
        if reader.acknowledge(batch).await.is_ok() {
            missing.retain(|n| !seen.contains(n));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publisher_notices_that_the_broker_fell_silent_on_rabbitmq() {
    let (_, proxy, bus) = behind_a_proxy().await;
    publish(&bus, &numbered([1])).await;
    proxy.silence();
    publish_until_taken(&bus, 2).await;
    take_all(&bus, [1, 2]).await;
}

/// A process that stops must stop, also while the network is down.
#[tokio::test(flavor = "multi_thread")]
async fn closing_does_not_wait_for_a_silent_broker_on_rabbitmq() {
    let (_, proxy, bus) = behind_a_proxy().await;
    publish(&bus, &numbered([1])).await;
    proxy.silence();
    timeout(Duration::from_secs(20), bus.close()).await.expect("closed, whether the broker answers or not");
}

/// RabbitMQ 3.10 writes the name of a new quorum queue to disk some seconds after it confirmed messages on it. Killed
/// before that, it starts again with an empty queue that never has a leader, and no client can mend it.
const QUEUE_IS_ON_DISK: Duration = Duration::from_secs(10);

/// A node of its own, for it is killed while messages are under way.
#[tokio::test(flavor = "multi_thread")]
async fn a_crash_of_the_broker_loses_nothing_that_was_taken_on_rabbitmq() {
    let mut broker = tokio::task::block_in_place(RabbitMq::start).unwrap();
    let ground = Ground::rabbitmq(&broker.amqp_url("/"));
    let (reading, publishing) = (ground.open().await, ground.open().await);

    let (seen, mut came) = mpsc::unbounded_channel();
    let mut reader = reading.reader(Queue::Events, 10);
    tokio::spawn(async move {
        loop {
            let batch = reader.next(10).await;
            // Also what cannot be acknowledged: it will only come again.
            for n in numbers(&batch.messages) {
                let _ = seen.send(n);
            }
            let _ = reader.acknowledge(batch).await;
        }
    });
    let (ok, mut taken) = mpsc::unbounded_channel();
    let publisher = tokio::spawn(async move {
        for n in 0.. {
            if publishing.publish(&numbered([n])).await.is_ok() && ok.send(n).is_err() {
                return;
            }
        }
    });

    let mut missing = BTreeSet::from([timeout(DEADLINE, taken.recv()).await.unwrap().unwrap()]);
    let first = Instant::now();
    while first.elapsed() < QUEUE_IS_ON_DISK {
        missing.insert(timeout(DEADLINE, taken.recv()).await.unwrap().unwrap());
    }
    tokio::task::block_in_place(|| broker.kill());
    tokio::task::block_in_place(|| broker.restart()).unwrap();
    while let Ok(n) = taken.try_recv() {
        missing.insert(n);
    }
    for _ in 0..20 {
        let later = timeout(DEADLINE, taken.recv()).await.expect("the publisher found the broker again");
        missing.insert(later.unwrap());
    }
    drop(taken);
    timeout(DEADLINE, publisher).await.unwrap().unwrap();
    while !missing.is_empty() {
        let n = timeout(DEADLINE, came.recv()).await;
        missing.remove(&n.unwrap_or_else(|_| panic!("{missing:?} never came")).unwrap());
    }
}
