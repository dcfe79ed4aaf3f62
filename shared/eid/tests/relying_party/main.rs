//! The relying party against a server that demands its certificate, as BankID's does.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a check that cannot go on fails")]

mod server;

use bevaka_eid::bankid::{
    BankIdError, Collected, Completion, Config, ConfigError, ErrorCode, Hint, Method, RelyingParty, Request,
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use server::{Pki, Server};
use std::{net::IpAddr, time::Duration};

const TIMEOUT: Duration = Duration::from_secs(10);

fn request() -> Request {
    Request {
        end_user_ip: IpAddr::from([192, 0, 2, 1]),
        visible: Some("Anslut".to_owned()),
        non_visible: None,
        method: Method::Mobile,
        policies: vec!["1.2.752.78.1.5".to_owned()],
        personal_number: Some("191212121212".to_owned()),
        return_url: None,
    }
}

fn config(server: &Server, pki: &Pki) -> Config {
    Config {
        url: server.url(),
        identity_pem: SecretString::from(pki.identity_pem.as_str()),
        ca_pem: pki.ca_pem.clone(),
        timeout: TIMEOUT,
    }
}

/// A server that answers every request so, and a client that it knows.
async fn answering(status: u16, body: impl ToString) -> (Server, RelyingParty) {
    let pki = Pki::new();
    let server = Server::start(&pki, status, body.to_string()).await;
    let client = RelyingParty::new(&config(&server, &pki)).unwrap();
    (server, client)
}

fn started() -> Value {
    json!({
        "orderRef": "131daac9-16c6-4618-beb0-365768f37288",
        "autoStartToken": "7c40b5c9-fa74-49cf-b98c-bfe651f9a7c6",
        "qrStartToken": "67df3917-fa0d-44e5-b327-edcc928297f8",
        "qrStartSecret": "d28db9a7-4cde-429e-a983-359be676944c",
    })
}

#[tokio::test]
async fn an_order_is_started_by_json_over_mutual_tls() {
    let (server, client) = answering(200, started()).await;
    let order = client.sign(&request()).await.unwrap();
    assert_eq!(order.order_ref, "131daac9-16c6-4618-beb0-365768f37288");
    assert_eq!(order.qr_start_secret.expose_secret(), "d28db9a7-4cde-429e-a983-359be676944c");
    assert!(order.program_link().starts_with("bankid:///?autostarttoken=7c40b5c9-"));
    assert!(order.app_link().starts_with("https://app.bankid.com/?autostarttoken=7c40b5c9-"));
    assert!(!format!("{order:?}").contains("d28db9a7"));
    client.auth(&request()).await.unwrap();

    let [sign, auth] = server.requests().try_into().unwrap();
    assert_eq!((sign.path.as_str(), auth.path.as_str()), ("/rp/v6.0/sign", "/rp/v6.0/auth"));
    assert_eq!(sign.content_type, "application/json");
    let expected = json!({
        "endUserIp": "192.0.2.1",
        "userVisibleData": "QW5zbHV0",
        "requirement": { "certificatePolicies": ["1.2.752.78.1.5"], "personalNumber": "191212121212" },
    });
    assert_eq!(sign.body, expected);
}

#[tokio::test]
async fn an_order_that_bankid_would_not_take_is_not_sent() {
    let (server, client) = answering(200, started()).await;
    let empty = Request { visible: None, ..request() };
    assert!(matches!(client.sign(&empty).await, Err(BankIdError::Request(_))));
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_pending_and_a_failed_order_keep_their_hints() {
    let (server, client) = answering(200, json!({ "status": "pending", "hintCode": "userSign" })).await;
    assert_eq!(client.collect("ref").await.unwrap(), Collected::Pending(Hint::UserSign));
    assert_eq!(server.requests()[0].body, json!({ "orderRef": "ref" }));

    let (_server, client) = answering(200, json!({ "status": "failed", "hintCode": "brandNew" })).await;
    let failed = client.collect("ref").await.unwrap();
    assert_eq!(failed, Collected::Failed(Hint::Other("brandNew".into())));
}

#[tokio::test]
async fn a_completion_is_kept_byte_for_byte_and_is_of_its_own_order() {
    // Spaces, order and unknown fields are BankID's.
    let raw = r#"{ "status":"complete",  "orderRef":"ref","completionData":{"user":{"personalNumber":"191212121212",
        "name":"Å Ö","givenName":"Å","surname":"Ö"},"device":{"ipAddress":"192.0.2.1"},"new":1,
        "signature":"PHg+","ocspResponse":"MAA=","risk":"low"}}"#;
    let (_server, client) = answering(200, raw).await;
    let Collected::Complete(completion) = client.collect("ref").await.unwrap() else {
        panic!("not complete")
    };
    assert_eq!((completion.raw(), completion.order_ref()), (raw, "ref"));
    assert_eq!((completion.user().name.as_str(), completion.risk()), ("Å Ö", Some("low")));
    assert_eq!(completion.signature().unwrap(), b"<x>");
    assert_eq!(client.collect("other").await.unwrap_err(), BankIdError::Answer { status: 200 });
    let stored = serde_json::to_string(&completion).unwrap();
    assert_eq!(serde_json::from_str::<Completion>(&stored).unwrap().raw(), raw);
}

