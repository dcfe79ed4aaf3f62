//! Signing in and sessions: who may see what (R44 for programs, and attempts that must fail).

use crate::house::{House, INVOICE, PAYMENT};
use bevaka_domain::user::Access;
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn without_a_valid_token_everything_is_closed_and_the_cookie_counts_for_nothing() {
    let house = House::open().await;
    let company = house.limited().await;
    let signatory = house.signatory(company, 0).await;
    let session = house.sign_in(&signatory).await;
    let cookie = format!("__Host-session={}", session.token);
    let basic = format!("Basic {}", session.token);
    for path in ["/session", "/company", "/kinds", "/orders", "/users", "/agreement", "/agreement/versions"] {
        for headers in [
            &[][..],
            &[("cookie", cookie.as_str())],
            &[("authorization", basic.as_str())],
            &[("authorization", "Bearer 0123")],
        ] {
            let answer = house.ask("GET", path, headers, None).await;
            assert_eq!(answer.headers["www-authenticate"], "Bearer");
            answer.refuses(401, "not_signed_in");
        }
    }
}

#[tokio::test]
async fn r44_a_session_ends_by_inactivity_by_age_and_by_signing_out() {
    let house = House::open().await;
    let company = house.limited().await;
    let signatory = house.signatory(company, 0).await;
    let session = house.sign_in(&signatory).await;
    house.clock.advance(Duration::from_secs(299));
    session.get("/session").await.is(200);
    house.clock.advance(Duration::from_secs(300));
    session.get("/session").await.refuses(401, "session_inactive");
    session.get("/session").await.refuses(401, "session_inactive");

    let session = house.sign_in(&signatory).await;
    for _ in 0..(8 * 60 * 60 / 240) - 1 {
        house.clock.advance(Duration::from_secs(240));
        session.get("/session").await.is(200);
    }
    house.clock.advance(Duration::from_secs(240));
    session.get("/session").await.refuses(401, "session_over");

    let session = house.sign_in(&signatory).await;
    assert_eq!(session.delete("/session").await.status, 204);
    session.get("/session").await.refuses(401, "not_signed_in");
}

#[tokio::test]
async fn a_person_with_several_companies_chooses_one() {
    let house = House::open().await;
    let (one, other) = (house.limited().await, house.other_company().await);
    let signatory = house.signatory(one, 0).await;
    house.join(other, &signatory.person, Access::Unrestricted, None, &[]).await;
    let session = house.sign_in(&signatory).await;
    let seen = session.get("/session").await.is(200);
    assert_eq!(seen["companies"].as_array().unwrap().len(), 2);
    assert!(seen["company"].is_null() && seen["name"] == "Kim 0");
    session.get("/company").await.refuses(403, "company_not_chosen");
    let choose = async |company| {
        session.with("PUT", "/session/company", &[], Some(&json!({"company": company}))).await
    };
    let stranger = house.company("5566778899", bevaka_domain::organisation::CompanyForm::Other).await;
    choose(stranger).await.refuses(404, "not_found");
    assert_eq!(choose(other).await.is(200)["company"], other.to_string());
    assert_eq!(session.get("/company").await.is(200)["rights"]["may_sign"], false);
    choose(one).await.is(200);
    assert_eq!(session.get("/company").await.is(200)["rights"]["may_sign"], true);
}

#[tokio::test]
async fn the_orders_of_another_company_are_not_there_for_whoever_guesses_their_ids() {
    let house = House::open().await;
    let (mine, other) = (house.limited().await, house.other_company().await);
    let owner = house.signatory(mine, 0).await;
    let thief = house.signatory(other, 1).await;
    let session = house.sign_in(&owner).await;
    let order = session.connect_and_sign(&[PAYMENT]).await;
    let open = session.change(&[INVOICE], 1).await.is(201)["order"].as_str().unwrap().to_owned();
    let begun = session.begin_signing(&open).await.is(201);
    let detail = session.get(&format!("/orders/{order}")).await.is(200);
    let signature = detail["signatures"][0]["signature"].as_str().unwrap().to_owned();

    let theirs = house.sign_in(&thief).await;
    let attempt = begun["attempt"].as_str().unwrap();
    let unknown = theirs.get("/orders/01990000-0000-7000-8000-000000000000").await.refuses(404, "not_found");
    for path in [
        format!("/orders/{order}"),
        format!("/orders/{open}"),
        format!("/orders/{open}/signing/{attempt}"),
        format!("/signatures/{signature}/evidence"),
        "/orders/1".to_owned(),
    ] {
        assert_eq!(theirs.get(&path).await.refuses(404, "not_found"), unknown, "{path}");
    }
    let answer = owner.person.responds(begun["token"]["challenge"].as_str().unwrap());
    for refused in [
        theirs.begin_signing(&open).await,
        theirs.delete(&format!("/orders/{open}")).await,
        theirs.answer(&open, &begun, &answer).await,
        theirs.command(&format!("/orders/{open}/signing/{attempt}/cancel")).await,
    ] {
        assert_eq!(refused.refuses(404, "not_found"), unknown);
    }
    assert_eq!(theirs.get("/orders").await.is(200), json!([]));
    assert_eq!(theirs.get("/agreement/versions").await.is(200), json!([]));
    assert_eq!(session.sign(&open).await["outcome"], "completed", "nothing was disturbed");
}

