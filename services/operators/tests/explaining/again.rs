//! An event is sent again to whoever was not told and now would be, and to nobody twice (R32).

use super::{ask_as, explain, fact, post, trail_of, user};
use axum::http::{Method, StatusCode};
use bevaka_domain::{
    clock::Clock,
    delivery::{Outcome, State},
    entitlement::{Reason, Verdict},
    ids::{EventId, UserId},
    operator::Role,
    user::{Access, Permission, UserState},
    watch::Channel,
};
use bevaka_store::watches;
use bevaka_support::house::{Ground, House, TOKEN, bytes, eventually, on_both_engines, payment};
use serde_json::{Value, json};
use std::time::Duration;

on_both_engines! {
    r38_a_customer_who_heard_nothing_confirms_the_number_and_is_told
    r32_an_alert_that_was_withdrawn_is_taken_up_again_and_none_is_made_beside_it
}

/// Sends an event again for a reason.
async fn again(house: &House, id: EventId) -> (StatusCode, Value) {
    post(house, &format!("events/{id}/send-again"), &json!({"because": "the customer called, case 17"})).await
}

/// Whether the number counts as confirmed.
pub async fn confirmed(house: &House, user: UserId, number: &str, is: bool) {
    let mut tx = house.chassis.db.begin().await.unwrap();
    let (address, now) = (number.parse().unwrap(), house.clock.now());
    let id = house.chassis.entropy.id(now).into();
    watches::upsert_contact(&mut tx, id, user, &address, is.then_some(now), now).await.unwrap();
    tx.commit().await.unwrap();
}

async fn r38_a_customer_who_heard_nothing_confirms_the_number_and_is_told(house: House) {
    let company = house.company().await;
    let (sara, _) = house.user(company, "sara", Access::Unrestricted, &["0735550102"]).await;
    house.user(company, "anna", Access::Unrestricted, &["0701740605"]).await;
    confirmed(&house, sara, "0735550102", false).await;
    house.publish([bytes(&payment("p1"))]).await;
    let (decided, _) = house.settled("p1").await;
    let id = decided.event.id;
    assert_eq!(house.sms.sent().len(), 1);

    // The customer says that nothing came; the operator sees why.
    let explanation = explain(&house, &json!({"source": "/payments", "id": "p1"})).await;
    let of_sara = user(&explanation, "sara");
    assert_eq!(of_sara["decision"]["suppressed"], "contact_not_verified");
    assert_eq!(fact(of_sara, "contact_not_confirmed")["decides"], true);
    let (status, refusal) = again(&house, id).await;
    assert_eq!(
        (status, &refusal["code"]),
        (StatusCode::CONFLICT, &json!("nobody")),
        "nothing has changed yet"
    );

    // The customer confirms the number, and the operator sends again.
    house.clock.advance(Duration::from_secs(300));
    confirmed(&house, sara, "0735550102", true).await;
    let (status, sent) = again(&house, id).await;
    assert_eq!((status, sent["deliveries"].as_array().unwrap().len()), (StatusCode::OK, 1), "{sent}");
    let (after, alerts) =
        house.event_when("p1", |all| all.len() == 2 && all.iter().all(|d| d.state.due_at().is_none())).await;
    assert!(alerts.iter().all(|alert| matches!(alert.state, State::Accepted { .. })));
    assert_eq!(after, decided, "what was decided then stays");
    assert_eq!(house.sms.sent()[1].to.reveal(), "+46735550102");

    // All of it can be told afterwards.
    let explanation = explain(&house, &json!({"event_id": id})).await;
    let of_sara = user(&explanation, "sara");
    assert_eq!(
        (&of_sara["decision"]["suppressed"], &of_sara["deliveries"][0]["state"]),
        (&json!("contact_not_verified"), &json!("accepted"))
    );
    assert_eq!(fact(of_sara, "contact_confirmed")["changed_since"], true);
    let (_, event) = ask_as(&house, TOKEN, Method::GET, &format!("events/{id}"), None).await;
    let timeline = event["timeline"].as_array().unwrap();
    let line = timeline.iter().find(|line| line["what"] == "event_sent_again").unwrap();
    assert_eq!(
        (&line["by"], &line["because"]),
        (&json!("karin (karin's)"), &json!("the customer called, case 17"))
    );
    let of_the_alert = timeline.iter().filter(|line| line["user"] == "sara").map(|line| line["what"].clone());
    assert_eq!(of_the_alert.collect::<Vec<_>>(), ["alert_made", "accepted"]);
    let entries = trail_of(&house).await;
    let [entry] = &entries[..] else { panic!("{entries:?}") };
    assert_eq!((entry.action.as_str(), &entry.subject), ("event_sent_again", &id.to_string()));
    let (status, refusal) = again(&house, id).await;
    assert_eq!((status, &refusal["code"]), (StatusCode::CONFLICT, &json!("nobody")));
    assert_eq!(house.sms.sent().len(), 2);
    house.close().await;
}

#[tokio::test]
async fn r32_two_operators_who_send_again_at_once_cause_one_alert_on_sqlite() {
    let house = House::open().await;
    let id = untold(&house).await;
    let answers = tokio::join!(again(&house, id), again(&house, id), again(&house, id), again(&house, id));
    told_once(&house, [answers.0, answers.1, answers.2, answers.3]).await;
    assert_eq!(house.sms.sent().len(), 1);
    house.close().await;
}

