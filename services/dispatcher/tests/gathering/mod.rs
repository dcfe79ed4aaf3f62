//! Alerts that leave as one message: each event in it exactly once, whatever happens on the way.

use axum::{
    Router,
    body::Body,
    http::{Request, StatusCode},
};
use bevaka_catalogue::AlertText;
use bevaka_channels::{
    Alert,
    gateway::{GatewayConfig, SmsGateway, SmsMessage},
};
use bevaka_dispatcher::reports;
use bevaka_domain::{
    clock::Timestamp,
    delivery::{Delivery, Outcome, State},
    entitlement::Reason,
    user::{Access, UserState},
    watch::{Channel, Settings},
};
use bevaka_support::{
    gathering::{KINDS, due, gathered, gatherer, gatherer_of, quiet, three, waits},
    house::{Ground, House, bytes, eventually, on_both_engines, payment, post},
};
use serde_json::json;
use std::{sync::Arc, time::Duration};
use tower::ServiceExt;
use url::form_urlencoded;
use wiremock::{Mock, MockServer, ResponseTemplate, matchers::any};

on_both_engines! {
    a_digest_tells_each_event_once_and_after_a_lost_answer_all_of_them_again_under_one_key
    a_digest_of_one_is_an_alert_like_all_others
    r22_what_of_a_digest_may_no_longer_be_told_is_withdrawn_by_itself
    what_of_a_parcel_has_quiet_hours_leaves_later_under_a_key_of_its_own
    a_parcel_in_quiet_hours_waits_whole
    r22_of_a_digest_whose_user_was_blocked_nothing_leaves
    of_a_digest_that_never_left_each_alert_expires_by_itself
    a_crash_in_the_middle_of_a_digest_repeats_it_whole
    a_report_about_a_parcel_reaches_each_alert_in_it
    a_report_about_a_parcel_says_nothing_of_what_expired_before
    a_report_about_a_parcel_says_nothing_of_what_an_operator_stopped
}

async fn settled(house: &House) -> Vec<Delivery> {
    let mut all = Vec::new();
    for id in ["p1", "p2", "m1"] {
        all.extend(house.settled(id).await.1);
    }
    all
}

/// Waits until an attempt for each of the three has ended and failed.
async fn tried(house: &House, attempts: u32) {
    for id in ["p1", "p2", "m1"] {
        let failed = |d: &Delivery| d.attempts == attempts && matches!(d.state, State::Waiting { .. });
        house.event_when(id, |all| all.iter().all(failed)).await;
    }
}

fn sms(alert: &Alert) -> &str {
    match &alert.text {
        AlertText::Sms(sms) => &sms.text,
        AlertText::Mail { .. } => panic!("no SMS"),
    }
}

async fn a_digest_tells_each_event_once_and_after_a_lost_answer_all_of_them_again_under_one_key(
    house: House,
) {
    gatherer(&house, &["0701740605", "anna@x.example"]).await;
    three(&house).await;
    assert!(house.sms.sent().is_empty() && house.email.sent().is_empty());
    house.sms.answers([Outcome::Unknown { cause: "timeout".into() }]);
    house.clock.set(due());
    eventually("the first attempt", || async { (house.sms.sent().len() == 1).then_some(()) }).await;
    for id in ["p1", "p2", "m1"] {
        house.event_when(id, |all| all.iter().all(|d| d.attempts == 1)).await;
    }
    house.clock.advance(Duration::from_secs(31));
    let all = settled(&house).await;
    let of = |channel| all.iter().filter(move |d| d.channel == channel);
    for (channel, attempts, again) in [(Channel::Sms, 2, true), (Channel::Email, 1, false)] {
        let parcels: Vec<_> = of(channel).map(|d| d.parcel.unwrap()).collect();
        assert_eq!(parcels.len(), 3);
        assert!(parcels.iter().all(|parcel| *parcel == parcels[0]));
        assert!(of(channel).all(|d| (d.attempts, d.possible_duplicate) == (attempts, again)));
    }
    let sent = house.sms.sent();
    let parcel = of(Channel::Sms).next().unwrap().parcel.unwrap();
    assert_eq!(sent.iter().map(|alert| alert.key).collect::<Vec<_>>(), [parcel.0, parcel.0]);
    assert_eq!(sms(&sent[0]), sms(&sent[1]));
    let told = "3 ärenden för Exempelbolaget AB: 2 avvisad betalning, 1 personligt meddelande. Se internetbanken. Kod ";
    assert!(sms(&sent[0]).starts_with(told), "{}", sms(&sent[0]));
    let mails = house.email.sent();
    assert_eq!(mails.len(), 1);
    let AlertText::Mail { text, unsubscribe } = &mails[0].text else { panic!("no mail") };
    assert_eq!(text.text.matches("- Avvisad betalning, ").count(), 2);
    assert_eq!(text.text.matches("- Personligt meddelande, ").count(), 1);
    assert!(unsubscribe.is_some());
    house.close().await;
}

