//! Notices, from the outbox of the service that sends them to the mails of those they name.

use bevaka_bus::Message;
use bevaka_catalogue::AlertText;
use bevaka_chassis::relay;
use bevaka_domain::{
    clock::Clock,
    delivery::{Outcome, State},
    entitlement::{Reason, Verdict},
    ids::UserId,
    language::Language,
    notice::{Content, Notice, SOURCE, Topic},
    organisation::OrganisationNumber,
    trail::Writer,
    user::{Access, UserState},
};
use bevaka_store::{outbox, queue};
use bevaka_support::house::{COMPANY, DEADLINE, House, bytes, eventually, payment, start_of_test};
use serde_json::json;
use std::time::Duration;
use tokio::time::timeout;
use uuid::Uuid;

fn notice(topic: Topic, users: impl IntoIterator<Item = UserId>) -> Notice {
    Notice {
        topic,
        organisation: OrganisationNumber::parse(COMPANY).unwrap(),
        at: start_of_test(),
        content: Content {
            users: users.into_iter().collect(),
            kinds: [bevaka_domain::event::Kind::parse("payment.rejected").unwrap()].into(),
            receipt: "7K3F9A2C".to_owned(),
            contacts: [].into(),
            code: None,
        },
    }
}

const ID: Uuid = Uuid::from_u128(1);

