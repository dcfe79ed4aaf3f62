//! Idempotency keys: a command that is sent again has no second effect.

use crate::house::{Answer, DAY, House, INVOICE, PAYMENT, Session};
use bevaka_agreements::identity::collector;
use bevaka_store::idempotent;
use serde_json::{Value, json};

const KEY: &str = "8e03978e-40d5-43dd-bc93-6894a57f9324";

async fn post(session: &Session<'_>, key: &str, path: &str, body: &Value) -> Answer {
    session.with("POST", path, &[("idempotency-key", key)], Some(body)).await
}

fn connect() -> Value {
    json!({"kind": "connect", "kinds": [PAYMENT]})
}

#[tokio::test]
async fn the_same_command_again_is_answered_as_the_first_time() {
    let house = House::open().await;
    let company = house.limited().await;
    let signatory = house.signatory(company, 0).await;
    let session = house.sign_in(&signatory).await;
    let first = post(&session, KEY, "/orders", &connect()).await;
    let again = post(&session, KEY, "/orders", &connect()).await;
    assert_eq!((first.status, &first.text), (again.status, &again.text));
    assert!(!first.headers.contains_key("idempotency-replayed"));
    assert_eq!(again.headers["idempotency-replayed"], "true");
    assert_eq!(again.headers["content-type"], "application/json");
    assert_eq!(house.orders(company).await, 1);
    // Another session of the same user is the same program.
    let other = house.sign_in(&signatory).await;
    assert_eq!(post(&other, KEY, "/orders", &connect()).await.text, first.text);
    // A command without a key, or with another, is another command.
    post(&session, "other", "/orders", &connect()).await.is(201);
    assert_eq!(house.orders(company).await, 2);
}

#[tokio::test]
async fn a_key_of_another_request_is_refused() {
    let house = House::open().await;
    let company = house.limited().await;
    let (one, two) = (house.signatory(company, 0).await, house.signatory(company, 1).await);
    let session = house.sign_in(&one).await;
    post(&session, KEY, "/orders", &connect()).await.is(201);
    let other = json!({"kind": "connect", "kinds": [INVOICE]});
    let refused = post(&session, KEY, "/orders", &other).await.refuses(422, "key_used_otherwise");
    assert_eq!(refused["field"], "Idempotency-Key");
    post(&session, KEY, "/agreement/end", &json!({"version": 1})).await.refuses(422, "key_used_otherwise");
    post(&session, KEY, "/agreement/preview", &json!({"kinds": []})).await.is(200);
    for key in ["", "å", &"k".repeat(129)] {
        post(&session, key, "/orders", &connect()).await.refuses(422, "invalid_field");
    }
    // Keys are each user's own.
    post(&house.sign_in(&two).await, KEY, "/orders", &other).await.is(201);
}

#[tokio::test]
async fn a_refusal_gives_the_key_back() {
    let house = House::open().await;
    let company = house.limited().await;
    let signatory = house.signatory(company, 0).await;
    let session = house.sign_in(&signatory).await;
    let end = json!({"version": 1});
    post(&session, KEY, "/agreement/end", &end).await.refuses(409, "not_connected");
    session.connect_and_sign(&[PAYMENT]).await;
    let ended = post(&session, KEY, "/agreement/end", &end).await.is(200);
    assert_eq!(post(&session, KEY, "/agreement/end", &end).await.is(200), ended);
}

#[tokio::test]
async fn a_command_that_was_interrupted_is_never_carried_out_again() {
    let house = House::open().await;
    let company = house.limited().await;
    let signatory = house.signatory(company, 0).await;
    let session = house.sign_in(&signatory).await;
    post(&session, KEY, "/orders", &connect()).await.is(201);
    // As a process that was killed between the effect and the note of its answer leaves it.
    let mut tx = house.db.begin().await.unwrap();
    let taken = idempotent::find(&mut tx, signatory.id, KEY).await.unwrap().unwrap();
    assert!(!taken.answer.unwrap().body.contains("order"), "answers are sealed");
    idempotent::delete_before(&mut tx, house.now().plus(DAY)).await.unwrap();
    assert!(idempotent::take(&mut tx, signatory.id, KEY, &taken.request_hash, house.now()).await.unwrap());
    tx.commit().await.unwrap();
    post(&session, KEY, "/orders", &connect()).await.refuses(409, "outcome_unknown");
    assert_eq!(house.orders(company).await, 1);
}

#[tokio::test]
async fn keys_are_forgotten_after_a_day() {
    let house = House::open().await;
    let company = house.limited().await;
    let signatory = house.signatory(company, 0).await;
    let session = house.sign_in(&signatory).await;
    post(&session, KEY, "/orders", &connect()).await.is(201);
    house.clock.advance(DAY);
    collector::sweep(&house.app).await;
    let session = house.sign_in(&signatory).await;
    assert_eq!(post(&session, KEY, "/orders", &connect()).await.headers["idempotency-replayed"], "true");
    house.clock.advance(std::time::Duration::from_micros(1));
    collector::sweep(&house.app).await;
    let answer = post(&session, KEY, "/orders", &connect()).await;
    assert!(!answer.headers.contains_key("idempotency-replayed"));
    answer.is(201);
}

/// The same command several times at the same moment: one order, one answer.
async fn at_once(house: &House) {
    let company = house.limited().await;
    let signatory = house.signatory(company, 0).await;
    let session = house.sign_in(&signatory).await;
    let order = connect();
    let (a, b, c) = tokio::join!(
        post(&session, KEY, "/orders", &order),
        post(&session, KEY, "/orders", &order),
        post(&session, KEY, "/orders", &order)
    );
    assert_eq!(a.text, b.text);
    assert_eq!(b.text, c.text);
    let replayed = [&a, &b, &c].iter().filter(|one| one.headers.contains_key("idempotency-replayed")).count();
    assert_eq!(replayed, 2);
    a.is(201);
    assert_eq!(house.orders(company).await, 1);
}

#[tokio::test]
async fn of_the_same_command_at_the_same_moment_one_is_carried_out() {
    at_once(&House::open().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_the_same_command_at_the_same_moment_one_is_carried_out_on_postgres() {
    at_once(&House::open_on_postgres().await).await;
}

#[tokio::test]
async fn a_wrong_answer_of_a_token_that_is_sent_again_is_counted_once() {
    let house = House::open().await;
    let company = house.limited().await;
    let signatory = house.signatory(company, 0).await;
    let session = house.sign_in(&signatory).await;
    let order = session.connect(&[PAYMENT]).await.is(201)["order"].as_str().unwrap().to_owned();
    let begun = session.begin_signing(&order).await.is(201);
    let path = format!("/orders/{order}/signing/{}/answer", begun["attempt"].as_str().unwrap());
    let wrong = json!({"answer": signatory.person.errs(begun["token"]["challenge"].as_str().unwrap())});
    for _ in 0..3 {
        assert_eq!(post(&session, KEY, &path, &wrong).await.is(200)["token"]["tries_left"], 4);
    }
}
