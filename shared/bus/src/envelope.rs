//! CloudEvents 1.0 in its structured JSON form: what publishers send.

use bevaka_domain::event::Origin;
use serde::{
    Deserialize, Deserializer,
    de::{Error as _, IgnoredAny, MapAccess, Visitor},
};
use serde_json::value::RawValue;
use std::{borrow::Cow, collections::BTreeMap, fmt};

/// The media type of a body.
pub const CONTENT_TYPE: &str = "application/cloudevents+json";
/// The extension attribute by which Bevaka marks what its operators publish.
pub const ORIGIN: &str = "bevakaorigin";

/// Attributes that describe the way of an event and not the event (CloudEvents 1.0 and its documented extensions): they may
/// stand in an envelope and are not read.
const NOT_READ: [&str; 13] = [
    "authclaims",
    "authid",
    "authtype",
    "causationid",
    "correlationid",
    "dataschema",
    "partitionkey",
    "recordedtime",
    "sampledrate",
    "sequence",
    "sequencetype",
    "traceparent",
    "tracestate",
];

/// The envelope as it came: well-formed JSON with the attributes that Bevaka reads, not yet checked against any rule.
#[derive(Clone, Debug)]
pub struct Envelope {
    /// Always `1.0`.
    pub specversion: String,
    /// The publisher's id; with `source` it identifies the event.
    pub id: String,
    /// The publisher.
    pub source: String,
    /// The kind, by the attribute `type`.
    pub kind: String,
    /// The organisation number of the company whose event it is.
    pub subject: String,
    /// When it happened, RFC 3339.
    pub time: String,
    /// The bank's key of the one user it is addressed to (an extension attribute of Bevaka).
    pub recipient: Option<String>,
    /// By what Bevaka published it, whatever stands there ([`ORIGIN`]); see [`Envelope::origin`].
    pub bevakaorigin: Option<Box<RawValue>>,
    /// The media type of the data.
    pub datacontenttype: Option<String>,
    /// The data of the kind, kept as they came.
    pub data: Option<Box<RawValue>>,
    /// The same in Base64, as some SDKs send them.
    pub data_base64: Option<String>,
    /// The first attribute that is none that Bevaka knows.
    pub unknown: Option<String>,
}

impl<'de> Deserialize<'de> for Envelope {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Attributes)
    }
}

struct Attributes;

impl<'de> Visitor<'de> for Attributes {
    type Value = Envelope;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an event")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Envelope, A::Error> {
        let (mut specversion, mut id, mut source, mut kind, mut subject, mut time) =
            (None, None, None, None, None, None);
        let (mut recipient, mut bevakaorigin, mut datacontenttype) = (None, None, None);
        let (mut data, mut data_base64, mut unknown) = (None, None, None);
        while let Some(name) = map.next_key::<Cow<'de, str>>()? {
            match &*name {
                "specversion" => once(&mut specversion, "specversion", &mut map)?,
                "id" => once(&mut id, "id", &mut map)?,
                "source" => once(&mut source, "source", &mut map)?,
                "type" => once(&mut kind, "type", &mut map)?,
                "subject" => once(&mut subject, "subject", &mut map)?,
                "time" => once(&mut time, "time", &mut map)?,
                "recipient" => once(&mut recipient, "recipient", &mut map)?,
                ORIGIN => once(&mut bevakaorigin, ORIGIN, &mut map)?,
                "datacontenttype" => once(&mut datacontenttype, "datacontenttype", &mut map)?,
                "data" => once(&mut data, "data", &mut map)?,
                "data_base64" => once(&mut data_base64, "data_base64", &mut map)?,
                name => {
                    map.next_value::<IgnoredAny>()?;
                    if unknown.is_none() && !NOT_READ.contains(&name) {
                        unknown = Some(name.to_owned());
                    }
                }
            }
        }
        let missing = A::Error::missing_field;
        Ok(Envelope {
            specversion: specversion.ok_or_else(|| missing("specversion"))?,
            id: id.ok_or_else(|| missing("id"))?,
            source: source.ok_or_else(|| missing("source"))?,
            kind: kind.ok_or_else(|| missing("type"))?,
            subject: subject.ok_or_else(|| missing("subject"))?,
            time: time.ok_or_else(|| missing("time"))?,
            recipient: recipient.flatten(),
            bevakaorigin: bevakaorigin.flatten(),
            datacontenttype: datacontenttype.flatten(),
            data: data.flatten(),
            data_base64: data_base64.flatten(),
            unknown,
        })
    }
}

