//! Signing in to the pages by the bank's provider.

use super::{
    Browser, SESSION, begin_session, noted,
    provider::{Key, Provider, SECRET, by_nobody, by_secret},
    router, signed_in,
};
use axum::http::StatusCode;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use bevaka_domain::operator::Role;
use bevaka_support::house::{House, eventually, on_both_engines};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{collections::HashMap, time::Duration};
use url::{Url, form_urlencoded};

const TICKET: &str = "__Host-bevaka-drift-inloggning";
const BACK: &str = "https://bevaka.bank.example/drift/inloggad";

/// A house whose operators sign in by a provider, and a browser before it.
struct Scene {
    house: House,
    provider: Provider,
    key: Key,
    browser: Browser,
}

/// What a browser was led to the provider with.
type Led = HashMap<String, String>;

/// Makes a token for whoever was led to the provider.
type Forge = Box<dyn FnOnce(&Scene, &Led) -> String>;

impl Scene {
    async fn open() -> Self {
        Self::on(House::open().await).await
    }

    async fn on(house: House) -> Self {
        let key = Key::new("one");
        let provider = Provider::start(&key).await;
        let router = router(&house, |settings| {
            let own = &mut settings.operator_sign_in;
            own.issuer = provider.issuer();
            own.client_id = "bevaka".to_owned();
            own.client_secret = SECRET.to_owned().into();
            own.public_url = "https://bevaka.bank.example/".to_owned();
        });
        Self { house, provider, key, browser: Browser::new(router) }
    }

    async fn begin(&mut self, next: &str) -> Led {
        let form: String = form_urlencoded::Serializer::new(String::new()).append_pair("next", next).finish();
        let shown = self.browser.post("/drift/logga-in", &form).await;
        assert_eq!(shown.status, StatusCode::SEE_OTHER, "{}", shown.page);
        let location = Url::parse(&shown.location).unwrap();
        assert!(shown.location.starts_with(&format!("{}/authorize?", self.provider.issuer())));
        location.query_pairs().into_owned().collect()
    }

    /// What an honest provider says of Karin.
    fn claims(&self, led: &Led) -> Value {
        let now_s = self.house.chassis.clock.now().as_micros() / 1_000_000;
        json!({
            "iss": self.provider.issuer(), "sub": "1", "aud": "bevaka", "iat": now_s, "exp": now_s + 300,
            "nonce": led["nonce"], "preferred_username": "karin.ek", "name": "Karin Ek", "roles": ["bevaka-operator"],
        })
    }

    async fn come_back(&mut self, led: &Led) -> super::Shown {
        self.browser.get(&format!("/drift/inloggad?code=c-1&state={}", led["state"])).await
    }

    /// The whole way, with this token.
    async fn with_token(&mut self, token: impl FnOnce(&Self, &Led) -> String) -> super::Shown {
        let led = self.begin("/drift").await;
        self.provider.gives(Some(&token(self, &led)));
        self.come_back(&led).await
    }

    async fn honestly(&mut self) -> super::Shown {
        self.with_token(|scene, led| scene.key.sign(&scene.claims(led))).await
    }
}

on_both_engines! { an_operator_signs_in_and_out }

async fn an_operator_signs_in_and_out(house: House) {
    let mut scene = Scene::on(house).await;
    let led = scene.begin("/drift/handelser?org=1").await;
    for (name, value) in [
        ("response_type", "code"),
        ("client_id", "bevaka"),
        ("scope", "openid profile"),
        ("redirect_uri", BACK),
        ("code_challenge_method", "S256"),
        ("tenant", "1"),
    ] {
        assert_eq!(led[name], value, "{name}");
    }
    let token = scene.key.sign(&scene.claims(&led));
    scene.provider.gives(Some(&token));
    let shown = scene.come_back(&led).await;
    assert_eq!((shown.status, shown.location.as_str()), (StatusCode::SEE_OTHER, "/drift/handelser?org=1"));

    let sent = scene.provider.asked("/token").await;
    let form: HashMap<_, _> = form_urlencoded::parse(&sent[0].body).into_owned().collect();
    let proof = URL_SAFE_NO_PAD.encode(Sha256::digest(&form["code_verifier"]));
    assert_eq!((&proof, form["code"].as_str()), (&led["code_challenge"], "c-1"));
    assert_eq!(form["redirect_uri"], BACK);
    assert!(!form.contains_key("client_secret"), "it stands in the header");

    assert!(!scene.browser.cookies.contains_key(TICKET), "a ticket is for one way");
    let cookie = scene.browser.cookies[SESSION].clone();
    assert_eq!(cookie.len(), 64);
    let operator = signed_in(&scene.house, &cookie).await.unwrap();
    assert_eq!((operator.person.as_str(), operator.name.as_str()), ("karin.ek", "Karin Ek"));
    assert_eq!(operator.roles, [Role::Operator].into());

    let shown = scene.browser.post("/drift/logga-ut", "").await;
    assert_eq!(
        (shown.status, shown.location.as_str()),
        (StatusCode::SEE_OTHER, "/drift/logga-in?skal=utloggad")
    );
    assert!(signed_in(&scene.house, &cookie).await.is_none() && !scene.browser.cookies.contains_key(SESSION));
    let actor = || "operator:karin.ek".to_owned();
    let expected = ["operator_signed_in", "operator_signed_out"];
    assert_eq!(
        noted(&scene.house).await,
        expected.map(|action| (action.to_owned(), actor(), String::new())),
        "R41"
    );
    scene.house.close().await;
}

