//! The evidence of one signature: a document that can be checked years later, offline, without Bevaka (R10).
//!
//! It is JSON, with the signed text and BankID's answer in it as they were. What is needed besides is a profile with
//! the trust anchors.

mod report;
#[cfg(test)]
mod tests;

use crate::{
    bankid::{Completion, Method},
    ocra::{Suite, check_number},
    profile::Profile,
    signature::{self, Expected, Purpose, Signatory},
};
use base64::{Engine, prelude::BASE64_STANDARD};
pub use report::{Line, Outcome, Point, Report, Verdict};
use serde::{Deserialize, Serialize, de::IgnoredAny};
use sha2::{Digest, Sha256};
use std::fmt;
use time::OffsetDateTime;

/// What the document says it is.
const FORMAT: &str = "bevaka-evidence";
/// The version of the format that is written, and the only one there has been.
const VERSION: u32 = 1;

/// Everything to check one signature.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    format: String,
    version: u32,
    /// Our id of the order.
    pub order: String,
    /// Who was to sign: twelve digits.
    pub signatory: String,
    /// What was to be signed, byte for byte.
    pub text: String,
    /// SHA-256 of the text, 64 lower-case hexadecimal digits.
    pub text_sha256: String,
    /// When the bank recorded it.
    #[serde(with = "time::serde::rfc3339")]
    pub recorded_at: OffsetDateTime,
    /// The person's network address, as the bank saw it.
    pub address: String,
    /// How it was signed.
    pub proof: Proof,
}

/// How a text was signed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Proof {
    /// With BankID. Anybody can verify it.
    #[serde(rename = "bankid")]
    BankId {
        /// Which kind of BankID was asked for.
        method: Method,
        /// What was signed along with the text, in base64.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        non_visible: Option<NonVisible>,
        /// BankID's whole answer, byte for byte.
        completion: Box<Completion>,
    },
    /// With a security token. Bank and token share one key, so nobody without it can verify the code, and the bank could
    /// have made it: this is what the bank recorded, and no more.
    SecurityToken {
        /// Which token.
        serial: String,
        /// The suite of RFC 6287.
        suite: String,
        /// What the person typed into the token.
        challenge: String,
        /// What the token answered.
        response: String,
        /// When the bank found the answer right.
        #[serde(with = "time::serde::rfc3339")]
        at: OffsetDateTime,
        /// What a reader of the document must know of such codes.
        note: Note,
    },
}

/// Says in every document with a security token's code what the code is worth. Whatever was read, this is written.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(from = "IgnoredAny", into = "&'static str")]
pub struct Note;

/// Data signed along with a text; base64 in JSON.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct NonVisible(pub Vec<u8>);

/// Why a document is no bundle. Holds nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidBundle {
    /// Not JSON, or not these fields.
    #[error("line {line}, column {column}: this is no evidence document, or it is damaged")]
    Json {
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
    },
    /// Another format.
    #[error("this is no document of the format {FORMAT}")]
    Format,
    /// A version of later programs.
    #[error("the document has version {0}; this program reads version {VERSION}")]
    Version(u32),
}

#[derive(Deserialize)]
struct Head {
    format: String,
    version: u32,
}

/// What a new bundle is made of.
pub struct Record<'a> {
    /// Our id of the order.
    pub order: &'a str,
    /// Who was to sign: twelve digits.
    pub signatory: &'a str,
    /// What was to be signed.
    pub text: &'a str,
    /// Now.
    pub recorded_at: OffsetDateTime,
    /// The person's network address.
    pub address: &'a str,
    /// How it was signed.
    pub proof: Proof,
}

impl Bundle {
    /// The evidence of a signature.
    pub fn new(record: Record<'_>) -> Self {
        Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            order: record.order.to_owned(),
            signatory: record.signatory.to_owned(),
            text: record.text.to_owned(),
            text_sha256: sha256(record.text),
            recorded_at: record.recorded_at,
            address: record.address.to_owned(),
            proof: record.proof,
        }
    }

    /// Reads a document.
    ///
    /// # Errors
    /// [`InvalidBundle`] where it is something else, damaged, or of a later version.
    pub fn parse(json: &str) -> Result<Self, InvalidBundle> {
        let fault =
            |error: serde_json::Error| InvalidBundle::Json { line: error.line(), column: error.column() };
        let head: Head = serde_json::from_str(json).map_err(fault)?;
        if head.format != FORMAT {
            return Err(InvalidBundle::Format);
        }
        if head.version != VERSION {
            return Err(InvalidBundle::Version(head.version));
        }
        serde_json::from_str(json).map_err(fault)
    }

    /// The document as text, readable by people.
    ///
    /// # Errors
    /// Where a time cannot be written: years beyond 9999.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self)
    }

    /// Checks everything that can be checked with the bundle and the trust anchors alone.
    pub fn verify(&self, profile: &Profile) -> Report {
        let mut lines = vec![Line::new(Point::TextHash, self.text_sha256 == sha256(&self.text))];
        let verdict = match &self.proof {
            Proof::BankId { method, non_visible, completion } => {
                let expected = Expected {
                    purpose: Purpose::Signing,
                    method: *method,
                    signatory: Signatory::Person(&self.signatory),
                    visible: Some(&self.text),
                    non_visible: non_visible.as_ref().map(|data| data.0.as_slice()),
                };
                let result = signature::verify(completion, &expected, profile);
                lines.extend(report::of_signature(&result));
                result.map_or(Verdict::Refuted, Verdict::Proved)
            }
            Proof::SecurityToken { suite, challenge, response, .. } => {
                lines.push(Line::new(Point::Challenge, challenge.ends_with(&check_number(&self.text))));
                lines.push(Line::new(Point::Response, is_response(suite, response)));
                Verdict::Recorded
            }
        };
        Report::new(lines, verdict)
    }
}

/// Whether an answer is one that a token could have given, by its suite.
fn is_response(suite: &str, response: &str) -> bool {
    let digits = Suite::parse(suite).map(|suite| usize::from(suite.digits()));
    digits == Ok(response.len()) && response.bytes().all(|byte| byte.is_ascii_digit())
}

/// The hash of a text as evidence and the trail name it: SHA-256 in 64 hexadecimal digits.
pub fn sha256(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}

impl TryFrom<String> for NonVisible {
    type Error = base64::DecodeError;

    fn try_from(text: String) -> Result<Self, base64::DecodeError> {
        BASE64_STANDARD.decode(text).map(Self)
    }
}

impl From<NonVisible> for String {
    fn from(data: NonVisible) -> Self {
        BASE64_STANDARD.encode(data.0)
    }
}

impl From<IgnoredAny> for Note {
    fn from(_: IgnoredAny) -> Self {
        Self
    }
}

impl From<Note> for &'static str {
    fn from(_: Note) -> Self {
        "The code was made with a key that the token and the bank share. It shows what the bank recorded; it cannot be \
         proved without the bank's key, which could have made it too."
    }
}

impl fmt::Debug for Bundle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bundle").field("order", &self.order).finish_non_exhaustive()
    }
}
