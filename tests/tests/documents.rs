//! The reference documents, compared with the code that they describe. `BEVAKA_BLESS=1 cargo test -p bevaka-tests
//! --test documents` writes them anew.

#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "a test fails by panicking")]

use bevaka_alerting::accept;
use bevaka_bus::{CONTENT_TYPE, Envelope, Queue};
use bevaka_catalogue::{Addressed, Catalogue, EventKind};
use bevaka_chassis::{clock::SystemClock, settings::Settings};
use bevaka_domain::{clock::Clock, ids::EventId, language::Language};
use bevaka_operators::api;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use uuid::Uuid;

/// The attributes that every event has, as intake checks them.
const ENVELOPE: &str = r"
description: CloudEvents 1.0 in its structured JSON form. Attributes that describe the way of an event (dataschema,
  traceparent, tracestate, partitionkey, sequence and the like) are allowed and not read; any other is refused by name.
  The data may be sent as data_base64 instead.
type: object
required: [specversion, id, source, type, subject, time]
properties:
  specversion:
    const: '1.0'
  id:
    description: The publisher's id. With source it identifies the event; the same event again changes nothing.
    type: string
    pattern: ^[^\u0000-\u001f\u007f-\u009f]{1,256}$
  source:
    description: The publisher; urn:bevaka:notices is Bevaka's own.
    type: string
    pattern: ^[^\u0000-\u001f\u007f-\u009f]{1,256}$
    not:
      const: urn:bevaka:notices
  type:
    description: The kind, which is also the routing key.
    type: string
  subject:
    description: The organisation number of the company whose event it is. The last digit is a Luhn check digit; a sole
      trader's number may have a century.
    type: string
    pattern: ^([0-9]{2}[0-9]{6}|[0-9]{6})[-+]?[0-9]{4}$
  time:
    description: When it happened, RFC 3339, at most 300 seconds ahead.
    type: string
    format: date-time
  datacontenttype:
    const: application/json
  recipient:
    description: An extension attribute of Bevaka. The bank's key of the one user that the event is addressed to.
    type: [string, 'null']
    pattern: ^[^\u0000-\u001f\u007f-\u009f]{1,256}$
";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn catalogue() -> Catalogue {
    let kinds = Catalogue::load(&root().join("config/events")).unwrap();
    kinds.with_notices(&root().join("config/notices")).unwrap()
}

/// Compares the committed document, or writes it.
fn is_committed(file: &str, generated: &Value, text: impl FnOnce() -> String) {
    let path = root().join(file);
    if std::env::var_os("BEVAKA_BLESS").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text()).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{file}: {error}"));
    let committed: Value = serde_norway::from_str(&committed).unwrap();
    assert!(committed == *generated, "{file} is not what the code says; write it anew with BEVAKA_BLESS=1");
}

/// What differs from kind to kind.
fn event(kind: &EventKind) -> Value {
    let mut required = Vec::new();
    if kind.addressed == Addressed::Required {
        required.push("recipient");
    }
    // Data that are left out count as `{}`.
    if kind.check(&json!({})).is_err() {
        required.push("data");
    }
    let mut properties = json!({"type": {"const": kind.kind.as_str()}, "data": kind.schema()});
    if kind.addressed == Addressed::Never {
        properties["recipient"] = json!({"type": "null"});
    }
    if kind.addressed == Addressed::Required {
        properties["recipient"] = json!({"type": "string"});
    }
    json!({
        "allOf": [{"$ref": "#/components/schemas/envelope"}],
        "type": "object",
        "required": required,
        "properties": properties,
    })
}

fn asyncapi() -> Value {
    let (mut channels, mut messages) = (json!({}), json!({}));
    let mut schemas = json!({"envelope": serde_norway::from_str::<Value>(ENVELOPE).unwrap()});
    let mut received = Vec::new();
    for kind in catalogue().kinds() {
        let name = kind.kind.as_str();
        let days = kind.time_to_live.as_secs();
        let addressed = match kind.addressed {
            Addressed::Never => "It concerns the whole company: recipient must be left out.",
            Addressed::Optional => "recipient may name one user.",
            Addressed::Required => "recipient must name one user.",
        };
        channels[name] = json!({
            "address": name,
            "messages": {name: {"$ref": format!("#/components/messages/{name}")}},
            "bindings": {"amqp": {
                "is": "routingKey",
                "exchange": {
                    "name": Queue::Events.name(), "type": "topic", "durable": true, "autoDelete": false, "vhost": "/"
                },
                "bindingVersion": "0.3.0",
            }},
        });
        messages[name] = json!({
            "title": kind.name(Language::English),
            "summary": kind.description(Language::English),
            "description": format!("Nobody is told any more {days} seconds after `time`. {addressed}"),
            "contentType": CONTENT_TYPE,
            "payload": {"$ref": format!("#/components/schemas/{name}")},
            "bindings": {"amqp": {"messageType": name, "bindingVersion": "0.3.0"}},
        });
        schemas[name] = event(kind);
        received.push(json!({"$ref": format!("#/channels/{name}/messages/{name}")}));
    }
    let operations: serde_json::Map<_, _> = catalogue()
        .kinds()
        .map(|kind| {
            let name = kind.kind.as_str();
            let operation = json!({
                "action": "receive",
                "channel": {"$ref": format!("#/channels/{name}")},
                "summary": "Bevaka takes the event and tells the users who watch the kind.",
                "bindings": {"amqp": {"deliveryMode": 2, "mandatory": true, "bindingVersion": "0.3.0"}},
            });
            (format!("take.{name}"), operation)
        })
        .collect();
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Bevaka: business events",
            "version": "1",
            "description": format!(
                "The bank's systems publish to the topic exchange `{}`, persistent, with the kind as routing key, and \
                 wait for the broker's confirm. An event may also come in binary mode: attributes in headers with the \
                 prefix `cloudEvents:`, `cloudEvents_` or `ce-`, the data as the body with their own content type. \
                 A batch is refused. A message that is no event goes to the queue `{}` with the reason in \
                 the header `x-bevaka-reason`; nothing is dropped.",
                Queue::Events.name(), Queue::Dead.name()
            ),
            "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        },
        "defaultContentType": CONTENT_TYPE,
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages, "schemas": schemas},
    })
}

