//! One alert.

use super::{ask, because, code, detail, done, post};
use axum::http::StatusCode;
use bevaka_domain::{
    clock::Clock,
    delivery::{Delivery, Outcome, State},
    ids::DeliveryId,
    operator::Role,
    user::{Access, UserState},
    watch::{Because, Digest, Settings},
};
use bevaka_support::{
    gathering::quiet,
    house::{House, bytes, message, on_both_engines, payment},
};
use serde_json::json;
use std::time::Duration;

const LATER: &str = "00112233445566778899aabbccddeeff";

on_both_engines! {
    r40_an_alert_that_failed_is_sent_once_more_by_its_old_key
    r40_an_alert_that_waits_for_its_next_try_is_tried_at_once
    r40_what_cannot_be_tried_again_says_why_and_nothing_is_sent
    r40_whoever_gives_no_reason_or_no_alert_changes_nothing
    r40_a_cancelled_alert_never_leaves
    r22_a_right_lost_meanwhile_counts_when_an_alert_is_tried_again
    r40_a_message_of_many_is_tried_again_as_one
    r40_whoever_tries_again_beside_the_sweep_never_sends_twice
}

pub async fn user(house: &House) {
    let company = house.company().await;
    house.user(company, "anna", Access::Unrestricted, &["0701740605"]).await;
}

pub fn rejected() -> Outcome {
    Outcome::Rejected { cause: "smtp_550".into() }
}

pub fn busy() -> Outcome {
    Outcome::Retry { cause: "smtp_451".into(), after: Some(Duration::from_secs(600)) }
}

pub fn waits(delivery: &Delivery) -> bool {
    matches!(delivery.state, State::Waiting { .. })
}

/// Publishes a payment and waits until its one alert is as asked.
pub async fn alert(house: &House, id: &str, ready: fn(&Delivery) -> bool) -> Delivery {
    house.publish([bytes(&payment(id))]).await;
    let (_, mut all) = house.event_when(id, |all| !all.is_empty() && all.iter().all(ready)).await;
    all.remove(0)
}

async fn retry(house: &House, id: DeliveryId) -> (StatusCode, String) {
    let (status, body) = because(house, &format!("deliveries/{id}/retry")).await;
    (status, code(&body).to_owned())
}

async fn cancel(house: &House, id: DeliveryId) -> (StatusCode, String) {
    let (status, body) = because(house, &format!("deliveries/{id}/cancel")).await;
    (status, code(&body).to_owned())
}

fn conflict(code: &str) -> (StatusCode, String) {
    (StatusCode::CONFLICT, code.to_owned())
}

async fn r40_an_alert_that_failed_is_sent_once_more_by_its_old_key(house: House) {
    user(&house).await;
    house.sms.answers([rejected()]);
    let failed = alert(&house, "p1", |delivery| matches!(delivery.state, State::Failed { .. })).await;
    let (status, view) = because(&house, &format!("deliveries/{}/retry", failed.id)).await;
    assert_eq!(
        (status, &view["state"], &view["cause"]),
        (StatusCode::OK, &json!("waiting"), &json!("operator_retry"))
    );
    let sent = |delivery: &Delivery| matches!(delivery.state, State::Accepted { .. });
    let (_, all) = house.event_when("p1", |all| all.iter().all(sent)).await;
    assert_eq!((all[0].attempts, all[0].possible_duplicate), (2, false));
    let what: Vec<_> = all[0].history.iter().map(|entry| &*entry.what).collect();
    assert_eq!(what, ["rejected", "retried", "accepted"]);
    let keys: Vec<_> = house.sms.sent().iter().map(|alert| alert.key).collect();
    assert_eq!(keys, [failed.id.0, failed.id.0]);
    let entries = done(&house, "delivery_retried").await;
    assert_eq!((&*entries[0].subject, entries[0].organisation.is_some()), (&*failed.id.to_string(), true));
    assert_eq!(detail(&entries[0]), json!({"because": "INC-7, kund ringde", "was": "failed", "along": 0}));
    house.close().await;
}

