//! What was told is read page by page, and a message is known by its code.

use crate::house::{House, INVOICE, PAYMENT, days, minutes};
use bevaka_store::alerts;
use serde_json::{Value, json};

#[tokio::test]
async fn pages_follow_each_other_while_more_comes() {
    let house = House::open().await;
    let email = house.contact(house.anna, "anna@exempelbolaget.se", true).await;
    let anna = house.sign_in(house.anna).await;
    anna.save(&json!([{"kind": PAYMENT, "email": email}])).await.is(200);
    let begun = house.now();
    let mut happened = Vec::new();
    for n in (0..120).rev() {
        happened.push(json!(house.happens(PAYMENT, begun.minus(minutes(n))).await));
        if n % 2 == 0 {
            house.happens(INVOICE, begun.minus(minutes(n))).await;
        }
    }
    happened.reverse();
    let (mut listed, mut folded, mut pages, mut path) = (Vec::new(), 0, 0, "/alerts".to_owned());
    loop {
        let page = anna.get(&path).await.is(200);
        listed.extend(page["events"].as_array().unwrap().iter().map(|event| event["event"].clone()));
        folded +=
            page["folded"].as_array().unwrap().iter().map(|sum| sum["count"].as_u64().unwrap()).sum::<u64>();
        pages += 1;
        house.clock.advance(minutes(1));
        house.happens(PAYMENT, house.now()).await;
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/alerts?before={next}");
    }
    assert_eq!((listed, folded, pages), (happened, 60, 3));
    let latest = anna.get("/alerts").await.is(200);
    assert_eq!(latest["events"][0]["received_at"], json!(house.now()));
}

#[tokio::test]
async fn an_alert_tells_its_place_masked_and_what_was_not_told_why() {
    let house = House::open().await;
    let sms = house.contact(house.anna, "0701740605", true).await;
    let anna = house.sign_in(house.anna).await;
    let paused = json!({"pause": {"until": "2026-11-25"}});
    anna.save(&json!([{"kind": PAYMENT, "sms": sms}, {"kind": INVOICE, "sms": sms, "settings": paused}]))
        .await
        .is(200);
    house.happens(PAYMENT, house.now()).await;
    house.clock.advance(minutes(1));
    house.happens(INVOICE, house.now()).await;
    let told = anna.get("/alerts").await;
    assert!(!told.text.contains("701740605"), "{}", told.text);
    let told = told.is(200);
    let [invoice, payment] = told["events"].as_array().unwrap().as_slice() else { panic!("{told}") };
    assert_eq!((&invoice["not_sent"], &invoice["alerts"]), (&json!("paused"), &json!([])));
    let alert = &payment["alerts"][0];
    assert_eq!((&payment["not_sent"], &alert["channel"]), (&Value::Null, &json!("sms")));
    assert_eq!((&alert["to"], &alert["state"]), (&json!("•••• 06 05"), &json!("delivered")));
    let maja = house.sign_in(house.maja).await.get("/alerts").await.is(200);
    assert_eq!(maja["events"], json!([]), "what another is told is theirs");
    for cursor in ["x", ""] {
        let refusal = anna.get(&format!("/alerts?before={cursor}")).await.refuses(422, "invalid_field");
        assert_eq!(refusal["field"], "before");
    }
}

#[tokio::test]
async fn a_message_is_known_by_its_code_to_its_recipient_only() {
    let house = House::open().await;
    let sms = house.contact(house.anna, "0701740605", true).await;
    let (anna, maja) = (house.sign_in(house.anna).await, house.sign_in(house.maja).await);
    anna.save(&json!([{"kind": PAYMENT, "sms": sms}])).await.is(200);
    house.happens(PAYMENT, house.now()).await;
    let mut tx = house.db.begin_read().await.unwrap();
    let first = alerts::first_id(house.now().minus(days(90)));
    let ids = alerts::ids(&mut tx, house.anna.user, first).await.unwrap();
    drop(tx);
    let code = json!({"code": house.app.proofs.alert_code(ids[0].0.0)});
    let known = anna.post("/alerts/check", &code).await.is(200);
    assert_eq!((&known["is_genuine"], &known["message"]["to"]), (&json!(true), &json!("•••• 06 05")));
    assert_eq!(known["message"]["events"][0]["kind"], PAYMENT);
    let unknown = json!({"is_genuine": false});
    assert_eq!(maja.post("/alerts/check", &code).await.is(200), unknown);
    assert_eq!(anna.post("/alerts/check", &json!({"code": "0000-0000"})).await.is(200), unknown);
}