#[tokio::test]
async fn the_session_from_before_signing_in_ends() {
    let mut scene = Scene::open().await;
    begin_session(&scene.house, "planted", &[]).await;
    scene.browser.cookies.insert(SESSION.to_owned(), "planted".to_owned());
    assert_eq!(scene.honestly().await.status, StatusCode::SEE_OTHER);
    assert_ne!(scene.browser.cookies[SESSION], "planted");
    assert!(signed_in(&scene.house, "planted").await.is_none());
    scene.house.close().await;
}

#[tokio::test]
async fn a_token_that_is_not_the_providers_for_us_now_lets_nobody_in() {
    let mut scene = Scene::open().await;
    let changed = |claim: &'static str, value: Value| {
        move |scene: &Scene, led: &Led| {
            let mut claims = scene.claims(led);
            claims[claim] = value;
            scene.key.sign(&claims)
        }
    };
    let now_s = scene.house.chassis.clock.now().as_micros() / 1_000_000;
    let forged: Vec<(&str, Forge)> = vec![
        ("signature", Box::new(|scene, led| Key::new("one").sign(&scene.claims(led)))),
        ("signature", Box::new(|scene, led| Key::new("unknown").sign(&scene.claims(led)))),
        ("signature", Box::new(|scene, led| by_nobody(&scene.claims(led)))),
        ("signature", Box::new(|scene, led| by_secret(&scene.claims(led)))),
        ("issuer", Box::new(changed("iss", json!("https://evil.example")))),
        ("audience", Box::new(changed("aud", json!("payroll")))),
        ("audience", Box::new(changed("aud", json!(["bevaka", "payroll"])))),
        ("nonce", Box::new(changed("nonce", json!("0".repeat(64))))),
        ("nonce", Box::new(changed("nonce", Value::Null))),
        ("expired", Box::new(changed("exp", json!(now_s)))),
        ("expired", Box::new(changed("iat", json!(now_s + 120)))),
        ("person_claim", Box::new(changed("preferred_username", json!("191212121212")))),
    ];
    let mut expected = Vec::new();
    for (cause, forge) in forged {
        let shown = scene.with_token(forge).await;
        assert_eq!(shown.status, StatusCode::FORBIDDEN, "{cause}: {}", shown.page);
        assert!(shown.page.contains("litar inte"), "{cause}");
        assert!(!scene.browser.cookies.contains_key(SESSION), "{cause}");
        expected.push(("operator_sign_in_failed".to_owned(), "system".to_owned(), cause.to_owned()));
        // The provider that is not asked again at once is the one that did not answer.
        scene.house.clock.advance(Duration::from_secs(1));
    }
    assert_eq!(noted(&scene.house).await, expected, "R41");
    scene.house.close().await;
}

#[tokio::test]
async fn an_answer_without_an_id_token_lets_nobody_in() {
    let mut scene = Scene::open().await;
    let led = scene.begin("").await;
    scene.provider.gives(None);
    assert_eq!(scene.come_back(&led).await.status, StatusCode::FORBIDDEN);
    let cause = noted(&scene.house).await.remove(0).2;
    assert_eq!(cause, "other");
    scene.house.close().await;
}

#[tokio::test]
async fn a_new_key_of_the_provider_is_looked_for_once() {
    let mut scene = Scene::open().await;
    assert_eq!(scene.honestly().await.status, StatusCode::SEE_OTHER);
    assert_eq!(scene.honestly().await.status, StatusCode::SEE_OTHER);
    let documents = "/.well-known/openid-configuration";
    assert_eq!(scene.provider.asked(documents).await.len(), 1, "kept");
    scene.key = Key::new("two");
    scene.provider.takes_key(&scene.key);
    assert_eq!(scene.honestly().await.status, StatusCode::SEE_OTHER);
    assert_eq!(scene.provider.asked(documents).await.len(), 2);
    scene.house.clock.advance(Duration::from_secs(3_600));
    assert_eq!(scene.honestly().await.status, StatusCode::SEE_OTHER);
    assert_eq!(scene.provider.asked(documents).await.len(), 3, "believed for an hour");
    scene.house.close().await;
}

#[tokio::test]
async fn r46_who_has_no_role_is_told_which_there_are() {
    let mut scene = Scene::open().await;
    let shown = scene
        .with_token(|scene, led| {
            let mut claims = scene.claims(led);
            claims["roles"] = json!(["payroll"]);
            scene.key.sign(&claims)
        })
        .await;
    assert_eq!(shown.status, StatusCode::FORBIDDEN);
    for role in ["läsare", "operatör", "godkännare", "revisor"] {
        assert!(shown.page.contains(role), "{role}");
    }
    assert!(!scene.browser.cookies.contains_key(SESSION));
    let expected =
        ("operator_sign_in_failed".to_owned(), "operator:karin.ek".to_owned(), "no_role".to_owned());
    assert_eq!(noted(&scene.house).await, [expected]);
    scene.house.close().await;
}