async fn r40_an_alert_that_waits_for_its_next_try_is_tried_at_once(house: House) {
    user(&house).await;
    house.sms.answers([busy()]);
    let waiting = alert(&house, "p1", waits).await;
    assert_eq!(retry(&house, waiting.id).await.0, StatusCode::OK);
    let (_, all) = house.settled("p1").await;
    assert_eq!(
        (all[0].attempts, house.clock.now()),
        (2, bevaka_support::house::start_of_test()),
        "no time has passed"
    );
    house.close().await;
}

async fn r40_what_cannot_be_tried_again_says_why_and_nothing_is_sent(house: House) {
    let company = house.company().await;
    let (anna, _) = house.user(company, "anna", Access::Unrestricted, &["0701740605"]).await;
    let sent = alert(&house, "accepted", |delivery| matches!(delivery.state, State::Accepted { .. })).await;
    assert_eq!(retry(&house, sent.id).await, conflict("accepted"));
    assert_eq!(cancel(&house, sent.id).await, conflict("accepted"));
    house.sms.hang();
    let sending = alert(&house, "sending", |delivery| matches!(delivery.state, State::Sending { .. })).await;
    assert_eq!(retry(&house, sending.id).await, conflict("under_way"));
    assert_eq!(cancel(&house, sending.id).await, conflict("under_way"));
    house.sms.answers([rejected()]);
    house.sms.release(1);
    house.settled("sending").await;
    assert_eq!(cancel(&house, sending.id).await, conflict("failed"));
    house.narrow(anna, "payment.rejected", quiet("14:00", "16:00")).await;
    let held = alert(&house, "held", waits).await;
    assert_eq!(retry(&house, held.id).await, conflict("held"));
    house.set_state(anna, UserState::Blocked).await;
    house.clock.advance(Duration::from_secs(7_200));
    house.settled("held").await;
    assert_eq!(retry(&house, held.id).await, conflict("suppressed"));
    assert_eq!(cancel(&house, held.id).await, conflict("suppressed"));
    house.clock.advance(Duration::from_secs(86_400 * 30));
    // The first token has expired as well.
    house.let_in("olle", LATER, &Role::ALL).await;
    let path = format!("deliveries/{}/retry", sending.id);
    let (status, problem) = ask(&house, LATER, "POST", &path, json!({"because": "INC-7"})).await;
    assert_eq!((status, code(&problem)), (StatusCode::CONFLICT, "expired"));
    house.close().await;
}

