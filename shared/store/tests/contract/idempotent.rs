use crate::world::*;
use bevaka_domain::ids::UserId;
use bevaka_store::{
    Db, Tx,
    idempotent::{self, Answer, Taken},
};

crate::on_both_engines! {
    a_key_is_taken_once_by_each_user_and_keeps_its_first_answer
    a_key_that_was_given_back_is_free_and_an_answered_one_is_not_given_back
    keys_are_forgotten_after_their_time
}

async fn users(tx: &mut Tx) -> [UserId; 2] {
    let company = company(tx, 1).await;
    [user(tx, company, 1).await, user(tx, company, 2).await]
}

fn answered(status: u16) -> Answer {
    Answer { status, body: format!("{{\"is\":{status}}}") }
}

async fn a_key_is_taken_once_by_each_user_and_keeps_its_first_answer(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let [one, other] = users(&mut tx).await;
    assert!(idempotent::take(&mut tx, one, "k", b"first", NOW).await.unwrap());
    assert!(!idempotent::take(&mut tx, one, "k", b"second", NOW).await.unwrap());
    assert!(idempotent::take(&mut tx, other, "k", b"second", NOW).await.unwrap());
    let taken = |answer| Some(Taken { request_hash: b"first".to_vec(), answer });
    assert_eq!(idempotent::find(&mut tx, one, "k").await.unwrap(), taken(None));
    idempotent::answer(&mut tx, one, "k", &answered(201), NOW).await.unwrap();
    idempotent::answer(&mut tx, one, "k", &answered(200), NOW).await.unwrap();
    assert_eq!(idempotent::find(&mut tx, one, "k").await.unwrap(), taken(Some(answered(201))));
    assert_eq!(idempotent::find(&mut tx, one, "K").await.unwrap(), None);
}

async fn a_key_that_was_given_back_is_free_and_an_answered_one_is_not_given_back(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let [one, _] = users(&mut tx).await;
    assert!(idempotent::take(&mut tx, one, "k", b"first", NOW).await.unwrap());
    idempotent::free(&mut tx, one, "k").await.unwrap();
    assert!(idempotent::take(&mut tx, one, "k", b"second", NOW).await.unwrap());
    idempotent::answer(&mut tx, one, "k", &answered(200), NOW).await.unwrap();
    idempotent::free(&mut tx, one, "k").await.unwrap();
    let found = idempotent::find(&mut tx, one, "k").await.unwrap();
    assert_eq!(found.unwrap().answer, Some(answered(200)));
}

async fn keys_are_forgotten_after_their_time(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let [one, _] = users(&mut tx).await;
    assert!(idempotent::take(&mut tx, one, "pending", b"1", NOW).await.unwrap());
    assert!(idempotent::take(&mut tx, one, "answered", b"1", NOW).await.unwrap());
    idempotent::answer(&mut tx, one, "answered", &answered(200), after(10)).await.unwrap();
    assert_eq!(idempotent::delete_before(&mut tx, NOW).await.unwrap(), 0);
    assert_eq!(idempotent::delete_before(&mut tx, after(10)).await.unwrap(), 1);
    assert!(idempotent::find(&mut tx, one, "answered").await.unwrap().is_some());
    assert_eq!(idempotent::delete_before(&mut tx, after(11)).await.unwrap(), 1);
}
