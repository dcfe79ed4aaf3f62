//! The trail as auditors use it (R41): read, searched, taken away with its proof, and checked.

mod page;

use axum::{
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
};
use bevaka_domain::{
    clock::Clock,
    ids::OrganisationId,
    operator::Role,
    trail::{
        Action, Actor, Entry, Writer,
        chain::Fault,
        export::{Wrong, verify},
    },
};
use bevaka_store::trail;
use bevaka_support::house::{House, on_both_engines, start_of_test};
use serde_json::{Value, json};
use std::time::Duration;
use tower::ServiceExt;

on_both_engines! {
    r41_the_trail_is_found_by_whom_it_concerns_who_did_it_and_what
    r41_the_whole_trail_is_taken_away_with_its_proof
}

const AUDITOR: &str = "auditor-0123456789abcdef0123456789";

/// As an API's client with a token.
async fn ask(house: &House, token: &str, path: &str) -> (StatusCode, Vec<u8>) {
    let request = Request::get(format!("/dispatcher/api/{path}"))
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .body(Body::empty())
        .unwrap();
    let answer = house.router.clone().oneshot(request).await.unwrap();
    let status = answer.status();
    (status, to_bytes(answer.into_body(), usize::MAX).await.unwrap().to_vec())
}

async fn listed(house: &House, query: &str) -> Value {
    let (status, body) = ask(house, AUDITOR, &format!("trail{query}")).await;
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(status, StatusCode::OK, "{query}: {body}");
    body
}

fn seqs(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().unwrap();
    items.iter().map(|item| format!("{}:{}", item["chain"].as_str().unwrap(), item["seq"])).collect()
}

async fn write(
    house: &House,
    chain: Writer,
    actor: Actor,
    action: Action,
    company: Option<OrganisationId>,
    n: u64,
) {
    let entry = Entry {
        at: start_of_test().plus(Duration::from_secs(n)),
        actor,
        action,
        organisation: company,
        subject: format!("subject-{n}"),
        detail: json!({"because": "INC-204711", "n": n}),
    };
    let mut tx = house.chassis.db.begin().await.unwrap();
    trail::append(&mut tx, chain, &entry).await.unwrap();
    tx.commit().await.unwrap();
}

/// Entries in all chains: 1 and 2 about a company, 3 by an operator.
async fn world(house: &House) -> OrganisationId {
    house.let_in("eva", AUDITOR, &[Role::Auditor]).await;
    let company = house.company().await;
    let (anna, _) = house.user(company, "anna", bevaka_domain::user::Access::Unrestricted, &[]).await;
    write(house, Writer::Agreements, Actor::User(anna), Action::UserBlocked, Some(company), 1).await;
    write(house, Writer::Watches, Actor::User(anna), Action::WatchChanged, Some(company), 2).await;
    write(house, Writer::Operators, Actor::Operator("karin".into()), Action::EventRead, None, 3).await;
    company
}