#[tokio::test]
async fn a_try_belongs_to_whoever_began_it() {
    let house = House::open().await;
    let company = house.limited().await;
    let signatory = house.signatory(company, 0).await;
    let begun = house.begin_sign_in(signatory.person.number, "corporate").await;
    let path = format!("/sign-in/{}", begun["attempt"].as_str().unwrap());
    for headers in [&[][..], &[("attempt-secret", "0123")]] {
        house.ask("GET", &path, headers, None).await.refuses(404, "not_found");
        house.ask("POST", &format!("{path}/cancel"), headers, None).await.refuses(404, "not_found");
        house.ask("POST", &format!("{path}/session"), headers, None).await.refuses(404, "not_found");
    }
    // Another session of the same person is not the one that began to sign, nor is a try to sign one to sign in.
    let (one, other) = (house.sign_in(&signatory).await, house.sign_in(&signatory).await);
    let order = one.connect(&[PAYMENT]).await.is(201)["order"].as_str().unwrap().to_owned();
    let begun = one.begin_signing(&order).await.is(201);
    let answer = signatory.person.responds(begun["token"]["challenge"].as_str().unwrap());
    other.answer(&order, &begun, &answer).await.refuses(404, "not_found");
    let path = format!("/sign-in/{}/answer", begun["attempt"].as_str().unwrap());
    let secret = [("attempt-secret", one.token.as_str())];
    house.ask("POST", &path, &secret, Some(&json!({"answer": answer}))).await.refuses(404, "not_found");
    assert_eq!(house.scope(company).await, None);
}

#[tokio::test]
async fn a_person_without_a_company_is_told_so() {
    let house = House::open().await;
    let person = house.person(0).await;
    let begun = house.begin_sign_in(person.number, "corporate").await;
    let answer = person.responds(begun["token"]["challenge"].as_str().unwrap());
    house.answer_sign_in(&begun, &answer).await.is(200);
    house.start_session(&begun).await.refuses(403, "unknown_person");
}

#[tokio::test]
async fn the_language_of_pages_and_alerts_is_the_users_own() {
    let house = House::open().await;
    let (one, other) = (house.limited().await, house.other_company().await);
    let signatory = house.signatory(one, 0).await;
    house.join(other, &signatory.person, Access::Unrestricted, None, &[]).await;
    let session = house.sign_in(&signatory).await;
    assert!(session.get("/session").await.is(200)["language"].is_null());
    session.speak("en").await.refuses(403, "company_not_chosen");
    let choose = async |company| {
        session.with("PUT", "/session/company", &[], Some(&json!({"company": company}))).await.is(200)
    };
    assert_eq!(choose(one).await["language"], "sv");
    assert_eq!(session.speak("en").await.is(200)["language"], "en");
    assert_eq!(session.get("/session").await.is(200)["language"], "en");
    assert_eq!(choose(other).await["language"], "sv", "another user of the same person");
    session.speak("de").await.refuses(422, "invalid_field");
}

#[tokio::test]
async fn texts_are_in_the_language_asked_for() {
    let house = House::open().await;
    let company = house.limited().await;
    let signatory = house.signatory(company, 0).await;
    let session = house.sign_in(&signatory).await;
    let name = async |headers: &[(&str, &str)]| {
        let kinds = session.with("GET", "/kinds", headers, None).await.is(200);
        kinds[2]["name"].as_str().unwrap().to_owned()
    };
    let (swedish, english) = (name(&[]).await, name(&[("accept-language", "en-GB, sv;q=0.5")]).await);
    assert_eq!(swedish, name(&[("accept-language", "de")]).await);
    assert_ne!(swedish, english);
    let order = json!({"kind": "connect", "kinds": [PAYMENT]});
    let placed = session.with("POST", "/orders", &[("accept-language", "en")], Some(&order)).await.is(201);
    assert!(placed["text"].as_str().unwrap().contains(&english));
}
