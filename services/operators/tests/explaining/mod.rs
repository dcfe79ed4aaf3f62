//! Who was told, or would be, and why each of the others was not (R38).

mod again;
mod facts;
mod pages;

use axum::{
    body::{Body, to_bytes},
    http::{Method, Request, StatusCode, header},
};
use bevaka_catalogue::AlertText;
use bevaka_channels::Alert;
use bevaka_chassis::{proof::Proofs, vault::Vault};
use bevaka_domain::{
    ids::EventId,
    operator::Role,
    trail::{Writer, chain::Link},
    user::Access,
};
use bevaka_store::{deliveries, events, trail};
use bevaka_support::house::{House, TOKEN, VAULT_KEY, bytes, on_both_engines, payment};
use serde_json::{Value, json};
use tower::ServiceExt;

on_both_engines! {
    r38_a_dry_run_tells_who_would_be_told_and_sends_and_stores_nothing
    r38_what_was_decided_is_explained_as_it_was_decided
    r41_whoever_reads_what_an_event_holds_is_in_the_trail
}

/// Asks the API by a client's token.
pub async fn ask_as(
    house: &House,
    token: &str,
    method: Method,
    path: &str,
    body: Option<&Value>,
) -> (StatusCode, Value) {
    let request = Request::builder()
        .method(method)
        .uri(format!("/dispatcher/api/{path}"))
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, "application/json")
        .body(body.map_or_else(Body::empty, |body| Body::from(body.to_string())))
        .unwrap();
    let response = house.router.clone().oneshot(request).await.unwrap();
    let status = response.status();
    let body = to_bytes(response.into_body(), 8 << 20).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
}

pub async fn post(house: &House, path: &str, body: &Value) -> (StatusCode, Value) {
    ask_as(house, TOKEN, Method::POST, path, Some(body)).await
}

/// An explanation that must come.
pub async fn explain(house: &House, question: &Value) -> Value {
    let (status, answer) = post(house, "explain", question).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    answer
}

/// What would happen to an event that came now.
pub async fn dry(house: &House, event: &Value) -> Value {
    explain(house, &json!({ "event": event })).await
}

pub fn user<'a>(explanation: &'a Value, reference: &str) -> &'a Value {
    let users = explanation["users"].as_array().unwrap();
    users.iter().find(|user| user["reference"] == reference).unwrap()
}

/// The fact with a code.
pub fn fact<'a>(user: &'a Value, code: &str) -> &'a Value {
    let facts = user["facts"].as_array().unwrap();
    facts.iter().find(|fact| fact["code"] == code).unwrap_or_else(|| panic!("no {code}: {facts:?}"))
}

/// The codes of the facts that the decision rests on.
pub fn grounds(user: &Value) -> Vec<&str> {
    let facts = user["facts"].as_array().unwrap();
    facts.iter().filter(|fact| fact["decides"] == true).map(|fact| fact["code"].as_str().unwrap()).collect()
}

/// The trail of the dispatcher, whose chains are whole.
pub async fn trail_of(house: &House) -> Vec<Link> {
    let mut tx = house.chassis.db.begin_snapshot().await.unwrap();
    for head in trail::heads(&mut tx).await.unwrap() {
        assert!(trail::verify(&mut tx, head, &[], |_| {}).await.unwrap().is_ok());
    }
    trail::page(&mut tx, Writer::Operators, 0, 100).await.unwrap()
}

/// What a courier got to send.
fn text_of(alert: &Alert) -> String {
    match &alert.text {
        AlertText::Sms(sms) => sms.text.clone(),
        AlertText::Mail { text, .. } => text.text.clone(),
    }
}

