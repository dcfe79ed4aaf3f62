//! Operators repair what failed: dead letters and alerts (R34, R40).

mod dead_letters;
mod deliveries;
mod many_dead_letters;
mod many_deliveries;
mod pages;

use axum::{
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
};
use bevaka_domain::trail::{Writer, chain::Link};
use bevaka_store::trail;
use bevaka_support::house::{House, TOKEN};
use serde_json::{Value, json};
use tower::ServiceExt;

/// Asks the operator API with a token.
pub async fn ask(house: &House, token: &str, method: &str, path: &str, body: Value) -> (StatusCode, Value) {
    let request = Request::builder()
        .method(method)
        .uri(format!("/dispatcher/api/{path}"))
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(if body.is_null() { Vec::new() } else { body.to_string().into_bytes() }))
        .unwrap();
    let answer = house.router.clone().oneshot(request).await.unwrap();
    let status = answer.status();
    let body = to_bytes(answer.into_body(), usize::MAX).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
}

pub async fn get(house: &House, path: &str) -> Value {
    let (status, body) = ask(house, TOKEN, "GET", path, Value::Null).await;
    assert_eq!(status, StatusCode::OK, "{path}: {body}");
    body
}

pub async fn post(house: &House, path: &str, body: Value) -> (StatusCode, Value) {
    ask(house, TOKEN, "POST", path, body).await
}

/// Sends a command with a reason that passes.
pub async fn because(house: &House, path: &str) -> (StatusCode, Value) {
    post(house, path, json!({"because": "INC-7, kund ringde"})).await
}

/// What operators did, of the actions named, oldest first. The whole trail is checked as well.
pub async fn done(house: &House, action: &str) -> Vec<Link> {
    let mut tx = house.chassis.db.begin_snapshot().await.unwrap();
    for head in trail::heads(&mut tx).await.unwrap() {
        assert!(trail::verify(&mut tx, head, &[], |_| {}).await.unwrap().is_ok());
    }
    let all = trail::page(&mut tx, Writer::Operators, 0, 1_000).await.unwrap();
    all.into_iter().filter(|link| link.action == action).collect()
}

pub fn detail(link: &Link) -> Value {
    serde_json::from_str(&link.detail).unwrap()
}

pub fn code(body: &Value) -> &str {
    body["code"].as_str().unwrap_or_default()
}
