//! Alerts that leave when their user wants, and not before.

mod any;

use bevaka_domain::{
    clock::{LocalDate, Timestamp},
    delivery::{Delivery, Outcome, State},
    entitlement::{Reason, Verdict},
    user::{Access, UserState},
    watch::{Because, Pause, Settings, StandIn},
};
use bevaka_support::gathering::quiet;
use bevaka_support::house::{House, bytes, eventually, message, on_both_engines, payment, start_of_test};
use serde_json::json;
use std::time::Duration;

on_both_engines! {
    r27_an_alert_waits_for_the_end_of_quiet_hours_and_leaves_once
    an_alert_that_would_expire_in_quiet_hours_leaves_at_once
    r22_a_right_lost_while_an_alert_is_held_stops_it
    a_number_that_is_replaced_while_an_alert_is_held_gets_it
    a_stand_in_who_is_named_while_an_alert_is_held_gets_it_and_it_comes_back_when_they_may_not
    a_retry_that_falls_into_quiet_hours_waits_for_their_end
    a_weekend_is_waited_for_where_only_weekdays_count
    what_was_promised_before_a_pause_is_told_and_what_comes_in_it_is_not
    a_filter_leaves_out_what_is_below_the_least_amount
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn held(all: &[Delivery], because: Because) -> bool {
    let waits = |delivery: &Delivery| matches!(&delivery.state, State::Waiting { cause, .. } if cause == because.as_str());
    !all.is_empty() && all.iter().all(waits)
}

const QUIET: (&str, &str) = ("14:00", "16:00");
const END: &str = "2026-11-21T15:00:00Z";

async fn r27_an_alert_waits_for_the_end_of_quiet_hours_and_leaves_once(house: House) {
    let company = house.company().await;
    let (anna, _) = house.user(company, "anna", Access::Unrestricted, &["0701740605"]).await;
    house.user(company, "erik", Access::Unrestricted, &["0701740606"]).await;
    house.narrow(anna, "payment.rejected", quiet(QUIET.0, QUIET.1)).await;
    house.publish([bytes(&payment("p1"))]).await;
    let (decided, deliveries) =
        house.event_when("p1", |all| all.iter().filter(|d| d.state.due_at().is_some()).count() == 1).await;
    let verdict = decided.decisions.iter().find(|d| d.user == anna).unwrap().verdict.clone();
    let Verdict::Deliver(deliver) = verdict else { panic!("{verdict:?}") };
    assert_eq!(deliver.later.map(|later| (later.at, later.because)), Some((at(END), Because::QuietHours)));
    let of_anna = deliveries.into_iter().find(|d| d.user == anna).unwrap();
    assert_eq!(of_anna.state.due_at(), Some(at(END)));

    // An hour later another event is told to the other: the sweep has run, and hers still waits.
    house.clock.advance(Duration::from_secs(3_600));
    house.publish([bytes(&message("m1"))]).await;
    house.settled("m1").await;
    house.clock.set(at(END));
    let (_, deliveries) = house.settled("p1").await;
    let of_anna = deliveries.into_iter().find(|d| d.user == anna).unwrap();
    assert_eq!((of_anna.state.name(), of_anna.attempts, of_anna.possible_duplicate), ("accepted", 1, false));
    let sent: Vec<_> = house.sms.sent().into_iter().filter(|alert| alert.key == of_anna.id.0).collect();
    assert_eq!(sent.iter().map(|alert| alert.sent_at).collect::<Vec<_>>(), [at(END)]);
    house.close().await;
}

async fn an_alert_that_would_expire_in_quiet_hours_leaves_at_once(house: House) {
    let company = house.company().await;
    let (anna, _) = house.user(company, "anna", Access::Unrestricted, &["0701740605"]).await;
    house.narrow(anna, "payment.rejected", quiet(QUIET.0, QUIET.1)).await;
    let mut old = payment("p1");
    old["time"] = json!("2026-11-20T14:59:59Z");
    house.publish([bytes(&old)]).await;
    house.settled("p1").await;
    assert_eq!(house.sms.sent()[0].sent_at, start_of_test());
    house.close().await;
}

async fn r22_a_right_lost_while_an_alert_is_held_stops_it(house: House) {
    let company = house.company().await;
    let (anna, _) = house.user(company, "anna", Access::Unrestricted, &["0701740605"]).await;
    house.narrow(anna, "payment.rejected", quiet(QUIET.0, QUIET.1)).await;
    house.publish([bytes(&payment("p1"))]).await;
    house.event_when("p1", |all| held(all, Because::QuietHours)).await;
    house.set_state(anna, UserState::Blocked).await;
    house.clock.set(at(END));
    let (_, deliveries) = house.settled("p1").await;
    assert_eq!(deliveries[0].state, State::Suppressed(Reason::UserBlocked));
    assert!(house.sms.sent().is_empty());
    house.close().await;
}

async fn a_number_that_is_replaced_while_an_alert_is_held_gets_it(house: House) {
    let company = house.company().await;
    let (anna, old) = house.user(company, "anna", Access::Unrestricted, &["0701740605"]).await;
    house.narrow(anna, "payment.rejected", quiet(QUIET.0, QUIET.1)).await;
    house.publish([bytes(&payment("p1"))]).await;
    house.event_when("p1", |all| held(all, Because::QuietHours)).await;
    let new = house.replace(anna, "payment.rejected", "0705550102").await;

    house.clock.set(at(END));
    let (_, deliveries) =
        house.event_when("p1", |all| all.iter().any(|d| d.state.name() == "accepted")).await;
    let state = |contact| deliveries.iter().find(|d| d.contact == contact).map(|d| d.state.clone());
    assert_eq!(state(old[0]), Some(State::Suppressed(Reason::ChannelNotChosen)));
    assert!(matches!(state(new), Some(State::Accepted { .. })), "{deliveries:?}");
    assert_eq!(house.sms.sent().len(), 1);
    house.close().await;
}

async fn a_stand_in_who_is_named_while_an_alert_is_held_gets_it_and_it_comes_back_when_they_may_not(
    house: House,
) {
    let company = house.company().await;
    let (anna, own) = house.user(company, "anna", Access::Unrestricted, &["0701740605"]).await;
    let (erik, _) = house.user(company, "erik", Access::Unrestricted, &["0701740606"]).await;
    for user in [anna, erik] {
        house.narrow(user, "payment.rejected", quiet(QUIET.0, QUIET.1)).await;
    }
    house.turn_off(erik, "payment.rejected").await;
    house.publish([bytes(&payment("p1"))]).await;
    house.event_when("p1", |all| held(all, Because::QuietHours)).await;
    let day = LocalDate::parse("2026-11-21").unwrap();
    let stand_in = Some(StandIn { user: erik, from: day, to: day });
    let away = Settings { stand_in, ..quiet(QUIET.0, "17:00") };
    house.narrow(anna, "payment.rejected", away).await;

    // At four the alert is due, and now it is the stand-in's, at five.
    house.clock.set(at(END));
    let (_, deliveries) = house.event_when("p1", |all| all.iter().any(|d| d.user == erik)).await;
    let of = |user| deliveries.iter().find(|d| d.user == user).map(|d| d.state.clone()).unwrap();
    assert_eq!(of(anna), State::Suppressed(Reason::StoodIn));
    assert_eq!(of(erik).due_at(), Some(at("2026-11-21T16:00:00Z")));

    // He may not be told any more, and so she is.
    house.set_state(erik, UserState::Blocked).await;
    house.clock.set(at("2026-11-21T16:00:00Z"));
    let (_, deliveries) =
        house.event_when("p1", |all| all.iter().any(|d| d.state.name() == "accepted")).await;
    let told: Vec<_> =
        deliveries.iter().filter(|d| d.state.name() == "accepted").map(|d| d.contact).collect();
    assert_eq!(told, own);
    assert_eq!(house.sms.sent().len(), 1);
    house.close().await;
}

async fn a_retry_that_falls_into_quiet_hours_waits_for_their_end(house: House) {
    let company = house.company().await;
    let (anna, _) = house.user(company, "anna", Access::Unrestricted, &["0701740605"]).await;
    house.narrow(anna, "payment.rejected", quiet("14:03", "16:00")).await;
    house.sms.answers([Outcome::Retry { cause: "smtp_451".into(), after: None }]);
    house.publish([bytes(&payment("p1"))]).await;
    house.event_when("p1", |all| all.iter().any(|d| d.attempts == 1)).await;
    house.clock.advance(Duration::from_secs(61));
    let (_, deliveries) = house.event_when("p1", |all| held(all, Because::QuietHours)).await;
    let history: Vec<_> = deliveries[0].history.iter().map(|entry| entry.what.as_str()).collect();
    assert_eq!((history, deliveries[0].state.due_at()), (vec!["retry", "held"], Some(at(END))));
    house.clock.set(at(END));
    let (_, deliveries) = house.settled("p1").await;
    assert_eq!((deliveries[0].attempts, deliveries[0].possible_duplicate), (2, false));
    assert_eq!(house.sms.sent().len(), 2);
    house.close().await;
}

async fn a_weekend_is_waited_for_where_only_weekdays_count(house: House) {
    let company = house.company().await;
    let (anna, _) = house.user(company, "anna", Access::Unrestricted, &["0701740605"]).await;
    let weekdays = Settings { weekdays_only: true, ..Settings::default() };
    house.narrow(anna, "message.received", weekdays).await;
    house.publish([bytes(&message("m1"))]).await;
    let (_, deliveries) = house.event_when("m1", |all| held(all, Because::Weekend)).await;
    let monday = at("2026-11-22T23:00:00Z");
    assert_eq!(deliveries[0].state.due_at(), Some(monday));
    house.clock.set(monday);
    house.settled("m1").await;
    assert_eq!(house.sms.sent()[0].sent_at, monday);
    house.close().await;
}

async fn what_was_promised_before_a_pause_is_told_and_what_comes_in_it_is_not(house: House) {
    let company = house.company().await;
    let (anna, _) = house.user(company, "anna", Access::Unrestricted, &["0701740605"]).await;
    house.narrow(anna, "message.received", quiet(QUIET.0, QUIET.1)).await;
    house.publish([bytes(&message("before"))]).await;
    house.event_when("before", |all| held(all, Because::QuietHours)).await;
    house.clock.advance(Duration::from_secs(60));
    let pause = Some(Pause {
        from: start_of_test().plus(Duration::from_secs(30)),
        until: LocalDate::parse("2026-12-01").unwrap(),
    });
    house.narrow(anna, "message.received", Settings { pause, ..quiet(QUIET.0, QUIET.1) }).await;
    house.publish([bytes(&message("during"))]).await;
    let (decided, deliveries) = house.settled("during").await;
    assert_eq!(decided.decisions[0].verdict, Verdict::Suppressed(Reason::Paused));
    assert!(deliveries.is_empty());
    house.clock.set(at(END));
    let (_, deliveries) = house.settled("before").await;
    assert_eq!(deliveries[0].state.name(), "accepted");
    house.close().await;
}

async fn a_filter_leaves_out_what_is_below_the_least_amount(house: House) {
    let company = house.company().await;
    let (anna, _) = house.user(company, "anna", Access::Unrestricted, &["0701740605"]).await;
    let least_amount = Some("10000".to_owned().try_into().unwrap());
    house.narrow(anna, "payment.rejected", Settings { least_amount, ..Settings::default() }).await;
    let of = |id: &str, amount: &str| {
        let mut payment = payment(id);
        payment["data"]["amount"] = json!(amount);
        payment["data"]["currency"] = json!("SEK");
        bytes(&payment)
    };
    // What filters look at is judged again when the alert leaves, so it must have been stored.
    house.sms.answers([Outcome::Retry { cause: "busy".into(), after: None }]);
    house.publish([of("small", "9999.99"), of("large", "10000.00")]).await;
    let (decided, _) = house.settled("small").await;
    assert_eq!(decided.decisions[0].verdict, Verdict::Suppressed(Reason::BelowLeastAmount));
    assert_eq!(decided.event.facts.amount.unwrap().to_string(), "9999.99");
    house.event_when("large", |all| all.iter().any(|d| d.attempts == 1)).await;
    let least_amount = Some("20000".to_owned().try_into().unwrap());
    house.narrow(anna, "payment.rejected", Settings { least_amount, ..Settings::default() }).await;
    house.clock.advance(Duration::from_secs(60));
    let (_, deliveries) = house.settled("large").await;
    assert_eq!(deliveries[0].state, State::Suppressed(Reason::BelowLeastAmount));
    house.close().await;
}

#[tokio::test]
async fn quiet_hours_that_are_set_while_an_alert_waits_for_its_turn_hold_it() {
    let house = House::open_with_concurrency(1).await;
    let company = house.company().await;
    let (anna, _) = house.user(company, "anna", Access::Unrestricted, &["0701740605"]).await;
    house.sms.hang();
    house.publish([bytes(&payment("p1"))]).await;
    eventually("the first attempt", || async { (house.sms.sent().len() == 1).then_some(()) }).await;
    house.publish([bytes(&payment("p2"))]).await;
    house.event_when("p2", |all| all.len() == 1).await;
    house.narrow(anna, "payment.rejected", quiet(QUIET.0, QUIET.1)).await;
    house.clock.advance(Duration::from_secs(1));
    house.sms.release(2);
    house.event_when("p2", |all| held(all, Because::QuietHours)).await;
    assert_eq!(house.sms.sent().len(), 1);
    house.clock.set(at(END));
    house.settled("p2").await;
    house.settled("p1").await;
    house.close().await;
}
