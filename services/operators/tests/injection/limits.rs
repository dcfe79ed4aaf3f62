//! Nobody gets around the number of recipients.

use super::client::*;
use axum::http::StatusCode;
use bevaka_support::house::{House, on_both_engines};
use serde_json::json;
use std::time::Duration;

on_both_engines! {
    r37_two_injections_at_once_do_not_get_around_the_number
}

async fn settled(house: &House, name: &str, count: usize) {
    for n in 0..count {
        house.settled(&format!("{name}{n}")).await;
    }
}

#[tokio::test]
async fn r37_what_a_person_injected_before_counts_whichever_client_they_use() {
    let house = House::open().await;
    staffed(&house).await;
    let state = async |token, name, count| {
        let (status, answer) = inject(&house, token, &payments(name, count)).await;
        assert_eq!(status, StatusCode::ACCEPTED);
        answer["state"].clone()
    };
    assert_eq!(state(KARIN, "a", 60).await, "published");
    assert_eq!(state(KARINS_OTHER, "b", 40).await, "published", "together exactly the number");
    assert_eq!(state(KARIN, "c", 1).await, "waiting");
    assert_eq!(state(OLOF, "d", 1).await, "published", "another person counts by themselves");
    house.clock.advance(Duration::from_secs(3_601));
    assert_eq!(state(KARIN, "e", 100).await, "published", "what was injected long ago counts no more");
    for (name, count) in [("a", 60), ("b", 40), ("d", 1), ("e", 100)] {
        settled(&house, name, count).await;
    }
    assert_eq!(house.sms.sent().len(), 201);
    house.close().await;
}

async fn r37_two_injections_at_once_do_not_get_around_the_number(house: House) {
    staffed(&house).await;
    let (p, q) = (payments("p", 60), payments("q", 60));
    let (first, second) = tokio::join!(inject(&house, KARIN, &p), inject(&house, KARINS_OTHER, &q));
    let states = [&first.1["state"], &second.1["state"]];
    assert!(states.contains(&&json!("waiting")) && states.contains(&&json!("published")), "{states:?}");
    let published = if first.1["state"] == "published" { "p" } else { "q" };
    settled(&house, published, 60).await;
    assert_eq!(house.sms.sent().len(), 60);
    house.close().await;
}

#[tokio::test]
async fn r37_what_tells_nobody_needs_no_approval() {
    let house = House::open().await;
    house.company().await;
    let (_, answer) = inject(&house, KARIN, &payments("p", 200)).await;
    assert_eq!((&answer["state"], &answer["recipients"]), (&json!("published"), &json!(0)));
    settled(&house, "p", 200).await;
    house.close().await;
}
