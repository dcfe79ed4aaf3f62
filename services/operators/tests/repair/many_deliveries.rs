//! Many alerts at once.

use super::{
    code,
    deliveries::{busy, rejected, waits},
    detail, done, post,
};
use axum::http::StatusCode;
use bevaka_domain::{
    delivery::{Delivery, Outcome, State},
    ids::OrganisationId,
    user::Access,
};
use bevaka_support::house::{COMPANY, House, bytes, message, on_both_engines, payment};
use serde_json::{Value, json};

on_both_engines! {
    r40_all_alerts_that_failed_for_a_cause_are_previewed_and_tried_again
    r40_all_alerts_that_wait_are_cancelled_and_those_under_way_are_told
    r40_alerts_that_are_others_than_in_the_preview_stay_as_they_are
    r40_a_filter_that_means_nothing_names_its_field
}

async fn users(house: &House) -> OrganisationId {
    let company = house.company().await;
    house.user(company, "anna", Access::Unrestricted, &["0701740605", "anna@x.example"]).await;
    company
}

async fn preview(house: &House, what: &str, filter: &Value) -> Value {
    let (status, preview) = post(house, "deliveries/preview", json!({"what": what, "filter": filter})).await;
    assert_eq!(status, StatusCode::OK, "{preview}");
    preview
}

fn command(filter: &Value, preview: &Value) -> Value {
    json!({
        "filter": filter, "through": preview["through"], "expected": preview["count"], "because": "INC-7",
    })
}

fn has_failed(delivery: &Delivery) -> bool {
    matches!(delivery.state, State::Failed { .. })
}

async fn r40_all_alerts_that_failed_for_a_cause_are_previewed_and_tried_again(house: House) {
    let company = users(&house).await;
    house.sms.answers([rejected(), rejected(), rejected()]);
    house.email.answers([rejected(), Outcome::Rejected { cause: "smtp_552".into() }, rejected()]);
    for (id, body) in [("p1", payment("p1")), ("p2", payment("p2")), ("m1", message("m1"))] {
        house.publish([bytes(&body)]).await;
        house.event_when(id, |all| all.len() == 2 && all.iter().all(has_failed)).await;
    }
    let filter = json!({"state": "failed", "cause": "smtp_550", "kind": "payment.rejected", "organisation": COMPANY,
        "from": "2026-11-21T13:00:00Z", "until": "2026-11-21T14:00:00Z"});
    let before = preview(&house, "retry", &filter).await;
    assert_eq!(
        (&before["count"], &before["changes"], &before["unchanged"]),
        (&json!(3), &json!(3), &json!({}))
    );
    assert_eq!(before["sample"].as_array().unwrap().len(), 3);
    let (status, answer) = post(&house, "deliveries/retry", command(&filter, &before)).await;
    assert_eq!((status, answer), (StatusCode::OK, json!({"changed": 3, "along": 0, "unchanged": {}})));
    let sent = |all: &[Delivery], count| {
        all.iter().filter(|d| matches!(d.state, State::Accepted { .. })).count() == count
    };
    house.event_when("p1", |all| sent(all, 2)).await;
    house.event_when("p2", |all| sent(all, 1)).await;
    let (_, untouched) = house.settled("m1").await;
    assert!(untouched.iter().all(has_failed), "another kind");
    let entries = done(&house, "delivery_retried").await;
    let [entry] = &entries[..] else { panic!("{entries:?}") };
    let told = detail(entry);
    assert_eq!(
        (&told["changed"], &told["cause"], &told["because"]),
        (&json!(3), &json!("smtp_550"), &json!("INC-7"))
    );
    assert_eq!((&*entry.subject, &entry.organisation), ("deliveries", &Some(company.to_string())));
    assert!(!entry.detail.contains(COMPANY), "a sole trader's number is a person's");
    house.close().await;
}

async fn r40_all_alerts_that_wait_are_cancelled_and_those_under_way_are_told(house: House) {
    users(&house).await;
    house.sms.answers([busy(), busy()]);
    for id in ["p1", "p2"] {
        house.publish([bytes(&payment(id))]).await;
        house.event_when(id, |all| all.iter().any(waits)).await;
    }
    let filter = json!({"state": "waiting", "channel": "sms"});
    let before = preview(&house, "cancel", &filter).await;
    assert_eq!((&before["count"], &before["changes"]), (&json!(2), &json!(2)));
    let (_, answer) = post(&house, "deliveries/cancel", command(&filter, &before)).await;
    assert_eq!(answer, json!({"changed": 2, "along": 0, "unchanged": {}}));
    for id in ["p1", "p2"] {
        house.settled(id).await;
    }
    let filter = json!({"state": "failed"});
    let before = preview(&house, "retry", &filter).await;
    assert_eq!((&before["changes"], &before["unchanged"]), (&json!(0), &json!({"cancelled": 2})));
    let (_, answer) = post(&house, "deliveries/retry", command(&filter, &before)).await;
    assert_eq!(answer, json!({"changed": 0, "along": 0, "unchanged": {"cancelled": 2}}));
    assert_eq!(house.sms.sent().len(), 2);
    house.close().await;
}

async fn r40_alerts_that_are_others_than_in_the_preview_stay_as_they_are(house: House) {
    users(&house).await;
    house.sms.answers([rejected(), rejected(), rejected()]);
    for id in ["p1", "p2"] {
        house.publish([bytes(&payment(id))]).await;
        house.event_when(id, |all| all.iter().any(has_failed)).await;
    }
    let filter = json!({"state": "failed"});
    let before = preview(&house, "retry", &filter).await;
    house.clock.advance(std::time::Duration::from_millis(1));
    house.publish([bytes(&payment("p3"))]).await;
    let (_, later) = house.event_when("p3", |all| all.iter().any(has_failed)).await;
    let first = before["sample"][0].as_str().unwrap();
    post(&house, &format!("deliveries/{first}/retry"), json!({"because": "INC-7"})).await;
    let (status, problem) = post(&house, "deliveries/retry", command(&filter, &before)).await;
    assert_eq!((status, code(&problem)), (StatusCode::CONFLICT, "count_changed"));
    let mut right = command(&filter, &before);
    right["expected"] = json!(1);
    let (_, answer) = post(&house, "deliveries/retry", right).await;
    assert_eq!(answer["changed"], 1);
    let (_, all) = house.settled("p3").await;
    assert_eq!(all, later, "nobody has seen it yet");
    for id in ["p1", "p2"] {
        house.event_when(id, |all| !all.iter().any(has_failed) && !all.iter().any(waits)).await;
        house.settled(id).await;
    }
    house.close().await;
}

async fn r40_a_filter_that_means_nothing_names_its_field(house: House) {
    for (filter, field) in [
        (json!({}), "filter.state"),
        (json!({"state": "sending"}), "filter.state"),
        (json!({"state": "failed", "channel": "fax"}), "filter.channel"),
        (json!({"state": "failed", "cause": "a\0"}), "filter.cause"),
        (json!({"state": "failed", "kind": "Å"}), "filter.kind"),
        (json!({"state": "failed", "organisation": "1"}), "filter.organisation"),
        (json!({"state": "failed", "event_id": "1"}), "filter.event_id"),
        (json!({"state": "failed", "from": "igår"}), "filter.from"),
        (json!({"state": "failed", "colour": "red"}), "filter.colour"),
    ] {
        let (status, problem) =
            post(&house, "deliveries/preview", json!({"what": "retry", "filter": filter})).await;
        assert_eq!(
            (status, &problem["field"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!(field)),
            "{problem}"
        );
    }
    house.close().await;
}