#[tokio::test]
async fn r32_two_operators_who_send_again_at_once_cause_one_alert_on_postgres() {
    let house = House::open_on(Ground::postgres(), 64).await;
    let beside = house.beside().await;
    let id = untold(&house).await;
    let answers = tokio::join!(again(&house, id), again(&beside, id), again(&house, id), again(&beside, id));
    told_once(&house, [answers.0, answers.1, answers.2, answers.3]).await;
    assert_eq!(house.sms.sent().len() + beside.sms.sent().len(), 1);
    beside.close().await;
    house.close().await;
}

/// An event of which somebody was not told who now would be.
async fn untold(house: &House) -> EventId {
    let company = house.company().await;
    let (erik, _) = house.user(company, "erik", Access::Restricted, &["0701740606"]).await;
    house.publish([bytes(&payment("p1"))]).await;
    let id = house.settled("p1").await.0.event.id;
    house.grant(erik, &[Permission::ManageWatches]).await;
    id
}

async fn told_once(house: &House, answers: [(StatusCode, Value); 4]) {
    let mut statuses = answers.map(|(status, _)| status.as_u16());
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409, 409, 409]);
    house.event_when("p1", |all| all.len() == 1 && all.iter().all(|d| d.state.due_at().is_none())).await;
    assert_eq!(trail_of(house).await.len(), 1);
}

async fn r32_an_alert_that_was_withdrawn_is_taken_up_again_and_none_is_made_beside_it(house: House) {
    let company = house.company().await;
    let (anna, _) = house.user(company, "anna", Access::Unrestricted, &["0701740605"]).await;
    house.sms.answers([Outcome::Retry { cause: "http_503".into(), after: None }]);
    house.publish([bytes(&payment("p1"))]).await;
    house.event_when("p1", |all| all.iter().any(|d| matches!(d.state, State::Waiting { .. }))).await;
    house.set_state(anna, UserState::Blocked).await;
    house.clock.advance(Duration::from_secs(3));
    let (decided, alerts) = house.settled("p1").await;
    assert_eq!(alerts[0].state, State::Suppressed(Reason::UserBlocked));
    assert!(matches!(decided.decisions[0].verdict, Verdict::Deliver(_)));
    house.set_state(anna, UserState::Active).await;
    let (status, sent) = again(&house, decided.event.id).await;
    assert_eq!(
        (status, &sent["deliveries"][0]["delivery_id"]),
        (StatusCode::OK, &json!(alerts[0].id)),
        "the same alert"
    );
    let (_, after) =
        house.event_when("p1", |all| all.iter().all(|d| matches!(d.state, State::Accepted { .. }))).await;
    assert_eq!((after.len(), after[0].id), (1, alerts[0].id));
    let keys: Vec<_> = house.sms.sent().iter().map(|alert| alert.key).collect();
    assert_eq!(keys, [alerts[0].id.0; 2], "under the same key");
    house.close().await;
}

#[tokio::test]
async fn r32_what_failed_for_good_or_has_expired_is_not_sent_again() {
    let house = House::open().await;
    let company = house.company().await;
    let (_, contacts) = house.user(company, "anna", Access::Unrestricted, &["0701740605"]).await;
    house.sms.answers([Outcome::Rejected { cause: "http_400".into() }]);
    house.publish([bytes(&payment("p1"))]).await;
    let (decided, alerts) = house.settled("p1").await;
    assert_eq!((alerts[0].contact, alerts[0].channel), (contacts[0], Channel::Sms));
    let (status, refusal) = again(&house, decided.event.id).await;
    assert_eq!((status, &refusal["code"]), (StatusCode::CONFLICT, &json!("nobody")), "no second alert (R32)");
    house.user(company, "erik", Access::Unrestricted, &["0701740606"]).await;
    house.clock.set(decided.event.expires_at);
    let (status, refusal) = again(&house, decided.event.id).await;
    assert_eq!((status, &refusal["code"]), (StatusCode::CONFLICT, &json!("expired")));
    assert_eq!(house.sms.sent().len(), 1);
    assert!(trail_of(&house).await.is_empty(), "nothing was done");
    house.close().await;
}

#[tokio::test]
async fn sending_again_takes_the_role_and_a_reason_that_holds_no_address() {
    let house = House::open().await;
    house.company().await;
    house.publish([bytes(&payment("p1"))]).await;
    let id = house.settled("p1").await.0.event.id;
    let path = format!("events/{id}/send-again");
    let token = "eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee";
    house.let_in("vera", token, &[Role::Viewer, Role::Approver, Role::Auditor]).await;
    let order = json!({"because": "the customer called"});
    let (status, refusal) = ask_as(&house, token, Method::POST, &path, Some(&order)).await;
    assert_eq!((status, &refusal["code"]), (StatusCode::FORBIDDEN, &json!("role_needed")));
    for because in ["", "no", "anna@x.example said so", "call 070 174 06 05 please, 46701740605"] {
        let (status, refusal) = post(&house, &path, &json!({"because": because})).await;
        assert_eq!(
            (status, &refusal["field"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!("because")),
            "{because}"
        );
        assert!(!refusal.to_string().contains("anna@x"), "it is not repeated");
    }
    let (status, _) = post(&house, "events/p1/send-again", &order).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    eventually("nothing in the trail", || async { trail_of(&house).await.is_empty().then_some(()) }).await;
    house.close().await;
}
