//! The same request again changes nothing, and events that are stored already change nothing (R30).

use super::client::*;
use axum::http::{Method, StatusCode};
use bevaka_support::house::{House, bytes, on_both_engines, payment};
use serde_json::{Value, json};

on_both_engines! {
    r37_the_same_request_twice_at_once_injects_once
}

const ID: &str = "0d9c1a52-4d8f-4f0e-9d2b-1f5f0a7f3c11";

fn request(events: &[Value]) -> Value {
    json!({"injection_id": ID, "because": "INC-1", "events": events})
}

async fn post(house: &House, token: &str, body: &Value) -> (StatusCode, Value) {
    send(house, token, Method::POST, "", body).await
}

#[tokio::test]
async fn r37_the_same_request_again_is_answered_the_same_and_another_is_refused() {
    let house = House::open().await;
    staffed(&house).await;
    let body = request(&[payment("p1"), json!({}), payment("p1")]);
    let first = post(&house, KARIN, &body).await;
    assert_eq!((first.0, &first.1["injection_id"]), (StatusCode::ACCEPTED, &json!(ID)));
    assert_eq!(first.1["recipients"], 1, "the second of the same key changes nothing");
    assert_eq!(first.1["accepted"][1]["known"], true);
    house.settled("p1").await;
    assert_eq!(post(&house, KARIN, &body).await, first, "also once its event is stored");

    let others = [
        (KARIN, request(&[payment("p2")])),
        (KARIN, json!({"injection_id": ID, "because": "INC-2", "events": body["events"]})),
        (OLOF, body),
    ];
    for (token, other) in others {
        let (status, problem) = post(&house, token, &other).await;
        assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("injection_id_taken")));
    }
    assert_eq!((house.sms.sent().len(), entries(&house).await.len()), (1, 1));
    house.close().await;
}

async fn r37_the_same_request_twice_at_once_injects_once(house: House) {
    staffed(&house).await;
    let body = request(&payments("p", 20));
    let (first, second) = tokio::join!(post(&house, KARIN, &body), post(&house, KARIN, &body));
    assert_eq!((&first.0, &first), (&StatusCode::ACCEPTED, &second));
    for n in 0..20 {
        house.settled(&format!("p{n}")).await;
    }
    assert_eq!((house.sms.sent().len(), entries(&house).await.len()), (20, 1));
    assert_eq!(stored_and_waiting(&house, &json!(ID)).await, (20, 0));
    house.close().await;
}

#[tokio::test]
async fn r30_an_event_that_is_stored_already_changes_nothing_and_is_told() {
    let house = House::open().await;
    staffed(&house).await;
    house.publish([bytes(&payment("p1"))]).await;
    let (before, _) = house.settled("p1").await;
    let (_, answer) = inject(&house, KARIN, &[payment("p1"), payment("p2")]).await;
    let known: Vec<_> =
        answer["accepted"].as_array().unwrap().iter().map(|one| one["known"].clone()).collect();
    assert_eq!((known, &answer["recipients"]), (vec![json!(true), json!(false)], &json!(1)));
    house.settled("p2").await;
    let (after, _) = house.settled("p1").await;
    assert_eq!((after, house.sms.sent().len()), (before, 2));
    assert_eq!(get(&house, &answer["injection_id"]).await["events"], 1);
    house.close().await;
}
