//! What every bus promises.

use crate::ground::*;
use bevaka_bus::{Batch, Queue, Received};
use std::{future::poll_fn, task::Poll, time::Duration};
use tokio::time::timeout;

macro_rules! on_every_bus {
    ($($check:ident)+) => {$(
        mod $check {
            #[tokio::test(flavor = "multi_thread")]
            async fn on_sqlite() {
                crate::ground::on_sqlite(super::$check).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn on_postgres() {
                crate::ground::on_postgres(super::$check).await;
            }

            #[tokio::test(flavor = "multi_thread")]
            async fn on_rabbitmq() {
                crate::ground::on_rabbitmq(super::$check).await;
            }
        }
    )+};
}

on_every_bus! {
    messages_come_in_the_order_of_publishing
    a_batch_holds_at_most_the_limit_and_never_breaks_the_order
    a_message_comes_byte_for_byte
    a_message_wakes_a_reader_that_waits
    what_was_published_outlives_its_publisher
    unacknowledged_messages_come_again_to_a_new_reader
    acknowledged_messages_never_come_again
    only_acknowledged_batches_are_done
    two_readers_share_the_messages
    a_message_put_aside_carries_its_reason_and_every_byte
    a_reader_that_is_cancelled_loses_nothing
    a_message_that_kills_its_readers_is_put_aside
    nothing_published_and_nothing_acknowledged_is_no_fault
    the_bus_answers_a_ping
}

async fn messages_come_in_the_order_of_publishing(ground: &Ground) {
    let bus = ground.open().await;
    publish(&bus, &numbered(0..50)).await;
    publish(&bus, &numbered(50..51)).await;
    publish(&bus, &numbered(51..200)).await;
    let mut reader = bus.reader(Queue::Events, 20);
    assert_eq!(numbers(&take(&mut reader, 200).await), (0..200).collect::<Vec<_>>());
    drop(reader);
    nothing_else_comes(&bus).await;
}

async fn a_batch_holds_at_most_the_limit_and_never_breaks_the_order(ground: &Ground) {
    let bus = ground.open().await;
    let mut reader = bus.reader(Queue::Events, 1_000);
    publish(&bus, &numbered(0..100)).await;
    let (mut seen, mut limits) = (Vec::new(), [1, 7, 30].into_iter().cycle());
    while seen.len() < 100 {
        let limit = limits.next().unwrap();
        let batch = next(&mut reader, limit).await;
        assert!((1..=limit).contains(&batch.messages.len()), "{} messages", batch.messages.len());
        seen.extend(numbers(&batch.messages));
        reader.acknowledge(batch).await.unwrap();
    }
    assert_eq!(seen, (0..100).collect::<Vec<_>>());
}

async fn a_message_comes_byte_for_byte(ground: &Ground) {
    let bus = ground.open().await;
    let every_byte: Vec<u8> = (0..=255).collect();
    let large = vec![0xC3; 1_000_000];
    let long = "i".repeat(255);
    let sent = [
        message("", b""),
        message("åäö 🙂", b"\0"),
        message(&long, &every_byte),
        message("large", &large),
        message("invalid", b"\"\xff\xfe\""),
    ];
    publish(&bus, &sent).await;
    let taken = take(&mut bus.reader(Queue::Events, 10), sent.len()).await;
    for (sent, taken) in sent.iter().zip(taken) {
        assert_eq!((taken.id, taken.reason), (sent.id.clone(), None));
        assert!(taken.body == sent.body, "{} bytes came", taken.body.len());
    }
}

async fn a_message_wakes_a_reader_that_waits(ground: &Ground) {
    let (bus, other) = (ground.open().await, ground.open().await);
    let mut reader = bus.reader(Queue::Events, 10);
    for publisher in [&bus, &other] {
        let reading = tokio::spawn(async move {
            let taken = take(&mut reader, 1).await;
            (reader, taken)
        });
        publish(publisher, &numbered([1])).await;
        let taken;
        (reader, taken) = reading.await.unwrap();
        assert_eq!(numbers(&taken), [1]);
    }
}

async fn what_was_published_outlives_its_publisher(ground: &Ground) {
    let bus = ground.open().await;
    publish(&bus, &numbered(0..10)).await;
    // Dropped without a farewell: Ok meant durable.
    drop(bus);
    let bus = ground.open().await;
    assert_eq!(numbers(&take(&mut bus.reader(Queue::Events, 10), 10).await), (0..10).collect::<Vec<_>>());
}

async fn unacknowledged_messages_come_again_to_a_new_reader(ground: &Ground) {
    let bus = ground.open().await;
    publish(&bus, &numbered(0..10)).await;
    for round in 0..2 {
        let mut reader = bus.reader(Queue::Events, 100);
        let held = hold(&mut reader, 10).await;
        let seen: Vec<_> = held.iter().flat_map(|batch| numbers(&batch.messages)).collect();
        assert_eq!(seen, (0..10).collect::<Vec<_>>(), "round {round}");
        drop(reader);
        ground.let_locks_run_out();
    }
    bus.close().await;
    drop(bus);
    let bus = ground.open().await;
    assert_eq!(numbers(&take(&mut bus.reader(Queue::Events, 100), 10).await), (0..10).collect::<Vec<_>>());
}

async fn acknowledged_messages_never_come_again(ground: &Ground) {
    let bus = ground.open().await;
    publish(&bus, &numbered(0..10)).await;
    take(&mut bus.reader(Queue::Events, 100), 10).await;
    // The last acknowledgement was given a moment ago: closing must not lose it.
    bus.close().await;
    drop(bus);
    ground.let_locks_run_out();
    nothing_else_comes(&ground.open().await).await;
}

async fn only_acknowledged_batches_are_done(ground: &Ground) {
    let bus = ground.open().await;
    publish(&bus, &numbered(0..3)).await;
    let mut reader = bus.reader(Queue::Events, 100);
    let mut held = Vec::new();
    for _ in 0..3 {
        held.push(next(&mut reader, 1).await);
    }
    reader.acknowledge(held.remove(0)).await.unwrap();
    drop((reader, held));
    bus.close().await;
    ground.let_locks_run_out();
    let bus = ground.open().await;
    assert_eq!(numbers(&take(&mut bus.reader(Queue::Events, 100), 2).await), [1, 2]);
    nothing_else_comes(&bus).await;
}

async fn two_readers_share_the_messages(ground: &Ground) {
    let bus = ground.open().await;
    publish(&bus, &numbered(0..100)).await;
    let (sender, mut taken) = tokio::sync::mpsc::unbounded_channel();
    for _ in 0..2 {
        let (mut reader, sender) = (bus.reader(Queue::Events, 5), sender.clone());
        tokio::spawn(async move {
            loop {
                let batch = reader.next(5).await;
                let seen = numbers(&batch.messages);
                reader.acknowledge(batch).await.unwrap();
                if sender.send(seen).is_err() {
                    return;
                }
            }
        });
    }
    let mut all = Vec::new();
    while all.len() < 100 {
        let mut seen = timeout(DEADLINE, taken.recv()).await.unwrap().unwrap();
        assert!(seen.is_sorted());
        all.append(&mut seen);
    }
    all.sort_unstable();
    assert_eq!(all, (0..100).collect::<Vec<_>>(), "each came once");
}

async fn a_message_put_aside_carries_its_reason_and_every_byte(ground: &Ground) {
    let bus = ground.open().await;
    let every_byte: Vec<u8> = (0..=255).collect();
    let large = vec![0xC3; 1_000_000];
    let long = "é".repeat(2_000);
    let aside: Vec<_> = [
        ("", &b""[..], ""),
        ("1", b"\"\xff\xfe", "not_an_envelope"),
        ("2", &every_byte, "åäö 🙂"),
        ("3", &large, &long),
    ]
    .into_iter()
    .map(|(id, body, reason)| Received {
        id: id.into(),
        body: body.into(),
        reason: Some(reason.into()),
        malformed: None,
    })
    .collect();
    for message in &aside {
        let (reason, as_read) =
            (message.reason.clone().unwrap(), Received { reason: None, ..message.clone() });
        bus.put_aside(&as_read, &reason).await.unwrap();
    }
    let taken = take(&mut bus.reader(Queue::Dead, 10), aside.len()).await;
    assert!(taken == aside, "{:?}", taken.iter().map(|m| (&m.id, m.body.len())).collect::<Vec<_>>());
    nothing_else_comes(&bus).await;
}

/// No clock runs out here: a message that a cancelled call took along would be gone for good.
async fn a_reader_that_is_cancelled_loses_nothing(ground: &Ground) {
    const COUNT: usize = 60;
    let bus = ground.open().await;
    let mut reader = bus.reader(Queue::Events, 100);
    let (mut seen, publisher) = (Vec::new(), bus.clone());
    let publishing = tokio::spawn(async move {
        for n in 0..COUNT {
            publish(&publisher, &numbered([n])).await;
        }
    });
    let mut patience = (0_u64..40).map(|step| Duration::from_micros(step * 150)).cycle();
    let reading = async {
        while seen.len() < COUNT {
            let Ok(batch) = timeout(patience.next().unwrap(), reader.next(4)).await else { continue };
            seen.extend(numbers(&batch.messages));
            reader.acknowledge(batch).await.unwrap();
            // Once more, given up after a single look.
            let mut once = Box::pin(reader.next(4));
            let looked = poll_fn(|context| Poll::Ready(once.as_mut().poll(context))).await;
            drop(once);
            if let Poll::Ready(batch) = looked {
                seen.extend(numbers(&batch.messages));
                reader.acknowledge(batch).await.unwrap();
            }
        }
    };
    timeout(DEADLINE, reading).await.expect("every message comes");
    publishing.await.unwrap();
    assert_eq!(seen, (0..COUNT).collect::<Vec<_>>());
}

async fn a_message_that_kills_its_readers_is_put_aside(ground: &Ground) {
    let bus = ground.open().await;
    let killer = message("killer", b"\xff");
    publish(&bus, std::slice::from_ref(&killer)).await;
    let mut dead = bus.reader(Queue::Dead, 10);
    let mut readers = 0;
    let aside = loop {
        let mut reader = bus.reader(Queue::Events, 10);
        tokio::select! {
            batch = next(&mut reader, 1) => assert_eq!(batch.messages[0].id, "killer"),
            batch = next(&mut dead, 1) => break batch,
        }
        readers += 1;
        assert!(readers < 100, "it comes again and again");
        drop(reader);
        ground.let_locks_run_out();
    };
    assert!(readers >= 50, "only {readers} readers had it");
    let reason = Some("delivery_limit".to_owned());
    let expected = Received { id: killer.id, body: killer.body, reason, malformed: None };
    assert_eq!(aside.messages, [expected]);
    dead.acknowledge(aside).await.unwrap();
    nothing_else_comes(&bus).await;
}

async fn nothing_published_and_nothing_acknowledged_is_no_fault(ground: &Ground) {
    let bus = ground.open().await;
    publish(&bus, &[]).await;
    bus.reader(Queue::Events, 10).acknowledge(Batch::default()).await.unwrap();
    nothing_else_comes(&bus).await;
}

async fn the_bus_answers_a_ping(ground: &Ground) {
    let bus = ground.open().await;
    bus.ping().await.unwrap();
    bus.ping().await.unwrap();
}
