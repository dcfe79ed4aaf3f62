//! All dead letters of a reason.

use super::{code, dead_letters::faulty, done, get, post};
use axum::http::StatusCode;
use bevaka_domain::user::Access;
use bevaka_support::house::{House, bytes, on_both_engines, payment};
use serde_json::{Value, json};

on_both_engines! {
    r40_all_letters_of_a_reason_are_previewed_and_those_that_pass_are_sent_in
    r40_a_count_that_has_changed_since_the_preview_changes_nothing
    r40_all_letters_of_a_reason_are_discarded_up_to_the_newest_that_was_seen
    r40_two_operators_who_requeue_all_at_once_send_each_in_once
}

/// A payment that lies ahead of our clock: it passes later.
fn ahead(id: &str) -> Value {
    let mut ahead = payment(id);
    ahead["time"] = json!("2026-11-21T13:30:00Z");
    ahead
}

async fn preview(house: &House, reason: &str) -> Value {
    let (status, preview) = post(house, "dead-letters/preview", json!({"reason": reason})).await;
    assert_eq!(status, StatusCode::OK);
    preview
}

fn command(reason: &str, preview: &Value) -> Value {
    json!({
        "reason": reason, "through": preview["through"], "expected": preview["count"], "because": "INC-7",
    })
}

async fn r40_all_letters_of_a_reason_are_previewed_and_those_that_pass_are_sent_in(house: House) {
    let company = house.company().await;
    house.user(company, "anna", Access::Unrestricted, &["0701740605"]).await;
    let mut late = ahead("late");
    late["time"] = json!("2026-11-22T13:30:00Z");
    let letters = ["p1", "p2", "p3"].map(ahead);
    house.publish(letters.iter().map(bytes).chain([bytes(&late), bytes(&faulty("d1"))])).await;
    house.dead_letters(5).await;
    house.clock.advance(std::time::Duration::from_secs(1_800));
    let before = preview(&house, "time_ahead").await;
    assert_eq!((&before["count"], &before["pass"], &before["more"]), (&json!(4), &json!(3), &json!(false)));
    assert_eq!(
        (&before["faults"], before["sample"].as_array().unwrap().len()),
        (&json!({"time_ahead": 1}), 4)
    );
    assert_eq!(
        (&before["oldest"], &before["newest"]),
        (&json!("2026-11-21T13:02:00.000000Z"), &json!("2026-11-21T13:02:00.000000Z"))
    );
    let (status, answer) = post(&house, "dead-letters/requeue", command("time_ahead", &before)).await;
    assert_eq!((status, &answer["done"], &answer["left"]), (StatusCode::OK, &json!(3), &json!(1)));
    let left: Vec<_> = answer["results"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|result| result["outcome"] != "requeued")
        .collect();
    assert_eq!((&left[0]["outcome"], &left[0]["reason"]), (&json!("faulty"), &json!("time_ahead")));
    let kept = get(&house, &format!("dead-letters/{}", left[0]["dead_letter_id"].as_str().unwrap())).await;
    assert_eq!(kept["state"], "open");
    for id in ["p1", "p2", "p3"] {
        house.settled(id).await;
    }
    assert_eq!(house.sms.sent().len(), 3);
    assert_eq!(done(&house, "dead_letter_requeued").await.len(), 3, "each has its entry");
    let none = preview(&house, "no_such_reason").await;
    assert_eq!((&none["count"], &none["through"]), (&json!(0), &Value::Null));
    house.close().await;
}

async fn r40_a_count_that_has_changed_since_the_preview_changes_nothing(house: House) {
    house.publish([b"a".to_vec(), b"b".to_vec()]).await;
    let letters = house.dead_letters(2).await;
    let before = preview(&house, "not_an_envelope").await;
    let reason = json!({"because": "INC-7"});
    post(&house, &format!("dead-letters/{}/discard", letters[0].id), reason).await;
    for path in ["dead-letters/requeue", "dead-letters/discard"] {
        let (status, problem) = post(&house, path, command("not_an_envelope", &before)).await;
        assert_eq!((status, code(&problem)), (StatusCode::CONFLICT, "count_changed"));
    }
    assert_eq!(done(&house, "dead_letter_discarded").await.len(), 1);
    house.close().await;
}

async fn r40_all_letters_of_a_reason_are_discarded_up_to_the_newest_that_was_seen(house: House) {
    house.publish((0..120).map(|n: u32| n.to_string().into_bytes())).await;
    house.dead_letters(120).await;
    let before = preview(&house, "not_an_envelope").await;
    house.clock.advance(std::time::Duration::from_millis(1));
    house.publish([b"later".to_vec()]).await;
    house.dead_letters(121).await;
    let (status, answer) = post(&house, "dead-letters/discard", command("not_an_envelope", &before)).await;
    assert_eq!((status, &answer["done"], &answer["left"]), (StatusCode::OK, &json!(120), &json!(0)));
    let open = get(&house, "dead-letters?state=open").await;
    assert_eq!(open["items"].as_array().unwrap().len(), 1, "nobody has seen it yet");
    assert_eq!(done(&house, "dead_letter_discarded").await.len(), 120);
    house.close().await;
}

async fn r40_two_operators_who_requeue_all_at_once_send_each_in_once(house: House) {
    let company = house.company().await;
    house.user(company, "anna", Access::Unrestricted, &["0701740605"]).await;
    let ids: Vec<_> = (0..60).map(|n| format!("p{n}")).collect();
    house.publish(ids.iter().map(|id| bytes(&ahead(id)))).await;
    house.dead_letters(60).await;
    house.clock.advance(std::time::Duration::from_secs(1_800));
    let before = preview(&house, "time_ahead").await;
    let command = command("time_ahead", &before);
    let (one, two) = tokio::join!(
        post(&house, "dead-letters/requeue", command.clone()),
        post(&house, "dead-letters/requeue", command)
    );
    let mut times = 0;
    for (status, answer) in [one, two] {
        match status {
            // It began after the other had ended some of them.
            StatusCode::CONFLICT => assert_eq!(code(&answer), "count_changed"),
            _ => times += answer["done"].as_u64().unwrap(),
        }
    }
    assert_eq!(times, 60);
    assert_eq!(done(&house, "dead_letter_requeued").await.len(), 60);
    for id in &ids {
        house.settled(id).await;
    }
    assert_eq!(house.sms.sent().len(), 60);
    house.close().await;
}
