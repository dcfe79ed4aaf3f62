//! Connecting a company: R1, R5–R12.

use crate::house::{House, INVOICE, MESSAGE, PAYMENT, ids, told};
use bevaka_domain::{organisation::CompanyForm, user::Access};
use serde_json::json;

#[tokio::test]
async fn r01_without_a_mandate_nobody_connects() {
    let house = House::open().await;
    let company = house.limited().await;
    let administrator = house.administrator(company, 0).await;
    let before = house.trail().await.len();
    let session = house.sign_in(&administrator).await;
    session.connect(&[PAYMENT]).await.refuses(403, "no_mandate");
    assert_eq!((house.orders(company).await, house.scope(company).await), (0, None));
    assert_eq!(house.trail().await.len(), before + 1, "only that somebody signed in");
    assert!(house.notices().await.is_empty());
}

#[tokio::test]
async fn r01_a_mandate_is_enough() {
    let house = House::open().await;
    let company = house.limited().await;
    let signatory = house.signatory(company, 0).await;
    let session = house.sign_in(&signatory).await;
    session.connect_and_sign(&[PAYMENT]).await;
    assert_eq!(house.scope(company).await.unwrap().len(), 1);
}

#[tokio::test]
async fn r05_a_sole_trader_chooses_the_channel_and_nobody_else_is_asked() {
    let house = House::open().await;
    let trader = house.company("1212121212", CompanyForm::SoleTrader).await;
    let owner = house.signatory(trader, 0).await;
    let session = house.sign_in(&owner).await;
    let refused = session.connect(&[PAYMENT]).await.refuses(422, "channel_missing");
    assert_eq!(refused["field"], "channel");
    let order = json!({"kind": "connect", "kinds": [PAYMENT], "channel": "private"});
    let placed = session.post("/orders", &order).await.is(201);
    assert_eq!(placed["held_through"], "private");

    let limited = house.limited().await;
    let signatory = house.signatory(limited, 1).await;
    let session = house.sign_in(&signatory).await;
    let refused = session.post("/orders", &order).await.refuses(422, "channel_not_asked");
    assert_eq!(refused["field"], "channel");
    assert_eq!(session.connect(&[PAYMENT]).await.is(201)["held_through"], "corporate");
}

#[tokio::test]
async fn r06_an_agreement_of_one_channel_is_not_managed_in_the_other() {
    let house = House::open().await;
    let trader = house.company("1212121212", CompanyForm::SoleTrader).await;
    let owner = house.signatory(trader, 0).await;
    let private = house.sign_in_person(&owner.person, "private").await;
    private.order_and_sign(&json!({"kind": "connect", "kinds": [PAYMENT], "channel": "private"})).await;
    let corporate = house.sign_in(&owner).await;
    corporate.change(&[INVOICE], 1).await.refuses(403, "other_channel");
    corporate.post("/agreement/end", &json!({"version": 1})).await.refuses(403, "other_channel");
    // What the other channel ordered cannot be signed here either.
    let order = private.change(&[INVOICE], 1).await.is(201)["order"].as_str().unwrap().to_owned();
    corporate.begin_signing(&order).await.refuses(403, "other_channel");
    assert_eq!(private.sign(&order).await["outcome"], "completed");
}

#[tokio::test]
async fn r07_three_kinds_stand_in_the_catalogue_and_a_further_one_is_a_file() {
    let house = House::open().await;
    let company = house.limited().await;
    let signatory = house.signatory(company, 0).await;
    let kinds = house.sign_in(&signatory).await.get("/kinds").await.is(200);
    let listed: Vec<_> = kinds.as_array().unwrap().iter().map(|kind| kind["kind"].clone()).collect();
    assert_eq!(listed, [INVOICE, MESSAGE, PAYMENT]);

    let events = tempfile::tempdir().unwrap();
    let config = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/events");
    for file in std::fs::read_dir(config).unwrap().map(Result::unwrap) {
        std::fs::copy(file.path(), events.path().join(file.file_name())).unwrap();
    }
    let text = std::fs::read_to_string(events.path().join("payment.rejected.toml")).unwrap();
    std::fs::write(events.path().join("loan.due.toml"), text.replace(PAYMENT, "loan.due")).unwrap();
    let house = House::with_events(events.path().to_owned()).await;
    let company = house.limited().await;
    let session_of = house.signatory(company, 0).await;
    let session = house.sign_in(&session_of).await;
    session.connect_and_sign(&["loan.due"]).await;
    assert_eq!(session.get("/agreement").await.is(200)["kinds"], json!(["loan.due"]));
}

