//! One dead letter.

use super::{ask, because, code, detail, done, get, post};
use axum::http::StatusCode;
use bevaka_domain::{event::Origin, operator::Role, user::Access};
use bevaka_store::events;
use bevaka_support::house::{House, TOKEN, bytes, on_both_engines, payment};
use serde_json::{Value, json};
use uuid::Uuid;

on_both_engines! {
    r40_two_operators_who_requeue_the_same_letter_at_the_same_moment_cause_one_event
    r40_a_mended_letter_is_told_like_any_event_and_says_by_what_it_came
    r37_a_mended_letter_reaches_no_more_than_one_operator_may_reach_alone
    r37_a_mended_letter_counts_with_what_the_person_injected
    r40_what_is_still_no_event_stays_open_and_says_what_is_wrong
    r40_a_letter_is_requeued_as_it_came_once_it_passes
    r40_a_letter_is_discarded_with_a_reason_and_never_twice
    r40_what_a_letter_holds_is_shown_whole_and_the_reading_is_in_the_trail
    r40_letters_are_listed_by_what_is_asked_for_page_by_page
    r40_whoever_lacks_the_role_gets_nothing
}

const OTHER: &str = "fedcba9876543210fedcba9876543210";

/// A payment that no kind's schema takes: its reason is missing.
pub fn faulty(id: &str) -> Value {
    let mut payment = payment(id);
    payment["data"] = json!({"payment_id": id});
    payment
}

async fn user(house: &House) {
    let company = house.company().await;
    house.user(company, "anna", Access::Unrestricted, &["0701740605"]).await;
}

async fn letter(house: &House, body: Vec<u8>) -> Uuid {
    house.publish([body]).await;
    house.dead_letters(1).await[0].id
}

async fn r40_two_operators_who_requeue_the_same_letter_at_the_same_moment_cause_one_event(house: House) {
    user(&house).await;
    house.let_in("olle", OTHER, &Role::ALL).await;
    let id = letter(&house, bytes(&faulty("p0"))).await;
    let path = format!("dead-letters/{id}/requeue");
    // Each sends in another event, so that a second one would show.
    let tries = (0..8).map(|n| {
        let body = json!({"because": "INC-7", "body": payment(&format!("p{n}")).to_string()});
        let (house, path) = (&house, &path);
        async move { ask(house, if n % 2 == 0 { TOKEN } else { OTHER }, "POST", path, body).await }
    });
    let answers = futures_util::future::join_all(tries).await;
    let (taken, refused): (Vec<_>, Vec<_>) =
        answers.into_iter().partition(|(status, _)| *status == StatusCode::ACCEPTED);
    let [(_, taken)] = &taken[..] else { panic!("{taken:?}") };
    let entries = done(&house, "dead_letter_requeued").await;
    let [entry] = &entries[..] else { panic!("{entries:?}") };
    let first = entry.actor.trim_start_matches("operator:");
    for (status, problem) in refused {
        assert_eq!((status, code(&problem)), (StatusCode::CONFLICT, "already_ended"), "{problem}");
        let told = problem["detail"].as_str().unwrap();
        assert!(told.contains(first) && told.contains("2026-11-21T13:02:00"), "{told}");
    }
    let came = taken["id"].as_str().unwrap();
    house.settled(came).await;
    // What is published after it comes after it: nothing else is on its way.
    house.publish([bytes(&payment("last"))]).await;
    house.settled("last").await;
    let mut tx = house.chassis.db.begin_read().await.unwrap();
    for n in (0..8).map(|n| format!("p{n}")).filter(|n| n != came) {
        assert_eq!(events::find_external(&mut tx, "/payments", &n).await.unwrap(), None, "{n}");
    }
    drop(tx);
    assert_eq!(house.sms.sent().len(), 2);
    house.close().await;
}

