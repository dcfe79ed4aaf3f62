use super::*;
use serde_json::{Value, json};

fn refusal(purpose: Purpose, body: &Value) -> Option<&'static str> {
    let ask = Ask::parse(purpose, body.to_string().as_bytes());
    ask.err().map(|fault| {
        assert_eq!(fault.error_code, super::super::error::ErrorCode::InvalidParameters);
        fault.details
    })
}

/// A sound request to sign, with one parameter of its own.
fn with(name: &str, value: Value) -> Value {
    let mut body = json!({"endUserIp": "2001:db8::1", "userVisibleData": "SGVq"});
    body[name] = value;
    body
}

#[test]
fn what_bankid_takes_is_taken() {
    let requirement = json!({
        "cardReader": "class2", "certificatePolicies": ["1.2.3.4.10"], "personalNumber": "191212121212",
        "pinCode": true, "mrtd": false, "risk": "low"
    });
    for body in [
        with("requirement", requirement),
        with("userVisibleDataFormat", json!("simpleMarkdownV1")),
        with("returnUrl", json!("https://bank.example/back#nonce=1")),
        with("web", json!({"referringDomain": "bank.example", "userAgent": "x", "deviceIdentifier": "y"})),
        with(
            "app",
            json!({"appIdentifier": "a", "deviceOS": "b", "deviceModelName": "c", "deviceIdentifier": "d"}),
        ),
        with("userVisibleData", json!("SGVq".repeat(10_000))),
        with("userNonVisibleData", json!("SGVq".repeat(50_000))),
    ] {
        assert_eq!(refusal(Purpose::Signing, &body), None, "{body}");
    }
    assert_eq!(refusal(Purpose::Identification, &json!({"endUserIp": "192.0.2.1"})), None);
}

#[test]
fn what_bankid_refuses_is_refused_by_its_name() {
    for (body, named) in [
        (with("endUserIp", json!("localhost")), "endUserIp"),
        (with("userVisibleData", Value::Null), "userVisibleData"),
        (with("userVisibleData", json!("")), "userVisibleData"),
        (with("userVisibleData", json!("Hej!")), "userVisibleData"),
        (with("userVisibleData", json!("/w==")), "userVisibleData"),
        (with("userVisibleData", json!("SGVq".repeat(10_001))), "userVisibleData"),
        (with("userNonVisibleData", json!("SGVq".repeat(50_001))), "userNonVisibleData"),
        (with("userVisibleDataFormat", json!("markdown")), "userVisibleDataFormat"),
        (with("returnUrl", json!("back")), "returnUrl"),
        (with("personalNumber", json!("191212121212")), "unknown"),
        (with("requirement", json!({"personalNumber": "191212121213"})), "personalNumber"),
        (with("requirement", json!({"certificatePolicies": ["mobile"]})), "certificatePolicies"),
        (with("requirement", json!({"certificatePolicies": ["1.2.*"]})), "certificatePolicies"),
        (with("requirement", json!({"cardReader": "class1"})), "cardReader"),
        (
            with("requirement", json!({"cardReader": "class3", "certificatePolicies": ["1.2.3.4.10"]})),
            "cardReader",
        ),
        (with("requirement", json!({"risk": "high"})), "risk"),
        (with("requirement", json!({"tokenStartRequired": true})), "unknown"),
    ] {
        let details = refusal(Purpose::Signing, &body).unwrap_or_default();
        assert!(details.contains(named), "{body}: {details:?}");
    }
    let mut both = with("web", json!({}));
    both["app"] = json!({});
    assert!(refusal(Purpose::Signing, &both).unwrap().contains("app"));
    assert!(refusal(Purpose::Identification, &with("userVisibleData", json!("SGVq".repeat(376)))).is_some());
}

#[test]
fn a_policy_may_end_in_an_asterisk_and_the_default_is_every_kind() {
    let methods = |policies: Value| {
        let body = with("requirement", json!({"certificatePolicies": policies}));
        Ask::parse(Purpose::Signing, body.to_string().as_bytes()).unwrap().requirement.methods()
    };
    assert_eq!(methods(json!([])), Method::VARIANTS);
    assert_eq!(methods(json!(["1.2.3.4.*"])), Method::VARIANTS);
    assert_eq!(methods(json!(["1.2.3.4.5", "1.2.3.4.25"])), [Method::Mobile]);
    // The policies of production are others.
    assert_eq!(methods(json!(["1.2.752.78.1.5"])), []);
}
