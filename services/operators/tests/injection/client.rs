//! Operators with their tokens, and what they ask the API for.

use axum::{
    body::{Body, to_bytes},
    http::{Method, Request, StatusCode, header},
};
use bevaka_domain::{
    clock::Clock,
    event::Origin,
    operator::Role,
    trail::{Writer, chain::Link},
    user::Access,
};
use bevaka_operators::api::token_hash;
use bevaka_store::{
    client_tokens::{self, ClientToken},
    events, outbox, trail,
};
use bevaka_support::house::{House, TOKEN};
use serde_json::{Value, json};
use std::time::Duration;
use tower::ServiceExt;

/// Karin, who has every role.
pub const KARIN: &str = TOKEN;
/// Karin by another client.
pub const KARINS_OTHER: &str = "karin-2";
/// Erik, who approves.
pub const ERIK: &str = "erik-1";
/// Maja, who approves too.
pub const MAJA: &str = "maja-1";
/// Olof, who injects and does not approve.
pub const OLOF: &str = "olof-1";
/// Sara, who looks.
pub const SARA: &str = "sara-1";

/// A house with a company, one user who is told, and all operators.
pub async fn staffed(house: &House) {
    let company = house.company().await;
    house.user(company, "anna", Access::Unrestricted, &["0701740605"]).await;
    house.let_in("erik", ERIK, &[Role::Approver]).await;
    house.let_in("maja", MAJA, &[Role::Approver]).await;
    house.let_in("olof", OLOF, &[Role::Operator]).await;
    house.let_in("sara", SARA, &[Role::Viewer]).await;
    let mut tx = house.chassis.db.begin().await.unwrap();
    let now = house.clock.now();
    let client = ClientToken {
        id: house.chassis.entropy.id(now),
        name: "karin's other".to_owned(),
        owner: "karin".to_owned(),
        roles: Role::ALL.into(),
        created_at: now,
        expires_at: now.plus(Duration::from_secs(864_000)),
        revoked_at: None,
    };
    client_tokens::insert(&mut tx, &client, &token_hash(KARINS_OTHER)).await.unwrap();
    tx.commit().await.unwrap();
}

pub async fn send(
    house: &House,
    token: &str,
    method: Method,
    path: &str,
    body: &Value,
) -> (StatusCode, Value) {
    ask(house, token, method, &format!("/dispatcher/api/injections{path}"), body).await
}

pub async fn ask(
    house: &House,
    token: &str,
    method: Method,
    path: &str,
    body: &Value,
) -> (StatusCode, Value) {
    let mut request =
        Request::builder().method(method).uri(path).header(header::AUTHORIZATION, format!("Bearer {token}"));
    let body = if body.is_null() {
        Body::empty()
    } else {
        request = request.header(header::CONTENT_TYPE, "application/json");
        Body::from(body.to_string())
    };
    let response = house.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
    let status = response.status();
    let bytes = to_bytes(response.into_body(), 10_000_000).await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap_or_else(|_| panic!("{status} {bytes:?}")))
}

pub async fn inject(house: &House, token: &str, events: &[Value]) -> (StatusCode, Value) {
    send(house, token, Method::POST, "", &json!({"because": "INC-1", "events": events})).await
}

pub async fn get(house: &House, id: &Value) -> Value {
    let (status, view) =
        send(house, SARA, Method::GET, &format!("/{}", id.as_str().unwrap()), &Value::Null).await;
    assert_eq!(status, StatusCode::OK, "{view}");
    view
}

pub async fn approve(house: &House, token: &str, id: &Value) -> (StatusCode, Value) {
    send(house, token, Method::POST, &format!("/{}/approve", id.as_str().unwrap()), &Value::Null).await
}

pub async fn reject(house: &House, token: &str, id: &Value) -> (StatusCode, Value) {
    let body = json!({"because": "INC-2"});
    send(house, token, Method::POST, &format!("/{}/reject", id.as_str().unwrap()), &body).await
}

/// So many rejected payments, each of which tells one person.
pub fn payments(name: &str, count: usize) -> Vec<Value> {
    (0..count).map(|n| bevaka_support::house::payment(&format!("{name}{n}"))).collect()
}

/// What operators did, as the trail has it, and that its chain is whole.
pub async fn entries(house: &House) -> Vec<Link> {
    let mut tx = house.chassis.db.begin_snapshot().await.unwrap();
    for head in trail::heads(&mut tx).await.unwrap() {
        assert!(trail::verify(&mut tx, head, &[], |_| {}).await.unwrap().is_ok());
    }
    trail::page(&mut tx, Writer::Operators, 0, 100).await.unwrap()
}

pub async fn actions(house: &House) -> Vec<(String, String)> {
    entries(house).await.into_iter().map(|link| (link.actor, link.action)).collect()
}

/// How many events of an injection are stored, and how many messages wait to be published at all.
pub async fn stored_and_waiting(house: &House, id: &Value) -> (u64, u64) {
    let mut tx = house.chassis.db.begin_read().await.unwrap();
    let origin = Origin::Injection(id.as_str().unwrap().parse().unwrap());
    let stored = events::count_of_origin(&mut tx, origin).await.unwrap();
    (stored, outbox::count(&mut tx, Writer::Operators).await.unwrap())
}
