//! Channels that operators stop and let run again, tests through them, and the figures of what happens.

mod figures;
mod live;
mod pausing;
mod testing;

use axum::{
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
};
use bevaka_domain::trail::{Writer, chain::Link};
use bevaka_store::trail;
use bevaka_support::house::{House, TOKEN};
use serde_json::{Value, json};
use tower::ServiceExt;

/// Asks the API; without a body it is read only.
async fn ask(house: &House, path: &str, body: Option<Value>) -> (StatusCode, Value) {
    let request = match &body {
        Some(_) => Request::post(format!("/dispatcher/api/{path}")),
        None => Request::get(format!("/dispatcher/api/{path}")),
    };
    let request = request
        .header(header::AUTHORIZATION, format!("Bearer {TOKEN}"))
        .header(header::CONTENT_TYPE, "application/json")
        .body(body.map_or_else(Body::empty, |body| Body::from(body.to_string())))
        .unwrap();
    let response = house.router.clone().oneshot(request).await.unwrap();
    let status = response.status();
    let body = to_bytes(response.into_body(), 1_000_000).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap())
}

async fn pause(house: &House, channel: &str) -> Value {
    let (status, now) =
        ask(house, &format!("channels/{channel}/pause"), Some(json!({"because": "INC-1"}))).await;
    assert_eq!(status, StatusCode::OK, "{now}");
    house.follows(channel.parse().unwrap(), true).await;
    now
}

async fn resume(house: &House, channel: &str) -> Value {
    let (status, now) =
        ask(house, &format!("channels/{channel}/resume"), Some(json!({"because": "INC-1 is solved"}))).await;
    assert_eq!(status, StatusCode::OK, "{now}");
    house.follows(channel.parse().unwrap(), false).await;
    now
}

/// The actions of the trail, with their entries.
async fn trail(house: &House) -> Vec<Link> {
    let mut tx = house.chassis.db.begin_snapshot().await.unwrap();
    trail::page(&mut tx, Writer::Operators, 0, 100).await.unwrap()
}