async fn r38_a_dry_run_tells_who_would_be_told_and_sends_and_stores_nothing(house: House) {
    let company = house.company().await;
    house.user(company, "anna", Access::Unrestricted, &["0701740605", "anna@x.example"]).await;
    house.user(company, "erik", Access::Restricted, &["0701740606"]).await;
    let explanation = dry(&house, &payment("p1")).await;
    let (anna, erik) = (user(&explanation, "anna"), user(&explanation, "erik"));
    assert_eq!(
        (&anna["decision"]["suppressed"], &erik["decision"]["suppressed"]),
        (&Value::Null, &json!("no_access"))
    );
    let to: Vec<_> =
        anna["decision"]["to"].as_array().unwrap().iter().map(|to| to["to"].as_str().unwrap()).collect();
    assert!(
        to.len() == 2 && to.iter().all(|to| to.contains('•') || to.contains('*') || to.contains('…')),
        "{to:?}"
    );
    assert_eq!(grounds(anna), ["agreement_in_force", "watches"]);
    assert_eq!(grounds(erik), ["not_permitted"]);
    assert_eq!((&explanation["decided_at"], &explanation["event"]["event_id"]), (&Value::Null, &Value::Null));
    assert_eq!(explanation["agreement"]["version"], 1);

    // What follows is told, so whatever the dry run had made would have been told before it.
    house.publish([bytes(&payment("p2"))]).await;
    house.settled("p2").await;
    assert_eq!((house.sms.sent().len(), house.email.sent().len()), (1, 1));
    let mut tx = house.chassis.db.begin_read().await.unwrap();
    assert_eq!(events::latest(&mut tx, 10).await.unwrap().len(), 1, "only the second");
    assert_eq!(deliveries::latest(&mut tx, None, 10).await.unwrap().len(), 2);
    drop(tx);
    assert!(trail_of(&house).await.is_empty(), "nothing was changed");
    let again = dry(&house, &payment("p2")).await;
    assert!(again["event"]["event_id"].is_string(), "it is told that this one is stored already");
    house.close().await;
}

async fn r38_what_was_decided_is_explained_as_it_was_decided(house: House) {
    let company = house.company().await;
    house.user(company, "anna", Access::Unrestricted, &["0701740605", "anna@x.example"]).await;
    house.user(company, "erik", Access::Restricted, &["0701740606"]).await;
    house.user(company, "sara", Access::Unrestricted, &[]).await;
    let would_be = dry(&house, &payment("p1")).await;
    house.publish([bytes(&payment("p1"))]).await;
    let (decided, alerts) = house.settled("p1").await;
    let explanation = explain(&house, &json!({"event_id": decided.event.id})).await;
    for reference in ["anna", "erik", "sara"] {
        let (was, would_be) = (user(&explanation, reference), user(&would_be, reference));
        assert_eq!(was["decision"], would_be["decision"], "{reference}");
        assert_eq!((&was["decision"], grounds(was)), (&was["now"], grounds(would_be)), "nothing has changed");
    }
    let by_key = explain(&house, &json!({"source": "/payments", "id": "p1"})).await;
    assert_eq!(
        (&by_key["users"], &by_key["decided_at"]),
        (&explanation["users"], &explanation["decided_at"])
    );

    // The texts are those that were sent, but for what proves something.
    let proofs = Proofs::new(Vault::new(&VAULT_KEY.into()).unwrap());
    let anna = user(&explanation, "anna");
    assert_eq!(anna["deliveries"].as_array().unwrap().len(), 2);
    for (sent, channel) in [(house.sms.sent(), "sms"), (house.email.sent(), "email")] {
        let [sent] = &sent[..] else { panic!("{sent:?}") };
        let alert = alerts.iter().find(|alert| alert.id.0 == sent.key).unwrap();
        let texts = anna["texts"].as_array().unwrap();
        let shown = texts.iter().find(|text| text["channel"] == channel).unwrap();
        let code = proofs.alert_code(alert.id.0);
        let mut expected = text_of(sent).replace(&code, "XXXX-XXXX");
        if let AlertText::Mail { unsubscribe: Some(link), text } = &sent.text {
            let (place, token) = link.rsplit_once('/').unwrap();
            expected = expected.replace(link, &format!("{place}/{}", "X".repeat(token.len())));
            assert_eq!(shown["subject"], text.subject);
        }
        assert_eq!(shown["text"], expected, "{channel}");
        assert!(!shown["text"].as_str().unwrap().contains(&code));
        if let AlertText::Sms(sms) = &sent.text {
            assert_eq!((&shown["segments"], &shown["encoding"]), (&json!(sms.segments), &json!("gsm7")));
        }
    }
    house.close().await;
}

