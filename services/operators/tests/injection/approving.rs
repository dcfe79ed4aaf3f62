//! A second operator approves or rejects, and nobody decides twice.

use super::client::*;
use axum::http::{Method, StatusCode};
use bevaka_domain::operator::Role;
use bevaka_support::house::{House, bytes, on_both_engines, payment};
use serde_json::{Value, json};
use std::time::Duration;

on_both_engines! {
    r37_of_two_approvers_at_once_one_publishes
    r37_of_an_approver_and_a_rejecter_at_once_one_decides
}

/// Proposes so many events that they need approval.
async fn propose(house: &House, name: &str) -> Value {
    let (status, answer) = inject(house, KARIN, &payments(name, 101)).await;
    assert_eq!((status, &answer["state"]), (StatusCode::ACCEPTED, &json!("waiting")), "{answer}");
    assert_eq!(answer["recipients"], 101);
    answer["injection_id"].clone()
}

/// Waits until all that was published before has been taken in.
async fn quiet(house: &House, name: &str) {
    house.publish([bytes(&payment(name))]).await;
    house.settled(name).await;
}

async fn settled(house: &House, name: &str) {
    for n in 0..101 {
        house.settled(&format!("{name}{n}")).await;
    }
}

#[tokio::test]
async fn r37_above_the_number_nothing_is_published_until_another_operator_approves() {
    let house = House::open().await;
    staffed(&house).await;
    let id = propose(&house, "p").await;
    let view = get(&house, &id).await;
    assert_eq!((&view["stored"], view["first"].as_array().unwrap().len()), (&json!(0), 100));
    quiet(&house, "first").await;
    assert_eq!(stored_and_waiting(&house, &id).await, (0, 0));

    for (token, code) in [
        (KARIN, "own_injection"),
        (KARINS_OTHER, "own_injection"),
        (OLOF, "role_needed"),
        (SARA, "role_needed"),
    ] {
        let (status, problem) = approve(&house, token, &id).await;
        assert_eq!((status, &problem["code"]), (StatusCode::FORBIDDEN, &json!(code)), "{token}");
    }
    let (status, view) = approve(&house, ERIK, &id).await;
    assert_eq!(
        (status, &view["state"], &view["decided_by"]),
        (StatusCode::OK, &json!("published"), &json!("erik (erik's)"))
    );
    settled(&house, "p").await;
    assert_eq!(stored_and_waiting(&house, &id).await, (101, 0));
    assert_eq!(house.sms.sent().len(), 102);

    for answer in [approve(&house, MAJA, &id).await, reject(&house, MAJA, &id).await] {
        assert_eq!((answer.0, &answer.1["code"]), (StatusCode::CONFLICT, &json!("already_decided")));
    }
    let done = [
        ("operator:karin (karin's)", "injection_proposed"),
        ("operator:erik (erik's)", "injection_approved"),
    ];
    assert_eq!(actions(&house).await, done.map(|(who, what)| (who.to_owned(), what.to_owned())));
    house.close().await;
}

async fn r37_of_two_approvers_at_once_one_publishes(house: House) {
    staffed(&house).await;
    let id = propose(&house, "p").await;
    let (first, second) = tokio::join!(approve(&house, ERIK, &id), approve(&house, MAJA, &id));
    let mut statuses = [first.0, second.0];
    statuses.sort();
    assert_eq!(statuses, [StatusCode::OK, StatusCode::CONFLICT], "{first:?} {second:?}");
    settled(&house, "p").await;
    quiet(&house, "last").await;
    assert_eq!((stored_and_waiting(&house, &id).await, house.sms.sent().len()), ((101, 0), 102));
    assert_eq!(actions(&house).await.len(), 2);
    house.close().await;
}

async fn r37_of_an_approver_and_a_rejecter_at_once_one_decides(house: House) {
    staffed(&house).await;
    let id = propose(&house, "p").await;
    let (approved, rejected) = tokio::join!(approve(&house, ERIK, &id), reject(&house, KARIN, &id));
    assert_ne!(approved.0, rejected.0, "{approved:?} {rejected:?}");
    let published = if approved.0 == StatusCode::OK { 101 } else { 0 };
    if published > 0 {
        settled(&house, "p").await;
    }
    quiet(&house, "last").await;
    assert_eq!(stored_and_waiting(&house, &id).await, (published, 0));
    house.close().await;
}

#[tokio::test]
async fn r37_what_is_rejected_is_never_published() {
    let house = House::open().await;
    staffed(&house).await;
    let [withdrawn, refused] = [propose(&house, "p").await, propose(&house, "q").await];
    for token in [OLOF, SARA] {
        let (status, problem) = reject(&house, token, &withdrawn).await;
        assert_eq!((status, &problem["code"]), (StatusCode::FORBIDDEN, &json!("role_needed")));
    }
    let path = format!("/{}/reject", withdrawn.as_str().unwrap());
    let (status, problem) = send(&house, KARIN, Method::POST, &path, &json!({"because": "-"})).await;
    assert_eq!((status, &problem["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("because")));

    for (token, id) in [(KARIN, &withdrawn), (ERIK, &refused)] {
        let (status, view) = reject(&house, token, id).await;
        assert_eq!(
            (status, &view["state"], &view["decided_because"]),
            (StatusCode::OK, &json!("rejected"), &json!("INC-2"))
        );
        let (status, problem) = approve(&house, MAJA, id).await;
        assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("already_decided")));
        assert_eq!(get(&house, id).await["first"], Value::Null, "its events are forgotten");
    }
    quiet(&house, "last").await;
    for id in [&withdrawn, &refused] {
        assert_eq!(stored_and_waiting(&house, id).await, (0, 0));
    }
    assert_eq!(house.sms.sent().len(), 1);
    let done: Vec<_> = actions(&house).await.into_iter().map(|(_, action)| action).collect();
    assert_eq!(
        done,
        ["injection_proposed", "injection_proposed", "injection_rejected", "injection_rejected"]
    );
    house.close().await;
}

#[tokio::test]
async fn r37_what_nobody_approves_in_time_expires_and_is_never_published() {
    let house = House::open().await;
    staffed(&house).await;
    let id = propose(&house, "p").await;
    house.clock.advance(Duration::from_secs(86_400));
    // The tokens from before have expired as well.
    house.let_in("nils", "nils-1", &[Role::Approver]).await;
    let (status, problem) = approve(&house, "nils-1", &id).await;
    assert_eq!((status, &problem["code"]), (StatusCode::CONFLICT, &json!("injection_expired")));
    bevaka_support::house::eventually("the expiry", || async {
        let last = actions(&house).await.pop()?;
        (last == ("system".to_owned(), "injection_expired".to_owned())).then_some(())
    })
    .await;
    let (_, problem) = approve(&house, "nils-1", &id).await;
    assert_eq!(problem["code"], "injection_expired");
    assert_eq!(stored_and_waiting(&house, &id).await, (0, 0));
    assert!(house.sms.sent().is_empty());
    house.close().await;
}

#[tokio::test]
async fn an_injection_that_is_not_there_is_not_found() {
    let house = House::open().await;
    staffed(&house).await;
    for id in ["00000000-0000-0000-0000-000000000000", "x"] {
        let id = json!(id);
        assert_eq!(approve(&house, ERIK, &id).await.0, StatusCode::NOT_FOUND);
        assert_eq!(reject(&house, ERIK, &id).await.0, StatusCode::NOT_FOUND);
        let path = format!("/{}", id.as_str().unwrap());
        assert_eq!(send(&house, ERIK, Method::GET, &path, &Value::Null).await.0, StatusCode::NOT_FOUND);
    }
    house.close().await;
}
