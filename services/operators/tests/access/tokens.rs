//! Clients of the operators' API by their tokens.

use super::{SESSION, begin_session, text};
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use bevaka_domain::operator::Role;
use bevaka_operators::api::token_hash;
use bevaka_store::client_tokens::{self, ClientToken};
use bevaka_support::house::{House, TOKEN};
use serde_json::Value;
use std::time::Duration;
use tower::ServiceExt;

/// Four clients who get nothing: with no role, expired, revoked, unknown.
pub const NO_ROLE: &str = "a client without any role";
pub const EXPIRED: &str = "a client whose token has run out";
pub const REVOKED: &str = "a client whose token was revoked";
pub const UNKNOWN: &str = "nobody's token";

/// Lets them exist.
pub async fn let_in_those_who_get_nothing(house: &House) {
    house.let_in("nobody", NO_ROLE, &[]).await;
    let now = house.chassis.clock.now();
    let mut tx = house.chassis.db.begin().await.unwrap();
    for (name, token, expires_at) in
        [("expired", EXPIRED, now), ("revoked", REVOKED, now.plus(Duration::from_secs(60)))]
    {
        let client = ClientToken {
            id: house.chassis.entropy.id(now),
            name: name.to_owned(),
            owner: "karin.ek".to_owned(),
            roles: Role::ALL.into(),
            created_at: now.minus(Duration::from_secs(60)),
            expires_at,
            revoked_at: None,
        };
        client_tokens::insert(&mut tx, &client, &token_hash(token)).await.unwrap();
    }
    assert!(client_tokens::revoke(&mut tx, "revoked", now).await.unwrap().is_some());
    tx.commit().await.unwrap();
}

/// The status and, of a refusal, its code.
pub async fn ask(house: &House, request: Request<Body>) -> (StatusCode, String) {
    let response = house.router.clone().oneshot(request).await.unwrap();
    let status = response.status();
    // A stream of events has no end.
    let is_problem =
        response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/problem+json");
    if !is_problem {
        return (status, String::new());
    }
    let problem: Value = serde_json::from_str(&text(response).await).unwrap();
    (status, problem["code"].as_str().unwrap_or_default().to_owned())
}

fn deliveries() -> axum::http::request::Builder {
    Request::get("/dispatcher/api/deliveries")
}

#[tokio::test]
async fn a_token_is_taken_from_the_header_in_any_case_of_its_scheme() {
    let house = House::open().await;
    for scheme in ["Bearer", "bearer", "BEARER"] {
        let request = deliveries().header(header::AUTHORIZATION, format!("{scheme} {TOKEN}"));
        assert_eq!(ask(&house, request.body(Body::empty()).unwrap()).await.0, StatusCode::OK);
    }
    for wrong in [TOKEN.to_owned(), format!("Basic {TOKEN}"), "Bearer".to_owned(), "Bearer ".to_owned()] {
        let request = deliveries().header(header::AUTHORIZATION, &wrong).body(Body::empty()).unwrap();
        assert_eq!(
            ask(&house, request).await,
            (StatusCode::UNAUTHORIZED, "not_signed_in".to_owned()),
            "{wrong}"
        );
    }
    house.close().await;
}

#[tokio::test]
async fn the_cookie_of_the_pages_opens_nothing_of_the_api() {
    let house = House::open().await;
    begin_session(&house, "cookie", &Role::ALL).await;
    let request =
        deliveries().header(header::COOKIE, format!("{SESSION}=cookie")).body(Body::empty()).unwrap();
    assert_eq!(ask(&house, request).await.0, StatusCode::UNAUTHORIZED);
    let request = deliveries().header(header::AUTHORIZATION, "Bearer cookie").body(Body::empty()).unwrap();
    assert_eq!(ask(&house, request).await.0, StatusCode::UNAUTHORIZED);
    house.close().await;
}
