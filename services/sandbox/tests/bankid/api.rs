//! The relying-party API: what is taken, what is refused, and how orders end.

use crate::{RelyingParty, relying_party::client};
use reqwest::StatusCode;
use serde_json::json;
use std::collections::BTreeSet;

#[tokio::test]
async fn nobody_without_the_client_certificate_comes_in() {
    let party = RelyingParty::start().await;
    let stranger = client(&party.directory.path().join("bankid"), false);
    let refused = stranger.post(party.url("auth")).body("{}").send().await;
    assert!(refused.is_err(), "{refused:?}");
    let other = tempfile::tempdir().unwrap();
    let elsewhere = crate::rig::start_at(other.path(), party.clock.clone()).await;
    // The sandbox next door has certificates of its own.
    let neighbour = client(&other.path().join("bankid"), true);
    assert!(neighbour.post(party.url("auth")).body("{}").send().await.is_err());
    elsewhere.stop().await;
    party.rig.stop().await;
}

#[tokio::test]
async fn a_restart_keeps_the_certificates_that_a_relying_party_has() {
    let party = RelyingParty::start().await;
    let RelyingParty { rig, clock, directory, .. } = party;
    let before = client(&directory.path().join("bankid"), true);
    rig.stop().await;
    let rig = crate::rig::start_at(directory.path(), clock).await;
    let url = format!("https://127.0.0.1:{}/rp/v6.0/auth", rig.sandbox.bankid_addr().port());
    let body = json!({"endUserIp": "192.0.2.1"}).to_string();
    let request = before.post(url).header("content-type", "application/json").body(body);
    assert_eq!(request.send().await.unwrap().status(), StatusCode::OK);
    rig.stop().await;
}

