//! Every operation of the operators' API, by everybody who may not use it and by each role.

use super::tokens::{EXPIRED, NO_ROLE, REVOKED, UNKNOWN, ask, let_in_those_who_get_nothing};
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use bevaka_domain::operator::{Act, Role};
use bevaka_support::house::House;
use std::collections::BTreeSet;

/// Each operation, by its method and its path as the document has it, and the act that it is. Keep the lines sorted.
const OPERATIONS: &[(&str, &str, Act)] = &[
    ("GET", "/dispatcher/api/channels", Act::See),
    ("GET", "/dispatcher/api/dead-letters", Act::See),
    ("GET", "/dispatcher/api/dead-letters/summary", Act::See),
    ("GET", "/dispatcher/api/dead-letters/{id}", Act::See),
    ("GET", "/dispatcher/api/deliveries", Act::See),
    ("GET", "/dispatcher/api/deliveries/{id}", Act::See),
    ("GET", "/dispatcher/api/events", Act::See),
    ("GET", "/dispatcher/api/events/{id}", Act::See),
    ("GET", "/dispatcher/api/injections", Act::See),
    ("GET", "/dispatcher/api/injections/{id}", Act::See),
    ("GET", "/dispatcher/api/now", Act::See),
    ("GET", "/dispatcher/api/trail", Act::ReadTrail),
    ("GET", "/dispatcher/api/trail/export", Act::ExportTrail),
    ("GET", "/dispatcher/api/trail/heads", Act::ReadTrail),
    ("POST", "/dispatcher/api/channels/{channel}/pause", Act::RunChannels),
    ("POST", "/dispatcher/api/channels/{channel}/resume", Act::RunChannels),
    ("POST", "/dispatcher/api/channels/{channel}/test", Act::RunChannels),
    ("POST", "/dispatcher/api/companies/lookup", Act::See),
    ("POST", "/dispatcher/api/contacts/lookup", Act::See),
    ("POST", "/dispatcher/api/dead-letters/discard", Act::Repair),
    ("POST", "/dispatcher/api/dead-letters/preview", Act::See),
    ("POST", "/dispatcher/api/dead-letters/requeue", Act::Repair),
    ("POST", "/dispatcher/api/dead-letters/{id}/content", Act::ReadContent),
    ("POST", "/dispatcher/api/dead-letters/{id}/discard", Act::Repair),
    ("POST", "/dispatcher/api/dead-letters/{id}/requeue", Act::Repair),
    ("POST", "/dispatcher/api/deliveries/cancel", Act::Repair),
    ("POST", "/dispatcher/api/deliveries/preview", Act::See),
    ("POST", "/dispatcher/api/deliveries/retry", Act::Repair),
    ("POST", "/dispatcher/api/deliveries/{id}/cancel", Act::Repair),
    ("POST", "/dispatcher/api/deliveries/{id}/retry", Act::Repair),
    ("POST", "/dispatcher/api/events/{id}/content", Act::ReadContent),
    ("POST", "/dispatcher/api/events/{id}/send-again", Act::Repair),
    ("POST", "/dispatcher/api/explain", Act::See),
    ("POST", "/dispatcher/api/injections", Act::Inject),
    ("POST", "/dispatcher/api/injections/{id}/approve", Act::Approve),
    ("POST", "/dispatcher/api/injections/{id}/reject", Act::Reject),
];

/// The operations of the document.
fn described() -> BTreeSet<(String, String)> {
    let document = serde_json::to_value(bevaka_operators::api::openapi()).unwrap();
    let mut found = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in ["get", "put", "post", "delete", "patch", "head", "options", "trace"] {
            if methods.get(method).is_some() {
                found.insert((method.to_uppercase(), path.clone()));
            }
        }
    }
    found
}

fn request(method: &str, path: &str, token: Option<&str>) -> Request<Body> {
    // Whatever a part is called, something of that shape; the token is looked at before it is found missing.
    let path: Vec<_> = path
        .split('/')
        .map(|part| if part.starts_with('{') { "00000000-0000-7000-8000-000000000000" } else { part })
        .collect();
    let mut request = Request::builder().method(method).uri(path.join("/"));
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    let request = request.header(header::CONTENT_TYPE, "application/json");
    request.body(if method == "GET" { Body::empty() } else { Body::from("{}") }).unwrap()
}

#[test]
fn every_operation_has_its_act_in_this_test() {
    let listed: BTreeSet<_> =
        OPERATIONS.iter().map(|(method, path, _)| ((*method).to_owned(), (*path).to_owned())).collect();
    let described = described();
    let missing: Vec<_> =
        described.difference(&listed).map(|(m, p)| format!("({m:?}, {p:?}, Act::…),")).collect();
    assert!(
        missing.is_empty(),
        "add to OPERATIONS in tests/access/operations.rs, each with the act that its handler asks for:\n{}",
        missing.join("\n")
    );
    let gone: Vec<_> = listed.difference(&described).collect();
    assert!(gone.is_empty(), "take out of OPERATIONS, as the document has them no more: {gone:?}");
    assert_eq!(listed.len(), OPERATIONS.len(), "an operation stands in OPERATIONS twice");
}

#[tokio::test]
async fn who_has_no_token_that_counts_gets_nothing_of_the_api() {
    let house = House::open().await;
    let_in_those_who_get_nothing(&house).await;
    for (method, path, _) in OPERATIONS {
        for token in [None, Some(UNKNOWN), Some(EXPIRED), Some(REVOKED)] {
            let got = ask(&house, request(method, path, token)).await;
            let expected = (StatusCode::UNAUTHORIZED, "not_signed_in".to_owned());
            assert_eq!(got, expected, "{method} {path} with {token:?}");
        }
        let got = ask(&house, request(method, path, Some(NO_ROLE))).await;
        let expected = (StatusCode::FORBIDDEN, "role_needed".to_owned());
        assert_eq!(got, expected, "{method} {path} without a role: take `Operator` before anything else");
    }
    house.close().await;
}

#[tokio::test]
async fn each_role_gets_what_its_acts_are_and_nothing_else() {
    let house = House::open().await;
    for role in Role::ALL {
        house.let_in(role.as_str(), role.as_str(), &[role]).await;
    }
    for (method, path, act) in OPERATIONS {
        for role in Role::ALL {
            let (status, code) = ask(&house, request(method, path, Some(role.as_str()))).await;
            let is_denied = status == StatusCode::UNAUTHORIZED || code == "role_needed";
            let may = act.roles().contains(&role);
            assert_eq!(
                is_denied,
                !may,
                "{method} {path} by {role}, which {act:?} is for {:?}: {status}",
                act.roles()
            );
            assert_ne!(status, StatusCode::INTERNAL_SERVER_ERROR, "{method} {path} by {role}");
        }
    }
    house.close().await;
}
