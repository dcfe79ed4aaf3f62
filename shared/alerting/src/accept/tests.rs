//! Each way in which a message can be no event, and that its content never shows in the reason.

use super::*;
use bevaka_domain::{event::Origin, ids::UserId};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::{path::Path, sync::OnceLock};
use uuid::Uuid;

const MAX: usize = 262_144;

fn catalogue() -> &'static Catalogue {
    static CATALOGUE: OnceLock<Catalogue> = OnceLock::new();
    let directory = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/events");
    CATALOGUE.get_or_init(|| {
        let notices = directory().with_file_name("notices");
        Catalogue::load(&directory()).unwrap().with_notices(&notices).unwrap()
    })
}

fn now() -> Timestamp {
    Timestamp::parse("2026-11-21T13:02:00Z").unwrap()
}

fn sound() -> Value {
    json!({
        "specversion": "1.0", "id": "p-1", "source": "/payments", "type": "payment.rejected",
        "subject": "556016-0680", "time": "2026-11-21T13:01:59Z",
        "data": {"payment_id": "4711", "reason": "other"}
    })
}

fn take(body: &[u8]) -> Result<Event, Refused> {
    accept(body, catalogue(), MAX, EventId(Uuid::from_u128(1)), now())
}

fn with(field: &str, value: Value) -> Result<Event, Refused> {
    let mut event = sound();
    event[field] = value;
    take(event.to_string().as_bytes())
}

#[test]
fn a_sound_event_lives_for_its_kinds_time_from_when_it_happened() {
    let event = take(sound().to_string().as_bytes()).unwrap();
    assert_eq!(event.organisation.as_str(), "5560160680");
    assert_eq!(event.expires_at, event.occurred_at.plus(Duration::from_secs(86_400)));
    assert_eq!(event.received_at, now());
}

#[test]
fn what_filters_look_at_is_read_from_the_data() {
    let data = json!({
        "payment_id": "4711", "reason": "other", "amount": "99.50", "currency": "SEK", "account": "8327-9 123"
    });
    let facts = with("data", data).unwrap().facts;
    assert_eq!((facts.amount.unwrap().hundredths(), facts.account.unwrap().as_str()), (9_950, "83279123"));
    assert!(take(sound().to_string().as_bytes()).unwrap().facts.is_empty());
}

#[test]
fn r34_every_fault_has_its_reason() {
    for (field, value, reason) in [
        ("specversion", json!("0.3"), "specversion"),
        ("id", json!(""), "id"),
        ("id", json!("x".repeat(257)), "id"),
        ("id", json!("a\u{0}b"), "id"),
        ("source", json!("\n"), "source"),
        ("type", json!("payment.lost"), "unknown_kind"),
        ("type", json!(7), "not_an_envelope"),
        ("subject", json!("556016-0681"), "subject"),
        ("time", json!("i går"), "time"),
        ("time", json!("99999-01-01T00:00:00Z"), "time"),
        ("time", json!("2026-11-21T13:08:00Z"), "time_ahead"),
        ("recipient", json!("anna"), "recipient"),
        ("data", json!({"payment_id": "4711"}), "data"),
        ("data", json!("text"), "data"),
        ("data", Value::Null, "data"),
    ] {
        assert_eq!(with(field, value.clone()).unwrap_err().reason, reason, "{field} {value}");
    }
    for body in [&b""[..], b"{", b"[]", b"null", b"\xff\xfe", b"{\"specversion\":\"1.0\"}"] {
        assert_eq!(take(body).unwrap_err().reason, "not_an_envelope");
    }
}

#[test]
fn r34_a_body_of_a_megabyte_is_refused_by_its_size() {
    let refused = with("data", json!({"payment_id": "x".repeat(1_000_000), "reason": "other"})).unwrap_err();
    assert_eq!(refused.reason, "body_too_large");
    assert!(refused.detail.contains("the limit is 262144"), "{refused}");
}