#[tokio::test]
async fn r08_connecting_is_choosing_signing_and_a_confirmation() {
    let house = House::open().await;
    let company = house.limited().await;
    let signatory = house.signatory(company, 0).await;
    let session = house.sign_in(&signatory).await;
    session.get("/agreement").await.refuses(404, "not_found");
    assert_eq!(session.connect(&[]).await.refuses(422, "nothing_chosen")["field"], "kinds");
    assert_eq!(session.connect(&["loan.due"]).await.refuses(422, "unknown_kind")["field"], "kinds");
    assert_eq!(house.orders(company).await, 0);

    let order = session.connect(&[PAYMENT, INVOICE]).await.is(201);
    let id = order["order"].as_str().unwrap();
    assert_eq!((&order["state"], &order["may_sign"]), (&json!("open"), &json!(true)));
    session.get("/agreement").await.refuses(404, "not_found");
    assert_eq!(session.sign(id).await["outcome"], "completed");
    let agreement = session.get("/agreement").await.is(200);
    assert_eq!((&agreement["version"], &agreement["kinds"]), (&json!(1), &json!([INVOICE, PAYMENT])));
    let order = session.get(&format!("/orders/{id}")).await.is(200);
    assert_eq!((&order["state"], &order["may_sign"]), (&json!("completed"), &json!(false)));
    session.connect(&[PAYMENT]).await.refuses(409, "already_connected");
}

#[tokio::test]
async fn r09_a_security_token_signs_and_a_closed_method_does_not() {
    let house = House::open().await;
    let company = house.limited().await;
    let signatory = house.signatory(company, 0).await;
    let session = house.sign_in(&signatory).await;
    let order = session.connect(&[PAYMENT]).await.is(201)["order"].as_str().unwrap().to_owned();
    for method in ["on_card", "mobile"] {
        // Without an address of BankID's API both are closed.
        let path = format!("/orders/{order}/signing");
        session.post(&path, &json!({"method": method})).await.refuses(409, "method_closed");
    }
    assert_eq!(session.sign(&order).await["outcome"], "completed");
    let order = session.get(&format!("/orders/{order}")).await.is(200);
    assert_eq!(order["signatures"][0]["method"], "token");
}

