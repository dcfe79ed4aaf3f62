//! The stand-in for the bank's `OpenID` provider, asked as a client asks it.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a test fails by panicking")]

mod rig;

use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use rig::{Rig, start, text};
use serde_json::Value;
use sha2::{Digest, Sha256};
use url::{Url, form_urlencoded::Serializer};

const VERIFIER: &str = "0123456789012345678901234567890123456789abc";
const BACK: &str = "http://127.0.0.1:8083/drift/inloggad";

type Pairs<'a> = Vec<(&'a str, String)>;

fn asked() -> Pairs<'static> {
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
    [
        ("response_type", "code"),
        ("client_id", "bevaka"),
        ("redirect_uri", BACK),
        ("scope", "openid profile"),
        ("state", "s & t"),
        ("nonce", "n"),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .into()
}

fn with<'a>(mut pairs: Pairs<'a>, name: &'a str, value: &str) -> Pairs<'a> {
    pairs.retain(|(other, _)| *other != name);
    pairs.push((name, value.to_owned()));
    pairs
}

fn form(pairs: &Pairs<'_>) -> String {
    Serializer::new(String::new()).extend_pairs(pairs).finish()
}

async fn post(rig: &Rig, path: &str, pairs: &Pairs<'_>, basic: Option<&str>) -> (StatusCode, String, String) {
    let mut request = Request::post(path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    if let Some(basic) = basic {
        request = request.header(header::AUTHORIZATION, format!("Basic {}", STANDARD.encode(basic)));
    }
    let response = rig.ask(request.body(Body::from(form(pairs))).unwrap()).await;
    let location = response.headers().get(header::LOCATION).map(|to| to.to_str().unwrap().to_owned());
    (response.status(), location.unwrap_or_default(), text(response).await)
}

/// What the client is brought back.
async fn chosen(rig: &Rig, operator: &str, asked: Pairs<'_>) -> Vec<(String, String)> {
    let (status, location, _) =
        post(rig, "/sandbox/oidc/authorize", &with(asked, "operator", operator), None).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    assert!(location.starts_with(BACK), "{location}");
    Url::parse(&location).unwrap().query_pairs().into_owned().collect()
}

async fn code(rig: &Rig) -> String {
    let brought = chosen(rig, "karin.ek", asked()).await;
    assert_eq!((brought[0].0.as_str(), &brought[1]), ("code", &("state".to_owned(), "s & t".to_owned())));
    brought[0].1.clone()
}

fn exchange(code: &str) -> Pairs<'static> {
    [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", BACK),
        ("code_verifier", VERIFIER),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .into()
}

#[tokio::test]
async fn who_is_chosen_stands_in_a_signed_token() {
    let directory = tempfile::tempdir().unwrap();
    let rig = start(directory.path()).await;
    let found = rig.page("/sandbox/oidc/.well-known/openid-configuration").await;
    let found: Value = serde_json::from_str(&found).unwrap();
    assert_eq!(found["issuer"], "http://sandbox:8090/sandbox/oidc");
    assert_eq!(found["authorization_endpoint"], "http://127.0.0.1:8090/sandbox/oidc/authorize");
    let page = rig.page(&format!("/sandbox/oidc/authorize?lang=en&{}", form(&asked()))).await;
    for part in ["Karin Ek", "Nils Utan", "no role", "value=\"s &amp; t\""] {
        assert!(page.contains(part), "{part}: {page}");
    }
    // Both ways in which a client says who it is.
    for basic in [Some("bevaka:s%3Ae+cret"), None] {
        let mut sent = exchange(&code(&rig).await);
        if basic.is_none() {
            sent.extend([("client_id", "bevaka".to_owned()), ("client_secret", "s:e cret".to_owned())]);
        }
        let (status, _, body) = post(&rig, "/sandbox/oidc/token", &sent, basic).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        let tokens: Value = serde_json::from_str(&body).unwrap();
        let parts: Vec<_> = tokens["id_token"].as_str().unwrap().split('.').collect();
        let read =
            |part: &str| -> Value { serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap() };
        let (head, claims) = (read(parts[0]), read(parts[1]));
        assert_eq!((&claims["preferred_username"], &claims["nonce"]), (&"karin.ek".into(), &"n".into()));
        assert_eq!((&claims["aud"], &claims["roles"][0]), (&"bevaka".into(), &"bevaka-operator".into()));
        assert_eq!(
            (&claims["iss"], claims["exp"].as_i64()),
            (&found["issuer"], claims["iat"].as_i64().map(|at| at + 300))
        );
        let keys: Value = serde_json::from_str(&rig.page("/sandbox/oidc/jwks").await).unwrap();
        let key = &keys["keys"][0];
        assert_eq!(key["kid"], head["kid"]);
        let part = |name: &str| URL_SAFE_NO_PAD.decode(key[name].as_str().unwrap()).unwrap();
        let point = [vec![4], part("x"), part("y")].concat();
        let algorithm = &ring::signature::ECDSA_P256_SHA256_FIXED;
        let signature = URL_SAFE_NO_PAD.decode(parts[2]).unwrap();
        let signed = format!("{}.{}", parts[0], parts[1]);
        ring::signature::UnparsedPublicKey::new(algorithm, point)
            .verify(signed.as_bytes(), &signature)
            .unwrap();
    }
    rig.stop().await;
}

#[tokio::test]
async fn a_code_counts_once_and_for_its_client_alone() {
    let directory = tempfile::tempdir().unwrap();
    let rig = start(directory.path()).await;
    let basic = Some("bevaka:s%3Ae+cret");
    for (name, value, status, error) in [
        ("code", "guessed", 400, "invalid_grant"),
        ("code_verifier", &"x".repeat(43), 400, "invalid_grant"),
        ("redirect_uri", "http://127.0.0.1:8083/", 400, "invalid_grant"),
        ("grant_type", "password", 400, "unsupported_grant_type"),
    ] {
        let sent = with(exchange(&code(&rig).await), name, value);
        let (got, _, body) = post(&rig, "/sandbox/oidc/token", &sent, basic).await;
        assert_eq!((got.as_u16(), body.contains(error)), (status, true), "{name}: {body}");
    }
    let sent = exchange(&code(&rig).await);
    for wrong in [Some("bevaka:wrong"), Some("other:s%3Ae+cret"), None] {
        let (status, _, body) = post(&rig, "/sandbox/oidc/token", &sent, wrong).await;
        assert_eq!((status, body.contains("invalid_client")), (StatusCode::UNAUTHORIZED, true));
    }
    assert_eq!(post(&rig, "/sandbox/oidc/token", &sent, basic).await.0, StatusCode::OK);
    assert_eq!(post(&rig, "/sandbox/oidc/token", &sent, basic).await.0, StatusCode::BAD_REQUEST, "used");
    rig.stop().await;
}

#[tokio::test]
async fn nobody_is_led_to_another_site_and_every_fault_goes_back_to_the_client() {
    let directory = tempfile::tempdir().unwrap();
    let rig = start(directory.path()).await;
    for (name, value) in [("client_id", "other"), ("client_id", ""), ("redirect_uri", "http://evil.example/")]
    {
        let asked = with(asked(), name, value);
        let (status, page) = rig.get(&format!("/sandbox/oidc/authorize?{}", form(&asked))).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{name}: {page}");
        let (status, location, _) =
            post(&rig, "/sandbox/oidc/authorize", &with(asked, "operator", "karin.ek"), None).await;
        assert_eq!((status, location.as_str()), (StatusCode::BAD_REQUEST, ""));
    }
    for (name, value, error) in [
        ("operator", "", "access_denied"),
        ("operator", "nobody", "access_denied"),
        ("response_type", "token", "unsupported_response_type"),
        ("scope", "profile", "invalid_scope"),
        ("code_challenge_method", "plain", "invalid_request"),
    ] {
        let brought =
            chosen(&rig, if name == "operator" { value } else { "karin.ek" }, with(asked(), name, value))
                .await;
        assert_eq!(brought[0], ("error".to_owned(), error.to_owned()), "{name}");
    }
    rig.stop().await;
}
