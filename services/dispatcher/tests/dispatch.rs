//! The rules of dispatch, through the whole dispatcher: from a body on the bus to what the couriers get.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a test fails by panicking")]

mod contacts;
mod gathering;
mod holding;
mod notices;

use bevaka_domain::{
    clock::Clock,
    delivery::{Outcome, State},
    entitlement::{Reason, Verdict},
    user::{Access, Permission, UserState},
    watch::Channel,
};
use bevaka_support::house::{House, bytes, eventually, payment, retry, start_of_test};
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn r31_every_user_gets_a_decision_and_only_the_entitled_are_told() {
    let house = House::open().await;
    let company = house.company().await;
    house.user(company, "anna", Access::Unrestricted, &["0701740605", "anna@x.example"]).await;
    let (erik, _) = house.user(company, "erik", Access::Restricted, &["0701740606"]).await;
    let (maja, _) = house.user(company, "maja", Access::Restricted, &["maja@x.example"]).await;
    house.grant(maja, &[Permission::ManageWatches]).await;
    let (karin, _) = house.user(company, "karin", Access::Unrestricted, &[]).await;
    house.publish([bytes(&payment("p1"))]).await;

    let (decided, deliveries) = house.settled("p1").await;
    assert_eq!(decided.decisions.len(), 4);
    let verdict = |user| decided.decisions.iter().find(|d| d.user == user).unwrap().verdict.clone();
    assert_eq!(verdict(erik), Verdict::Suppressed(Reason::NoAccess));
    assert_eq!(verdict(karin), Verdict::Suppressed(Reason::NoWatch));
    assert_eq!((decided.agreement_version, deliveries.len()), (Some(1), 3));
    assert!(deliveries.iter().all(|delivery| matches!(delivery.state, State::Accepted { .. })));
    let told = |alerts: Vec<bevaka_channels::Alert>| {
        let mut to: Vec<_> = alerts.iter().map(|alert| alert.to.reveal().to_owned()).collect();
        to.sort();
        to
    };
    assert_eq!(told(house.sms.sent()), ["+46701740605"]);
    assert_eq!(told(house.email.sent()), ["anna@x.example", "maja@x.example"]);
    house.close().await;
}

#[tokio::test]
async fn r29_a_message_to_one_user_alerts_only_that_user() {
    let house = House::open().await;
    let company = house.company().await;
    house.user(company, "anna", Access::Unrestricted, &["0701740605"]).await;
    house.user(company, "sara", Access::Unrestricted, &["0701740606"]).await;
    let mut message = payment("m1");
    message["type"] = json!("message.received");
    message["recipient"] = json!("sara");
    message["data"] = json!({"message_id": "m1"});
    house.publish([bytes(&message)]).await;
    house.settled("m1").await;
    let sent = house.sms.sent();
    assert_eq!(sent.iter().map(|alert| alert.to.reveal()).collect::<Vec<_>>(), ["+46701740606"]);
    house.close().await;
}

#[tokio::test]
async fn r30_the_same_event_again_changes_nothing() {
    let house = House::open().await;
    let company = house.company().await;
    house.user(company, "anna", Access::Unrestricted, &["0701740605"]).await;
    house.publish([bytes(&payment("p1")), bytes(&payment("p1"))]).await;
    let (first, _) = house.settled("p1").await;
    house.publish([bytes(&payment("p1")), bytes(&payment("p2"))]).await;
    house.settled("p2").await;
    let (again, _) = house.settled("p1").await;
    assert_eq!(again, first);
    assert_eq!(house.sms.sent().len(), 2, "one for each event");
    house.close().await;
}