/// Reads an attribute, which may stand there once.
fn once<'de, A: MapAccess<'de>, T: Deserialize<'de>>(
    slot: &mut Option<T>,
    name: &'static str,
    map: &mut A,
) -> Result<(), A::Error> {
    if slot.is_some() {
        return Err(A::Error::duplicate_field(name));
    }
    *slot = Some(map.next_value()?);
    Ok(())
}

/// Why a body is no envelope. Never holds a part of the body.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeFault {
    /// Not UTF-8.
    #[error("the body is not UTF-8: byte {0} begins no character")]
    Encoding(usize),
    /// Several events in one message.
    #[error("the body is a batch; publish each event as a message of its own")]
    Batch,
    /// Not JSON, or not the attributes of an event.
    #[error("{0}")]
    Json(String),
}

impl Envelope {
    /// Reads a body.
    ///
    /// # Errors
    /// [`EnvelopeFault`] tells the line and column, or the attribute that is missing.
    pub fn parse(body: &[u8]) -> Result<Self, EnvelopeFault> {
        let text = std::str::from_utf8(body).map_err(|fault| EnvelopeFault::Encoding(fault.valid_up_to()))?;
        serde_json::from_str(text).map_err(|fault| {
            if text.trim_start().starts_with('[') {
                EnvelopeFault::Batch
            } else {
                EnvelopeFault::Json(without_values(&fault))
            }
        })
    }

    /// By what it came in, if it has a mark that can be read. A mark that cannot is none: it loses no event.
    pub fn origin(&self) -> Option<Origin> {
        serde_json::from_str(self.bevakaorigin.as_ref()?.get()).ok()
    }
}

/// The body of an event with this mark instead of the one that it may have; the data stay as they came.
///
/// # Errors
/// [`EnvelopeFault`] if the body is no JSON object.
pub fn marked(body: &[u8], origin: Origin) -> Result<Vec<u8>, EnvelopeFault> {
    let json = |fault: serde_json::Error| EnvelopeFault::Json(without_values(&fault));
    let text = std::str::from_utf8(body).map_err(|fault| EnvelopeFault::Encoding(fault.valid_up_to()))?;
    let mut attributes: BTreeMap<String, Box<RawValue>> = serde_json::from_str(text).map_err(json)?;
    attributes.insert(ORIGIN.to_owned(), serde_json::value::to_raw_value(&origin).map_err(json)?);
    serde_json::to_vec(&attributes).map_err(json)
}

