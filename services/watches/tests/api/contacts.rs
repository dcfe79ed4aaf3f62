//! Contact points are listed for their owner, added once, and removed with what that means.

use crate::house::{House, INVOICE, PAYMENT};
use serde_json::json;

#[tokio::test]
async fn adding_the_same_again_has_no_second_effect() {
    let house = House::open().await;
    let anna = house.sign_in(house.anna).await;
    let added = anna.add("sms", "0701740605").await.is(201);
    assert_eq!(house.notices().await.len(), 1);
    assert_eq!(anna.add("sms", "+46 70 174 06 05").await.is(200), added);
    assert_eq!(house.notices().await.len(), 0, "no second code");
    let other = house.contact(house.anna, "0701740606", true).await;
    let taken = anna.post(&format!("/contacts/{other}/replace"), &json!({"address": "0701740605"})).await;
    let refusal = taken.refuses(422, "invalid_field");
    assert_eq!(refusal["faults"][0]["code"], "taken", "another wish for the same number");
}

#[tokio::test]
async fn addresses_are_their_owners_and_refusals_do_not_repeat_them() {
    let house = House::open().await;
    let (anna, maja) = (house.sign_in(house.anna).await, house.sign_in(house.maja).await);
    anna.add("email", "anna@exempelbolaget.se").await.is(201);
    assert_eq!(maja.get("/contacts").await.is(200), json!([]));
    assert_eq!(anna.get("/contacts").await.is(200)[0]["address"], "anna@exempelbolaget.se");
    for (channel, address, code) in [
        ("sms", "08-123 456 78", "not_mobile"),
        ("sms", "hunter2", "not_a_number"),
        ("email", "hunter2", "not_an_email"),
    ] {
        let refused = anna.add(channel, address).await;
        assert!(!refused.text.contains(address), "{}", refused.text);
        let refusal = refused.refuses(422, "invalid_field");
        assert_eq!((&refusal["field"], &refusal["faults"][0]["code"]), (&json!("address"), &json!(code)));
    }
    for body in [
        json!({"channel": "pigeon", "address": "x"}),
        json!({"channel": "sms", "address": "x", "verified": true}),
        json!({"channel": "sms"}),
    ] {
        anna.post("/contacts", &body).await.refuses(422, "invalid_field");
    }
}

#[tokio::test]
async fn there_is_a_limit_to_contact_points() {
    let house = House::open_with(|settings| settings.contacts.max_contacts = 1.try_into().unwrap()).await;
    let anna = house.sign_in(house.anna).await;
    anna.add("email", "anna@exempelbolaget.se").await.is(201);
    let refusal = anna.add("sms", "0701740605").await.refuses(422, "invalid_field");
    assert_eq!(refusal["faults"][0]["code"], "too_many_contacts");
}

#[tokio::test]
async fn removing_tells_before_which_watches_lose_their_channel() {
    let house = House::open().await;
    let sms = house.contact(house.anna, "0701740605", true).await;
    let email = house.contact(house.anna, "anna@exempelbolaget.se", true).await;
    let anna = house.sign_in(house.anna).await;
    anna.save(&json!([{"kind": PAYMENT, "sms": sms, "email": email}, {"kind": INVOICE, "sms": sms}]))
        .await
        .is(200);
    let losses = anna.get(&format!("/contacts/{sms}/losses")).await.is(200);
    let losses: Vec<_> = losses
        .as_array()
        .unwrap()
        .iter()
        .map(|loss| (loss["kind"].as_str().unwrap(), loss["is_last"].as_bool().unwrap()))
        .collect();
    assert_eq!(losses, [(INVOICE, true), (PAYMENT, false)]);
    let before = anna.version().await;
    anna.delete(&format!("/contacts/{sms}")).await.is(204);
    anna.delete(&format!("/contacts/{sms}")).await.refuses(404, "not_found");
    let after = anna.get("/watches").await;
    assert_ne!(after.etag(), before, "whoever has read before must look again");
    let after = after.is(200);
    let invoice = after["kinds"].as_array().unwrap().iter().find(|kind| kind["kind"] == INVOICE).unwrap();
    assert_eq!((&invoice["watch"]["missing"], &invoice["watch"]["sms"]), (&json!(["sms"]), &json!(null)));
}
