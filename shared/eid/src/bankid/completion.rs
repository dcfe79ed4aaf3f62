//! What BankID answers when a person is done: the proof, kept byte for byte.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde::{Deserialize, Serialize};
use std::fmt;

/// The answer to a collect that says complete. What BankID sent is kept whole, so that it can be checked again.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Completion {
    raw: String,
    answer: Answer,
}

/// A text that is no answer saying complete. Names the place, never a value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidCompletion {
    /// Not JSON, or a field is missing or of the wrong kind.
    #[error("line {line}, column {column} of BankID's answer is not what its API describes")]
    Json {
        /// Counted from 1.
        line: usize,
        /// Counted from 1.
        column: usize,
    },
    /// The order is not complete.
    #[error("the status of the order is not complete")]
    Status,
    /// A field is not base64.
    #[error("{0} is not base64")]
    Base64(&'static str),
}

#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    order_ref: String,
    status: String,
    completion_data: Data,
}

#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Data {
    user: User,
    device: Device,
    #[serde(default)]
    bank_id_issue_date: Option<String>,
    #[serde(default)]
    risk: Option<String>,
    signature: String,
    ocsp_response: String,
}

/// Who signed, as BankID says.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct User {
    /// Twelve digits.
    pub personal_number: String,
    /// The whole name.
    pub name: String,
    /// The given name.
    pub given_name: String,
    /// The surname.
    pub surname: String,
}

/// The device with the BankID.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Device {
    /// Its address on the network.
    pub ip_address: String,
    /// The app's own mark of the device.
    #[serde(default)]
    pub uhi: Option<String>,
}

impl Completion {
    /// Reads BankID's answer to a collect.
    ///
    /// # Errors
    /// [`InvalidCompletion`] where the answer does not say complete, with all that belongs to it.
    pub fn parse(raw: String) -> Result<Self, InvalidCompletion> {
        let answer: Answer = serde_json::from_str(&raw)
            .map_err(|fault| InvalidCompletion::Json { line: fault.line(), column: fault.column() })?;
        if answer.status != "complete" {
            return Err(InvalidCompletion::Status);
        }
        Ok(Self { raw, answer })
    }

    /// What BankID sent, byte for byte.
    pub fn raw(&self) -> &str {
        &self.raw
    }

    /// The order that this completes.
    pub fn order_ref(&self) -> &str {
        &self.answer.order_ref
    }

    /// Who signed, as BankID says; whether the signature agrees is for [`crate::signature::verify`].
    pub fn user(&self) -> &User {
        &self.answer.completion_data.user
    }

    /// The device with the BankID.
    pub fn device(&self) -> &Device {
        &self.answer.completion_data.device
    }

    /// The day on which the BankID was issued, as BankID writes it.
    pub fn issued_on(&self) -> Option<&str> {
        self.answer.completion_data.bank_id_issue_date.as_deref()
    }

    /// How risky BankID holds the order to be, where it was asked: `low`, `moderate` or `high`.
    pub fn risk(&self) -> Option<&str> {
        self.answer.completion_data.risk.as_deref()
    }

    /// The XML signature.
    ///
    /// # Errors
    /// [`InvalidCompletion::Base64`].
    pub fn signature(&self) -> Result<Vec<u8>, InvalidCompletion> {
        let decoded = BASE64_STANDARD.decode(&self.answer.completion_data.signature);
        decoded.map_err(|_| InvalidCompletion::Base64("completionData.signature"))
    }

    /// The answer whether the certificate is revoked, in DER.
    ///
    /// # Errors
    /// [`InvalidCompletion::Base64`].
    pub fn ocsp_response(&self) -> Result<Vec<u8>, InvalidCompletion> {
        let decoded = BASE64_STANDARD.decode(&self.answer.completion_data.ocsp_response);
        decoded.map_err(|_| InvalidCompletion::Base64("completionData.ocspResponse"))
    }
}

impl TryFrom<String> for Completion {
    type Error = InvalidCompletion;

    fn try_from(raw: String) -> Result<Self, InvalidCompletion> {
        Self::parse(raw)
    }
}

impl From<Completion> for String {
    fn from(completion: Completion) -> Self {
        completion.raw
    }
}

impl fmt::Debug for Completion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Completion").field("order_ref", &self.answer.order_ref).finish_non_exhaustive()
    }
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("User(…)")
    }
}

impl fmt::Debug for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Device(…)")
    }
}
