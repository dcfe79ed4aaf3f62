//! Changing an agreement: R2, R14, R15, R18.

use crate::house::{House, INVOICE, MESSAGE, PAYMENT, ids, told};
use bevaka_domain::{
    contact::Address,
    entitlement::{self, Audience, Reason, Subject, Verdict},
    event::{Facts, Kind},
    watch::{Settings, Watch},
};
use bevaka_store::watches;
use serde_json::json;
use std::time::Duration;

/// A watch by mail with a confirmed address.
pub async fn watch(house: &House, user: &crate::house::User, kind: &str) {
    let mut tx = house.db.begin().await.unwrap();
    let entropy = &house.app.chassis.entropy;
    let address: Address = "kim@exempel.example".parse().unwrap();
    let now = bevaka_domain::clock::Clock::now(&*house.clock);
    let contact = entropy.id(now).into();
    let contact = watches::upsert_contact(&mut tx, contact, user.id, &address, Some(now), now).await.unwrap();
    let channels = [(address.channel(), Some(contact))].into_iter().collect();
    let watch = Watch {
        id: entropy.id(now).into(),
        user: user.id,
        kind: Kind::parse(kind).unwrap(),
        channels,
        settings: Settings::default(),
        off_at: None,
    };
    watches::upsert_watch(&mut tx, &watch, now).await.unwrap();
    tx.commit().await.unwrap();
}

/// What the dispatcher would decide about the only watcher now.
pub async fn verdict(house: &House, number: &str, kind: &str, user: &crate::house::User) -> Verdict {
    let found = house.standing(number, kind).await;
    let kind = Kind::parse(kind).unwrap();
    let expires_at = house.now().plus(Duration::from_secs(60));
    let subject = Subject {
        kind: &kind,
        facts: &Facts::NONE,
        received_at: house.now(),
        audience: Audience::Watchers { recipient: None },
        expires_at,
    };
    let decisions = entitlement::decide(subject, &found.standing, house.now());
    decisions.into_iter().find(|decision| decision.user == user.id).unwrap().verdict
}

#[tokio::test]
async fn r02_without_a_mandate_nobody_changes_the_scope() {
    let house = House::open().await;
    let company = house.limited().await;
    let (signatory, other) = (house.signatory(company, 0).await, house.administrator(company, 1).await);
    house.sign_in(&signatory).await.connect_and_sign(&[PAYMENT]).await;
    let session = house.sign_in(&other).await;
    session.change(&[INVOICE], 1).await.refuses(403, "no_mandate");
    assert_eq!(house.orders(company).await, 1);
    assert_eq!(session.get("/agreement").await.is(200)["kinds"], json!([PAYMENT]));
}

#[tokio::test]
async fn r14_a_change_is_chosen_previewed_signed_and_confirmed() {
    let house = House::open().await;
    let company = house.limited().await;
    let signatory = house.signatory(company, 0).await;
    let session = house.sign_in(&signatory).await;
    session.change(&[PAYMENT], 1).await.refuses(409, "not_connected");
    session.connect_and_sign(&[PAYMENT, INVOICE]).await;
    house.notices().await;
    watch(&house, &signatory, PAYMENT).await;

    let refused = session.change(&[PAYMENT, INVOICE], 1).await.refuses(422, "no_change");
    assert_eq!(refused["field"], "kinds");
    session.change(&[], 1).await.refuses(422, "nothing_chosen");
    session.change(&[INVOICE], 2).await.refuses(409, "changed_meanwhile");

    let expected = json!({
        "added": [MESSAGE], "kept": [INVOICE], "removed": [PAYMENT],
        "users_with_access": 1, "users_without_access": 0,
        "losses": [{"user": signatory.id, "name": "Kim 0", "kinds": [PAYMENT]}],
    });
    let thought = json!({"kinds": [INVOICE, MESSAGE]});
    assert_eq!(session.post("/agreement/preview", &thought).await.is(200), expected);
    let order = session.change(&[INVOICE, MESSAGE], 1).await.is(201);
    assert_eq!(order["effect"], expected);
    let id = order["order"].as_str().unwrap();
    assert_eq!(session.sign(id).await["outcome"], "completed");
    let agreement = session.get("/agreement").await.is(200);
    assert_eq!((&agreement["version"], &agreement["kinds"]), (&json!(2), &json!([INVOICE, MESSAGE])));
    let notices = house.notices().await;
    assert_eq!((&notices[0]["type"], told(&notices[0])), (&json!("agreement.changed"), ids(&[&signatory])));
}