async fn a_digest_of_one_is_an_alert_like_all_others(house: House) {
    gatherer(&house, &["0701740605"]).await;
    house.publish([bytes(&payment("p1"))]).await;
    house.event_when("p1", |all| all.iter().any(waits)).await;
    house.sms.answers([Outcome::Retry { cause: "busy".into(), after: None }]);
    house.clock.set(due());
    house.event_when("p1", |all| all.iter().any(|d| d.attempts == 1)).await;
    house.clock.advance(Duration::from_secs(3));
    let (_, deliveries) = house.settled("p1").await;
    assert_eq!((deliveries[0].parcel, deliveries[0].attempts), (None, 2));
    let sent = house.sms.sent();
    assert!(sent.iter().all(|alert| alert.key == deliveries[0].id.0));
    assert!(
        sms(&sent[0]).starts_with("Avvisad betalning för Exempelbolaget AB 21 november"),
        "{}",
        sms(&sent[0])
    );
    house.close().await;
}

async fn r22_what_of_a_digest_may_no_longer_be_told_is_withdrawn_by_itself(house: House) {
    let anna = gatherer(&house, &["0701740605"]).await;
    three(&house).await;
    house.sms.answers([Outcome::Unknown { cause: "timeout".into() }]);
    house.clock.set(due());
    tried(&house, 1).await;
    house.turn_off(anna, "message.received").await;
    house.clock.advance(Duration::from_secs(31));
    let all = settled(&house).await;
    assert!(all[..2].iter().all(|d| d.state.name() == "accepted"));
    assert_eq!(all[2].state, State::Suppressed(Reason::WatchOff));
    assert!(all.iter().all(|d| d.possible_duplicate), "the lost answer may have been a good one");
    let sent = house.sms.sent();
    assert_eq!((sent.len(), sent[0].key), (2, sent[1].key));
    assert!(sms(&sent[1]).starts_with("2 ärenden"), "{}", sms(&sent[1]));
    house.close().await;
}

async fn r22_of_a_digest_whose_user_was_blocked_nothing_leaves(house: House) {
    let anna = gatherer(&house, &["0701740605"]).await;
    three(&house).await;
    house.set_state(anna, UserState::Blocked).await;
    house.clock.set(due());
    let all = settled(&house).await;
    assert!(all.iter().all(|d| d.state == State::Suppressed(Reason::UserBlocked) && d.parcel.is_none()));
    assert!(house.sms.sent().is_empty());
    house.close().await;
}

async fn what_of_a_parcel_has_quiet_hours_leaves_later_under_a_key_of_its_own(house: House) {
    let anna = gatherer(&house, &["0701740605"]).await;
    let later = Settings { digest: gathered().digest, ..quiet("15:01", "16:00") };
    house.narrow(anna, "payment.rejected", later).await;
    three(&house).await;
    house.sms.answers([Outcome::Unknown { cause: "timeout".into() }]);
    house.clock.set(due());
    tried(&house, 1).await;
    house.clock.advance(Duration::from_secs(61));
    let (_, told) = house.settled("m1").await;
    for id in ["p1", "p2"] {
        let end = Timestamp::parse("2026-11-21T15:00:00Z").unwrap();
        house.event_when(id, |all| all[0].state.due_at() == Some(end)).await;
    }
    house.clock.set(Timestamp::parse("2026-11-21T15:00:00Z").unwrap());
    let all = settled(&house).await;
    assert!(all[0].parcel.is_some() && all[0].parcel == all[1].parcel && all[0].parcel != told[0].parcel);
    let sent = house.sms.sent();
    let keys: Vec<_> = sent.iter().map(|alert| alert.key).collect();
    let (first, second) = (told[0].parcel.unwrap().0, all[0].parcel.unwrap().0);
    assert_eq!(keys, [first, first, second]);
    assert!(sms(&sent[1]).starts_with("Nytt meddelande från banken"), "{}", sms(&sent[1]));
    assert!(sms(&sent[2]).starts_with("2 ärenden för Exempelbolaget AB: 2 avvisad"), "{}", sms(&sent[2]));
    house.close().await;
}