async fn r41_whoever_reads_what_an_event_holds_is_in_the_trail(house: House) {
    house.company().await;
    house.publish([bytes(&payment("p1"))]).await;
    let id = house.settled("p1").await.0.event.id;
    let reader = "ffffffffffffffffffffffffffffffff";
    house.let_in("vera", reader, &[Role::Viewer]).await;
    let content = |token| {
        let (house, path) = (&house, format!("events/{id}/content"));
        async move { ask_as(house, token, Method::POST, &path, None).await }
    };
    let (status, refusal) = content(reader).await;
    assert_eq!((status, &refusal["code"]), (StatusCode::FORBIDDEN, &json!("role_needed")));
    assert!(trail_of(&house).await.is_empty());
    let (status, answer) = content(TOKEN).await;
    assert_eq!((status, &answer["data"]["payment_id"]), (StatusCode::OK, &json!("p1")));
    let found = trail_of(&house).await;
    let [entry] = &found[..] else { panic!("{found:?}") };
    assert_eq!((entry.action.as_str(), &entry.subject), ("event_read", &id.to_string()));
    assert!(!entry.detail.contains("p1"), "nothing of what it holds");
    // It is in the history of the event, which itself shows no content.
    let (_, event) = ask_as(&house, reader, Method::GET, &format!("events/{id}"), None).await;
    let what: Vec<_> =
        event["timeline"].as_array().unwrap().iter().map(|line| line["what"].as_str().unwrap()).collect();
    assert_eq!(what, ["occurred", "received", "event_read"]);
    assert!(!event.to_string().contains("insufficient") && event.get("data").is_none());
    house.close().await;
}

#[tokio::test]
async fn r38_a_question_that_cannot_be_answered_is_refused_by_what_is_wrong_with_it() {
    let house = House::open().await;
    house.company().await;
    let nowhere = EventId(uuid::Uuid::from_u128(1));
    let mut wrong = payment("p1");
    wrong["data"]["reason"] = json!("whim");
    for (question, status, code) in [
        (json!({}), 422, "invalid_field"),
        (json!({"source": "/payments"}), 422, "invalid_field"),
        (json!({"event_id": nowhere, "event": payment("p1")}), 422, "invalid_field"),
        (json!({"event": payment("p1"), "as_if_now": true}), 422, "invalid_field"),
        (json!({"event": payment("p1"), "more": 1}), 422, "invalid_field"),
        (json!({"event_id": "p1"}), 422, "invalid_field"),
        (json!({"event": wrong}), 422, "not_an_event"),
        (json!({"event": 7}), 422, "not_an_event"),
        (json!({"event_id": nowhere}), 404, "not_found"),
        (json!({"source": "/payments", "id": "p1"}), 404, "not_found"),
    ] {
        let (found, refusal) = post(&house, "explain", &question).await;
        assert_eq!((found.as_u16(), &refusal["code"]), (status, &json!(code)), "{question} {refusal}");
        assert!(!refusal["detail"].as_str().unwrap().contains("whim"), "what was sent is not repeated");
    }
    house.close().await;
}

#[tokio::test]
async fn r38_of_a_company_that_bevaka_does_not_know_it_is_said() {
    let house = House::open().await;
    let explanation = dry(&house, &payment("p1")).await;
    assert_eq!((&explanation["company"]["name"], &explanation["users"]), (&Value::Null, &json!([])));
    house.close().await;
}