#[tokio::test]
async fn r14_a_change_of_what_changed_meanwhile_is_refused() {
    let house = House::open().await;
    let company = house.limited().await;
    let signatory = house.signatory(company, 0).await;
    let session = house.sign_in(&signatory).await;
    session.connect_and_sign(&[PAYMENT]).await;
    let order = session.change(&[INVOICE], 1).await.is(201)["order"].as_str().unwrap().to_owned();
    let begun = session.begin_signing(&order).await.is(201);
    session.post("/agreement/end", &json!({"version": 1})).await.is(200);
    session.connect_and_sign(&[MESSAGE]).await;
    let answer = signatory.person.responds(begun["token"]["challenge"].as_str().unwrap());
    let state = session.answer(&order, &begun, &answer).await.is(200);
    assert_ne!(state["outcome"], "completed");
    assert_eq!(session.get("/agreement").await.is(200)["kinds"], json!([MESSAGE]));
}

#[tokio::test]
async fn r15_a_kind_that_leaves_is_not_sent_and_comes_back_with_the_choices() {
    let house = House::open().await;
    let company = house.limited().await;
    let signatory = house.signatory(company, 0).await;
    let session = house.sign_in(&signatory).await;
    session.connect_and_sign(&[PAYMENT, INVOICE]).await;
    watch(&house, &signatory, PAYMENT).await;
    let now = async || verdict(&house, "5560160680", PAYMENT, &signatory).await;
    assert!(matches!(now().await, Verdict::Deliver(_)));
    session.order_and_sign(&json!({"kind": "change", "kinds": [INVOICE], "version": 1})).await;
    assert_eq!(now().await, Verdict::Suppressed(Reason::KindNotInScope));
    session.order_and_sign(&json!({"kind": "change", "kinds": [INVOICE, PAYMENT], "version": 2})).await;
    assert!(matches!(now().await, Verdict::Deliver(_)), "the choice was kept");
}

#[tokio::test]
async fn r18_every_version_stays_readable_with_text_and_signatures() {
    let house = House::open().await;
    let company = house.limited().await;
    let signatory = house.signatory(company, 0).await;
    let session = house.sign_in(&signatory).await;
    let first = session.connect_and_sign(&[PAYMENT]).await;
    let text = session.get(&format!("/orders/{first}")).await.is(200)["text"].clone();
    house.clock.advance(Duration::from_secs(60));
    let change = json!({"kind": "change", "kinds": [PAYMENT, INVOICE], "version": 1});
    let second = session.order_and_sign(&change).await;
    house.clock.advance(Duration::from_secs(60));
    session.post("/agreement/end", &json!({"version": 2})).await.is(200);

    let versions = session.get("/agreement/versions").await.is(200);
    let versions = versions.as_array().unwrap();
    assert_eq!(versions.len(), 2);
    assert_eq!((&versions[0]["version"], &versions[1]["version"]), (&json!(2), &json!(1)));
    assert_eq!((&versions[0]["order"], &versions[1]["order"]), (&json!(second), &json!(first)));
    assert_eq!((&versions[1]["kinds"], &versions[1]["text"]), (&json!([PAYMENT]), &text));
    for version in versions {
        assert_eq!(version["signatures"][0]["name"], "Kim 0");
        assert_eq!(version["signatures"][0]["method"], "token");
        assert_eq!((&version["ended_by"], version["ended_at"].is_string()), (&json!("Kim 0"), true));
    }
}