/// serde names the offending value in some messages; the attribute and the place are enough.
fn without_values(fault: &serde_json::Error) -> String {
    let at = format!("at line {} column {}", fault.line(), fault.column());
    let message = fault.to_string();
    if message.starts_with("missing field") || message.starts_with("duplicate field") {
        let what = message.split(" at line").next().unwrap_or_default();
        return format!("{what} {at}");
    }
    match fault.classify() {
        serde_json::error::Category::Eof => format!("the JSON ends too early {at}"),
        serde_json::error::Category::Syntax => format!("not JSON {at}"),
        _ => format!("an attribute has the wrong type {at}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(body: &[u8]) -> String {
        Envelope::parse(body).unwrap_err().to_string()
    }

    #[test]
    fn an_envelope_keeps_its_data_as_they_came() {
        let body = br#"{"specversion":"1.0","id":"1","source":"/pay","type":"payment.rejected","subject":"556016-0680",
            "time":"2026-11-21T13:02:00Z","traceparent":"00-x","data": {"a" : "\u0000"} }"#;
        let envelope = Envelope::parse(body).unwrap();
        assert_eq!(envelope.data.unwrap().get(), r#"{"a" : "\u0000"}"#);
        assert_eq!(envelope.recipient, None);
    }

    #[test]
    fn a_mark_is_set_and_replaced_and_leaves_the_data_alone() {
        let body = br#"{"specversion":"1.0","id":"1","source":"/pay","type":"payment.rejected","subject":"556016-0680",
            "time":"2026-11-21T13:02:00Z","traceparent":"00-x","data": {"a" : 1.10, "a": "\u00e5"} }"#;
        let mut marked = body.to_vec();
        for origin in [Origin::Injection(uuid(1)), Origin::DeadLetter(uuid(2))] {
            marked = super::marked(&marked, origin).unwrap();
            let envelope = Envelope::parse(&marked).unwrap();
            assert_eq!(envelope.origin(), Some(origin));
            assert_eq!(envelope.data.unwrap().get(), r#"{"a" : 1.10, "a": "\u00e5"}"#);
        }
        assert!(String::from_utf8(marked).unwrap().contains("traceparent"));
        assert!(super::marked(b"[]", Origin::Injection(uuid(1))).is_err());
    }

    #[test]
    fn a_mark_that_cannot_be_read_is_none() {
        for mark in ["null", "7", "{}", "\"injection:7\"", "\"replay\""] {
            let body = format!(
                r#"{{"specversion":"1.0","id":"1","source":"/pay","type":"a.b","subject":"5","time":"t",
                "bevakaorigin":{mark}}}"#
            );
            assert_eq!(Envelope::parse(body.as_bytes()).unwrap().origin(), None, "{mark}");
        }
    }

    fn uuid(n: u128) -> uuid::Uuid {
        uuid::Uuid::from_u128(n)
    }

    #[test]
    fn faults_name_the_place_and_never_the_content() {
        assert_eq!(fault(b""), "the JSON ends too early at line 1 column 0");
        assert_eq!(fault(b"{\"id\":"), "the JSON ends too early at line 1 column 6");
        assert_eq!(fault(b"hemligt"), "not JSON at line 1 column 1");
        assert!(fault(b"{}").starts_with("missing field `specversion`"));
        assert!(fault(br#"{"specversion":"1.0","specversion":"1.0"}"#).starts_with("duplicate field"));
        assert_eq!(fault(b"\"\xff\""), "the body is not UTF-8: byte 1 begins no character");
        assert!(!fault(br#"{"id": 4711}"#).contains("4711"));
    }

    #[test]
    fn the_first_attribute_that_nobody_knows_is_kept_by_name() {
        let with = |more: &str| {
            let body = format!(
                r#"{{"specversion":"1.0","id":"1","source":"/p","type":"a.b","subject":"5","time":"t"{more}}}"#
            );
            Envelope::parse(body.as_bytes()).unwrap().unknown
        };
        assert_eq!(with(""), None);
        assert_eq!(with(r#","traceparent":"00","dataschema":"x","datacontenttype":null"#), None);
        assert_eq!(with(r#","Recipient":"anna","x":1"#).as_deref(), Some("Recipient"));
        assert_eq!(with(r#","reci\u0070ient":"anna""#), None, "written otherwise, it is the same name");
    }

    #[test]
    fn a_batch_is_called_a_batch() {
        assert!(fault(b" [{}]").contains("batch"));
    }

    #[test]
    fn deep_nesting_is_refused_and_does_not_overflow() {
        let mut body = b"{\"specversion\":\"1.0\",\"x\":".to_vec();
        body.extend(vec![b'['; 200_000]);
        assert!(fault(&body).contains("line 1"));
    }
}