async fn r40_a_mended_letter_is_told_like_any_event_and_says_by_what_it_came(house: House) {
    user(&house).await;
    let id = letter(&house, bytes(&faulty("p1"))).await;
    let mended = payment("p1").to_string();
    let (status, answer) = post(
        &house,
        &format!("dead-letters/{id}/requeue"),
        json!({"because": "INC-7: fältet saknades", "body": mended}),
    )
    .await;
    assert_eq!(status, StatusCode::ACCEPTED);
    assert_eq!(answer, json!({"source": "/payments", "id": "p1", "mended": true}));
    let (decided, deliveries) = house.settled("p1").await;
    assert_eq!((decided.event.origin, deliveries.len()), (Some(Origin::DeadLetter(id)), 1));
    let view = get(&house, &format!("dead-letters/{id}")).await;
    assert_eq!((&view["state"], &view["mended"]), (&json!("requeued"), &json!(true)));
    assert_eq!(view["ended"]["by"], "karin (karin's)");
    assert_eq!(view["ended"]["because"], "INC-7: fältet saknades");
    assert_eq!(view["requeued_as"], json!({"source": "/payments", "id": "p1"}));
    let entries = done(&house, "dead_letter_requeued").await;
    let told = detail(&entries[0]);
    assert_eq!(
        (&told["mended"], &told["reason"], &*entries[0].subject),
        (&json!(true), &json!("data"), &*id.to_string())
    );
    assert_eq!(told["because"], "INC-7: fältet saknades");
    assert_ne!(told["body_sha256"], told["sent_sha256"]);
    assert!(!entries[0].detail.contains("payment_id"), "the trail holds no content");
    let (_, content) = post(&house, &format!("dead-letters/{id}/content"), Value::Null).await;
    assert!(content["mended"].as_str().unwrap().contains("\"reason\": \"other\""));
    house.close().await;
}

async fn r37_a_mended_letter_reaches_no_more_than_one_operator_may_reach_alone(house: House) {
    let company = house.company().await;
    for n in 0..101 {
        let (name, address) = (format!("u{n}"), format!("u{n}@x.example"));
        house.user(company, &name, Access::Unrestricted, &[&address]).await;
    }
    let mut ahead = payment("p1");
    ahead["time"] = json!("2026-11-21T13:30:00Z");
    let id = letter(&house, bytes(&ahead)).await;
    let path = format!("dead-letters/{id}/requeue");
    let mended = json!({"because": "INC-7", "body": payment("p1").to_string()});
    let (status, problem) = post(&house, &path, mended).await;
    assert_eq!((status, code(&problem)), (StatusCode::CONFLICT, "needs_approval"), "{problem}");
    let told = problem["detail"].as_str().unwrap();
    assert!(told.contains("101 people") && told.contains("the limit is 100"), "{told}");
    assert_eq!(get(&house, &format!("dead-letters/{id}")).await["state"], "open");
    assert!(done(&house, "dead_letter_requeued").await.is_empty());
    // As it came it is the publisher's event, not the operator's.
    house.clock.advance(std::time::Duration::from_secs(1_800));
    assert_eq!(because(&house, &path).await.0, StatusCode::ACCEPTED);
    assert_eq!(house.settled("p1").await.1.len(), 101);
    house.close().await;
}

async fn r37_a_mended_letter_counts_with_what_the_person_injected(house: House) {
    user(&house).await;
    house.let_in("olle", OTHER, &Role::ALL).await;
    let id = letter(&house, bytes(&faulty("p1"))).await;
    let events: Vec<_> = (0..100).map(|n| payment(&format!("i{n}"))).collect();
    let (_, injected) = post(&house, "injections", json!({"because": "INC-7", "events": events})).await;
    assert_eq!((&injected["state"], &injected["recipients"]), (&json!("published"), &json!(100)));
    let path = format!("dead-letters/{id}/requeue");
    let mended = json!({"because": "INC-7", "body": payment("p1").to_string()});
    let (status, problem) = post(&house, &path, mended.clone()).await;
    assert_eq!((status, code(&problem)), (StatusCode::CONFLICT, "needs_approval"), "{problem}");
    let (status, answer) = ask(&house, OTHER, "POST", &path, mended).await;
    assert_eq!(status, StatusCode::ACCEPTED, "another person counts by themselves: {answer}");
    for name in (0..100).map(|n| format!("i{n}")).chain(["p1".to_owned()]) {
        house.settled(&name).await;
    }
    house.close().await;
}

