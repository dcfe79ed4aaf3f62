//! Waiting for BankID: what the page and its script see while BankID has the attempt.

use crate::{
    browser::Browser,
    house::{ANNA, House, SIGNATORY},
};
use axum::http::header;
use bevaka_agreements::{
    identity::attempt::{Attempt, BankIdWay, Failure, Purpose, State, Way, browser_hash},
    paths,
};
use bevaka_domain::{agreement::HeldThrough, clock::Clock, ids::AttemptId};
use bevaka_eid::bankid::{Hint, Method};
use bevaka_store::attempts;
use std::{net::Ipv4Addr, time::Duration};

const SECRET: &str = "d28db9a7-4cde-429e-a983-359be676944c";

/// An attempt at BankID that this browser began.
async fn begin(house: &House, browser: &mut Browser, method: Method) -> Attempt {
    browser.cookies.insert("__Host-bevaka-try".to_owned(), "browser".to_owned());
    let now = house.clock.now();
    let way = BankIdWay {
        method,
        order_ref: "131daac9-16c6-4618-beb0-365768f37288".to_owned(),
        auto_start_token: "7c40b5c9-fa74-49cf-b98c-bfe651f9a7c6".to_owned(),
        qr_start_token: "67df3917-fa0d-44e5-b327-edcc928297f8".to_owned(),
        qr_start_secret: SECRET.to_owned(),
        text: None,
        address: Ipv4Addr::LOCALHOST.into(),
    };
    let attempt = Attempt {
        id: AttemptId(house.app.chassis.entropy.id(now)),
        browser_hash: browser_hash("browser"),
        purpose: Purpose::SignIn { channel: HeldThrough::Corporate, next: "/avtal".to_owned() },
        way: Way::BankId(way),
        state: State::Pending { hint: None },
        started_at: now,
        expires_at: now.plus(Duration::from_secs(240)),
        due_at: None,
    };
    let mut tx = house.app.chassis.db.begin().await.unwrap();
    attempts::insert(&mut tx, &attempt.sealed(&house.app).unwrap()).await.unwrap();
    tx.commit().await.unwrap();
    attempt
}

async fn put(house: &House, attempt: &mut Attempt, state: State) {
    attempt.state = state;
    let mut tx = house.app.chassis.db.begin().await.unwrap();
    attempts::save(&mut tx, &attempt.sealed(&house.app).unwrap()).await.unwrap();
    tx.commit().await.unwrap();
}

fn below(attempt: &Attempt, end: &str) -> String {
    format!("{}{end}", paths::sign_in_bankid(attempt.id))
}

#[tokio::test]
async fn the_code_is_another_one_each_second_and_its_secret_stays_here() {
    let house = House::open().await;
    let mut anna = house.browser();
    let mut attempt = begin(&house, &mut anna, Method::Mobile).await;
    let page = anna.get(&below(&attempt, "")).await;
    page.says(
        200,
        &["data-bankid", "Starta BankID-appen.", "https://app.bankid.com/?autostarttoken&#x3D;7c40b5c9"],
    );
    let first = anna.get(&below(&attempt, paths::QR)).await;
    assert_eq!(first.headers[header::CONTENT_TYPE], "image/svg+xml");
    assert_eq!(first.headers[header::CACHE_CONTROL], "no-store");
    assert_eq!(first.body, anna.get(&below(&attempt, paths::QR)).await.body);
    house.pass(1);
    assert_ne!(first.body, anna.get(&below(&attempt, paths::QR)).await.body);
    for page in [&page, &first, &anna.get(&below(&attempt, paths::STATUS)).await] {
        assert!(!page.body.contains(SECRET));
    }
    // Once the app has it there is nothing left to scan.
    put(&house, &mut attempt, State::Pending { hint: Some(Hint::UserSign) }).await;
    anna.get(&below(&attempt, paths::STATUS)).await.says(200, &["\"state\":\"started\"", "säkerhetskod"]);
    anna.get(&below(&attempt, paths::QR)).await.says(404, &[]);
    house.browser().get(&below(&attempt, paths::STATUS)).await.says(404, &[]);
}

