//! The security token: wrong answers, locks, single use, time.

use crate::house::{House, NUMBERS, PAYMENT, Person, TRIES};
use bevaka_agreements::import::Token;
use serde_json::{Value, json};
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
    assert!(!signs_in(&house, &signatory.person).await);
    assert_eq!(house.scope(company).await, None);
    assert_eq!(house.trail().await.iter().filter(|action| *action == "token_locked").count(), 1);
}

#[tokio::test]
async fn wrong_answers_are_counted_over_all_challenges_and_a_right_one_ends_the_count() {
    let house = House::open().await;
    let company = house.limited().await;
    let person = house.signatory(company, 0).await.person;
    for _ in 0..2 {
        fail(&house, &person, TRIES - 1).await;
        assert!(signs_in(&house, &person).await);
    }
    fail(&house, &person, TRIES).await;
    assert!(!signs_in(&house, &person).await);
}

/// Answers so many challenges wrongly.
async fn fail(house: &House, person: &Person, times: u32) {
    for _ in 0..times {
        let begun = house.begin_sign_in(person.number, "corporate").await;
        let wrong = person.errs(begun["token"]["challenge"].as_str().unwrap());
        assert_eq!(house.answer_sign_in(&begun, &wrong).await.is(200)["state"], "pending");
    }
}

/// Whether the right answer proves who somebody is.
async fn signs_in(house: &House, person: &Person) -> bool {
    let begun = house.begin_sign_in(person.number, "corporate").await;
    let answer = person.responds(begun["token"]["challenge"].as_str().unwrap());
    house.answer_sign_in(&begun, &answer).await.is(200)["state"] == "proven"
}

/// All that a number shows to somebody without its token: a try with one answer too many, and what a second begins with.
async fn shown(house: &House, person: &Person) -> Vec<Value> {
    let visible = |mut state: Value| {
        let told = state.as_object_mut().unwrap();
        assert!(told.remove("attempt").is_some());
        told.remove("secret");
        if let Some(token) = told.get_mut("token") {
            assert_eq!(token["challenge"].take().as_str().unwrap().len(), 8);
        }
        state
    };
    let begun = house.begin_sign_in(person.number, "corporate").await;
    let wrong = person.errs(begun["token"]["challenge"].as_str().unwrap());
    let mut seen = vec![visible(begun.clone())];
    for _ in 0..=TRIES {
        seen.push(visible(house.answer_sign_in(&begun, &wrong).await.is(200)));
    }
    seen.push(visible(house.begin_sign_in(person.number, "corporate").await));
    seen
}

#[tokio::test]
async fn a_try_to_sign_in_does_not_tell_whether_a_number_is_known_and_how_it_stands_with_its_token() {
    let house = House::open().await;
    let with_token = house.person(0).await;
    let without_token = house.person_without_token(1).await.with_key(2);
    let (locked, tried) = (house.person(2).await, house.person(3).await);
    fail(&house, &locked, TRIES).await;
    fail(&house, &tried, TRIES - 2).await;
    let mut unknown = without_token.clone();
    unknown.number = NUMBERS[4];

    let seen = shown(&house, &with_token).await;
    let states: Vec<_> = seen.iter().map(|seen| seen["state"].as_str().unwrap()).collect();
    let pending = ["pending"; TRIES as usize];
    assert_eq!(states, [&pending[..], &["failed", "failed", "pending"]].concat());
    for person in [&without_token, &locked, &tried, &unknown] {
        assert_eq!(shown(&house, person).await, seen, "{}", person.name);
    }
}

#[tokio::test]
async fn any_token_of_a_person_answers_and_wrong_answers_lock_them_all() {
    let house = House::open().await;
    let first = house.person(0).await;
    let second = house.give_token(&first, "U0", 77).await;
    fail(&house, &first, TRIES - 1).await;
    assert!(signs_in(&house, &second).await);
    fail(&house, &first, TRIES - 1).await;
    assert!(signs_in(&house, &first).await);
    fail(&house, &second, TRIES).await;
    assert!(!signs_in(&house, &first).await && !signs_in(&house, &second).await);
    assert_eq!(house.trail().await.iter().filter(|action| *action == "token_locked").count(), 2);
    let third = house.give_token(&first, "V0", 78).await;
    assert!(signs_in(&house, &third).await, "a new token beside locked ones");
}

/// What the trail says of a token's line in the bank's file.
async fn imports(house: &House, change: Value) -> Option<&'static str> {
    let mut line = json!({"personal_number": NUMBERS[0], "serial": "T0"});
    line.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
    let line: Token = serde_json::from_value(line).unwrap();
    line.check().unwrap();
    let mut tx = house.db.begin().await.unwrap();
    let (vault, entropy) = (Some(&house.app.vault), &house.app.chassis.entropy);
    let entry = line.apply(&mut tx, vault, entropy, house.now()).await.unwrap();
    tx.commit().await.unwrap();
    entry.map(|entry| entry.action.as_str())
}

#[tokio::test]
async fn the_bank_unlocks_revokes_and_replaces_a_token() {
    let house = House::open().await;
    let person = house.person(0).await;
    let same = json!({"secret": "01".repeat(32)});
    fail(&house, &person, TRIES).await;
    assert_eq!(imports(&house, same.clone()).await, None, "the same file again");
    assert!(!signs_in(&house, &person).await);
    let unlock = json!({"secret": "01".repeat(32), "unlock": true});
    assert_eq!(imports(&house, unlock.clone()).await, Some("token_unlocked"));
    assert!(signs_in(&house, &person).await);
    assert_eq!(imports(&house, unlock).await, None);

    let revoked = json!({"state": "revoked"});
    assert_eq!(imports(&house, revoked.clone()).await, Some("token_revoked"));
    assert!(!signs_in(&house, &person).await);
    assert_eq!(imports(&house, revoked).await, None);
    assert_eq!(imports(&house, same).await, None, "a revoked token comes back only on purpose");
    assert!(!signs_in(&house, &person).await);
    assert_eq!(imports(&house, json!({"secret": "09".repeat(32)})).await, Some("token_assigned"));
    assert!(!signs_in(&house, &person).await, "with the former key");
    assert!(signs_in(&house, &person.with_key(9)).await);
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