#[test]
fn strange_but_valid_text_passes() {
    let event = with("data", json!({"payment_id": "\u{0}\u{202e}💸", "reason": "other"})).unwrap();
    assert!(event.data.contains("\\u0000"));
    assert_eq!(with("id", json!("åäö 💸")).unwrap().external_id, "åäö 💸");
}

#[test]
fn r37_a_mark_is_ours_to_set_and_one_that_cannot_be_read_loses_no_event() {
    let origin = Origin::Injection(Uuid::from_u128(7));
    for (mark, read) in
        [(json!(origin), Some(origin)), (json!("injection:x"), None), (json!(7), None), (json!({}), None)]
    {
        let refused = with(ORIGIN, mark.clone()).unwrap_err();
        assert_eq!((refused.reason, refused.detail.starts_with("bevakaorigin must")), (ORIGIN, true));
        let mut body = sound();
        body[ORIGIN] = mark;
        let id = EventId(Uuid::nil());
        let event = accept_from_bus(body.to_string().as_bytes(), catalogue(), MAX, id, now()).unwrap();
        assert_eq!(event.origin, read);
    }
}

#[test]
fn half_a_surrogate_pair_is_refused_and_does_not_pass_on() {
    let body = sound().to_string().replace("4711", "\\ud800");
    assert_eq!(take(body.as_bytes()).unwrap_err().reason, "data");
}

#[test]
fn an_event_of_the_past_is_taken_and_tells_nobody_by_its_expiry() {
    let event = with("time", json!("1999-12-31T23:59:59+01:00")).unwrap();
    assert!(event.expires_at < now());
}

#[test]
fn reasons_never_hold_the_content() {
    for field in ["id", "source", "type", "subject", "time", "recipient", "specversion"] {
        if let Err(refused) = with(field, json!("hemligt\n".repeat(40))) {
            assert!(!refused.to_string().contains("hemligt"), "{refused}");
        }
    }
    for data in [
        json!({"payment_id": "p", "reason": "hemligt", "x": 1}),
        json!({"payment_id": "p", "reason": "other", "hemligt\u{0}": 1}),
        json!({"payment_id": "p", "reason": "other", "hemligt".repeat(20_000): 1}),
    ] {
        let refused = with("data", data).unwrap_err().to_string();
        assert!(
            !refused.contains("hemligt") && !refused.contains('\0') && refused.len() < 1_000,
            "{refused}"
        );
    }
}

fn notice_body() -> Vec<u8> {
    let notice = notice::Notice {
        topic: notice::Topic::AgreementConnected,
        organisation: OrganisationNumber::parse("556016-0680").unwrap(),
        at: now(),
        content: Content {
            users: [UserId(Uuid::from_u128(7))].into(),
            kinds: [].into(),
            receipt: String::new(),
            contacts: [].into(),
            code: None,
        },
    };
    notice.body(Uuid::from_u128(8))
}

fn take_from_bus(body: &[u8]) -> Result<Event, Refused> {
    accept_from_bus(body, catalogue(), MAX, EventId(Uuid::from_u128(1)), now())
}

#[test]
fn r11_a_notice_is_taken_from_the_bus_and_from_nobody_else() {
    let event = take_from_bus(&notice_body()).unwrap();
    assert_eq!(event.external_id, "00000000-0000-0000-0000-000000000008");
    assert_eq!(event.notice.unwrap().users, [UserId(Uuid::from_u128(7))].into());
    assert_eq!(event.expires_at, now().plus(Duration::from_secs(604_800)));
    assert_eq!(take(&notice_body()).unwrap_err().reason, "source");

    let mut forged: Value = serde_json::from_slice(&notice_body()).unwrap();
    forged["source"] = json!("/payments");
    for taken in [take, take_from_bus] {
        assert_eq!(taken(forged.to_string().as_bytes()).unwrap_err().reason, "unknown_kind");
    }
    let sound = sound().to_string();
    assert_eq!(take_from_bus(sound.as_bytes()), take(sound.as_bytes()));
}