#[test]
fn asyncapi_says_what_the_catalogue_and_the_envelope_say() {
    let generated = asyncapi();
    is_committed("docs/asyncapi.yaml", &generated, || {
        let head = "# Written by the test `documents` of bevaka-tests with BEVAKA_BLESS=1, from config/events and the \
                    envelope.\n";
        let mut text = head.to_owned();
        for part in ["asyncapi", "info", "defaultContentType", "channels", "operations", "components"] {
            text += &serde_norway::to_string(&json!({part: generated[part]})).unwrap();
        }
        text
    });
}

#[test]
fn openapi_says_what_the_router_serves() {
    let generated = serde_json::to_value(api::openapi()).unwrap();
    assert_eq!(generated["openapi"], "3.1.0");
    is_committed("docs/openapi/operators.json", &generated, || {
        serde_json::to_string_pretty(&api::openapi()).unwrap() + "\n"
    });
}

#[test]
fn openapi_says_what_the_agreements_service_serves() {
    let document = bevaka_agreements::api::openapi();
    let generated = serde_json::to_value(&document).unwrap();
    assert_eq!(generated["openapi"], "3.1.0");
    is_committed("docs/openapi/agreements.json", &generated, || {
        serde_json::to_string_pretty(&document).unwrap() + "\n"
    });
}

#[test]
fn openapi_says_what_the_watches_service_serves() {
    let document = bevaka_watches::api::openapi();
    let generated = serde_json::to_value(&document).unwrap();
    assert_eq!(generated["openapi"], "3.1.0");
    is_committed("docs/openapi/watches.json", &generated, || {
        serde_json::to_string_pretty(&document).unwrap() + "\n"
    });
}

/// What an event of a kind looks like at the least.
fn sample(kind: &str) -> Value {
    let data = match kind {
        "payment.rejected" => json!({"payment_id": "1", "reason": "other"}),
        "einvoice.received" => json!({"invoice_id": "1"}),
        "message.received" => json!({"message_id": "1"}),
        other => panic!("give {other} a sample"),
    };
    json!({
        "specversion": "1.0", "id": "1", "source": "/payments", "type": kind, "subject": "556016-0680",
        "time": "2026-11-21T13:02:00Z", "data": data,
    })
}

/// The sample, and events that differ from it in one place.
fn variants(kind: &str) -> Vec<Value> {
    let changed = |field: &str, value: Value| {
        let mut event = sample(kind);
        event[field] = value;
        event
    };
    let mut events = vec![sample(kind)];
    for field in ["specversion", "id", "source", "type", "subject", "time", "data"] {
        let mut event = sample(kind);
        event.as_object_mut().unwrap().remove(field);
        events.push(event);
        events.push(changed(field, json!(7)));
        events.push(changed(field, json!("")));
    }
    for (field, value) in [
        ("specversion", json!("1.1")),
        ("id", json!("i".repeat(256))),
        ("id", json!("i".repeat(257))),
        ("id", json!("ö".repeat(256))),
        ("id", json!("a\u{7}b")),
        ("source", json!("s".repeat(257))),
        ("source", json!("a\u{85}b")),
        ("source", json!("urn:bevaka:notices")),
        ("type", json!("loan.due")),
        ("type", json!("agreement.connected")),
        ("subject", json!("5560160680")),
        ("subject", json!("16556016-0680")),
        ("subject", json!("556016 0680")),
        ("time", json!("2026-11-21")),
        ("time", json!("2026-11-21T14:02:00.5+01:00")),
        ("recipient", json!("anna")),
        ("recipient", json!("")),
        ("recipient", json!("r".repeat(257))),
        ("recipient", json!(7)),
        ("recipient", Value::Null),
        ("data", json!({})),
        ("data", json!({"unknown": 1})),
        ("data", json!([])),
        ("traceparent", json!("00-x")),
    ] {
        events.push(changed(field, value));
    }
    events
}

#[test]
fn asyncapi_and_intake_take_and_refuse_the_same_events() {
    let document = asyncapi();
    let catalogue = catalogue();
    let max_bytes = Settings::from_env_pairs(None, []).unwrap().operators.max_event_bytes;
    let (mut taken, mut refused) = (0, 0);
    for kind in catalogue.kinds().map(|kind| kind.kind.as_str()) {
        let schema = json!({
            "$ref": format!("#/components/schemas/{kind}"), "components": document["components"]
        });
        let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
        for event in variants(kind) {
            let body = event.to_string();
            let accepted = accept::accept(
                body.as_bytes(),
                &catalogue,
                max_bytes,
                EventId(Uuid::nil()),
                SystemClock.now(),
            );
            let says: Vec<_> = validator.iter_errors(&event).map(|fault| fault.to_string()).collect();
            assert_eq!(accepted.is_ok(), says.is_empty(), "{body}\nintake: {accepted:?}\ndocument: {says:?}");
            *(if says.is_empty() { &mut taken } else { &mut refused }) += 1;
        }
        // The document's attributes are those that the envelope reads.
        Envelope::parse(sample(kind).to_string().as_bytes()).unwrap();
    }
    assert!(taken > 20 && refused > 50, "{taken} taken, {refused} refused");
}
