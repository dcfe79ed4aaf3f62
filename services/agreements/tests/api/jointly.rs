//! Two jointly: R4, R13.

use crate::house::{DAY, House, PAYMENT, ids, told};
use bevaka_agreements::identity::collector;
use bevaka_domain::signing::Mandate;
use serde_json::json;
use std::time::Duration;

async fn first_signature(
    house: &House,
) -> (bevaka_domain::ids::OrganisationId, crate::house::User, crate::house::User, String) {
    let company = house.limited().await;
    let (one, two) = (house.joint(company, 0).await, house.joint(company, 1).await);
    let session = house.sign_in(&one).await;
    let order = session.connect(&[PAYMENT]).await.is(201)["order"].as_str().unwrap().to_owned();
    assert_eq!(session.sign(&order).await["outcome"], "waits");
    (company, one, two, order)
}

#[tokio::test]
async fn r13_the_first_signature_waits_and_a_second_person_completes() {
    let house = House::open().await;
    let company = house.limited().await;
    let (one, two) = (house.joint(company, 0).await, house.joint(company, 1).await);
    let (first, second) = (house.sign_in(&one).await, house.sign_in(&two).await);
    let order = first.connect(&[PAYMENT]).await.is(201)["order"].as_str().unwrap().to_owned();
    let path = format!("/orders/{order}");
    second.get(&path).await.refuses(404, "not_found");
    assert_eq!(second.get("/orders").await.is(200), json!([]));

    assert_eq!(first.sign(&order).await["outcome"], "waits");
    assert_eq!(house.scope(company).await, None);
    let notices = house.notices().await;
    assert_eq!((&notices[0]["type"], told(&notices[0])), (&json!("order.pending"), ids(&[&two])));
    assert_eq!(second.get("/orders").await.is(200)[0]["may_sign"], true);
    first.begin_signing(&order).await.refuses(409, "already_signed");

    house.clock.advance(Duration::from_secs(1));
    assert_eq!(second.sign(&order).await["outcome"], "completed");
    assert!(house.scope(company).await.is_some());
    let signers = second.get(&path).await.is(200)["signatures"].clone();
    assert_eq!(signers[0]["user"], one.id.to_string());
    assert_eq!(signers[1]["user"], two.id.to_string());
    assert_eq!(told(&house.notices().await[0]), ids(&[&one, &two]));
}

#[tokio::test]
async fn r13_the_same_person_never_gives_both_signatures() {
    let house = House::open().await;
    let company = house.limited().await;
    let one = house.joint(company, 0).await;
    house.joint(company, 1).await;
    let session = house.sign_in(&one).await;
    let order = session.connect(&[PAYMENT]).await.is(201)["order"].as_str().unwrap().to_owned();
    // Both tries begin before either is answered.
    let (a, b) = (session.begin_signing(&order).await.is(201), session.begin_signing(&order).await.is(201));
    let answer = one.person.responds(a["token"]["challenge"].as_str().unwrap());
    assert_eq!(session.answer(&order, &a, &answer).await.is(200)["outcome"], "waits");
    let state = session.answer(&order, &b, &answer).await.is(200);
    assert_eq!((&state["state"], &state["failure"]), (&json!("failed"), &json!("already_signed")));
    let seen = session.get(&format!("/orders/{order}")).await.is(200);
    assert_eq!(seen["signatures"].as_array().unwrap().len(), 1);
    assert_eq!(house.scope(company).await, None);
}

#[tokio::test]
async fn r13_a_pending_order_expires_after_thirty_days() {
    let house = House::open().await;
    let (company, one, two, order) = first_signature(&house).await;
    house.notices().await;
    let last_second = Duration::from_secs(1);
    house.clock.advance((30 * DAY).saturating_sub(last_second));
    collector::sweep(&house.app).await;
    let session = house.sign_in(&two).await;
    assert_eq!(session.get(&format!("/orders/{order}")).await.is(200)["state"], "open");
    house.clock.advance(last_second);
    session.begin_signing(&order).await.refuses(409, "order_expired");
    collector::sweep(&house.app).await;
    session.begin_signing(&order).await.refuses(409, "order_over");
    let seen = session.get(&format!("/orders/{order}")).await.is(200);
    assert_eq!((&seen["state"], &seen["may_sign"]), (&json!("expired"), &json!(false)));
    let notices = house.notices().await;
    assert_eq!((&notices[0]["type"], told(&notices[0])), (&json!("order.expired"), ids(&[&one, &two])));
    assert_eq!(house.scope(company).await, None);
    assert!(house.trail().await.contains(&"order_expired".to_owned()));
}