#[test]
fn r34_every_fault_of_a_notice_has_its_reason() {
    for (field, value, reason) in [
        ("type", json!("payment.rejected"), "unknown_kind"),
        ("type", json!("agreement"), "unknown_kind"),
        ("subject", json!("556016-0681"), "subject"),
        ("time", json!("2026-11-21T13:08:00Z"), "time_ahead"),
        ("recipient", json!("anna"), "recipient"),
        ("data", json!({}), "data"),
        ("data", json!({"users": ["anna"]}), "data"),
        ("specversion", json!("0.3"), "specversion"),
    ] {
        let mut event: Value = serde_json::from_slice(&notice_body()).unwrap();
        event[field] = value.clone();
        let refused = take_from_bus(event.to_string().as_bytes()).unwrap_err();
        assert_eq!(refused.reason, reason, "{field} {value}");
        assert!(!refused.detail.contains("anna"), "{refused}");
    }
}

proptest! {
    #[test]
    fn r34_no_bytes_make_it_panic(body in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = take(&body);
    }

    #[test]
    fn r34_no_damage_to_a_sound_event_makes_it_panic(at in 0_usize..230, byte in any::<u8>()) {
        let mut body = sound().to_string().into_bytes();
        let at = at % body.len();
        body[at] = byte;
        let _ = take(&body);
    }
}

#[test]
fn r34_what_the_envelope_says_and_nobody_knows_is_refused_by_name_and_nobody_is_told() {
    for name in ["Recipient", "RECIPIENT", "receiver", "recipientid", "Data"] {
        let refused = with(name, json!("anna")).unwrap_err();
        assert_eq!(refused.reason, "attribute", "{name}");
        assert!(refused.detail.contains(name) && !refused.detail.contains("anna"), "{}", refused.detail);
    }
    let secret = "191212121212 is a secret name";
    assert!(!with(secret, json!(1)).unwrap_err().detail.contains("1912"));
    for name in ["traceparent", "partitionkey", "dataschema"] {
        assert!(with(name, json!("x")).is_ok(), "{name}");
    }
}

#[test]
fn data_in_base64_are_the_same_data() {
    let mut event = sound();
    let data = event.as_object_mut().unwrap().remove("data").unwrap().to_string();
    event["data_base64"] = json!(STANDARD.encode(&data));
    assert_eq!(take(event.to_string().as_bytes()).unwrap().data, data);
    for wrong in ["?", "/w=="] {
        event["data_base64"] = json!(wrong);
        assert_eq!(take(event.to_string().as_bytes()).unwrap_err().field(), "data", "{wrong}");
    }
    assert_eq!(with("data_base64", json!("e30=")).unwrap_err().field(), "data", "beside data");
    assert_eq!(with("datacontenttype", json!("text/plain")).unwrap_err().field(), "datacontenttype");
    assert!(with("datacontenttype", json!("application/json; charset=utf-8")).is_ok());
}

#[test]
fn what_is_wrong_with_data_is_called_by_its_name() {
    let refused = |data: &str| {
        let event = sound().to_string().replace(r#"{"payment_id":"4711","reason":"other"}"#, data);
        assert!(event.contains(data), "{event}");
        take(event.as_bytes()).unwrap_err().detail
    };
    let twice = refused(r#"{"payment_id":"1","reason":"other","payment_id":"2"}"#);
    assert!(twice.contains("the same key twice") && !twice.contains("payment_id"), "{twice}");
    assert!(refused(r#"{"payment_id":"1","reason":"other","amount":1e999}"#).contains("too large"));
    assert!(refused(r#"{"payment_id":"\ud800","reason":"other"}"#).contains("half surrogates"));
}

#[test]
fn a_batch_is_called_a_batch_and_a_time_has_its_t() {
    assert!(take(format!("[{}]", sound()).as_bytes()).unwrap_err().detail.contains("batch"));
    for time in
        ["2026-11-21x13:01:59Z", "2026-11-21 13:01:59Z", "2026-11-21\u{0}13:01:59Z", "2026-11-21\n13:01:59Z"]
    {
        assert_eq!(with("time", json!(time)).unwrap_err().field(), "time", "{time:?}");
    }
    assert!(with("time", json!("2026-11-21t13:01:59z")).is_ok());
}