async fn a_parcel_in_quiet_hours_waits_whole(house: House) {
    let anna = gatherer(&house, &["0701740605"]).await;
    for (kind, end) in [("payment.rejected", "16:00"), ("message.received", "15:30")] {
        house.narrow(anna, kind, Settings { digest: gathered().digest, ..quiet("15:01", end) }).await;
    }
    three(&house).await;
    house.sms.answers([Outcome::Retry { cause: "busy".into(), after: Some(Duration::from_secs(90)) }]);
    house.clock.set(due());
    tried(&house, 1).await;
    house.clock.advance(Duration::from_secs(91));
    let half_past = Timestamp::parse("2026-11-21T14:30:00Z").unwrap();
    for id in ["p1", "p2", "m1"] {
        house.event_when(id, |all| all[0].state.due_at() == Some(half_past)).await;
    }
    assert_eq!(house.sms.sent().len(), 1);
    for kind in KINDS {
        house.narrow(anna, kind, gathered()).await;
    }
    house.clock.set(half_past);
    let all = settled(&house).await;
    let sent = house.sms.sent();
    assert_eq!((sent.len(), sent[0].key), (2, sent[1].key));
    assert!(all.iter().all(|d| d.parcel.map(|id| id.0) == Some(sent[0].key) && !d.possible_duplicate));
    house.close().await;
}

async fn of_a_digest_that_never_left_each_alert_expires_by_itself(house: House) {
    gatherer(&house, &["0701740605"]).await;
    three(&house).await;
    house.sms.answers([Outcome::ChannelDown { cause: "refused".into() }]);
    house.clock.set(due());
    tried(&house, 1).await;
    // Rejected payments live for a day, messages for a week.
    house.clock.advance(Duration::from_secs(86_400));
    let all = settled(&house).await;
    assert!(all[..2].iter().all(|d| d.state == State::Expired { cause: "refused".into() }), "{all:?}");
    assert_eq!((all[2].state.name(), all[2].attempts), ("accepted", 2));
    assert_eq!(house.sms.sent()[1].key, all[2].parcel.unwrap().0);
    house.close().await;
}

async fn a_crash_in_the_middle_of_a_digest_repeats_it_whole(house: House) {
    gatherer(&house, &["0701740605"]).await;
    three(&house).await;
    house.sms.hang();
    house.clock.set(due());
    let key = eventually("the attempt", || async { house.sms.sent().first().map(|alert| alert.key) }).await;
    let house = house.crash_and_reopen().await;
    // On SQLite a new start frees the leases of the last; elsewhere they run out.
    house.clock.advance(Duration::from_secs(61));
    let all = settled(&house).await;
    assert!(all.iter().all(|d| d.possible_duplicate && d.parcel.map(|id| id.0) == Some(key)), "{all:?}");
    let sent = house.sms.sent();
    assert_eq!(sent.iter().map(|alert| alert.key).collect::<Vec<_>>(), [key]);
    assert!(sms(&sent[0]).starts_with("3 ärenden"), "{}", sms(&sent[0]));
    house.close().await;
}

/// The gateway that reports about one message.
struct Reporter {
    router: Router,
    path: String,
}

impl Reporter {
    async fn says(&self, form: &'static str) -> StatusCode {
        let request = Request::post(&self.path).body(Body::from(form)).unwrap();
        self.router.clone().oneshot(request).await.unwrap().status()
    }
}

/// Finds out where the gateway is told to report about a message.
async fn reporter(house: &House, alert: Alert) -> Reporter {
    let AlertText::Sms(sms) = alert.text else { panic!("no SMS") };
    let provider = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(200)).mount(&provider).await;
    let file = house.chassis.config_dir.join("gateways/46elks.toml");
    let mut settings = house.chassis.settings.sms.clone();
    settings.base_url = provider.uri();
    settings.report_secret = "0123456789abcdef0123456789abcdef".to_owned().into();
    let public_url = house.chassis.settings.http.public_url();
    let gateway =
        Arc::new(SmsGateway::new(GatewayConfig::load(&file).unwrap(), &settings, &public_url).unwrap());
    gateway.send(&SmsMessage { key: alert.key, to: alert.to.reveal().to_owned(), sms }).await;
    let form = provider.received_requests().await.unwrap().remove(0).body;
    let address =
        form_urlencoded::parse(&form).find(|(name, _)| name == "whendelivered").unwrap().1.into_owned();
    let path = address.strip_prefix(&public_url).unwrap().to_owned();
    Reporter { router: reports::router(house.chassis.clone(), gateway), path }
}

async fn a_report_about_a_parcel_says_nothing_of_what_an_operator_stopped(house: House) {
    gatherer(&house, &["0701740605"]).await;
    three(&house).await;
    house.sms.answers([Outcome::ChannelDown { cause: "refused".into() }]);
    house.clock.set(due());
    tried(&house, 1).await;
    let (_, stopped) = house.event_when("p1", |all| !all.is_empty()).await;
    let path = format!("deliveries/{}/cancel", stopped[0].id);
    let (status, answer) = post(&house, &path, json!({"because": "fel nummer"})).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    house.clock.advance(Duration::from_secs(3_600));
    let told = settled(&house).await;
    let alert = house.sms.sent().remove(1);
    let report = reporter(&house, alert).await;
    assert_eq!(report.says("status=delivered").await, StatusCode::NO_CONTENT);
    let all = settled(&house).await;
    assert_eq!((&all[0], all[0].state.cause()), (&told[0], Some("cancelled")), "it was not in the message");
    assert!(all[1..].iter().all(|alert| alert.state == State::Delivered));
    house.close().await;
}