#[tokio::test]
async fn the_app_is_started_where_the_settings_say() {
    let house = House::open_with(|settings| {
        settings.bankid.app_url = "http://127.0.0.1:8080/sandbox/bankid/start".to_owned();
        settings.http.public_url = "http://127.0.0.1:8080".to_owned();
    })
    .await;
    for method in [Method::Mobile, Method::OnCard] {
        let mut anna = house.browser();
        let attempt = begin(&house, &mut anna, method).await;
        let start = format!(
            "http://127.0.0.1:8080/sandbox/bankid/start?autostarttoken=7c40b5c9-fa74-49cf-b98c-bfe651f9a7c6\
             &amp;redirect=http%3A%2F%2F127.0.0.1%3A8080%2Flogga-in%2Fbankid%2F{}",
            attempt.id
        );
        let page = anna.get(&below(&attempt, "")).await;
        page.says(200, &[&start.replace('=', "&#x3D;")]);
    }
}

#[tokio::test]
async fn r44_polling_keeps_no_session_alive() {
    let house = House::open().await;
    house.user(house.company().await, (ANNA, "Anna Lind"), SIGNATORY).await;
    let mut anna = house.browser();
    anna.sign_in(ANNA).await.says(200, &[]);
    let attempt = begin(&house, &mut anna, Method::Mobile).await;
    for _ in 0..3 {
        house.pass(100);
        anna.get(&below(&attempt, paths::STATUS)).await.says(200, &["\"state\":\"waiting\""]);
        anna.get(&below(&attempt, paths::QR)).await.says(200, &["<svg"]);
    }
    assert_eq!(anna.get(paths::START).await.location(), "/logga-in?skal=inaktiv");
}

#[tokio::test]
async fn a_proven_identity_becomes_a_session_where_the_page_leads_on() {
    let house = House::open().await;
    let company = house.company().await;
    house.user(company, (ANNA, "Anna Lind"), SIGNATORY).await;
    let person = house.person(ANNA, "Anna Lind").await;
    let mut anna = house.browser();
    let mut attempt = begin(&house, &mut anna, Method::OnCard).await;
    put(&house, &mut attempt, State::Proven { person: Some(person), trader: None, at: house.now() }).await;
    let here = below(&attempt, "");
    let status = anna.get(&below(&attempt, paths::STATUS)).await;
    status.says(200, &["\"state\":\"ended\"", &format!("\"next\":\"{here}\"")]);
    let page = anna.get(&here).await;
    assert_eq!(page.location(), "/avtal");
    anna.follow(page).await.says(200, &["Anna Lind"]);
    // The same attempt makes no second session.
    anna.cookies.remove("__Host-bevaka");
    assert!(anna.get(&here).await.location().starts_with(paths::SIGN_IN));
    assert!(!anna.cookies.contains_key("__Host-bevaka"));
}

#[tokio::test]
async fn r12_what_bankid_ended_is_told_in_its_own_words() {
    let house = House::open().await;
    let mut anna = house.browser();
    for (why, texts) in [
        (Failure::BankId("bankid-rfa6".to_owned()), ["Åtgärden avbröts.", "Ingenting har ändrats."]),
        (Failure::BankId("bankid-rfa4".to_owned()), ["Ett annat försök pågår.", "Avbryt det i BankID-appen"]),
        (Failure::NotAccepted, ["Underskriften godtas inte.", "Börja om"]),
    ] {
        let mut attempt = begin(&house, &mut anna, Method::Mobile).await;
        put(&house, &mut attempt, State::Failed { why }).await;
        let page = anna.get(&below(&attempt, "")).await;
        anna.follow(page).await.says(200, &texts);
    }
}

#[tokio::test]
async fn r44_a_proof_is_worth_nothing_a_minute_later() {
    let house = House::open().await;
    let company = house.company().await;
    house.user(company, (ANNA, "Anna Lind"), SIGNATORY).await;
    let person = house.person(ANNA, "Anna Lind").await;
    let mut anna = house.browser();
    let mut attempt = begin(&house, &mut anna, Method::Mobile).await;
    put(&house, &mut attempt, State::Proven { person: Some(person), trader: None, at: house.now() }).await;
    house.pass(60);
    assert!(anna.get(&below(&attempt, "")).await.location().starts_with(paths::SIGN_IN));
    assert!(!anna.cookies.contains_key("__Host-bevaka"));
}