#[tokio::test]
async fn r46_an_answer_that_belongs_to_no_ticket_is_refused() {
    let mut scene = Scene::open().await;
    let told = |shown: super::Shown| {
        assert_eq!(shown.status, StatusCode::BAD_REQUEST, "{}", shown.page);
        assert!(shown.page.contains("mer än tio minuter") && shown.page.contains("Logga in igen"));
    };
    // Of another, none, or too old.
    let led = scene.begin("").await;
    let token = scene.key.sign(&scene.claims(&led));
    scene.provider.gives(Some(&token));
    told(scene.browser.get("/drift/inloggad?code=c-1&state=guessed").await);
    told(scene.come_back(&led).await);
    let led = scene.begin("").await;
    scene.house.clock.advance(Duration::from_secs(600));
    told(scene.come_back(&led).await);
    for query in ["", "?code=1", "?state=", "?code=1&code=2&state=1"] {
        told(scene.browser.get(&format!("/drift/inloggad{query}")).await);
    }
    assert!(scene.provider.asked("/token").await.is_empty(), "the provider is not asked");
    // Used before.
    let led = scene.begin("").await;
    scene.provider.refuses();
    told(scene.come_back(&led).await);
    assert!(noted(&scene.house).await.is_empty(), "nobody is known to have tried");
    scene.house.close().await;
}

#[tokio::test]
async fn r46_who_cancels_at_the_provider_is_told_so() {
    let mut scene = Scene::open().await;
    for error in ["access_denied", "server_error"] {
        let led = scene.begin("").await;
        let uri = format!("/drift/inloggad?error={error}&error_description=%3Cb%3E&state={}", led["state"]);
        let shown = scene.browser.get(&uri).await;
        assert_eq!(shown.status, StatusCode::FORBIDDEN);
        assert!(shown.page.contains("Du avbröt") && !shown.page.contains("<b>"));
    }
    scene.house.close().await;
}

#[tokio::test]
async fn only_the_page_of_the_form_may_lead_a_form_to_the_provider() {
    let mut scene = Scene::open().await;
    let shown = scene.browser.get("/drift/logga-in?skal=inaktiv&next=/drift/handelser").await;
    assert_eq!(shown.status, StatusCode::OK);
    let expected = format!("form-action 'self' {};", scene.provider.issuer());
    assert!(shown.policy.contains(&expected), "{}", shown.policy);
    assert!(shown.page.contains("value=\"/drift/handelser\"") && shown.page.contains("på ett tag"));
    let shown = scene.browser.get("/drift/inloggad").await;
    assert!(shown.policy.contains("form-action 'self';"), "{}", shown.policy);
    scene.house.close().await;
}

#[tokio::test]
async fn a_provider_that_is_away_stops_only_who_wants_to_sign_in() {
    let house = House::open().await;
    let nowhere = format!("http://127.0.0.1:{}", bevaka_rig::ports::free().unwrap());
    let router = router(&house, |settings| {
        settings.operator_sign_in.issuer = nowhere;
        settings.operator_sign_in.client_id = "bevaka".to_owned();
    });
    let mut browser = Browser::new(router);
    let shown = browser.get("/drift/logga-in").await;
    assert_eq!(shown.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(
        shown.page.contains("svarar inte") && !shown.page.contains("<form method=\"post\" action=\"/drift")
    );
    let shown = browser.post("/drift/logga-in", "next=").await;
    assert_eq!(shown.status, StatusCode::SERVICE_UNAVAILABLE);
    house.close().await;
}

#[tokio::test]
async fn without_a_provider_the_page_says_what_to_set() {
    let house = House::open().await;
    let mut browser = Browser::new(router(&house, |_| {}));
    let shown = browser.get("/drift/logga-in").await;
    assert_eq!(shown.status, StatusCode::OK);
    assert!(shown.page.contains("operator_sign_in.issuer"));
    for led in
        [browser.post("/drift/logga-in", "").await, browser.get("/drift/inloggad?code=1&state=1").await]
    {
        assert_eq!((led.status, led.location.as_str()), (StatusCode::SEE_OTHER, "/drift/logga-in"));
    }
    house.close().await;
}

#[tokio::test]
async fn sessions_that_are_over_are_forgotten() {
    let house = House::open().await;
    begin_session(&house, "old", &[Role::Viewer]).await;
    house.clock.advance(Duration::from_secs(28_800));
    begin_session(&house, "young", &[Role::Viewer]).await;
    house.clock.advance(Duration::from_secs(1));
    let house = house.stop_and_reopen().await;
    eventually("the old session is forgotten", || async {
        signed_in(&house, "old").await.is_none().then_some(())
    })
    .await;
    assert!(signed_in(&house, "young").await.is_some());
    house.close().await;
}