async fn r40_what_is_still_no_event_stays_open_and_says_what_is_wrong(house: House) {
    user(&house).await;
    let id = letter(&house, bytes(&faulty("p1"))).await;
    let path = format!("dead-letters/{id}/requeue");
    let (mut unknown, mut ours, mut marked) = (payment("p1"), payment("p1"), payment("p1"));
    unknown["type"] = json!("loan.due");
    ours["source"] = json!("urn:bevaka:notices");
    marked["bevakaorigin"] = json!("injection:00000000-0000-0000-0000-000000000001");
    for (body, field) in [
        (json!(null), "data"),
        (json!("hej"), "body"),
        (json!(unknown.to_string()), "type"),
        (json!(ours.to_string()), "source"),
        (json!(marked.to_string()), "bevakaorigin"),
        (json!(format!("{}{}", payment("p1"), " ".repeat(300_000))), "body"),
    ] {
        let (status, problem) = post(&house, &path, json!({"because": "INC-7", "body": body})).await;
        assert_eq!((status, code(&problem)), (StatusCode::UNPROCESSABLE_ENTITY, "still_faulty"), "{field}");
        assert_eq!(problem["field"], field);
    }
    for body in [
        json!({}),
        json!({"because": " "}),
        json!({"because": "kim@bank.se"}),
        json!({"because": "INC-7", "x": 1}),
    ] {
        let (status, problem) = post(&house, &path, body).await;
        assert_eq!(
            (status, code(&problem)),
            (StatusCode::UNPROCESSABLE_ENTITY, "invalid_field"),
            "{problem}"
        );
    }
    assert_eq!(get(&house, &format!("dead-letters/{id}")).await["state"], "open");
    assert!(done(&house, "dead_letter_requeued").await.is_empty());
    assert_eq!(
        because(&house, &format!("dead-letters/{}/requeue", Uuid::nil())).await.0,
        StatusCode::NOT_FOUND
    );
    assert_eq!(because(&house, "dead-letters/x/requeue").await.0, StatusCode::NOT_FOUND);
    house.close().await;
}

async fn r40_a_letter_is_requeued_as_it_came_once_it_passes(house: House) {
    user(&house).await;
    let mut ahead = payment("p1");
    ahead["time"] = json!("2026-11-21T13:30:00Z");
    let id = letter(&house, bytes(&ahead)).await;
    let path = format!("dead-letters/{id}/requeue");
    assert_eq!(because(&house, &path).await.0, StatusCode::UNPROCESSABLE_ENTITY, "its time lies ahead");
    let (_, content) = post(&house, &format!("dead-letters/{id}/content"), Value::Null).await;
    assert_eq!((&content["now"]["passes"], &content["now"]["field"]), (&json!(false), &json!("time")));
    house.clock.advance(std::time::Duration::from_secs(1_800));
    // Meanwhile the publisher has sent it again.
    house.publish([bytes(&ahead)]).await;
    let (decided, _) = house.settled("p1").await;
    let (_, content) = post(&house, &format!("dead-letters/{id}/content"), Value::Null).await;
    assert_eq!(content["now"]["passes"], true);
    assert_eq!(content["now"]["stored_as"], json!(decided.event.id), "it is said before");
    let (status, answer) = because(&house, &path).await;
    assert_eq!(status, StatusCode::ACCEPTED);
    assert_eq!(
        (&answer["mended"], &answer["stored_as"]),
        (&json!(false), &json!(decided.event.id)),
        "and after"
    );
    let told = detail(&done(&house, "dead_letter_requeued").await[0]);
    assert_eq!((&told["mended"], &told["body_sha256"]), (&json!(false), &told["sent_sha256"]));
    house.publish([bytes(&payment("last"))]).await;
    house.settled("last").await;
    assert_eq!(house.sms.sent().len(), 2, "nobody is told twice");
    house.close().await;
}