async fn a_report_about_a_parcel_says_nothing_of_what_expired_before(house: House) {
    gatherer(&house, &["0701740605"]).await;
    three(&house).await;
    house.sms.answers([Outcome::ChannelDown { cause: "refused".into() }]);
    house.clock.set(due());
    tried(&house, 1).await;
    // Rejected payments live for a day, messages for a week.
    house.clock.advance(Duration::from_secs(86_400));
    let told = settled(&house).await;
    let alert = house.sms.sent().remove(1);
    let report = reporter(&house, alert).await;
    assert_eq!(report.says("status=delivered").await, StatusCode::NO_CONTENT);
    let all = settled(&house).await;
    assert_eq!(all[..2], told[..2], "they were not in the message that arrived");
    assert_eq!(all[2].state, State::Delivered);
    house.close().await;
}

async fn a_report_about_a_parcel_reaches_each_alert_in_it(house: House) {
    gatherer(&house, &["0701740605"]).await;
    three(&house).await;
    house.clock.set(due());
    settled(&house).await;
    let alert = house.sms.sent().remove(0);
    let report = reporter(&house, alert).await;
    assert_eq!(report.says("status=delivered").await, StatusCode::NO_CONTENT);
    assert!(settled(&house).await.iter().all(|d| d.state == State::Delivered));
    assert_eq!(report.says("status=failed").await, StatusCode::NO_CONTENT);
    assert!(settled(&house).await.iter().all(|d| d.state == State::Delivered && d.history.len() == 3));
    house.close().await;
}

#[tokio::test]
async fn stopping_puts_a_parcel_back_whole() {
    let house = House::open_with_concurrency(1).await;
    let company = house.company().await;
    gatherer_of(&house, company, &["0701740605"]).await;
    three(&house).await;
    house.user(company, "erik", Access::Unrestricted, &["0701740606"]).await;
    house.sms.hang();
    house.publish([bytes(&payment("p9"))]).await;
    eventually("an attempt that does not end", || async { (house.sms.sent().len() == 1).then_some(()) })
        .await;
    house.clock.set(due());
    house.event_when("m1", |all| all.iter().any(|d| d.parcel.is_some())).await;
    house.chassis.shutdown.cancel();
    house.sms.release(1);
    let house = house.stop_and_reopen().await;
    let all = settled(&house).await;
    assert!(
        all.iter().all(|d| !d.possible_duplicate && d.parcel.is_some() && d.parcel == all[0].parcel),
        "{all:?}"
    );
    assert_eq!(house.sms.sent().iter().filter(|alert| sms(alert).starts_with("4 ärenden")).count(), 1);
    house.settled("p9").await;
    house.close().await;
}

#[tokio::test]
async fn two_dispatchers_never_split_or_double_a_digest_on_postgres() {
    const USERS: usize = 40;
    const EVENTS: usize = 5;
    let house = House::open_on(Ground::postgres(), 64).await;
    let company = house.company().await;
    for n in 0..USERS {
        let address = format!("user{n}@x.example");
        let (user, _) = house.user(company, &format!("user-{n}"), Access::Unrestricted, &[&address]).await;
        house.narrow(user, "payment.rejected", gathered()).await;
    }
    let other = house.beside().await;
    let ids: Vec<_> = (0..EVENTS).map(|n| format!("p{n}")).collect();
    house.publish(ids.iter().map(|id| bytes(&payment(id)))).await;
    for id in &ids {
        house.event_when(id, |all| all.len() == USERS && all.iter().all(waits)).await;
    }
    house.clock.set(due());
    for id in &ids {
        let (_, deliveries) = house.settled(id).await;
        assert!(deliveries.iter().all(|d| d.attempts == 1 && !d.possible_duplicate));
    }
    let sent: Vec<_> = house.email.sent().into_iter().chain(other.email.sent()).collect();
    let mut told: Vec<_> = sent.iter().map(|alert| alert.to.reveal().to_owned()).collect();
    told.sort();
    told.dedup();
    assert_eq!((sent.len(), told.len()), (USERS, USERS));
    for alert in &sent {
        let AlertText::Mail { text, .. } = &alert.text else { panic!("no mail") };
        assert_eq!(text.subject, format!("{EVENTS} ärenden för Exempelbolaget AB"));
    }
    other.close().await;
    house.close().await;
}
