//! What is injected is published, marked, and in the trail; without a reason or a sound event nothing is.

use super::client::*;
use axum::http::{Method, StatusCode};
use bevaka_support::house::{House, eventually, payment};
use serde_json::{Value, json};

#[tokio::test]
async fn r37_an_injection_is_published_marked_as_injected_and_in_the_trail() {
    let house = House::open().await;
    staffed(&house).await;
    let (status, answer) = inject(&house, OLOF, &[payment("p1"), json!({"id": "x"}), payment("p2")]).await;
    assert_eq!(
        (status, &answer["state"], &answer["recipients"]),
        (StatusCode::ACCEPTED, &json!("published"), &json!(2))
    );
    let accepted = json!([
        {"index": 0, "source": "/payments", "id": "p1", "known": false},
        {"index": 2, "source": "/payments", "id": "p2", "known": false},
    ]);
    assert_eq!((&answer["accepted"], &answer["refused"][0]["index"]), (&accepted, &json!(1)));
    assert_eq!(answer["refused"][0]["reason"], "not_an_envelope");

    let (decided, deliveries) = house.settled("p1").await;
    house.settled("p2").await;
    assert_eq!(deliveries.len(), 1);
    let id = &answer["injection_id"];
    let origin = format!("injection:{}", id.as_str().unwrap());
    assert_eq!(decided.event.origin.unwrap().to_string(), origin);
    let event = format!("/dispatcher/api/events/{}", decided.event.id);
    let (_, view) = ask(&house, SARA, Method::GET, &event, &Value::Null).await;
    assert_eq!(view["origin"], json!(origin));

    let view = get(&house, id).await;
    assert_eq!(
        (&view["state"], &view["stored"], &view["events"]),
        (&json!("published"), &json!(2), &json!(2))
    );
    assert_eq!(view["because"], "INC-1");
    assert_eq!(view["proposed_by"], "olof (olof's)");
    let found = entries(&house).await;
    let [entry] = &found[..] else { panic!("{found:?}") };
    assert_eq!((entry.action.as_str(), entry.subject.as_str()), ("events_injected", id.as_str().unwrap()));
    let detail: Value = serde_json::from_str(&entry.detail).unwrap();
    let kinds = json!({"payment.rejected": 2});
    assert_eq!(detail, json!({"because": "INC-1", "events": 2, "kinds": kinds, "recipients": 2}));
    house.close().await;
}

#[tokio::test]
async fn r37_what_publishers_send_has_no_mark() {
    let house = House::open().await;
    staffed(&house).await;
    house.publish([bevaka_support::house::bytes(&payment("p1"))]).await;
    let (decided, _) = house.settled("p1").await;
    assert_eq!(decided.event.origin, None);
    house.close().await;
}

#[tokio::test]
async fn r37_without_a_reason_nothing_is_injected() {
    let house = House::open().await;
    staffed(&house).await;
    let events = [payment("p1")];
    for (body, field) in [
        (json!({"events": events}), "because"),
        (json!({"because": "", "events": events}), "because"),
        (json!({"because": "anna@bank.example ringde", "events": events}), "because"),
        (json!({"because": "å".repeat(201), "events": events}), "because"),
        (json!({"because": "INC-1"}), "events"),
        (json!({"because": "INC-1", "events": []}), "events"),
        (json!({"because": "INC-1", "events": events, "injection_id": "7"}), "injection_id"),
        (json!({"because": "INC-1", "events": events, "force": true}), "force"),
    ] {
        let (status, problem) = send(&house, KARIN, Method::POST, "", &body).await;
        assert_eq!(
            (status, &problem["field"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!(field)),
            "{problem}"
        );
        assert_eq!(problem["code"], "invalid_field");
        assert!(!problem.to_string().contains("anna@"), "{problem}");
    }
    assert!(entries(&house).await.is_empty());
    house.close().await;
}

#[tokio::test]
async fn r37_where_no_event_is_sound_each_is_told_why() {
    let house = House::open().await;
    staffed(&house).await;
    let (mut marked, mut unknown) = (payment("p1"), payment("p2"));
    marked["bevakaorigin"] = json!("injection:00000000-0000-0000-0000-000000000000");
    unknown["type"] = json!("loan.due");
    let (status, problem) = inject(&house, KARIN, &[marked, unknown, json!(7)]).await;
    assert_eq!((status, &problem["code"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("no_sound_event")));
    let reasons: Vec<_> = problem["refused"].as_array().unwrap().iter().map(|one| &one["reason"]).collect();
    assert_eq!(reasons, ["bevakaorigin", "unknown_kind", "not_an_envelope"]);
    assert!(problem["refused"][0]["detail"].as_str().unwrap().starts_with("bevakaorigin must be left out"));
    assert!(entries(&house).await.is_empty());
    house.close().await;
}

#[tokio::test]
async fn r37_only_operators_inject() {
    let house = House::open().await;
    staffed(&house).await;
    for token in [ERIK, SARA] {
        let (status, problem) = inject(&house, token, &[payment("p1")]).await;
        assert_eq!((status, &problem["code"]), (StatusCode::FORBIDDEN, &json!("role_needed")));
    }
    assert!(entries(&house).await.is_empty());
    house.close().await;
}

#[tokio::test]
async fn r37_what_is_committed_is_published_after_a_crash() {
    let house = House::open().await;
    staffed(&house).await;
    let house = house.without_its_dispatcher().await;
    let (status, answer) = inject(&house, OLOF, &payments("p", 3)).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    assert_eq!(stored_and_waiting(&house, &answer["injection_id"]).await, (0, 3));
    let house = house.crash_and_reopen().await;
    for n in 0..3 {
        house.settled(&format!("p{n}")).await;
    }
    assert_eq!(house.sms.sent().len(), 3);
    eventually("an empty outbox", || async {
        (stored_and_waiting(&house, &answer["injection_id"]).await == (3, 0)).then_some(())
    })
    .await;
    house.close().await;
}

#[tokio::test]
async fn r37_injections_are_listed_by_state_and_page_by_page() {
    let house = House::open().await;
    staffed(&house).await;
    let mut ids = Vec::new();
    for n in 0..3 {
        let (_, answer) = inject(&house, OLOF, &[payment(&format!("p{n}"))]).await;
        ids.insert(0, answer["injection_id"].clone());
        house.clock.advance(std::time::Duration::from_secs(1));
    }
    let list = async |query: &str| send(&house, SARA, Method::GET, query, &Value::Null).await;
    let (_, first) = list("?limit=2").await;
    let of = |page: &Value| {
        page["items"].as_array().unwrap().iter().map(|i| i["injection_id"].clone()).collect::<Vec<_>>()
    };
    assert_eq!((of(&first), &first["next"]), (ids[..2].to_vec(), &ids[1]));
    inject(&house, OLOF, &[payment("p9")]).await;
    let (_, second) = list(&format!("?limit=2&before={}", first["next"].as_str().unwrap())).await;
    assert_eq!((of(&second), &second["next"]), (ids[2..].to_vec(), &Value::Null));
    assert_eq!(list("?state=waiting").await.1, json!({"items": []}));
    for query in ["?state=lost", "?before=00000000-0000-0000-0000-000000000000", "?limit=0"] {
        assert_eq!(list(query).await.0, StatusCode::UNPROCESSABLE_ENTITY, "{query}");
    }
    for n in [0, 1, 2, 9] {
        house.settled(&format!("p{n}")).await;
    }
    house.close().await;
}
