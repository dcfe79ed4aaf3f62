//! Delivery reports: addresses that nobody can guess, and what a report says.

use super::{
    SmsGateway,
    answer::{is_short, scalar},
    config::{Encoding, Meaning, ReportRule, Verifier},
};
use axum::http::{HeaderMap, HeaderValue};
use base64::{Engine, prelude::BASE64_STANDARD};
use bevaka_domain::delivery::Report;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::Sha256;
use std::borrow::Cow;
use subtle::ConstantTimeEq;
use url::form_urlencoded;
use uuid::Uuid;

/// How much of the code an address holds, in bytes; written as twice as many hexadecimal digits.
const CODE_BYTES: usize = 16;

/// What a provider reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParsedReport {
    /// What became of the message.
    pub report: Report,
    /// Why it failed, as a code such as `dlr_undelivered_30005`.
    pub cause: Option<String>,
}

/// Why a report is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReportRefused {
    /// This gateway asks for none.
    #[error("no delivery reports are asked for")]
    NotAskedFor,
    /// The code in the address or the provider's signature is wrong.
    #[error("the report is not from the provider")]
    Forged,
    /// It does not say what became of the message.
    #[error("the report cannot be understood")]
    Illegible,
}

/// What makes and checks report addresses.
pub(super) struct Reporting {
    key: Hmac<Sha256>,
    twilio: Option<Hmac<Sha1>>,
    /// Up to the delivery's id.
    address: String,
    gateway: String,
}

impl Reporting {
    /// `None` if a key is unusable, which HMAC never says.
    pub fn new(
        rule: &ReportRule,
        gateway: &str,
        public_url: &str,
        report_secret: &str,
        secret: &str,
    ) -> Option<Self> {
        let twilio = match rule.verifier {
            Verifier::UrlHmac => None,
            Verifier::Twilio => Some(Hmac::new_from_slice(secret.as_bytes()).ok()?),
        };
        Some(Self {
            key: Hmac::new_from_slice(report_secret.as_bytes()).ok()?,
            twilio,
            address: format!("{}/dispatcher/reports/{gateway}", public_url.trim_end_matches('/')),
            gateway: gateway.to_owned(),
        })
    }

    /// The address to report to.
    pub fn url(&self, key: Uuid) -> String {
        format!("{}/{key}/{}", self.address, self.code(key))
    }

    fn code(&self, key: Uuid) -> String {
        let mut mac = self.key.clone();
        mac.update(format!("{}/{key}", self.gateway).as_bytes());
        let code = mac.finalize().into_bytes();
        hex::encode(&code[..CODE_BYTES])
    }

    fn is_genuine(&self, key: Uuid, hmac: &str, full_url: &str, headers: &HeaderMap, body: &[u8]) -> bool {
        let known = self.code(key).as_bytes().ct_eq(hmac.as_bytes());
        let signed = self.twilio.as_ref().is_none_or(|key| {
            let signature = headers.get("x-twilio-signature").map(HeaderValue::as_bytes);
            signature.is_some_and(|signature| twilio_signature(key, full_url, body).ct_eq(signature).into())
        });
        bool::from(known) && signed
    }
}

impl SmsGateway {
    /// Reads a report. `full_url` is the address as the provider called it, with its query; a proxy in between
    /// may have changed what the request shows.
    ///
    /// # Errors
    /// [`ReportRefused`] if no report is asked for, if it is forged, or if it says nothing.
    pub fn read_report(
        &self,
        key: Uuid,
        hmac: &str,
        full_url: &str,
        headers: &HeaderMap,
        query: Option<&str>,
        body: &[u8],
    ) -> Result<ParsedReport, ReportRefused> {
        let (Some(rule), Some(reporting)) = (&self.config.reports, &self.reporting) else {
            return Err(ReportRefused::NotAskedFor);
        };
        if !reporting.is_genuine(key, hmac, full_url, headers, body) {
            return Err(ReportRefused::Forged);
        }
        rule.parse(query.unwrap_or_default(), body).ok_or(ReportRefused::Illegible)
    }
}

impl ReportRule {
    fn parse(&self, query: &str, body: &[u8]) -> Option<ParsedReport> {
        let document = match self.encoding {
            Encoding::Query => Document::Pairs(form_urlencoded::parse(query.as_bytes()).collect()),
            Encoding::Form => Document::Pairs(form_urlencoded::parse(body).collect()),
            Encoding::Json => Document::Json(serde_json::from_slice(body).ok()?),
        };
        let status = document.get(&self.status)?;
        let report = match self.statuses.get(&status)? {
            Meaning::Underway => Report::Underway,
            Meaning::Delivered => Report::Delivered,
            Meaning::Failed => Report::Failed,
        };
        let code = self.code.as_ref().and_then(|name| document.get(name)).filter(|code| is_short(code));
        let cause = (report == Report::Failed).then(|| match code {
            Some(code) => format!("dlr_{status}_{code}"),
            None => format!("dlr_{status}"),
        });
        Some(ParsedReport { report, cause })
    }
}

/// A report's content.
enum Document<'a> {
    Pairs(Vec<(Cow<'a, str>, Cow<'a, str>)>),
    Json(serde_json::Value),
}

impl Document<'_> {
    fn get(&self, name: &str) -> Option<String> {
        match self {
            Self::Pairs(pairs) => {
                pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone().into_owned())
            }
            Self::Json(json) => scalar(json, name),
        }
    }
}

/// The address, then each parameter's name and value sorted by name, under HMAC-SHA1 in base64.
fn twilio_signature(key: &Hmac<Sha1>, full_url: &str, body: &[u8]) -> Vec<u8> {
    let mut parameters: Vec<_> = form_urlencoded::parse(body).collect();
    parameters.sort();
    let mut mac = key.clone();
    mac.update(full_url.as_bytes());
    for (name, value) in parameters {
        mac.update(name.as_bytes());
        mac.update(value.as_bytes());
    }
    BASE64_STANDARD.encode(mac.finalize().into_bytes()).into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_twilio_signature_is_reproduced() {
        let key = Hmac::new_from_slice(b"12345").unwrap();
        let body =
            b"To=%2B46701740605&SmsSid=SM0123&SmsStatus=delivered&AccountSid=AC1&ApiVersion=2010-04-01\
            &From=MinBank&MessageSid=SM0123&MessageStatus=delivered";
        let url = "https://hooks.bank.example/dlr/twilio?ref=evt-42";
        assert_eq!(twilio_signature(&key, url, body), b"zmn7OsClraHza+7H/Nwm/Vn5F48=");
    }
}