async fn r41_the_trail_is_found_by_whom_it_concerns_who_did_it_and_what(house: House) {
    let company = world(&house).await;
    let all = listed(&house, "").await;
    assert_eq!(seqs(&all), ["operators:1", "watches:1", "agreements:1"]);
    assert_eq!(all["next"], Value::Null);
    let watched = &all["items"][1];
    assert_eq!(
        (&watched["company"], &watched["actor_name"], &watched["detail"]["because"]),
        (
            &json!({"id": company.to_string(), "number": "5560160680", "name": "Exempelbolaget AB"}),
            &json!("anna"),
            &json!("INC-204711")
        )
    );
    for (query, expected) in [
        ("?company=556016-0680", vec!["watches:1", "agreements:1"]),
        ("?company=5560160680&action=user_blocked", vec!["agreements:1"]),
        ("?actor=operator:karin", vec!["operators:1"]),
        ("?subject=subject-2", vec!["watches:1"]),
        ("?from=2026-11-21T13:02:02Z&until=2026-11-21T13:02:03Z", vec!["watches:1"]),
        ("?subject=nothing", vec![]),
    ] {
        assert_eq!(seqs(&listed(&house, query).await), expected, "{query}");
    }
    let first = listed(&house, "?limit=2").await;
    write(&house, Writer::Watches, Actor::System, Action::WatchRemoved, None, 9).await;
    let rest = listed(&house, &format!("?limit=2&before={}", first["next"].as_str().unwrap())).await;
    assert_eq!(
        (seqs(&first).len(), seqs(&rest), &rest["next"]),
        (2, vec!["agreements:1".to_owned()], &Value::Null)
    );

    for (query, field) in [
        ("company=1", "company"),
        ("company=5592804784", "company"),
        ("action=nothing", "action"),
        ("from=yesterday", "from"),
        ("until=1", "until"),
        ("subject=%00", "subject"),
        (&format!("actor={}", "x".repeat(201)), "actor"),
        ("before=1", "before"),
        ("limit=501", "limit"),
    ] {
        let (status, body) = ask(&house, AUDITOR, &format!("trail?{query}")).await;
        let problem: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!((status, &problem["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!(field)), "{query}");
    }
    house.close().await;
}

async fn r41_the_whole_trail_is_taken_away_with_its_proof(house: House) {
    world(&house).await;
    // More than are read at once.
    let entry = |n: u64| Entry {
        at: house.clock.now(),
        actor: Actor::Import,
        action: Action::UserAdded,
        organisation: None,
        subject: format!("user-{n}"),
        detail: json!({"n": n}),
    };
    let mut tx = house.chassis.db.begin().await.unwrap();
    trail::append_all(&mut tx, Writer::Agreements, &(0..2_100).map(entry).collect::<Vec<_>>()).await.unwrap();
    tx.commit().await.unwrap();

    let (status, heads) = ask(&house, AUDITOR, "trail/heads").await;
    assert_eq!(status, StatusCode::OK);
    let heads: Value = serde_json::from_slice(&heads).unwrap();
    let noted: Vec<_> = heads["heads"]
        .as_array()
        .unwrap()
        .iter()
        .map(|head| head["head"].as_str().unwrap().parse().unwrap())
        .collect();
    let (status, file) = ask(&house, AUDITOR, "trail/export").await;
    assert_eq!(status, StatusCode::OK);
    let export = verify(&file, &noted).unwrap();
    assert_eq!(export.exported_at, house.clock.now());
    let lengths: Vec<_> = export.heads.iter().map(|head| head.seq).collect();
    assert_eq!(lengths, [2_101, 1, 2], "with the entry that notes it");
    let lines: Vec<_> = file.split_inclusive(|byte| *byte == b'\n').collect();
    let own: Value = serde_json::from_slice(lines[lines.len() - 2]).unwrap();
    assert_eq!(
        (&own["action"], &own["actor"], &own["detail"]),
        (
            &json!("trail_exported"),
            &json!("operator:eva (eva's)"),
            &json!(json!({"entries": {"agreements": 2_101, "watches": 1, "operators": 1}}).to_string())
        )
    );

    let cut = lines[..1_500].concat();
    let told = verify(&cut, &[]).unwrap_err();
    assert!(
        matches!(&told.what, Wrong::Chain(broken) if (broken.seq, broken.what) == (1_500, Fault::Missing)),
        "{told}"
    );
    house.close().await;
}

#[tokio::test]
async fn r41_an_export_ends_with_its_client_and_is_noted_all_the_same() {
    let house = House::open().await;
    world(&house).await;
    let request = Request::get("/dispatcher/api/trail/export")
        .header(header::AUTHORIZATION, format!("Bearer {AUDITOR}"))
        .body(Body::empty())
        .unwrap();
    drop(house.router.clone().oneshot(request).await.unwrap());
    assert_eq!(seqs(&listed(&house, "?action=trail_exported").await), ["operators:2"]);
    house.close().await;
}

#[tokio::test]
async fn r41_who_lacks_the_role_gets_nothing_of_the_trail() {
    let house = House::open().await;
    world(&house).await;
    let viewer = "viewer-0123456789abcdef0123456789";
    let operator = "operator-0123456789abcdef01234567";
    house.let_in("vera", viewer, &[Role::Viewer]).await;
    house.let_in("olle", operator, &[Role::Operator, Role::Approver]).await;
    for (token, path) in
        [(viewer, "trail"), (viewer, "trail/heads"), (viewer, "trail/export"), (operator, "trail/export")]
    {
        let (status, body) = ask(&house, token, path).await;
        let problem: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!((status, &problem["code"]), (StatusCode::FORBIDDEN, &json!("role_needed")), "{path}");
    }
    assert_eq!(ask(&house, "nobody", "trail").await.0, StatusCode::UNAUTHORIZED);
    assert_eq!(ask(&house, operator, "trail").await.0, StatusCode::OK);
    assert!(seqs(&listed(&house, "?action=trail_exported").await).is_empty(), "a refused export is none");
    house.close().await;
}
