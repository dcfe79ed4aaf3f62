//! R28: nothing but its code is sent to a contact point before its owner has confirmed it.

use crate::{
    client::Session,
    house::{House, PAYMENT, hours, minutes},
};
use serde_json::{Value, json};

async fn confirm(session: &Session, contact: &Value, code: &str) -> crate::client::Answer {
    let path = format!("/contacts/{}/confirm", contact["contact"].as_str().unwrap());
    session.post(&path, &json!({ "code": code })).await
}

/// A code that was not sent.
fn wrong(code: &str) -> &'static str {
    if code == "000000" { "111111" } else { "000000" }
}

#[tokio::test]
async fn r28_a_contact_point_counts_once_its_code_has_come_back() {
    let house = House::open().await;
    let anna = house.sign_in(house.anna).await;
    let added = anna.add("sms", "070-174 06 05").await.is(201);
    assert_eq!((&added["address"], &added["state"]), (&json!("+46701740605"), &json!("code_under_way")));
    assert_eq!(added["tries_left"], 5);
    let test = format!("/contacts/{}/test", added["contact"].as_str().unwrap());
    anna.command(&test).await.refuses(409, "not_confirmed");
    let code = house.code().await;
    let confirmed = confirm(&anna, &added, &format!("{} {}", &code[..3], &code[3..])).await.is(200);
    assert_eq!((&confirmed["state"], &confirmed["confirmed_at"]), (&json!("confirmed"), &json!(house.now())));
    confirm(&anna, &added, wrong(&code)).await.is(200);
    let again = format!("/contacts/{}/code", added["contact"].as_str().unwrap());
    anna.command(&again).await.refuses(409, "already_confirmed");
    anna.command(&test).await.is(202);
}

#[tokio::test]
async fn r28_five_wrong_codes_and_thirty_minutes_end_a_code() {
    let house = House::open().await;
    let anna = house.sign_in(house.anna).await;
    let added = anna.add("email", "anna@exempelbolaget.se").await.is(201);
    let code = house.code().await;
    for no_code in ["", "12345", "hunter2"] {
        let refusal = confirm(&anna, &added, no_code).await.refuses(422, "invalid_field");
        assert_eq!(refusal["field"], "code");
    }
    for left in (1..5).rev() {
        let refused = confirm(&anna, &added, wrong(&code)).await;
        for secret in [code.as_str(), wrong(&code), "anna@", "hunter2"] {
            assert!(!refused.text.contains(secret), "{}", refused.text);
        }
        let refusal = refused.refuses(422, "code_wrong");
        assert!(refusal["detail"].as_str().unwrap().contains(&format!(" {left} tries")), "{refusal}");
    }
    confirm(&anna, &added, wrong(&code)).await.refuses(409, "code_used_up");
    confirm(&anna, &added, &code).await.refuses(409, "code_used_up");
    let resend = format!("/contacts/{}/code", added["contact"].as_str().unwrap());
    assert_eq!(anna.command(&resend).await.is(200)["tries_left"], 5);
    let new = house.code().await;
    house.clock.advance(minutes(30));
    let anna = house.sign_in(house.anna).await;
    confirm(&anna, &added, &new).await.refuses(409, "code_expired");
    let imported = house.contact(house.anna, "0701740605", false).await;
    confirm(&anna, &json!({ "contact": imported }), &new).await.refuses(409, "code_none_sent");
}

#[tokio::test]
async fn codes_and_tests_are_limited_for_each_hour_and_the_refusal_says_for_how_long() {
    let house = House::open_with(|settings| {
        settings.contacts.codes_per_hour = 2.try_into().unwrap();
        settings.contacts.codes_per_address_per_hour = 2.try_into().unwrap();
        settings.contacts.tests_per_hour = 1.try_into().unwrap();
    })
    .await;
    let anna = house.sign_in(house.anna).await;
    let added = anna.add("email", "anna@exempelbolaget.se").await.is(201);
    let code = format!("/contacts/{}/code", added["contact"].as_str().unwrap());
    house.clock.advance(minutes(10));
    let anna = house.sign_in(house.anna).await;
    anna.command(&code).await.is(200);
    for refused in [anna.command(&code).await, anna.add("sms", "0701740605").await] {
        assert_eq!(refused.headers["retry-after"], "3000");
        assert!(!refused.text.contains("anna@"), "{}", refused.text);
        refused.refuses(429, "codes_per_hour");
    }
    house.clock.advance(minutes(50));
    let anna = house.sign_in(house.anna).await;
    anna.command(&code).await.is(200);

    let sms = house.contact(house.anna, "0701740605", true).await;
    let test = format!("/contacts/{sms}/test");
    anna.command(&test).await.is(202);
    let refused = anna.command(&test).await;
    assert_eq!(refused.headers["retry-after"], "3600");
    refused.refuses(429, "tests_per_hour");
    house.clock.advance(hours(1));
    let anna = house.sign_in(house.anna).await;
    anna.command(&test).await.is(202);
}

#[tokio::test]
async fn a_contact_point_takes_the_place_of_another_when_it_is_confirmed() {
    let house = House::open().await;
    let old = house.contact(house.anna, "0701740605", true).await;
    let anna = house.sign_in(house.anna).await;
    anna.save(&json!([{"kind": PAYMENT, "sms": old}])).await.is(200);
    let replace = format!("/contacts/{old}/replace");
    let refusal = anna.post(&replace, &json!({"address": "anna@exempelbolaget.se"})).await;
    assert_eq!(refusal.refuses(422, "invalid_field")["faults"][0]["code"], "not_a_number");
    let new = anna.post(&replace, &json!({"address": "0701740606"})).await.is(201);
    assert_eq!((&new["replaces"], &new["used_for"]), (&json!(old), &json!([])));
    let same = anna.post(&replace, &json!({"address": "070-174 06 06"})).await.is(200);
    assert_eq!(same["contact"], new["contact"]);
    let confirmed = confirm(&anna, &new, &house.code().await).await.is(200);
    assert_eq!(confirmed["used_for"], json!([PAYMENT]));
    let left = anna.get("/contacts").await.is(200);
    assert_eq!(left.as_array().unwrap().len(), 1);
}
