use crate::world::*;
use bevaka_domain::{clock::Timestamp, trail::Writer};
use bevaka_store::{Db, Tx, outbox};
use std::collections::HashSet;
use uuid::Uuid;

crate::on_both_engines! {
    messages_are_claimed_in_the_order_of_adding_and_by_their_own_writer_only
    a_claimed_message_is_given_again_when_the_claim_runs_out_or_is_given_back
    published_messages_are_gone_and_the_others_are_counted
    a_message_of_a_transaction_that_failed_is_not_there
    an_id_is_there_once
    many_messages_are_added_in_their_order
}

async fn many_messages_are_added_in_their_order(db: &Db) {
    let message = |n: u128| (Uuid::from_u128(n), n.to_string().into_bytes());
    let mut tx = db.begin().await.unwrap();
    outbox::add_all(&mut tx, Writer::Operators, &[], NOW).await.unwrap();
    outbox::add_all(&mut tx, Writer::Operators, &[3, 1, 2].map(message), NOW).await.unwrap();
    assert_eq!(claim(&mut tx, Writer::Operators, NOW, after(60), 10).await, [3, 1, 2]);
}

async fn add(tx: &mut Tx, writer: Writer, ids: impl IntoIterator<Item = u128>) {
    for n in ids {
        outbox::add(tx, writer, Uuid::from_u128(n), n.to_string().as_bytes(), NOW).await.unwrap();
    }
}

async fn claim(tx: &mut Tx, writer: Writer, now: Timestamp, until: Timestamp, limit: u32) -> Vec<u128> {
    let claimed = outbox::claim(tx, writer, now, until, limit).await.unwrap();
    let id = |waiting: &outbox::Waiting| {
        let n = waiting.id.as_u128();
        assert_eq!(waiting.body, n.to_string().as_bytes());
        n
    };
    claimed.iter().map(id).collect()
}

async fn messages_are_claimed_in_the_order_of_adding_and_by_their_own_writer_only(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    add(&mut tx, Writer::Agreements, [3, 1, 2]).await;
    add(&mut tx, Writer::Watches, [9]).await;
    add(&mut tx, Writer::Agreements, [5, 4]).await;
    assert_eq!(claim(&mut tx, Writer::Agreements, NOW, after(60), 2).await, [3, 1]);
    assert_eq!(claim(&mut tx, Writer::Agreements, NOW, after(60), 10).await, [2, 5, 4]);
    assert_eq!(claim(&mut tx, Writer::Agreements, NOW, after(60), 10).await, [0; 0]);
    assert_eq!(claim(&mut tx, Writer::Operators, NOW, after(60), 10).await, [0; 0]);
    assert_eq!(claim(&mut tx, Writer::Watches, NOW, after(60), 10).await, [9]);
}

async fn a_claimed_message_is_given_again_when_the_claim_runs_out_or_is_given_back(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    add(&mut tx, Writer::Agreements, [1, 2]).await;
    assert_eq!(claim(&mut tx, Writer::Agreements, NOW, after(60), 1).await, [1]);
    assert_eq!(claim(&mut tx, Writer::Agreements, after(59), after(119), 10).await, [2]);
    let again = outbox::claim(&mut tx, Writer::Agreements, after(60), after(120), 10).await.unwrap();
    assert_eq!(again.len(), 1);
    outbox::release(&mut tx, &again).await.unwrap();
    assert_eq!(claim(&mut tx, Writer::Agreements, after(61), after(121), 10).await, [1]);
    outbox::release_all(&mut tx, Writer::Watches).await.unwrap();
    assert_eq!(claim(&mut tx, Writer::Agreements, after(61), after(121), 10).await, [0; 0]);
    outbox::release_all(&mut tx, Writer::Agreements).await.unwrap();
    assert_eq!(claim(&mut tx, Writer::Agreements, after(61), after(121), 10).await, [1, 2]);
}

async fn published_messages_are_gone_and_the_others_are_counted(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    add(&mut tx, Writer::Agreements, [1, 2, 3]).await;
    add(&mut tx, Writer::Watches, [9]).await;
    let claimed = outbox::claim(&mut tx, Writer::Agreements, NOW, after(60), 2).await.unwrap();
    assert_eq!(outbox::count(&mut tx, Writer::Agreements).await.unwrap(), 3, "claimed ones count");
    outbox::remove(&mut tx, &claimed).await.unwrap();
    outbox::remove(&mut tx, &claimed).await.unwrap();
    assert_eq!(outbox::count(&mut tx, Writer::Agreements).await.unwrap(), 1);
    assert_eq!(outbox::count(&mut tx, Writer::Watches).await.unwrap(), 1);
    assert_eq!(claim(&mut tx, Writer::Agreements, after(60), after(120), 10).await, [3]);
}

async fn a_message_of_a_transaction_that_failed_is_not_there(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    add(&mut tx, Writer::Agreements, [1]).await;
    drop(tx);
    let mut tx = db.begin().await.unwrap();
    assert_eq!(outbox::count(&mut tx, Writer::Agreements).await.unwrap(), 0);
}

async fn an_id_is_there_once(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    add(&mut tx, Writer::Agreements, [1]).await;
    assert!(outbox::add(&mut tx, Writer::Watches, Uuid::from_u128(1), b"1", NOW).await.is_err());
}

/// Two processes of one service share the work. On SQLite there is one.
#[tokio::test]
async fn two_relays_never_claim_the_same_message_on_postgres() {
    crate::on_postgres(async |db| {
        let mut tx = db.begin().await.unwrap();
        add(&mut tx, Writer::Agreements, 0..20).await;
        tx.commit().await.unwrap();
        let (mut one, mut two) = (db.begin().await.unwrap(), db.begin().await.unwrap());
        let first = claim(&mut one, Writer::Agreements, NOW, after(60), 8).await;
        let second = claim(&mut two, Writer::Agreements, NOW, after(60), 8).await;
        assert_eq!((first.len(), second.len()), (8, 8));
        let both: HashSet<_> = first.into_iter().chain(second).collect();
        assert_eq!(both.len(), 16);
    })
    .await;
}
