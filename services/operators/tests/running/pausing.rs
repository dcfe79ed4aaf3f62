//! While a channel is stopped nothing leaves by it, nothing is lost, and the other one is not disturbed (R33).

use super::{ask, pause, resume, trail};
use axum::http::StatusCode;
use bevaka_domain::{
    clock::Clock,
    delivery::{Delivery, State},
    user::Access,
    watch::Channel,
};
use bevaka_support::{
    gathering,
    house::{House, bytes, eventually, on_both_engines, payment, retry},
};
use serde_json::json;
use std::time::Duration;

on_both_engines! {
    r33_what_comes_while_a_channel_is_stopped_waits_and_leaves_when_it_runs
    r33_a_retry_that_falls_due_while_its_channel_is_stopped_waits
    r33_what_is_gathered_waits_while_its_channel_is_stopped
    r33_what_expires_while_its_channel_is_stopped_never_leaves
    r33_a_channel_is_still_stopped_after_a_crash
    r41_who_stops_a_channel_and_who_lets_it_run_is_in_the_trail
}

fn by(channel: Channel, all: &[Delivery]) -> &Delivery {
    all.iter().find(|delivery| delivery.channel == channel).unwrap()
}

fn waits_for(cause: &'static str) -> impl Fn(&[Delivery]) -> bool {
    move |all| {
        !all.is_empty()
            && all.iter().all(|delivery| match &delivery.state {
                State::Waiting { cause: because, .. } => because == cause && delivery.channel == Channel::Sms,
                state => state.name() == "accepted" && delivery.channel == Channel::Email,
            })
    }
}

async fn r33_what_comes_while_a_channel_is_stopped_waits_and_leaves_when_it_runs(house: House) {
    let company = house.company().await;
    house.user(company, "anna", Access::Unrestricted, &["0701740605", "anna@x.example"]).await;
    let paused = pause(&house, "sms").await;
    assert_eq!((&paused["standing"], &paused["paused"]["because"]), (&json!("paused"), &json!("INC-1")));
    house.publish([bytes(&payment("p1")), bytes(&payment("p2"))]).await;
    for id in ["p1", "p2"] {
        house.event_when(id, waits_for("channel_paused")).await;
    }
    assert!(house.sms.sent().is_empty());
    assert_eq!(house.email.sent().len(), 2);
    let (_, channels) = ask(&house, "channels", None).await;
    assert_eq!((&channels[0]["overdue"], &channels[1]["overdue"]), (&json!(2), &json!(0)));
    assert_eq!(resume(&house, "sms").await["paused"], json!(null));
    for id in ["p1", "p2"] {
        let (_, all) = house.settled(id).await;
        let sms = by(Channel::Sms, &all);
        assert_eq!((sms.attempts, sms.possible_duplicate), (1, false));
    }
    assert_eq!(house.sms.sent().len(), 2);
    house.close().await;
}

async fn r33_a_retry_that_falls_due_while_its_channel_is_stopped_waits(house: House) {
    let company = house.company().await;
    house.user(company, "anna", Access::Unrestricted, &["0701740605", "anna@x.example"]).await;
    house.sms.answers([retry()]);
    house.publish([bytes(&payment("p1"))]).await;
    house.event_when("p1", |all| all.iter().any(|d| d.attempts == 1 && d.channel == Channel::Sms)).await;
    pause(&house, "sms").await;
    house.clock.advance(Duration::from_secs(60));
    // What came later passes by e-mail, so that whatever was to be swept has been.
    house.publish([bytes(&payment("p2"))]).await;
    house.event_when("p2", waits_for("channel_paused")).await;
    assert_eq!(house.sms.sent().len(), 1);
    resume(&house, "sms").await;
    let (_, all) = house.settled("p1").await;
    assert_eq!(by(Channel::Sms, &all).attempts, 2);
    house.settled("p2").await;
    house.close().await;
}

async fn r33_what_is_gathered_waits_while_its_channel_is_stopped(house: House) {
    gathering::gatherer(&house, &["0701740605", "anna@x.example"]).await;
    gathering::three(&house).await;
    pause(&house, "sms").await;
    house.clock.set(gathering::due());
    eventually("the mail", || async { (house.email.sent().len() == 1).then_some(()) }).await;
    assert!(house.sms.sent().is_empty());
    resume(&house, "sms").await;
    for id in ["p1", "p2", "m1"] {
        house.settled(id).await;
    }
    assert_eq!((house.sms.sent().len(), house.email.sent().len()), (1, 1));
    house.close().await;
}

async fn r33_what_expires_while_its_channel_is_stopped_never_leaves(house: House) {
    let company = house.company().await;
    house.user(company, "anna", Access::Unrestricted, &["0701740605"]).await;
    pause(&house, "sms").await;
    house.publish([bytes(&payment("p1"))]).await;
    house.event_when("p1", waits_for("channel_paused")).await;
    // A rejected payment lives for a day, and so does the token, which was given a second later.
    house.clock.advance(Duration::from_millis(86_399_500));
    resume(&house, "sms").await;
    let (_, all) = house.settled("p1").await;
    assert_eq!((all[0].state.name(), house.sms.sent().len()), ("expired", 0));
    house.close().await;
}