#[tokio::test]
async fn r04_mandate_revoked_between_signatures() {
    let house = House::open().await;
    let (company, one, two, order) = first_signature(&house).await;
    house.notices().await;
    house.set_mandate(&one, None).await;
    let session = house.sign_in(&two).await;
    assert_eq!(session.sign(&order).await["outcome"], "refused");
    let seen = session.get(&format!("/orders/{order}")).await.is(200);
    assert_eq!((&seen["state"], &seen["refused_because"]), (&json!("refused"), &json!("mandate_revoked")));
    assert_eq!(house.scope(company).await, None);
    assert!(house.notices().await.is_empty());
    assert!(house.trail().await.contains(&"order_refused".to_owned()));
}

#[tokio::test]
async fn r04_mandate_revoked_between_challenge_and_answer() {
    let house = House::open().await;
    let company = house.limited().await;
    let signatory = house.signatory(company, 0).await;
    let session = house.sign_in(&signatory).await;
    let order = session.connect(&[PAYMENT]).await.is(201)["order"].as_str().unwrap().to_owned();
    let begun = session.begin_signing(&order).await.is(201);
    house.set_mandate(&signatory, None).await;
    let answer = signatory.person.responds(begun["token"]["challenge"].as_str().unwrap());
    assert_eq!(session.answer(&order, &begun, &answer).await.is(200)["outcome"], "refused");
    assert_eq!(house.scope(company).await, None);
    house.set_mandate(&signatory, Some(Mandate::Alone)).await;
    session.begin_signing(&order).await.refuses(409, "order_over");
}

/// Two answers to two tries of two persons at the same moment: both count, and it takes effect once.
async fn both_at_once(house: &House) {
    let company = house.limited().await;
    let (one, two) = (house.joint(company, 0).await, house.joint(company, 1).await);
    let three = house.joint(company, 2).await;
    let (first, second, third) =
        (house.sign_in(&one).await, house.sign_in(&two).await, house.sign_in(&three).await);
    let order = first.connect(&[PAYMENT]).await.is(201)["order"].as_str().unwrap().to_owned();
    first.sign(&order).await;
    let (a, b) = (second.begin_signing(&order).await.is(201), third.begin_signing(&order).await.is(201));
    let answer_a = two.person.responds(a["token"]["challenge"].as_str().unwrap());
    let answer_b = three.person.responds(b["token"]["challenge"].as_str().unwrap());
    let (a, b) = tokio::join!(second.answer(&order, &a, &answer_a), third.answer(&order, &b, &answer_b));
    let mut states = [a.is(200), b.is(200)].map(|state| state["state"].as_str().unwrap().to_owned());
    states.sort();
    assert_eq!(states, ["failed", "signed"], "one wins");
    let versions = first.get("/agreement/versions").await.is(200);
    assert_eq!(versions.as_array().unwrap().len(), 1);
    assert_eq!(versions[0]["signatures"].as_array().unwrap().len(), 2);
    let connected = house.trail().await.iter().filter(|action| *action == "agreement_connected").count();
    assert_eq!(connected, 1);
}

#[tokio::test]
async fn r13_of_two_who_complete_at_the_same_moment_one_wins() {
    both_at_once(&House::open().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r13_of_two_who_complete_at_the_same_moment_one_wins_on_postgres() {
    both_at_once(&House::open_on_postgres().await).await;
}

#[tokio::test]
async fn r13_what_a_blocked_user_ordered_can_be_taken_back_by_another_signatory() {
    let house = House::open().await;
    let (company, one, two, order) = first_signature(&house).await;
    let administrator = house.administrator(company, 2).await;
    let session = house.sign_in(&two).await;
    let path = format!("/orders/{order}");
    session.delete(&path).await.refuses(403, "not_yours");
    house.sign_in(&administrator).await.command(&format!("/users/{}/block", one.id)).await.is(200);
    assert_eq!(session.get(&path).await.is(200)["may_cancel"], true);
    session.delete(&path).await.is(200);
    session.connect(&[PAYMENT]).await.is(201);
}
