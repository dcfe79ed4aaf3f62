//! The security token: wrong answers, locks, single use, time.

use crate::house::{House, PAYMENT, TRIES};
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn a_token_is_locked_after_five_wrong_answers_for_signing_in_and_for_signing() {
    let house = House::open().await;
    let company = house.limited().await;
    let signatory = house.signatory(company, 0).await;
    let session = house.sign_in(&signatory).await;
    let order = session.connect(&[PAYMENT]).await.is(201)["order"].as_str().unwrap().to_owned();
    let begun = session.begin_signing(&order).await.is(201);
    let challenge = begun["token"]["challenge"].as_str().unwrap();
    let wrong = signatory.person.errs(challenge);
    for left in (1..TRIES).rev() {
        let state = session.answer(&order, &begun, &wrong).await.is(200);
        assert_eq!((&state["state"], &state["token"]["tries_left"]), (&json!("pending"), &json!(left)));
    }
    let state = session.answer(&order, &begun, &wrong).await.is(200);
    assert_eq!((&state["state"], &state["failure"]), (&json!("failed"), &json!("token_locked")));
    let right = signatory.person.responds(challenge);
    assert_eq!(session.answer(&order, &begun, &right).await.is(200)["failure"], "token_locked");
    assert_eq!(session.begin_signing(&order).await.is(201)["failure"], "token_locked");
    assert_eq!(house.begin_sign_in(signatory.person.number, "corporate").await["failure"], "token_locked");
    assert_eq!(house.scope(company).await, None);
}

#[tokio::test]
async fn wrong_answers_are_counted_over_all_challenges_and_a_right_one_ends_the_count() {
    let house = House::open().await;
    let company = house.limited().await;
    let person = house.signatory(company, 0).await.person;
    for _ in 0..2 {
        for left in [4, 3, 2, 1] {
            let begun = house.begin_sign_in(person.number, "corporate").await;
            let wrong = person.errs(begun["token"]["challenge"].as_str().unwrap());
            let state = house.answer_sign_in(&begun, &wrong).await.is(200);
            assert_eq!(state["token"]["tries_left"], left);
        }
        house.sign_in_person(&person, "corporate").await;
    }
}

#[tokio::test]
async fn a_challenge_counts_once_and_its_session_begins_once() {
    let house = House::open().await;
    let company = house.limited().await;
    let person = house.signatory(company, 0).await.person;
    let begun = house.begin_sign_in(person.number, "corporate").await;
    house.start_session(&begun).await.refuses(404, "not_found");
    let answer = person.responds(begun["token"]["challenge"].as_str().unwrap());
    house.answer_sign_in(&begun, &answer).await.is(200);
    house.start_session(&begun).await.is(201);
    house.start_session(&begun).await.refuses(404, "not_found");
    assert_eq!(house.answer_sign_in(&begun, &answer).await.is(200)["state"], "used");
    let again = house.begin_sign_in(person.number, "corporate").await;
    assert_ne!(again["token"]["challenge"], begun["token"]["challenge"]);
    assert_eq!(house.answer_sign_in(&again, &answer).await.is(200)["state"], "pending", "an old answer");
}

#[tokio::test]
async fn a_challenge_can_be_answered_for_three_minutes() {
    let house = House::open().await;
    let company = house.limited().await;
    let person = house.signatory(company, 0).await.person;
    let begun = house.begin_sign_in(person.number, "corporate").await;
    let answer = person.responds(begun["token"]["challenge"].as_str().unwrap());
    house.clock.advance(Duration::from_secs(179));
    assert_eq!(house.answer_sign_in(&begun, &answer).await.is(200)["state"], "proven");
    let begun = house.begin_sign_in(person.number, "corporate").await;
    let answer = person.responds(begun["token"]["challenge"].as_str().unwrap());
    house.clock.advance(Duration::from_secs(180));
    let state = house.answer_sign_in(&begun, &answer).await.is(200);
    assert_eq!((&state["state"], &state["failure"]), (&json!("failed"), &json!("token_expired")));
}

#[tokio::test]
async fn what_is_no_answer_is_refused_and_not_counted() {
    let house = House::open().await;
    let company = house.limited().await;
    let person = house.signatory(company, 0).await.person;
    let begun = house.begin_sign_in(person.number, "corporate").await;
    for answer in ["", "1234567", "123456789", "1234567a", "１２３４５６７８"] {
        let refused = house.answer_sign_in(&begun, answer).await.refuses(422, "invalid_field");
        assert_eq!(refused["field"], "answer");
    }
    let right = person.responds(begun["token"]["challenge"].as_str().unwrap());
    let spaced = format!(" {} {} ", &right[..4], &right[4..]);
    assert_eq!(house.answer_sign_in(&begun, &spaced).await.is(200)["state"], "proven");
}

#[tokio::test]
async fn a_number_that_nobody_has_gets_a_challenge_that_no_answer_fits() {
    let house = House::open().await;
    house.limited().await;
    let begun = house.begin_sign_in("189001019802", "corporate").await;
    for left in (0..TRIES).rev() {
        let state = house.answer_sign_in(&begun, "12345678").await.is(200);
        let expected = if left == 0 { json!("failed") } else { json!("pending") };
        assert_eq!(state["state"], expected, "{left}");
    }
}

/// The right answer twice at the same moment: one signature.
async fn twice_at_once(house: &House) {
    let company = house.limited().await;
    let signatory = house.signatory(company, 0).await;
    let session = house.sign_in(&signatory).await;
    let order = session.connect(&[PAYMENT]).await.is(201)["order"].as_str().unwrap().to_owned();
    let begun = session.begin_signing(&order).await.is(201);
    let answer = signatory.person.responds(begun["token"]["challenge"].as_str().unwrap());
    let (a, b) =
        tokio::join!(session.answer(&order, &begun, &answer), session.answer(&order, &begun, &answer));
    for state in [a.is(200), b.is(200)] {
        assert_eq!((&state["state"], &state["outcome"]), (&json!("signed"), &json!("completed")));
    }
    let order = session.get(&format!("/orders/{order}")).await.is(200);
    assert_eq!(order["signatures"].as_array().unwrap().len(), 1);
    let connected = house.trail().await.iter().filter(|action| *action == "agreement_connected").count();
    assert_eq!((connected, house.notices().await.len()), (1, 1));
}

#[tokio::test]
async fn an_answer_sent_twice_at_the_same_moment_counts_once() {
    twice_at_once(&House::open().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_sent_twice_at_the_same_moment_counts_once_on_postgres() {
    twice_at_once(&House::open_on_postgres().await).await;
}

#[tokio::test]
async fn tries_of_a_person_are_limited() {
    let house = House::open_with(|settings| {
        settings.sign_in.tries_per_minute = std::num::NonZeroU32::new(2).unwrap();
    })
    .await;
    house.begin_sign_in("191212121212", "corporate").await;
    house.begin_sign_in("191212121212", "corporate").await;
    let wish = json!({"method": "token", "personal_number": "191212121212", "channel": "corporate"});
    house.ask("POST", "/sign-in", &[], Some(&wish)).await.refuses(429, "too_many_tries");
}