async fn r33_a_channel_is_still_stopped_after_a_crash(house: House) {
    let company = house.company().await;
    house.user(company, "anna", Access::Unrestricted, &["0701740605", "anna@x.example"]).await;
    pause(&house, "sms").await;
    house.publish([bytes(&payment("p1"))]).await;
    house.event_when("p1", waits_for("channel_paused")).await;
    let house = house.crash_and_reopen().await;
    house.publish([bytes(&payment("p2"))]).await;
    house.event_when("p2", waits_for("channel_paused")).await;
    assert!(house.sms.sent().is_empty());
    resume(&house, "sms").await;
    for id in ["p1", "p2"] {
        let (_, all) = house.settled(id).await;
        let sms = by(Channel::Sms, &all);
        assert_eq!((sms.state.name(), sms.attempts, sms.possible_duplicate), ("accepted", 1, false));
    }
    assert_eq!(house.sms.sent().len(), 2);
    house.close().await;
}

async fn r41_who_stops_a_channel_and_who_lets_it_run_is_in_the_trail(house: House) {
    let first = pause(&house, "email").await;
    house.clock.advance(Duration::from_secs(90));
    let path = "channels/email/pause";
    let (status, again) = ask(&house, path, Some(json!({"because": "another reason"}))).await;
    assert_eq!((status, &again["paused"]), (StatusCode::OK, &first["paused"]), "the first pause stands");
    resume(&house, "email").await;
    resume(&house, "email").await;
    let found = trail(&house).await;
    let said: Vec<_> = found.iter().map(|link| (link.action.as_str(), link.subject.as_str())).collect();
    assert_eq!(said, [("channel_paused", "email"), ("channel_resumed", "email")]);
    assert!(found.iter().all(|link| link.actor == "operator:karin (karin's)"));
    assert!(found[0].detail.contains("INC-1") && found[1].detail.contains("\"paused_s\":90"), "{found:?}");
    for because in ["", "x", "ring 070-174 06 05"] {
        let (status, problem) = ask(&house, path, Some(json!({"because": because}))).await;
        assert_eq!((status, &problem["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("because")));
    }
    let (status, _) = ask(&house, "channels/pigeon/pause", Some(json!({"because": "INC-1"}))).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    house.close().await;
}

#[tokio::test]
async fn r33_what_lay_in_the_queue_of_a_channel_that_is_stopped_is_put_back() {
    let house = House::open_with_concurrency(1).await;
    let company = house.company().await;
    house.user(company, "anna", Access::Unrestricted, &["0701740605"]).await;
    house.sms.hang();
    house.publish((0..20).map(|n| bytes(&payment(&format!("p{n}"))))).await;
    eventually("the first attempt", || async { (house.sms.sent().len() == 1).then_some(()) }).await;
    house.event_when("p19", |all| all.len() == 1).await;
    pause(&house, "sms").await;
    eventually("the queue is put back, though the slot is taken", || async {
        let (_, channels) = ask(&house, "channels", None).await;
        (channels[0]["overdue"] == json!(19) && channels[0]["sending"] == json!(1)).then_some(())
    })
    .await;
    house.sms.release(20);
    eventually("what was under way is finished", || async {
        let (_, channels) = ask(&house, "channels", None).await;
        (channels[0]["sending"] == json!(0)).then_some(())
    })
    .await;
    assert_eq!(house.sms.sent().len(), 1);
    resume(&house, "sms").await;
    for n in 0..20 {
        let (_, all) = house.settled(&format!("p{n}")).await;
        assert_eq!((all[0].attempts, all[0].possible_duplicate), (1, false));
    }
    assert_eq!(house.sms.sent().len(), 20);
    house.close().await;
}

#[tokio::test]
async fn r33_every_dispatcher_follows_when_a_channel_is_stopped_on_postgres() {
    let house = House::open_on(bevaka_support::house::Ground::postgres(), 64).await;
    let company = house.company().await;
    house.user(company, "anna", Access::Unrestricted, &["0701740605", "anna@x.example"]).await;
    pause(&house, "sms").await;
    let other = house.beside().await;
    let ids: Vec<_> = (0..40).map(|n| format!("p{n}")).collect();
    house.publish(ids.iter().map(|id| bytes(&payment(id)))).await;
    for id in &ids {
        house.event_when(id, waits_for("channel_paused")).await;
    }
    assert!(house.sms.sent().is_empty() && other.sms.sent().is_empty());
    resume(&other, "sms").await;
    for id in &ids {
        let (_, all) = house.settled(id).await;
        assert_eq!((by(Channel::Sms, &all).attempts, by(Channel::Sms, &all).possible_duplicate), (1, false));
    }
    assert_eq!(house.sms.sent().len() + other.sms.sent().len(), 40);
    assert!(house.clock.now() == bevaka_support::house::start_of_test());
    other.close().await;
    house.close().await;
}