#[tokio::test]
async fn an_order_is_taken_back() {
    let (server, client) = answering(200, json!({})).await;
    client.cancel("ref").await.unwrap();
    assert_eq!(server.requests()[0].path, "/rp/v6.0/cancel");
}

#[tokio::test]
async fn a_refusal_has_its_code_and_nothing_of_its_details() {
    let body = json!({ "errorCode": "alreadyInProgress", "details": "secret 191212121212" });
    let (_server, client) = answering(400, body).await;
    let error = client.sign(&request()).await.unwrap_err();
    assert_eq!(error, BankIdError::Refused(ErrorCode::AlreadyInProgress));
    assert!(!format!("{error:?} {error}").contains("secret"));

    let (_server, client) = answering(503, json!({ "errorCode": "brandNew", "details": "" })).await;
    let error = client.collect("ref").await.unwrap_err();
    assert_eq!(error, BankIdError::Refused(ErrorCode::Other("brandNew".into())));
}

#[tokio::test]
async fn an_answer_that_the_api_does_not_describe_is_told_by_its_status() {
    for (status, body) in [
        (200, "<html>"),
        (200, r#"{"status":"dancing"}"#),
        (200, r#"{"status":"complete","orderRef":"ref"}"#),
        (502, "<html>"),
        (302, ""),
    ] {
        let (_server, client) = answering(status, body).await;
        assert_eq!(client.collect("ref").await.unwrap_err(), BankIdError::Answer { status }, "{body}");
    }
}

#[tokio::test]
async fn a_server_of_another_authority_gets_nothing() {
    let (pki, other) = (Pki::new(), Pki::new());
    let server = Server::start(&other, 200, started().to_string()).await;
    let client = RelyingParty::new(&config(&server, &pki)).unwrap();
    assert_eq!(client.sign(&request()).await.unwrap_err(), BankIdError::Unreachable);
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_relying_party_that_the_server_does_not_know_is_turned_away() {
    let (pki, other) = (Pki::new(), Pki::new());
    let server = Server::start(&pki, 200, started().to_string()).await;
    let stranger =
        Config { identity_pem: SecretString::from(other.identity_pem.as_str()), ..config(&server, &pki) };
    let client = RelyingParty::new(&stranger).unwrap();
    assert_eq!(client.sign(&request()).await.unwrap_err(), BankIdError::Unreachable);
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_server_that_never_answers_is_given_up() {
    let pki = Pki::new();
    let server = Server::silent().await;
    let client =
        RelyingParty::new(&Config { timeout: Duration::from_millis(200), ..config(&server, &pki) }).unwrap();
    assert_eq!(client.collect("ref").await.unwrap_err(), BankIdError::Timeout);
}

#[tokio::test]
async fn a_configuration_tells_which_part_of_it_is_wrong() {
    let pki = Pki::new();
    let server = Server::start(&pki, 200, String::new()).await;
    let right = || config(&server, &pki);
    let fault = |config: Config| RelyingParty::new(&config).map(|_| ()).unwrap_err();
    for url in ["", "appapi2.bankid.com", "http://appapi2.bankid.com/rp/v6.0"] {
        assert_eq!(fault(Config { url: url.to_owned(), ..right() }), ConfigError::Url);
    }
    for ca_pem in ["", "-----BEGIN CERTIFICATE-----"] {
        assert_eq!(fault(Config { ca_pem: ca_pem.to_owned(), ..right() }), ConfigError::Authority);
    }
    for identity in ["", pki.ca_pem.as_str()] {
        let identity_pem = SecretString::from(identity);
        assert_eq!(fault(Config { identity_pem, ..right() }), ConfigError::Identity);
    }
}
