//! What happens is counted, and added up over all processes.

use super::ask;
use bevaka_domain::{delivery::Outcome, user::Access};
use bevaka_support::house::{Ground, House, bytes, eventually, payment};
use serde_json::{Value, json};
use std::time::Duration;

/// What happens now, once this minute shows so many events.
async fn now_with(house: &House, events: u64) -> Value {
    eventually(&format!("{events} events in the figures"), || async {
        let (_, now) = ask(house, "now", None).await;
        let minute = now["minutes"].as_array().unwrap().last().unwrap().clone();
        (minute["events"] == json!(events) && minute["accepted"] == json!(events)).then_some(now)
    })
    .await
}

#[tokio::test]
async fn what_happened_in_a_minute_is_counted_by_reason_channel_and_outcome() {
    let house = House::open().await;
    let company = house.company().await;
    house.user(company, "anna", Access::Unrestricted, &["0701740605"]).await;
    house.user(company, "erik", Access::Restricted, &["0701740606"]).await;
    house.sms.answers([Outcome::Retry { cause: "busy".to_owned(), after: None }]);
    house.publish([bytes(&payment("p1")), b"no event".to_vec()]).await;
    house.event_when("p1", |all| all.iter().any(|d| d.attempts == 1)).await;
    house.clock.advance(Duration::from_secs(3));
    house.settled("p1").await;
    house.dead_letters(1).await;
    let now = now_with(&house, 1).await;
    let minute = now["minutes"].as_array().unwrap().last().unwrap();
    assert_eq!((&minute["told"], &minute["untold"], &minute["retried"]), (&json!(1), &json!(1), &json!(1)));
    assert_eq!((&minute["lag_ms"], &minute["greatest_lag_ms"]), (&json!(3_000), &json!(3_000)));
    let expected = json!([{"name": "no_access", "count": 1}, {"name": "told", "count": 1}]);
    assert_eq!(now["decisions"], expected);
    assert_eq!(now["channels"][0]["attempts"], json!({"accepted": 1, "retry": 1}));
    assert_eq!(now["channels"][0]["standing"], json!("runs"));
    assert_eq!(now["dead_letters"], json!([{"name": "not_an_envelope", "count": 1}]));
    house.close().await;
}

#[tokio::test]
async fn figures_of_two_processes_add_up_on_postgres() {
    let house = House::open_on(Ground::postgres(), 64).await;
    let company = house.company().await;
    house.user(company, "anna", Access::Unrestricted, &["0701740605"]).await;
    let other = house.beside().await;
    house.publish((0..600).map(|n| bytes(&payment(&format!("p{n}"))))).await;
    let (one, two) = (now_with(&house, 600).await, now_with(&other, 600).await);
    assert_eq!(one["minutes"], two["minutes"]);
    assert_eq!(one["decisions"], json!([{"name": "told", "count": 600}]));
    assert!(!house.sms.sent().is_empty(), "the first one had its part");
    let ground = other.stop().await;
    drop(ground);
    house.close().await;
}

#[tokio::test]
async fn figures_are_written_when_the_process_stops() {
    let house = House::open().await;
    let company = house.company().await;
    house.user(company, "anna", Access::Unrestricted, &["0701740605"]).await;
    house.publish([bytes(&payment("p1"))]).await;
    house.settled("p1").await;
    let house = house.stop_and_reopen().await;
    let (_, now) = ask(&house, "now", None).await;
    assert_eq!(now["minutes"][59]["events"], json!(1));
    house.close().await;
}