#[tokio::test]
async fn r10_the_text_names_company_number_kinds_terms_date_and_order() {
    let house = House::open().await;
    let company = house.limited().await;
    let signatory = house.signatory(company, 0).await;
    let session = house.sign_in(&signatory).await;
    let order = session.connect(&[PAYMENT, MESSAGE]).await.is(201);
    let text = order["text"].as_str().unwrap();
    let terms = house.app.chassis.settings.agreement.terms_version.clone();
    for part in
        ["Exempelbolaget AB", "556016-0680", &terms, "21 november 2026", order["order"].as_str().unwrap()]
    {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
    let kinds = session.get("/kinds").await.is(200);
    for kind in kinds.as_array().unwrap() {
        let is_named = text.contains(kind["name"].as_str().unwrap());
        assert_eq!(is_named, kind["kind"] != INVOICE, "{kind}");
    }
}

#[tokio::test]
async fn r11_every_signatory_is_told_and_a_receipt_is_kept() {
    let house = House::open().await;
    let company = house.limited().await;
    let (one, two) = (house.signatory(company, 0).await, house.signatory(company, 1).await);
    let without = house.restricted(company, 2).await;
    let session = house.sign_in(&one).await;
    let id = session.connect_and_sign(&[PAYMENT]).await;
    let notices = house.notices().await;
    assert_eq!(notices.len(), 1);
    assert_eq!(notices[0]["type"], "agreement.connected");
    assert_eq!(told(&notices[0]), ids(&[&one, &two]), "and not {}", without.id);
    let order = session.get(&format!("/orders/{id}")).await.is(200);
    assert_eq!(order["receipt"], notices[0]["data"]["receipt"]);
    assert_eq!(order["signatures"][0]["user"], one.id.to_string());
}

#[tokio::test]
async fn r12_a_cancelled_failed_or_expired_signature_changes_nothing_and_says_so() {
    let house = House::open().await;
    let company = house.limited().await;
    let signatory = house.signatory(company, 0).await;
    let session = house.sign_in(&signatory).await;
    let order = session.connect(&[PAYMENT]).await.is(201)["order"].as_str().unwrap().to_owned();

    let cancelled = session.begin_signing(&order).await.is(201);
    let path = format!("/orders/{order}/signing/{}", cancelled["attempt"].as_str().unwrap());
    let state = session.command(&format!("{path}/cancel")).await.is(200);
    assert_eq!((&state["state"], &state["failure"]), (&json!("failed"), &json!("cancelled")));
    assert!(state["message"]["text"].as_str().is_some_and(|text| !text.is_empty()));
    let late = signatory.person.responds(cancelled["token"]["challenge"].as_str().unwrap());
    assert_eq!(session.answer(&order, &cancelled, &late).await.is(200)["failure"], "cancelled");

    let expired = session.begin_signing(&order).await.is(201);
    let answer = signatory.person.responds(expired["token"]["challenge"].as_str().unwrap());
    house.clock.advance(std::time::Duration::from_secs(180));
    let state = session.answer(&order, &expired, &answer).await.is(200);
    assert_eq!((&state["state"], &state["failure"]), (&json!("failed"), &json!("token_expired")));

    assert_eq!(house.scope(company).await, None);
    let seen = session.get(&format!("/orders/{order}")).await.is(200);
    assert_eq!((&seen["state"], &seen["signatures"]), (&json!("open"), &json!([])));
    assert_eq!(session.sign(&order).await["outcome"], "completed", "and it can be signed after all");
}

#[tokio::test]
async fn r12_an_order_can_be_taken_back_only_by_whoever_placed_it() {
    let house = House::open().await;
    let company = house.limited().await;
    let (one, two) = (house.joint(company, 0).await, house.joint(company, 1).await);
    let (first, second) = (house.sign_in(&one).await, house.sign_in(&two).await);
    let order = first.connect(&[PAYMENT]).await.is(201)["order"].as_str().unwrap().to_owned();
    let path = format!("/orders/{order}");
    second.delete(&path).await.refuses(404, "not_found");
    assert_eq!(first.sign(&order).await["outcome"], "waits");
    second.delete(&path).await.refuses(403, "not_yours");
    assert_eq!(first.delete(&path).await.is(200)["state"], "cancelled");
    first.delete(&path).await.refuses(409, "order_over");
    second.begin_signing(&order).await.refuses(409, "order_over");
    assert_eq!(house.scope(company).await, None);
}

#[tokio::test]
async fn r01_a_mandate_of_another_company_counts_for_nothing() {
    let house = House::open().await;
    let (mine, other) = (house.limited().await, house.other_company().await);
    let signatory = house.signatory(other, 0).await;
    house.join(mine, &signatory.person, Access::Unrestricted, None, &[]).await;
    let session = house.sign_in(&signatory).await;
    session.connect(&[PAYMENT]).await.refuses(403, "company_not_chosen");
    session.with("PUT", "/session/company", &[], Some(&json!({"company": mine}))).await.is(200);
    session.connect(&[PAYMENT]).await.refuses(403, "no_mandate");
    session.with("PUT", "/session/company", &[], Some(&json!({"company": other}))).await.is(200);
    session.connect_and_sign(&[PAYMENT]).await;
    assert_eq!(house.scope(mine).await, None);
    assert!(house.scope(other).await.is_some());
}