/// Adds a notice to the outbox as a command does, beside what it changes.
async fn add(house: &House, notice: &Notice) {
    let mut tx = house.chassis.db.begin().await.unwrap();
    outbox::add(&mut tx, Writer::Agreements, ID, &notice.body(ID), house.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    house.chassis.outbox.nudge();
}

async fn waiting(house: &House) -> u64 {
    let mut tx = house.chassis.db.begin_read().await.unwrap();
    outbox::count(&mut tx, Writer::Agreements).await.unwrap()
}

/// Runs the relay until the outbox is empty, and stops it by itself.
async fn relayed(house: &House) {
    let mut chassis = house.chassis.clone();
    chassis.shutdown = house.chassis.shutdown.child_token();
    let running = tokio::spawn(relay::run(chassis.clone(), Writer::Agreements));
    eventually("an empty outbox", || async { (waiting(house).await == 0).then_some(()) }).await;
    chassis.shutdown.cancel();
    timeout(DEADLINE, running).await.expect("the relay stops when told").unwrap();
}

fn told(house: &House) -> Vec<String> {
    let mut to: Vec<_> = house.email.sent().iter().map(|alert| alert.to.reveal().to_owned()).collect();
    to.sort();
    to
}

#[tokio::test]
async fn r11_named_signatories_get_a_mail_without_any_agreement_and_the_others_none() {
    let house = House::open().await;
    let company = house.company().await;
    house.end_agreement(company).await;
    let named = ["anna@x.example", "erik@x.example", "maja@x.example"];
    let (anna, _) =
        house.user(company, "anna", Access::Unrestricted, &["0701740605", named[0], "anna@y.example"]).await;
    let (erik, _) = house.user(company, "erik", Access::Restricted, &[named[1]]).await;
    let (maja, _) = house.user(company, "maja", Access::Unrestricted, &[named[2]]).await;
    let (sara, _) = house.user(company, "sara", Access::Unrestricted, &["sara@x.example"]).await;
    let (olle, _) = house.user(company, "olle", Access::Unrestricted, &["0701740606"]).await;
    house.set_state(maja, UserState::Blocked).await;
    add(&house, &notice(Topic::AgreementEnded, [anna, erik, maja, olle])).await;
    relayed(&house).await;

    let (decided, deliveries) = house.settled_from(SOURCE, &ID.to_string()).await;
    assert_eq!((decided.agreement_version, decided.decisions.len(), deliveries.len()), (None, 5, 3));
    let verdict = |user| decided.decisions.iter().find(|d| d.user == user).unwrap().verdict.clone();
    assert_eq!(verdict(maja), Verdict::Suppressed(Reason::UserBlocked));
    assert_eq!(verdict(sara), Verdict::Suppressed(Reason::NotAddressed));
    assert_eq!(verdict(olle), Verdict::Suppressed(Reason::ContactMissing));
    assert_eq!(told(&house), ["anna@x.example", "anna@y.example", "erik@x.example"]);
    assert!(house.sms.sent().is_empty());
    for alert in house.email.sent() {
        let AlertText::Mail { text: mail, .. } = alert.text else { panic!("no mail") };
        let kind = Topic::AgreementEnded.as_str().parse().unwrap();
        assert_eq!(mail.subject, "Avtalet om Bevaka är avslutat för Exempelbolaget AB");
        assert!(mail.text.contains("21 november 2026 kl. 14.02") && mail.text.contains("Kvitto: 7K3F9A2C"));
        assert!(mail.text.contains(house.chassis.catalogue.name(&kind, Language::Swedish)));
    }
    house.close().await;
}

#[tokio::test]
async fn r11_a_notice_tells_the_kinds_by_their_names() {
    let house = House::open().await;
    let company = house.company().await;
    let (anna, _) = house.user(company, "anna", Access::Unrestricted, &["anna@x.example"]).await;
    add(&house, &notice(Topic::AgreementConnected, [anna])).await;
    relayed(&house).await;
    let (decided, _) = house.settled_from(SOURCE, &ID.to_string()).await;
    assert_eq!(decided.agreement_version, Some(1));
    let sent = house.email.sent();
    let AlertText::Mail { text: mail, .. } = &sent[0].text else { panic!("no mail") };
    assert!(mail.text.contains("- Avvisad betalning\n"), "{}", mail.text);
    assert!(mail.text.contains("för att du kan teckna avtal"), "{}", mail.text);
    house.close().await;
}

#[tokio::test]
async fn r22_a_named_user_who_is_blocked_while_the_mail_waits_is_not_told() {
    let house = House::open().await;
    let company = house.company().await;
    let (anna, _) = house.user(company, "anna", Access::Unrestricted, &["anna@x.example"]).await;
    let (erik, _) = house.user(company, "erik", Access::Unrestricted, &["erik@x.example"]).await;
    let retry = || Outcome::Retry { cause: "smtp_451".into(), after: None };
    house.email.answers([retry(), retry()]);
    add(&house, &notice(Topic::AgreementChanged, [anna, erik])).await;
    relayed(&house).await;
    let id = ID.to_string();
    house
        .event_from_when(SOURCE, &id, |all| {
            all.len() == 2 && all.iter().all(|d| matches!(d.state, State::Waiting { .. }))
        })
        .await;
    house.set_state(erik, UserState::Blocked).await;
    house.clock.advance(Duration::from_secs(3));
    let (_, deliveries) = house.settled_from(SOURCE, &id).await;
    let state = |user| &deliveries.iter().find(|d| d.user == user).unwrap().state;
    assert!(matches!(state(anna), State::Accepted { .. }));
    assert_eq!(*state(erik), State::Suppressed(Reason::UserBlocked));
    assert_eq!(told(&house).len(), 3, "two at first, one again");
    house.close().await;
}

#[tokio::test]
async fn r30_a_crash_between_publishing_and_noting_it_tells_nobody_twice() {
    let house = House::open().await;
    let company = house.company().await;
    let (anna, _) = house.user(company, "anna", Access::Unrestricted, &["anna@x.example"]).await;
    let notice = notice(Topic::AgreementConnected, [anna]);
    add(&house, &notice).await;
    // What a relay does up to the moment of its death.
    let mut tx = house.chassis.db.begin().await.unwrap();
    let now = house.clock.now();
    let until = now.plus(Duration::from_secs(120));
    let claimed = outbox::claim(&mut tx, Writer::Agreements, now, until, 10).await.unwrap();
    tx.commit().await.unwrap();
    let message = Message::of_event(ID.to_string(), claimed[0].body.clone());
    assert_eq!(message.key, "agreement.connected");
    house.chassis.bus.publish(&[message]).await.unwrap();
    house.settled_from(SOURCE, &ID.to_string()).await;
    assert_eq!(waiting(&house).await, 1, "it was published and not removed");

    let house = house.crash_and_reopen().await;
    relayed(&house).await;
    // Behind it on the bus: when this is settled, the repeated notice has been read.
    house.publish([bytes(&payment("p1"))]).await;
    house.settled("p1").await;
    let (_, deliveries) = house.settled_from(SOURCE, &ID.to_string()).await;
    assert_eq!(deliveries.len(), 1);
    let mails = house.email.sent();
    assert!(
        mails.iter().all(|alert| alert.key != deliveries[0].id.0),
        "the mail left before the crash and no other since"
    );
    house.close().await;
}

#[tokio::test]
async fn what_was_added_leaves_at_once_and_what_nobody_told_of_soon() {
    let house = House::open().await;
    let company = house.company().await;
    let (anna, _) = house.user(company, "anna", Access::Unrestricted, &["anna@x.example"]).await;
    let running = tokio::spawn(relay::run(house.chassis.clone(), Writer::Agreements));
    for n in 0..250_u128 {
        let id = Uuid::from_u128(n);
        let mut tx = house.chassis.db.begin().await.unwrap();
        let body = notice(Topic::OrderPending, [anna]).body(id);
        outbox::add(&mut tx, Writer::Agreements, id, &body, house.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
        if n % 7 == 0 {
            house.chassis.outbox.nudge();
        }
    }
    for n in 0..250_u128 {
        house.settled_from(SOURCE, &Uuid::from_u128(n).to_string()).await;
    }
    assert_eq!(house.email.sent().len(), 250);
    eventually("an empty outbox", || async { (waiting(&house).await == 0).then_some(()) }).await;
    house.close().await;
    timeout(DEADLINE, running).await.expect("the relay stops with the process").unwrap();
}

#[tokio::test]
async fn another_writers_messages_are_left_alone() {
    let house = House::open().await;
    let mut tx = house.chassis.db.begin().await.unwrap();
    outbox::add(&mut tx, Writer::Watches, Uuid::from_u128(2), b"{}", house.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    add(&house, &notice(Topic::OrderExpired, [UserId(ID)])).await;
    relayed(&house).await;
    let (decided, _) = house.settled_from(SOURCE, &ID.to_string()).await;
    assert_eq!((decided.organisation, decided.decisions.len()), (None, 0));
    let mut tx = house.chassis.db.begin_read().await.unwrap();
    assert_eq!(outbox::count(&mut tx, Writer::Watches).await.unwrap(), 1);
    assert_eq!(queue::count(&mut tx, "bevaka.dead").await.unwrap(), 0);
    drop(tx);
    house.close().await;
}

#[tokio::test]
async fn r34_what_only_looks_like_a_notice_is_put_aside() {
    let house = House::open().await;
    let company = house.company().await;
    let (anna, _) = house.user(company, "anna", Access::Unrestricted, &["anna@x.example"]).await;
    let sound = notice(Topic::AgreementConnected, [anna]).body(ID);
    let with = |field: &str, value: serde_json::Value| {
        let mut event: serde_json::Value = serde_json::from_slice(&sound).unwrap();
        event[field] = value;
        bytes(&event)
    };
    house
        .publish([
            with("source", json!("/payments")),
            with("type", json!("payment.rejected")),
            with("data", json!({"users": []})),
            with("recipient", json!("anna")),
        ])
        .await;
    let letters = house.dead_letters(4).await;
    let mut reasons: Vec<_> = letters.iter().map(|letter| letter.reason.as_str()).collect();
    reasons.sort_unstable();
    assert_eq!(reasons, ["data", "recipient", "unknown_kind", "unknown_kind"]);
    assert!(house.email.sent().is_empty());
    house.close().await;
}
