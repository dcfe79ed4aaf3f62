use crate::world::*;
use bevaka_domain::clock::Timestamp;
use bevaka_store::{Db, Tx, queue};
use std::collections::HashSet;

crate::on_both_engines! {
    messages_are_read_in_the_order_of_publishing
    a_message_comes_back_byte_for_byte_with_its_reason
    a_locked_message_is_given_again_when_the_lock_runs_out
    an_unlocked_queue_gives_everything_again_and_leaves_other_queues
    removed_messages_are_gone_and_the_others_are_counted
    many_messages_are_read_up_to_the_limit
}

async fn publish(tx: &mut Tx, queue: &str, names: impl IntoIterator<Item = usize>) {
    for n in names {
        queue::publish(tx, queue, &n.to_string(), n.to_string().as_bytes(), None, NOW).await.unwrap();
    }
}

async fn read(tx: &mut Tx, queue: &str, now: Timestamp, until: Timestamp, limit: usize) -> Vec<usize> {
    let read = queue::read(tx, queue, now, until, limit).await.unwrap();
    read.iter().map(|message| message.message_id.parse().unwrap()).collect()
}

async fn messages_are_read_in_the_order_of_publishing(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    publish(&mut tx, "a", [3, 1, 2]).await;
    publish(&mut tx, "b", [9]).await;
    publish(&mut tx, "a", [5, 4]).await;
    assert_eq!(read(&mut tx, "a", NOW, after(60), 2).await, [3, 1]);
    assert_eq!(read(&mut tx, "a", NOW, after(60), 10).await, [2, 5, 4]);
    assert_eq!(read(&mut tx, "a", NOW, after(60), 10).await, [0; 0]);
    assert_eq!(read(&mut tx, "b", NOW, after(60), 10).await, [9]);
}

async fn a_message_comes_back_byte_for_byte_with_its_reason(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let every_byte: Vec<u8> = (0..=255).collect();
    for (body, reason) in [(&b""[..], None), (b"\xff\0", Some("")), (&every_byte, Some("not_an_envelope"))] {
        queue::publish(&mut tx, "a", "", body, reason, NOW).await.unwrap();
        let read = queue::read(&mut tx, "a", NOW, after(60), 1).await.unwrap();
        assert_eq!((&read[0].body[..], read[0].reason.as_deref()), (body, reason));
        assert_eq!((read[0].message_id.as_str(), read[0].deliveries), ("", 1));
    }
}

async fn a_locked_message_is_given_again_when_the_lock_runs_out(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    publish(&mut tx, "a", [1, 2]).await;
    assert_eq!(read(&mut tx, "a", NOW, after(60), 1).await, [1]);
    assert_eq!(read(&mut tx, "a", after(59), after(119), 10).await, [2]);
    let again = queue::read(&mut tx, "a", after(60), after(120), 10).await.unwrap();
    assert_eq!(again.iter().map(|m| (m.message_id.as_str(), m.deliveries)).collect::<Vec<_>>(), [("1", 2)]);
}

async fn an_unlocked_queue_gives_everything_again_and_leaves_other_queues(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    publish(&mut tx, "a", [1, 2]).await;
    publish(&mut tx, "b", [9]).await;
    for queue in ["a", "b"] {
        read(&mut tx, queue, NOW, after(60), 10).await;
    }
    queue::unlock(&mut tx, "a").await.unwrap();
    assert_eq!(read(&mut tx, "a", NOW, after(60), 10).await, [1, 2]);
    assert_eq!(read(&mut tx, "b", NOW, after(60), 10).await, [0; 0]);
}

async fn removed_messages_are_gone_and_the_others_are_counted(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    publish(&mut tx, "a", [1, 2, 3]).await;
    publish(&mut tx, "b", [9]).await;
    let locked = queue::read(&mut tx, "a", NOW, after(60), 2).await.unwrap();
    assert_eq!(queue::count(&mut tx, "a").await.unwrap(), 3, "locked ones count");
    queue::remove(&mut tx, &[locked[0].id]).await.unwrap();
    queue::remove(&mut tx, &[locked[0].id]).await.unwrap();
    queue::remove(&mut tx, &[]).await.unwrap();
    assert_eq!(queue::count(&mut tx, "a").await.unwrap(), 2);
    assert_eq!(read(&mut tx, "a", after(60), after(120), 10).await, [2, 3]);
    assert_eq!(queue::count(&mut tx, "b").await.unwrap(), 1);
    assert_eq!(queue::count(&mut tx, "c").await.unwrap(), 0);
}

/// However the planner joins: an update whose rows a limit picks must not pick again.
async fn many_messages_are_read_up_to_the_limit(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    publish(&mut tx, "a", 0..500).await;
    tx.commit().await.unwrap();
    let mut all = Vec::new();
    while all.len() < 500 {
        let mut tx = db.begin().await.unwrap();
        let read = read(&mut tx, "a", NOW, after(60), 70).await;
        assert!(read.len() == 70 || all.len() + read.len() == 500, "{} messages", read.len());
        all.extend(read);
        tx.commit().await.unwrap();
    }
    assert_eq!(all, (0..500).collect::<Vec<_>>());
}

/// Two readers share the work. On SQLite there is one writer, so they take turns.
#[tokio::test]
async fn two_readers_never_get_the_same_message_on_postgres() {
    crate::on_postgres(async |db| {
        let mut tx = db.begin().await.unwrap();
        publish(&mut tx, "a", 0..20).await;
        tx.commit().await.unwrap();
        let (mut one, mut two) = (db.begin().await.unwrap(), db.begin().await.unwrap());
        let first = read(&mut one, "a", NOW, after(60), 8).await;
        let second = read(&mut two, "a", NOW, after(60), 8).await;
        assert_eq!((first.len(), second.len()), (8, 8));
        let both: HashSet<_> = first.into_iter().chain(second).collect();
        assert_eq!(both.len(), 16);
    })
    .await;
}