#[tokio::test]
async fn r22_a_right_lost_while_an_alert_waits_for_its_retry_stops_it() {
    let house = House::open().await;
    let company = house.company().await;
    let (anna, _) = house.user(company, "anna", Access::Unrestricted, &["0701740605"]).await;
    house.sms.answers([retry()]);
    house.publish([bytes(&payment("p1"))]).await;
    house.event_when("p1", |all| all.iter().any(|d| matches!(d.state, State::Waiting { .. }))).await;
    house.set_state(anna, UserState::Blocked).await;
    house.clock.advance(Duration::from_secs(3));
    let (_, deliveries) = house.settled("p1").await;
    assert_eq!(deliveries[0].state, State::Suppressed(Reason::UserBlocked));
    assert_eq!(house.sms.sent().len(), 1, "the attempt from before");
    house.close().await;
}

#[tokio::test]
async fn r22_a_right_lost_while_an_alert_waits_for_its_turn_stops_it() {
    let house = House::open_with_concurrency(1).await;
    let company = house.company().await;
    let (anna, _) = house.user(company, "anna", Access::Restricted, &["0701740605"]).await;
    house.grant(anna, &[Permission::ManageWatches]).await;
    house.sms.hang();
    house.publish([bytes(&payment("p1"))]).await;
    eventually("the first attempt", || async { (house.sms.sent().len() == 1).then_some(()) }).await;
    // One waits for the slot already, the other in the queue behind it.
    house.publish([bytes(&payment("p2"))]).await;
    house.event_when("p2", |all| all.len() == 1).await;
    house.publish([bytes(&payment("p3"))]).await;
    house.event_when("p3", |all| all.len() == 1).await;
    house.grant(anna, &[]).await;
    house.clock.advance(Duration::from_secs(1));
    house.sms.release(2);
    let (_, deliveries) = house.settled("p3").await;
    assert_eq!(deliveries[0].state, State::Suppressed(Reason::NoAccess));
    house.settled("p1").await;
    let (_, second) = house.settled("p2").await;
    assert_eq!(
        second[0].state,
        State::Suppressed(Reason::NoAccess),
        "its check is as old as its wait for a slot"
    );
    assert_eq!(house.sms.sent().len(), 1);
    house.close().await;
}

#[tokio::test]
async fn r17_from_the_end_of_the_agreement_on_nothing_is_sent_what_waits_included() {
    let house = House::open().await;
    let company = house.company().await;
    house.user(company, "anna", Access::Unrestricted, &["0701740605"]).await;
    house.sms.answers([retry()]);
    house.publish([bytes(&payment("p1"))]).await;
    house.event_when("p1", |all| all.iter().any(|d| matches!(d.state, State::Waiting { .. }))).await;
    house.end_agreement(company).await;
    house.clock.advance(Duration::from_secs(3));
    let (_, deliveries) = house.settled("p1").await;
    assert_eq!(deliveries[0].state, State::Suppressed(Reason::NoActiveAgreement));
    house.publish([bytes(&payment("p2"))]).await;
    let (decided, deliveries) = house.settled("p2").await;
    assert_eq!(decided.decisions[0].verdict, Verdict::Suppressed(Reason::NoActiveAgreement));
    assert!(deliveries.is_empty());
    house.close().await;
}

#[tokio::test]
async fn r32_after_a_lost_answer_the_repeat_carries_the_same_key_and_is_recorded() {
    let house = House::open().await;
    let company = house.company().await;
    house.user(company, "anna", Access::Unrestricted, &["0701740605"]).await;
    house.sms.answers([Outcome::Unknown { cause: "timeout".into() }]);
    house.publish([bytes(&payment("p1"))]).await;
    house.event_when("p1", |all| all.iter().any(|d| matches!(d.state, State::Waiting { .. }))).await;
    house.clock.advance(Duration::from_secs(31));
    let (_, deliveries) = house.settled("p1").await;
    assert!(deliveries[0].possible_duplicate);
    let sent = house.sms.sent();
    assert_eq!(sent.len(), 2);
    assert_eq!((sent[0].key, sent[1].key), (deliveries[0].id.0, deliveries[0].id.0));
    house.close().await;
}

