//! Ending an agreement: R3, R16, R17.

use crate::{
    changing::{verdict, watch},
    house::{House, PAYMENT, ids, told},
};
use bevaka_domain::entitlement::{Reason, Verdict};
use serde_json::json;

#[tokio::test]
async fn r03_without_a_mandate_nobody_ends_the_agreement() {
    let house = House::open().await;
    let company = house.limited().await;
    let (signatory, other) = (house.signatory(company, 0).await, house.administrator(company, 1).await);
    house.sign_in(&signatory).await.connect_and_sign(&[PAYMENT]).await;
    let session = house.sign_in(&other).await;
    session.post("/agreement/end", &json!({"version": 1})).await.refuses(403, "no_mandate");
    assert!(house.scope(company).await.is_some());
}

#[tokio::test]
async fn r16_ending_needs_no_signature_and_is_mailed_to_every_signatory() {
    let house = House::open().await;
    let company = house.limited().await;
    let (one, two) = (house.joint(company, 0).await, house.joint(company, 1).await);
    let session = house.sign_in(&one).await;
    session.post("/agreement/end", &json!({"version": 1})).await.refuses(409, "not_connected");
    let order = session.connect(&[PAYMENT]).await.is(201)["order"].as_str().unwrap().to_owned();
    session.sign(&order).await;
    house.sign_in(&two).await.sign(&order).await;
    house.notices().await;

    session.post("/agreement/end", &json!({"version": 7})).await.refuses(409, "changed_meanwhile");
    let ended = session.post("/agreement/end", &json!({"version": 1})).await.is(200);
    assert_eq!(ended["ended_at"], serde_json::to_value(house.now()).unwrap());
    let notices = house.notices().await;
    assert_eq!((&notices[0]["type"], told(&notices[0])), (&json!("agreement.ended"), ids(&[&one, &two])));
    session.get("/agreement").await.refuses(404, "not_found");
    session.post("/agreement/end", &json!({"version": 1})).await.refuses(409, "not_connected");
}

#[tokio::test]
async fn r17_from_the_end_on_nobody_is_told() {
    let house = House::open().await;
    let company = house.limited().await;
    let signatory = house.signatory(company, 0).await;
    let session = house.sign_in(&signatory).await;
    session.connect_and_sign(&[PAYMENT]).await;
    watch(&house, &signatory, PAYMENT).await;
    assert!(matches!(verdict(&house, "5560160680", PAYMENT, &signatory).await, Verdict::Deliver(_)));
    session.post("/agreement/end", &json!({"version": 1})).await.is(200);
    let after = verdict(&house, "5560160680", PAYMENT, &signatory).await;
    assert_eq!(after, Verdict::Suppressed(Reason::NoActiveAgreement));
}

#[tokio::test]
async fn r16_ending_ends_what_waits_to_change_the_agreement_and_the_company_can_connect_again() {
    let house = House::open().await;
    let company = house.limited().await;
    let (one, two) = (house.joint(company, 0).await, house.joint(company, 1).await);
    let (first, second) = (house.sign_in(&one).await, house.sign_in(&two).await);
    let order = first.connect(&[PAYMENT]).await.is(201)["order"].as_str().unwrap().to_owned();
    first.sign(&order).await;
    second.sign(&order).await;
    let change = first.change(&["message.received"], 1).await.is(201)["order"].as_str().unwrap().to_owned();
    assert_eq!(first.sign(&change).await["outcome"], "waits");

    second.post("/agreement/end", &json!({"version": 1})).await.is(200);
    let seen = first.get(&format!("/orders/{change}")).await.is(200);
    assert_eq!((&seen["state"], &seen["refused_because"]), (&json!("refused"), &json!("agreement_changed")));
    second.begin_signing(&change).await.refuses(409, "order_over");
    second.connect(&[PAYMENT]).await.is(201);
}
