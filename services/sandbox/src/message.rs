//! What was received, as it is kept: one JSON line each.

use base64::{Engine, prelude::BASE64_STANDARD};
use bevaka_domain::{
    clock::Timestamp,
    sms::{Encoding, Sms},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Message {
    /// Counts up; the page's address of it.
    pub id: u64,
    /// What the sender was told that it is called.
    pub reference: String,
    pub received_at: Timestamp,
    pub from: String,
    pub to: String,
    #[serde(flatten)]
    pub content: Content,
}

/// An SMS as the gateway took it, or a mail as it came over the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "channel", rename_all = "lowercase")]
pub(crate) enum Content {
    Sms { text: String, status: Status },
    Email { raw: Raw },
}

/// What the gateway reports about an SMS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, strum::IntoStaticStr)]
#[serde(rename_all = "lowercase")]
#[strum(serialize_all = "lowercase")]
pub(crate) enum Status {
    Delivered,
    Failed,
}

impl Status {
    /// As the gateway's wire has it.
    pub(crate) fn word(self) -> &'static str {
        self.into()
    }
}

/// A message that has no id yet.
pub(crate) struct Draft {
    pub from: String,
    pub to: String,
    pub content: Content,
}

/// How an SMS travels: the encoding's name and the number of segments of exactly this text.
pub(crate) fn carriage(text: &str) -> (&'static str, u32) {
    let sms = Sms::new(text);
    // The sender may not have normalised; then the network carries the text as it came.
    if sms.text != text {
        return ("UCS-2", ucs2_segments(text));
    }
    match sms.encoding {
        Encoding::Gsm7 => ("GSM 03.38", sms.segments),
        Encoding::Ucs2 => ("UCS-2", sms.segments),
    }
}

fn ucs2_segments(text: &str) -> u32 {
    let units = u32::try_from(text.encode_utf16().count()).unwrap_or(u32::MAX);
    if units <= 70 { 1 } else { units.div_ceil(67) }
}

/// Bytes that need not be UTF-8, as base64 in the file.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Raw(pub Vec<u8>);

impl std::fmt::Debug for Raw {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} bytes", self.0.len())
    }
}

impl Serialize for Raw {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&BASE64_STANDARD.encode(&self.0))
    }
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        BASE64_STANDARD.decode(text).map(Self).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_sms_that_was_not_normalised_costs_what_it_came_with() {
        assert_eq!(carriage("Avvisad betalning"), ("GSM 03.38", 1));
        assert_eq!(carriage(&"å".repeat(161)), ("GSM 03.38", 2));
        assert_eq!(carriage(&"–".repeat(71)), ("UCS-2", 2));
        assert_eq!(carriage("Łódź"), ("UCS-2", 1));
    }
}