#[tokio::test]
async fn r33_temporary_failures_are_repeated_and_permanent_ones_are_not() {
    let house = House::open().await;
    let company = house.company().await;
    house.user(company, "anna", Access::Unrestricted, &["0701740605", "anna@x.example"]).await;
    house.sms.answers([retry(), retry()]);
    house.email.answers([Outcome::Rejected { cause: "smtp_550".into() }]);
    house.publish([bytes(&payment("p1"))]).await;
    for attempt in 1..=2 {
        house
            .event_when("p1", |all| {
                all.iter().any(|d| d.attempts == attempt && matches!(d.state, State::Waiting { .. }))
            })
            .await;
        house.clock.advance(Duration::from_secs(60));
    }
    let (_, deliveries) = house.settled("p1").await;
    let of = |channel| deliveries.iter().find(|d| d.channel == channel).unwrap();
    assert_eq!((of(Channel::Sms).attempts, of(Channel::Sms).state.name()), (3, "accepted"));
    assert_eq!(of(Channel::Email).state, State::Failed { cause: "smtp_550".into() });
    assert_eq!(house.email.sent().len(), 1);
    house.close().await;
}

#[tokio::test]
async fn r33_what_does_not_succeed_in_time_ends_expired() {
    let house = House::open().await;
    let company = house.company().await;
    house.user(company, "anna", Access::Unrestricted, &["0701740605"]).await;
    house.sms.answers([retry()]);
    house.publish([bytes(&payment("p1"))]).await;
    house.event_when("p1", |all| all.iter().any(|d| matches!(d.state, State::Waiting { .. }))).await;
    house.clock.advance(Duration::from_secs(86_400));
    let (_, deliveries) = house.settled("p1").await;
    assert_eq!(deliveries[0].state, State::Expired { cause: "smtp_451".into() });
    house.close().await;
}

#[tokio::test]
async fn r34_what_is_no_event_is_put_aside_whole_and_disturbs_nothing() {
    let house = House::open().await;
    let company = house.company().await;
    house.user(company, "anna", Access::Unrestricted, &["0701740605"]).await;
    let mut unknown = payment("u1");
    unknown["type"] = json!("loan.due");
    let huge = vec![b'x'; 1_000_000];
    let bad = [b"\xff\x00not json".to_vec(), bytes(&unknown), huge.clone(), vec![]];
    house.publish([bytes(&payment("p1"))].into_iter().chain(bad).chain([bytes(&payment("p2"))])).await;
    house.settled("p1").await;
    house.settled("p2").await;
    let letters = house.dead_letters(4).await;
    let mut reasons: Vec<_> = letters.iter().map(|letter| letter.reason.as_str()).collect();
    reasons.sort_unstable();
    assert_eq!(reasons, ["body_too_large", "not_an_envelope", "not_an_envelope", "unknown_kind"]);
    assert!(letters.iter().any(|letter| letter.body == huge));
    assert!(letters.iter().any(|letter| letter.body == b"\xff\x00not json"));
    assert_eq!(house.sms.sent().len(), 2);
    house.close().await;
}

#[tokio::test]
async fn events_of_the_past_and_of_unknown_companies_are_stored_and_tell_nobody() {
    let house = House::open().await;
    let company = house.company().await;
    house.user(company, "anna", Access::Unrestricted, &["0701740605"]).await;
    let (mut old, mut stranger) = (payment("old"), payment("stranger"));
    old["time"] = json!("1999-12-31T23:59:59Z");
    stranger["subject"] = json!("212000-0142");
    house.publish([bytes(&old), bytes(&stranger)]).await;
    let (decided, _) = house.settled("old").await;
    assert_eq!(decided.decisions[0].verdict, Verdict::Suppressed(Reason::EventExpired));
    let (decided, deliveries) = house.settled("stranger").await;
    assert_eq!((decided.organisation, decided.decisions.len(), deliveries.len()), (None, 0, 0));
    house.close().await;
}