#[tokio::test]
async fn what_is_no_request_is_refused_by_bankids_own_codes() {
    let party = RelyingParty::start().await;
    let sound = json!({"endUserIp": "192.0.2.1"}).to_string();
    for (path, kind, body, status, code) in [
        ("auths", "application/json", sound.as_str(), StatusCode::NOT_FOUND, "notFound"),
        ("auth", "text/plain", &sound, StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupportedMediaType"),
        (
            "auth",
            "application/json; charset=utf-8",
            &sound,
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupportedMediaType",
        ),
        ("auth", "application/json", "{", StatusCode::BAD_REQUEST, "invalidParameters"),
        ("auth", "application/json", "{}", StatusCode::BAD_REQUEST, "invalidParameters"),
        ("sign", "application/json", &sound, StatusCode::BAD_REQUEST, "invalidParameters"),
        ("collect", "application/json", "{\"orderRef\":\"x\"}", StatusCode::BAD_REQUEST, "invalidParameters"),
        ("cancel", "application/json", "{\"orderRef\":\"x\"}", StatusCode::BAD_REQUEST, "invalidParameters"),
    ] {
        let (answered, fault) = party.send(path, kind, body.to_owned()).await;
        assert_eq!((answered, &fault["errorCode"]), (status, &code.into()), "{path} {kind} {body}");
        assert!(fault["details"].as_str().is_some_and(|details| !details.is_empty()));
    }
    let too_large = json!({"endUserIp": "192.0.2.1", "userVisibleData": "A".repeat(400_000)});
    let (status, fault) = party.post("sign", &too_large).await;
    assert_eq!((status, &fault["errorCode"]), (StatusCode::BAD_REQUEST, &"invalidParameters".into()));
    let (status, fault) = party.get("auth").await;
    assert_eq!((status, &fault["errorCode"]), (StatusCode::METHOD_NOT_ALLOWED, &"methodNotAllowed".into()));
    party.rig.stop().await;
}

#[tokio::test]
async fn an_order_gets_four_names_that_nobody_can_guess() {
    let party = RelyingParty::start().await;
    let mut seen = BTreeSet::new();
    for _ in 0..2 {
        let started = party.begin("auth", &json!({"endUserIp": "192.0.2.1"})).await;
        for name in ["orderRef", "autoStartToken", "qrStartToken", "qrStartSecret"] {
            let text = started[name].as_str().unwrap();
            assert_eq!(uuid::Uuid::parse_str(text).unwrap().get_version_num(), 4, "{name}");
            assert!(seen.insert(text.to_owned()), "{name}");
        }
        assert_eq!(started.as_object().unwrap().len(), 4);
    }
    party.rig.stop().await;
}

#[tokio::test]
async fn a_completed_order_tells_who_signed_what_as_often_as_it_is_asked() {
    let party = RelyingParty::start().await;
    let body = json!({
        "endUserIp": "2001:db8::1",
        "userVisibleData": "SGVq",
        "returnRisk": true,
        "requirement": {"personalNumber": "198801309892"}
    });
    let order_ref = party.begin("sign", &body).await["orderRef"].as_str().unwrap().to_owned();
    assert_eq!(party.hint(&order_ref).await, "outstandingTransaction");
    assert_eq!(party.hint(&order_ref).await, "userSign");
    let complete = party.collect(&order_ref).await;
    assert_eq!(
        (&complete["status"], &complete["orderRef"]),
        (&"complete".into(), &order_ref.as_str().into())
    );
    let data = &complete["completionData"];
    let user = json!({
        "personalNumber": "198801309892", "name": "Klara Färdig", "givenName": "Klara", "surname": "Färdig"
    });
    assert_eq!(data["user"], user);
    assert_eq!((&data["device"]["ipAddress"], &data["risk"]), (&"2001:db8::1".into(), &"low".into()));
    assert_eq!(data["bankIdIssueDate"].as_str().unwrap().len(), "2026-11-21Z".len());
    // A relying party that crashed before it noted the answer asks again.
    assert_eq!(party.collect(&order_ref).await, complete);
    let (status, _) = party.post("cancel", &json!({"orderRef": order_ref})).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    party.rig.stop().await;
}

#[tokio::test]
async fn test_persons_do_what_their_file_says() {
    let party = RelyingParty::start().await;
    for (number, failure) in [
        ("198605019812", "userCancel"),
        ("198207149843", "certificateErr"),
        ("196908119859", "userDeclinedCall"),
        ("199304049860", "transactionRiskBlocked"),
    ] {
        let order_ref = party.auth(&json!({"personalNumber": number})).await;
        assert_eq!(party.hint(&order_ref).await, "outstandingTransaction", "{failure}");
        assert_eq!(party.hint(&order_ref).await, "userSign", "{failure}");
        for _ in 0..2 {
            assert_eq!(party.hint(&order_ref).await, failure);
        }
    }
    party.rig.stop().await;
}

#[tokio::test]
async fn who_never_starts_and_who_never_finishes_run_out_of_time() {
    let party = RelyingParty::start().await;
    let never_starts = party.auth(&json!({"personalNumber": "199109179821"})).await;
    let expires = party.auth(&json!({"personalNumber": "197402269836"})).await;
    for (seconds, first, second) in [
        (10, "outstandingTransaction", "outstandingTransaction"),
        (10, "outstandingTransaction", "userSign"),
        (10, "startFailed", "userSign"),
        (149, "startFailed", "userSign"),
        (1, "startFailed", "expiredTransaction"),
    ] {
        party.wait(seconds);
        assert_eq!(party.hint(&never_starts).await, first);
        assert_eq!(party.hint(&expires).await, second);
    }
    party.wait(300);
    let (status, fault) = party.post("collect", &json!({"orderRef": expires})).await;
    assert_eq!((status, &fault["details"]), (StatusCode::BAD_REQUEST, &"No such order".into()));
    party.rig.stop().await;
}

#[tokio::test]
async fn a_cancelled_order_is_gone() {
    let party = RelyingParty::start().await;
    let order_ref = party.auth(&json!({})).await;
    let (status, answer) = party.post("cancel", &json!({"orderRef": order_ref})).await;
    assert_eq!((status, answer), (StatusCode::OK, json!({})));
    for path in ["collect", "cancel"] {
        let (status, fault) = party.post(path, &json!({"orderRef": order_ref})).await;
        assert_eq!((status, &fault["errorCode"]), (StatusCode::BAD_REQUEST, &"invalidParameters".into()));
    }
    party.rig.stop().await;
}

#[tokio::test]
async fn a_second_order_for_one_person_ends_the_first() {
    let party = RelyingParty::start().await;
    let first = party.auth(&json!({"personalNumber": "191212121212"})).await;
    let body = json!({"endUserIp": "192.0.2.1", "requirement": {"personalNumber": "191212121212"}});
    let (status, fault) = party.post("auth", &body).await;
    assert_eq!((status, &fault["errorCode"]), (StatusCode::BAD_REQUEST, &"alreadyInProgress".into()));
    assert_eq!(party.hint(&first).await, "cancelled");
    party.auth(&json!({"personalNumber": "191212121212"})).await;
    party.rig.stop().await;
}

#[tokio::test]
async fn r09_a_person_without_the_kind_that_was_asked_for_never_completes() {
    let party = RelyingParty::start().await;
    let requirement = json!({"personalNumber": "198801309892", "certificatePolicies": ["1.2.752.78.1.5"]});
    let order_ref = party.auth(&requirement).await;
    assert_eq!(party.hint(&order_ref).await, "outstandingTransaction");
    for _ in 0..3 {
        assert_eq!(party.hint(&order_ref).await, "started");
    }
    party.wait(180);
    assert_eq!(party.hint(&order_ref).await, "expiredTransaction");
    party.rig.stop().await;
}