async fn r40_a_letter_is_discarded_with_a_reason_and_never_twice(house: House) {
    let id = letter(&house, b"hej".to_vec()).await;
    let path = format!("dead-letters/{id}/discard");
    for body in [json!({}), json!({"because": "x"})] {
        let (status, problem) = post(&house, &path, body).await;
        assert_eq!((status, &problem["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!("because")));
    }
    let (first, second) = tokio::join!(because(&house, &path), because(&house, &path));
    let mut answers = [first.0, second.0];
    answers.sort_unstable();
    assert_eq!(answers, [StatusCode::NO_CONTENT, StatusCode::CONFLICT]);
    let requeued = because(&house, &format!("dead-letters/{id}/requeue")).await;
    assert_eq!((requeued.0, code(&requeued.1)), (StatusCode::CONFLICT, "already_ended"));
    assert_eq!(done(&house, "dead_letter_discarded").await.len(), 1);
    let view = get(&house, &format!("dead-letters/{id}")).await;
    assert_eq!((&view["state"], &view["requeued_as"]), (&json!("discarded"), &Value::Null));
    assert_eq!(house.dead_letters(1).await[0].body, b"hej", "it stays readable");
    house.close().await;
}

async fn r40_what_a_letter_holds_is_shown_whole_and_the_reading_is_in_the_trail(house: House) {
    let bodies = [b"a\0\xff".to_vec(), vec![b'x'; 1_000_000], b"{\"a\": 1.10}".to_vec()];
    house.publish(bodies).await;
    house.dead_letters(3).await;
    let mut shown = Vec::new();
    for letter in get(&house, "dead-letters").await["items"].as_array().unwrap() {
        let id = letter["dead_letter_id"].as_str().unwrap().to_owned();
        let (status, content) = post(&house, &format!("dead-letters/{id}/content"), Value::Null).await;
        assert_eq!(status, StatusCode::OK);
        shown.push((content["form"].as_str().unwrap().to_owned(), content["text"].as_str().unwrap().len()));
    }
    shown.sort();
    let json = "{\n  \"a\": 1.10\n}".len();
    assert_eq!(
        shown,
        [
            ("escaped".to_owned(), "a\\x00\\xff".len()),
            ("json".to_owned(), json),
            ("text".to_owned(), 1_000_000)
        ]
    );
    assert_eq!(done(&house, "dead_letter_read").await.len(), 3);
    house.close().await;
}

async fn r40_letters_are_listed_by_what_is_asked_for_page_by_page(house: House) {
    let mut unknown = payment("u1");
    unknown["type"] = json!("loan.due");
    house.publish([b"a".to_vec(), b"b".to_vec(), b"c".to_vec(), bytes(&unknown)]).await;
    house.dead_letters(4).await;
    let reasons = get(&house, "dead-letters/summary").await;
    let told: Vec<_> = reasons
        .as_array()
        .unwrap()
        .iter()
        .map(|of| (of["reason"].as_str().unwrap(), of["open"].as_u64().unwrap()))
        .collect();
    assert_eq!(told, [("not_an_envelope", 3), ("unknown_kind", 1)]);
    let first = get(&house, "dead-letters?reason=not_an_envelope&limit=2&state=open").await;
    let next = first["next"].as_str().unwrap();
    // What comes meanwhile does not move the page.
    house.clock.advance(std::time::Duration::from_millis(1));
    house.publish([b"d".to_vec()]).await;
    house.dead_letters(5).await;
    let second =
        get(&house, &format!("dead-letters?reason=not_an_envelope&limit=2&state=open&before={next}")).await;
    let count = |page: &Value| page["items"].as_array().unwrap().len();
    assert_eq!((count(&first), count(&second), &second["next"]), (2, 1, &Value::Null));
    assert_eq!(count(&get(&house, "dead-letters?state=requeued").await), 0);
    assert_eq!(count(&get(&house, "dead-letters?from=2026-11-21T13:02:00Z").await), 5);
    assert_eq!(count(&get(&house, "dead-letters?until=2026-11-21T13:02:00Z").await), 0);
    for (query, field) in [
        ("state=lost", "state"),
        ("reason=a%00", "reason"),
        ("from=x", "from"),
        ("limit=0", "limit"),
        ("before=x", "before"),
    ] {
        let (status, problem) =
            ask(&house, TOKEN, "GET", &format!("dead-letters?{query}"), Value::Null).await;
        assert_eq!((status, &problem["field"]), (StatusCode::UNPROCESSABLE_ENTITY, &json!(field)));
    }
    house.close().await;
}

async fn r40_whoever_lacks_the_role_gets_nothing(house: House) {
    let id = letter(&house, b"hemligt".to_vec()).await;
    house.let_in("vera", OTHER, &[Role::Viewer]).await;
    let reason = json!({"because": "INC-7"});
    let all = json!({"reason": "not_an_envelope", "through": id, "expected": 1, "because": "INC-7"});
    for (path, body) in [
        (format!("dead-letters/{id}/content"), Value::Null),
        (format!("dead-letters/{id}/requeue"), reason.clone()),
        (format!("dead-letters/{id}/discard"), reason),
        ("dead-letters/requeue".to_owned(), all.clone()),
        ("dead-letters/discard".to_owned(), all),
    ] {
        let (status, problem) = ask(&house, OTHER, "POST", &path, body).await;
        assert_eq!((status, code(&problem)), (StatusCode::FORBIDDEN, "role_needed"), "{path}");
        assert!(!problem.to_string().contains("hemligt"));
    }
    assert_eq!(get(&house, &format!("dead-letters/{id}")).await["state"], "open");
    house.close().await;
}