async fn r40_whoever_gives_no_reason_or_no_alert_changes_nothing(house: House) {
    user(&house).await;
    let sent = alert(&house, "p1", |delivery| matches!(delivery.state, State::Accepted { .. })).await;
    assert_eq!(retry(&house, DeliveryId(uuid::Uuid::nil())).await.0, StatusCode::NOT_FOUND);
    let (status, problem) =
        post(&house, &format!("deliveries/{}/retry", sent.id), json!({"because": ""})).await;
    assert_eq!((status, &problem["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("because")));
    assert_eq!(house.sms.sent().len(), 1);
    assert!(done(&house, "delivery_retried").await.is_empty());
    house.close().await;
}

async fn r40_a_cancelled_alert_never_leaves(house: House) {
    let company = house.company().await;
    let (anna, _) = house.user(company, "anna", Access::Unrestricted, &["0701740605"]).await;
    house.narrow(anna, "payment.rejected", quiet("14:00", "16:00")).await;
    let held = alert(&house, "p1", waits).await;
    let (status, view) = because(&house, &format!("deliveries/{}/cancel", held.id)).await;
    assert_eq!(
        (status, &view["state"], &view["cause"]),
        (StatusCode::OK, &json!("failed"), &json!("cancelled"))
    );
    assert_eq!(cancel(&house, held.id).await, conflict("cancelled"));
    assert_eq!(retry(&house, held.id).await, conflict("cancelled"));
    // Another number and another time lead nowhere.
    house.replace(anna, "payment.rejected", "0701740606").await;
    house.clock.advance(Duration::from_secs(7_200));
    house.publish([bytes(&payment("p2"))]).await;
    house.settled("p2").await;
    let (_, all) = house.settled("p1").await;
    assert_eq!(all.iter().map(|delivery| delivery.state.cause()).collect::<Vec<_>>(), [Some("cancelled")]);
    assert_eq!(house.sms.sent().len(), 1);
    assert_eq!(detail(&done(&house, "delivery_cancelled").await[0])["was"], "waiting");
    house.close().await;
}

async fn r22_a_right_lost_meanwhile_counts_when_an_alert_is_tried_again(house: House) {
    let company = house.company().await;
    let (anna, _) = house.user(company, "anna", Access::Unrestricted, &["0701740605"]).await;
    house.sms.answers([rejected()]);
    let failed = alert(&house, "p1", |delivery| matches!(delivery.state, State::Failed { .. })).await;
    house.set_state(anna, UserState::Blocked).await;
    assert_eq!(retry(&house, failed.id).await.0, StatusCode::OK);
    let (_, all) =
        house.event_when("p1", |all| all.iter().all(|d| matches!(d.state, State::Suppressed(_)))).await;
    assert_eq!((all.len(), house.sms.sent().len()), (1, 1));
    house.close().await;
}

async fn r40_a_message_of_many_is_tried_again_as_one(house: House) {
    let company = house.company().await;
    let (anna, _) = house.user(company, "anna", Access::Unrestricted, &["0701740605"]).await;
    let time = |text: &str| bevaka_domain::clock::TimeOfDay::parse(text).unwrap();
    let digest = Digest::Day { at: time("15:00") };
    for kind in ["payment.rejected", "message.received"] {
        house.narrow(anna, kind, Settings { digest: Some(digest), ..Settings::default() }).await;
    }
    house.publish([bytes(&payment("p1")), bytes(&message("m1"))]).await;
    let gathered = |delivery: &Delivery| delivery.state.cause() == Some(Because::Digest.as_str());
    for id in ["p1", "m1"] {
        house.event_when(id, |all| !all.is_empty() && all.iter().all(gathered)).await;
    }
    house.sms.answers([rejected()]);
    house.clock.advance(Duration::from_secs(3_600));
    let failed =
        house.event_when("p1", |all| all.iter().all(|d| matches!(d.state, State::Failed { .. }))).await.1;
    house.event_when("m1", |all| all.iter().all(|d| matches!(d.state, State::Failed { .. }))).await;
    assert_eq!(retry(&house, failed[0].id).await.0, StatusCode::OK);
    for id in ["p1", "m1"] {
        let sent = |delivery: &Delivery| matches!(delivery.state, State::Accepted { .. });
        house.event_when(id, |all| all.iter().all(sent)).await;
    }
    let keys: Vec<_> = house.sms.sent().iter().map(|alert| alert.key).collect();
    let parcel = failed[0].parcel.unwrap().0;
    assert_eq!(keys, [parcel, parcel]);
    assert_eq!(detail(&done(&house, "delivery_retried").await[0])["along"], 1);
    house.close().await;
}

async fn r40_whoever_tries_again_beside_the_sweep_never_sends_twice(house: House) {
    user(&house).await;
    for round in 0..10 {
        house.sms.answers([busy()]);
        let waiting = alert(&house, &format!("p{round}"), waits).await;
        // The sweep finds it due while operators ask for it to be tried and to be stopped.
        house.clock.advance(Duration::from_secs(600));
        let (retried, again, cancelled) =
            tokio::join!(retry(&house, waiting.id), retry(&house, waiting.id), cancel(&house, waiting.id));
        let (_, all) = house.settled(&format!("p{round}")).await;
        let was_cancelled = cancelled.0 == StatusCode::OK;
        assert_eq!(all[0].state.cause() == Some("cancelled"), was_cancelled, "{cancelled:?}: {all:?}");
        assert_eq!(all[0].attempts, if was_cancelled { 1 } else { 2 }, "{retried:?} {again:?}");
        assert!(!all[0].possible_duplicate);
        let keys = house.sms.sent().into_iter().filter(|alert| alert.key == waiting.id.0).count();
        assert_eq!(keys, if was_cancelled { 1 } else { 2 });
    }
    house.close().await;
}