#[tokio::test]
async fn a_crash_repeats_only_what_was_under_way_and_records_it() {
    let house = House::open().await;
    let company = house.company().await;
    house.user(company, "anna", Access::Unrestricted, &["0701740605"]).await;
    house.publish([bytes(&payment("p1"))]).await;
    house.settled("p1").await;
    house.sms.hang();
    house.publish([bytes(&payment("p2"))]).await;
    eventually("the attempt", || async { (house.sms.sent().len() == 2).then_some(()) }).await;
    let house = house.crash_and_reopen().await;
    let (_, deliveries) = house.settled("p2").await;
    assert!(deliveries[0].possible_duplicate);
    let sent = house.sms.sent();
    assert_eq!(sent.iter().map(|alert| alert.key).collect::<Vec<_>>(), [deliveries[0].id.0]);
    house.close().await;
}

#[tokio::test]
async fn stopping_finishes_what_is_under_way_and_puts_the_rest_back() {
    let house = House::open_with_concurrency(1).await;
    let company = house.company().await;
    house.user(company, "anna", Access::Unrestricted, &["0701740605"]).await;
    house.sms.hang();
    let ids: Vec<_> = (0..400).map(|n| format!("p{n}")).collect();
    house.publish(ids.iter().map(|id| bytes(&payment(id)))).await;
    house.event_when("p399", |all| all.len() == 1).await;
    let sms = house.sms.clone();
    house.chassis.shutdown.cancel();
    sms.release(400);
    let house = house.stop_and_reopen().await;
    for id in &ids {
        let (_, deliveries) = house.settled(id).await;
        assert!(!deliveries[0].possible_duplicate, "{id}: {deliveries:?}");
        assert_eq!(deliveries[0].state.name(), "accepted");
    }
    assert_eq!(sms.sent().len() + house.sms.sent().len(), 400);
    house.close().await;
}

#[tokio::test]
async fn a_channel_that_stands_still_holds_up_no_other() {
    let house = House::open_with_concurrency(1).await;
    let company = house.company().await;
    house.user(company, "anna", Access::Unrestricted, &["0701740605", "anna@x.example"]).await;
    house.email.hang();
    let count = 2_000;
    house.publish((0..count).map(|n| bytes(&payment(&format!("p{n}"))))).await;
    eventually("all SMS", || async { (house.sms.sent().len() == count).then_some(()) }).await;
    assert_eq!(house.email.sent().len(), 1);
    house.email.release(count);
    for n in 0..count {
        house.settled(&format!("p{n}")).await;
    }
    assert_eq!(house.email.sent().len(), count);
    assert!(house.clock.now() == start_of_test());
    house.close().await;
}

#[tokio::test]
async fn a_panic_in_an_attempt_leaves_an_alert_that_is_tried_again() {
    let house = House::open().await;
    let company = house.company().await;
    house.user(company, "anna", Access::Unrestricted, &["0701740605"]).await;
    house.sms.panic_once();
    house.publish([bytes(&payment("p1"))]).await;
    house.event_when("p1", |all| all.iter().any(|d| matches!(d.state, State::Waiting { .. }))).await;
    house.clock.advance(Duration::from_secs(31));
    let (_, deliveries) = house.settled("p1").await;
    assert_eq!((deliveries[0].state.name(), deliveries[0].possible_duplicate), ("accepted", true));
    house.close().await;
}

#[tokio::test]
async fn r22_a_clock_that_was_set_back_does_not_make_an_old_check_fresh() {
    let house = House::open_with_concurrency(1).await;
    let company = house.company().await;
    let (anna, _) = house.user(company, "anna", Access::Unrestricted, &["0701740605"]).await;
    house.sms.hang();
    house.publish([bytes(&payment("p1"))]).await;
    eventually("the first attempt", || async { (house.sms.sent().len() == 1).then_some(()) }).await;
    house.publish([bytes(&payment("p2"))]).await;
    house.event_when("p2", |all| all.len() == 1).await;
    house.set_state(anna, UserState::Blocked).await;
    house.clock.set(start_of_test().minus(Duration::from_secs(10)));
    house.sms.release(2);
    let (_, deliveries) = house.settled("p2").await;
    assert_eq!(deliveries[0].state, State::Suppressed(Reason::UserBlocked));
    house.settled("p1").await;
    house.close().await;
}
