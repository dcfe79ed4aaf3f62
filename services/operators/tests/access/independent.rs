//! Signing in by a provider that others wrote.

use super::{Browser, SESSION, router, signed_in};
use axum::http::StatusCode;
use bevaka_chassis::clock::SystemClock;
use bevaka_domain::{clock::Clock, operator::Role};
use bevaka_rig::OpenIdProvider;
use bevaka_support::house::House;
use reqwest::{Client, header, redirect};
use serde_json::{Value, json};
use url::Url;

const BACK: &str = "https://bevaka.bank.example/drift/inloggad";

#[tokio::test]
async fn an_operator_signs_in_by_a_provider_that_others_wrote() {
    let claims = json!({
        "sub": "1000", "preferred_username": "karin.ek", "name": "Karin Ek",
        "realm_access": {"roles": ["bevaka-operator", "bevaka-viewer", "payroll"]},
    });
    let started = tokio::task::spawn_blocking(move || OpenIdProvider::start(&claims.to_string()));
    let provider = started.await.unwrap().unwrap();
    let house = House::open().await;
    // The provider goes by this machine's clock.
    house.clock.set(SystemClock.now());

    let _ = rustls::crypto::ring::default_provider().install_default();
    let http = Client::builder().no_proxy().redirect(redirect::Policy::none()).tls_certs_only([]);
    let http = http.build().unwrap();
    let register = http.post(format!("{}/oauth2/clients", provider.issuer()));
    let client: Value =
        register.json(&json!({"redirect_uris": [BACK]})).send().await.unwrap().json().await.unwrap();
    let text = |name: &str| client[name].as_str().unwrap().to_owned();
    let router = router(&house, |settings| {
        let own = &mut settings.operator_sign_in;
        own.issuer = provider.issuer();
        own.client_id = text("client_id");
        own.client_secret = text("client_secret").into();
        own.public_url = "https://bevaka.bank.example".to_owned();
        own.roles_claim = "realm_access.roles".to_owned();
    });

    let mut browser = Browser::new(router);
    let led = browser.post("/drift/logga-in", "next=%2Fdrift%2Fkanaler").await;
    assert_eq!(led.status, StatusCode::SEE_OTHER, "{}", led.page);
    let chosen = http.post(&led.location).form(&[("sub", "1000")]).send().await.unwrap();
    let back = chosen.headers()[header::LOCATION].to_str().unwrap().to_owned();
    let back = Url::parse(&back).unwrap();
    assert!(back.as_str().starts_with(BACK), "{back}");
    let here = format!("{}?{}", back.path(), back.query().unwrap());
    let shown = browser.get(&here).await;
    assert_eq!(
        (shown.status, shown.location.as_str()),
        (StatusCode::SEE_OTHER, "/drift/kanaler"),
        "{}",
        shown.page
    );
    let operator = signed_in(&house, &browser.cookies[SESSION]).await.unwrap();
    assert_eq!((operator.person.as_str(), operator.name.as_str()), ("karin.ek", "Karin Ek"));
    assert_eq!(operator.roles, [Role::Operator, Role::Viewer].into());

    // The same answer again, also in a browser that still has its ticket.
    let again = browser.get(&here).await;
    assert_eq!(again.status, StatusCode::BAD_REQUEST);
    house.close().await;
}
