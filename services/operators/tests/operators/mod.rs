//! What operators do is in the trail (R41), and their API is as its document says.

mod fuzzing;

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use bevaka_domain::{
    notice::SOURCE,
    trail::{Writer, chain::Link},
};
use bevaka_store::trail;
use bevaka_support::house::{House, TOKEN, payment};
use serde_json::{Value, json};
use tower::ServiceExt;

async fn inject(house: &House, events: &[Value]) -> StatusCode {
    let request = Request::post("/dispatcher/api/injections")
        .header(header::AUTHORIZATION, format!("Bearer {TOKEN}"))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(json!({"because": "INC-1", "events": events}).to_string()))
        .unwrap();
    house.router.clone().oneshot(request).await.unwrap().status()
}

async fn entries(house: &House) -> Vec<Link> {
    let mut tx = house.chassis.db.begin_snapshot().await.unwrap();
    for head in trail::heads(&mut tx).await.unwrap() {
        assert!(trail::verify(&mut tx, head, &[], |_| {}).await.unwrap().is_ok());
    }
    trail::page(&mut tx, Writer::Operators, 0, 100).await.unwrap()
}

#[tokio::test]
async fn r41_an_injection_is_in_the_trail_with_its_reason_and_how_many_events_of_which_kinds() {
    let house = House::open().await;
    house.company().await;
    let mut message = payment("m1");
    message["type"] = json!("message.received");
    message["data"] = json!({"message_id": "m1"});
    let unsound = json!({});
    assert_eq!(
        inject(&house, &[payment("p1"), unsound.clone(), message, payment("p2")]).await,
        StatusCode::ACCEPTED
    );
    house.settled("p2").await;
    assert_eq!(inject(&house, &[unsound]).await, StatusCode::UNPROCESSABLE_ENTITY);
    let found = entries(&house).await;
    let [entry] = &found[..] else { panic!("{found:?}") };
    assert_eq!(
        (entry.action.as_str(), entry.actor.as_str()),
        ("events_injected", "operator:karin (karin's)")
    );
    let detail: Value = serde_json::from_str(&entry.detail).unwrap();
    let kinds = json!({"message.received": 1, "payment.rejected": 2});
    assert_eq!(detail, json!({"because": "INC-1", "events": 3, "kinds": kinds, "recipients": 0}));
    house.close().await;
}

#[tokio::test]
async fn no_operator_injects_a_notice() {
    let house = House::open().await;
    for source in ["/bevaka/inject", SOURCE] {
        let mut notice = payment("n1");
        notice["source"] = json!(source);
        notice["type"] = json!("agreement.ended");
        notice["data"] = json!({"users": ["00000000-0000-0000-0000-000000000001"]});
        assert_eq!(inject(&house, &[notice]).await, StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert!(entries(&house).await.is_empty());
    house.close().await;
}
