//! CloudEvents 1.0 in its structured JSON form: what publishers send.

use serde::Deserialize;
use serde_json::value::RawValue;

/// The media type of a body.
pub const CONTENT_TYPE: &str = "application/cloudevents+json";

/// The envelope as it came: well-formed JSON with the attributes that Bevaka reads, not yet checked against any rule.
#[derive(Clone, Debug, Deserialize)]
pub struct Envelope {
    /// Always `1.0`.
    pub specversion: String,
    /// The publisher's id; with `source` it identifies the event.
    pub id: String,
    /// The publisher.
    pub source: String,
    /// The kind.
    #[serde(rename = "type")]
    pub kind: String,
    /// The organisation number of the company whose event it is.
    pub subject: String,
    /// When it happened, RFC 3339.
    pub time: String,
    /// The bank's key of the one user it is addressed to (an extension attribute of Bevaka).
    #[serde(default)]
    pub recipient: Option<String>,
    /// The data of the kind, kept as they came.
    #[serde(default)]
    pub data: Option<Box<RawValue>>,
}

/// Why a body is no envelope. Never holds a part of the body.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeFault {
    /// Not UTF-8.
    #[error("the body is not UTF-8: byte {0} begins no character")]
    Encoding(usize),
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
        serde_json::from_str(text).map_err(|fault| EnvelopeFault::Json(without_values(&fault)))
    }
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
    fn deep_nesting_is_refused_and_does_not_overflow() {
        let mut body = b"{\"specversion\":\"1.0\",\"x\":".to_vec();
        body.extend(vec![b'['; 200_000]);
        assert!(fault(&body).contains("line 1"));
    }
}
