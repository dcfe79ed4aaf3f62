//! CloudEvents in binary mode over AMQP: attributes in headers, the data as the body. They are made structured as they are
//! read, so that everything behind the bus knows one form.

use crate::CONTENT_TYPE;
use bevaka_domain::clock::Timestamp;
use lapin::{
    BasicProperties,
    types::{AMQPValue, FieldTable},
};
use serde_json::value::{RawValue, to_raw_value};
use std::collections::BTreeMap;

/// How SDKs mark the headers that are attributes.
const PREFIXES: [&str; 3] = ["cloudEvents:", "cloudEvents_", "ce-"];
const MIXED: &str = "headers with attributes beside a structured event; send one form, binary or structured";
const BATCH: &str = "the content type is that of a batch; publish each event as a message of its own";
const HEADER: &str = "a header with an attribute is no text, number, boolean or time";
const TWICE: &str = "an attribute stands in two headers";
const NOT_JSON: &str = "the body is not JSON; the data of an event in binary mode are";

/// The event in structured form; none if it is so already.
pub(crate) fn structured(properties: &BasicProperties, body: &[u8]) -> Result<Option<Vec<u8>>, &'static str> {
    let content_type = properties.content_type().as_ref().map(ToString::to_string).unwrap_or_default();
    let media_type = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let attributes = properties.headers().as_ref().map_or_else(|| Ok(BTreeMap::new()), attributes)?;
    match (media_type.as_str(), attributes.is_empty()) {
        (CONTENT_TYPE, false) => Err(MIXED),
        (batch, _) if batch.starts_with("application/cloudevents-batch") => Err(BATCH),
        (_, true) => Ok(None),
        (_, false) => build(attributes, &content_type, body).map(Some),
    }
}

type Attributes = BTreeMap<String, Box<RawValue>>;

fn attributes(headers: &FieldTable) -> Result<Attributes, &'static str> {
    let mut attributes = Attributes::new();
    for (name, value) in headers.inner() {
        let Some(name) = PREFIXES.iter().find_map(|prefix| name.as_str().strip_prefix(prefix)) else {
            continue;
        };
        let value = match value {
            AMQPValue::LongString(text) => to_raw_value(&text.to_string()),
            AMQPValue::ShortString(text) => to_raw_value(text.as_str()),
            AMQPValue::Boolean(flag) => to_raw_value(flag),
            AMQPValue::ShortShortInt(number) => to_raw_value(number),
            AMQPValue::ShortInt(number) => to_raw_value(number),
            AMQPValue::LongInt(number) => to_raw_value(number),
            AMQPValue::LongLongInt(number) => to_raw_value(number),
            AMQPValue::Timestamp(seconds) => {
                let micros = i64::try_from(*seconds).unwrap_or(i64::MAX).saturating_mul(1_000_000);
                to_raw_value(&Timestamp::from_micros(micros).to_string())
            }
            _ => return Err(HEADER),
        };
        if attributes.insert(name.to_owned(), value.map_err(|_| HEADER)?).is_some() {
            return Err(TWICE);
        }
    }
    Ok(attributes)
}

fn build(mut attributes: Attributes, content_type: &str, body: &[u8]) -> Result<Vec<u8>, &'static str> {
    if ["data", "data_base64", "datacontenttype"].iter().any(|name| attributes.contains_key(*name)) {
        return Err(MIXED);
    }
    if !content_type.is_empty() {
        let media_type = to_raw_value(content_type).map_err(|_| HEADER)?;
        attributes.insert("datacontenttype".to_owned(), media_type);
    }
    if !body.is_empty() {
        let text = String::from_utf8(body.to_vec()).map_err(|_| NOT_JSON)?;
        attributes.insert("data".to_owned(), RawValue::from_string(text).map_err(|_| NOT_JSON)?);
    }
    serde_json::to_vec(&attributes).map_err(|_| NOT_JSON)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Envelope;

    const SOUND: [(&str, &str); 6] = [
        ("specversion", "1.0"),
        ("id", "1"),
        ("source", "/payments"),
        ("type", "payment.rejected"),
        ("subject", "5560160680"),
        ("time", "2026-11-21T13:02:00Z"),
    ];

    fn message(prefix: &str, content_type: &str, more: &[(&str, AMQPValue)]) -> BasicProperties {
        let mut headers = FieldTable::default();
        for (name, value) in SOUND {
            headers.insert(format!("{prefix}{name}").into(), AMQPValue::LongString(value.into()));
        }
        for (name, value) in more {
            headers.insert((*name).into(), value.clone());
        }
        BasicProperties::default().with_content_type(content_type.into()).with_headers(headers)
    }

    #[test]
    fn an_event_in_binary_mode_is_the_same_event() {
        for prefix in PREFIXES {
            for content_type in ["application/json", "application/json; charset=utf-8", ""] {
                let message = message(prefix, content_type, &[("x-other", AMQPValue::Boolean(true))]);
                let body = structured(&message, br#"{"a": 1.10}"#).unwrap().unwrap();
                let envelope = Envelope::parse(&body).unwrap();
                assert_eq!((&*envelope.id, &*envelope.kind), ("1", "payment.rejected"), "{prefix}");
                assert_eq!(envelope.data.unwrap().get(), r#"{"a": 1.10}"#);
                assert_eq!(envelope.unknown, None);
            }
        }
    }

    #[test]
    fn a_time_may_be_a_timestamp() {
        let mut headers = FieldTable::default();
        headers.insert("cloudEvents:time".into(), AMQPValue::Timestamp(1_800_000_000));
        let attributes = attributes(&headers).unwrap();
        assert_eq!(attributes["time"].get(), "\"2027-01-15T08:00:00.000000Z\"");
    }

    #[test]
    fn a_structured_event_is_left_alone_whatever_its_content_type() {
        for content_type in [CONTENT_TYPE, "application/json", ""] {
            let plain = BasicProperties::default().with_content_type(content_type.into());
            assert_eq!(structured(&plain, b"{}"), Ok(None), "{content_type}");
        }
    }

    #[test]
    fn half_of_one_form_and_half_of_the_other_is_refused_by_name() {
        assert_eq!(structured(&message("ce-", CONTENT_TYPE, &[]), b"{}"), Err(MIXED));
        let twice = [("cloudEvents:id", AMQPValue::LongString("2".into()))];
        assert_eq!(structured(&message("ce-", "application/json", &twice), b"{}"), Err(TWICE));
        let data = [("ce-data", AMQPValue::LongString("{}".into()))];
        assert_eq!(structured(&message("ce-", "application/json", &data), b"{}"), Err(MIXED));
        let batch = BasicProperties::default().with_content_type("application/cloudevents-batch+json".into());
        assert_eq!(structured(&batch, b"[]"), Err(BATCH));
        assert_eq!(structured(&message("ce-", "text/plain", &[]), b"hej"), Err(NOT_JSON));
        let nothing = [("ce-x", AMQPValue::Void)];
        assert_eq!(structured(&message("ce-", "application/json", &nothing), b"{}"), Err(HEADER));
    }
}
