//! What a provider's answer means.

use super::{
    config::{GatewayConfig, ResponseRule, Signs},
    direct::{Answer, NoAnswer},
};
use bevaka_domain::delivery::Outcome;
use reqwest::{
    Response, StatusCode,
    header::{DATE, HeaderMap, RETRY_AFTER},
};
use serde_json::Value;
use std::time::Duration;

/// No provider's answer is longer; what comes after it is not read.
pub(super) const MAX_BODY: usize = 64 * 1024;

/// A code that the file does not list is shown only if it is too short to be a phone number.
const MAX_UNLISTED: usize = 6;

/// Reads an answer to its end.
pub(super) async fn outcome(config: &GatewayConfig, response: Response) -> Outcome {
    let (status, after) = (response.status(), retry_after(response.headers()));
    let body = read(response).await;
    judge(config, status, after, body.as_deref())
}

/// The same for an answer that came straight.
pub(super) fn of_direct(config: &GatewayConfig, answer: Result<Answer, NoAnswer>) -> Outcome {
    match answer {
        Ok(Answer { status, headers, body }) => judge(config, status, retry_after(&headers), body.as_deref()),
        Err(NoAnswer::ConnectFailed) => Outcome::ChannelDown { cause: "connect_failed".into() },
        Err(NoAnswer::ConnectTimeout) => Outcome::ChannelDown { cause: "connect_timeout".into() },
        Err(NoAnswer::Timeout) => Outcome::Unknown { cause: "timeout".into() },
        Err(NoAnswer::ConnectionLost) => Outcome::Unknown { cause: "connection_lost".into() },
    }
}

/// No request can be made of the settings.
pub(super) fn unusable() -> Outcome {
    Outcome::ChannelDown { cause: "request_unusable".into() }
}

/// The request was sent, or could not be, and no answer came.
pub(super) fn without_answer(fault: &reqwest::Error) -> Outcome {
    match (fault.is_connect(), fault.is_timeout()) {
        (true, true) => Outcome::ChannelDown { cause: "connect_timeout".into() },
        (true, false) => Outcome::ChannelDown { cause: "connect_failed".into() },
        (false, true) => Outcome::Unknown { cause: "timeout".into() },
        (false, false) if fault.is_builder() => unusable(),
        // The client repeats by itself what it knows was not sent.
        (false, false) => Outcome::Unknown { cause: "connection_lost".into() },
    }
}

async fn read(mut response: Response) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.ok()? {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_BODY {
            return None;
        }
    }
    Some(body)
}

/// Seconds, or a date; a date is measured against the provider's own clock.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let value = text(RETRY_AFTER)?;
    if let Ok(seconds) = value.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let then = httpdate::parse_http_date(value).ok()?;
    then.duration_since(httpdate::parse_http_date(text(DATE)?).ok()?).ok()
}

/// What a body says about a request whose HTTP status is a success.
enum Verdict {
    Confirmed,
    Denied,
    Illegible,
}

fn judge(
    config: &GatewayConfig,
    status: StatusCode,
    after: Option<Duration>,
    body: Option<&[u8]>,
) -> Outcome {
    let rule = &config.response;
    let json = body.and_then(|body| serde_json::from_slice::<Value>(body).ok());
    let success = rule.success_statuses.iter().any(|listed| listed.0 == status.as_u16());
    let verdict = success.then(|| rule.verdict(json.as_ref(), body));
    if let Some(Verdict::Confirmed) = verdict {
        return match rule.reference(json.as_ref()) {
            // A provider that gives an id, and has given none, is not known to have taken it.
            None if rule.id.is_some() => Outcome::Unknown { cause: format!("http_{}", status.as_u16()) },
            reference => Outcome::Accepted { reference },
        };
    }
    let code = rule.code.as_ref().and_then(|pointer| scalar(json.as_ref()?, &pointer.0));
    let listed = |codes: &Signs| code.as_ref().is_some_and(|code| codes.codes.iter().any(|c| c.0 == *code));
    let errors = &config.errors;
    let lists = [&errors.permanent, &errors.transient, &errors.channel_down];
    let text = body.filter(|_| !success).map(|body| String::from_utf8_lossy(body).to_lowercase());
    let by_text = || {
        let text = text.as_deref()?;
        let says = |codes: &Signs| codes.texts.iter().any(|part| text.contains(&part.to_lowercase()));
        lists.into_iter().position(says)
    };
    let by_code = lists.into_iter().position(listed).or_else(by_text);
    let by_status = || lists.into_iter().position(|l| l.statuses.iter().any(|s| s.0 == status.as_u16()));
    let cause = match &code {
        Some(code) if by_code.is_some() || is_short(code) => format!("http_{}_{code}", status.as_u16()),
        _ => format!("http_{}", status.as_u16()),
    };
    match verdict.filter(|_| by_code.is_none()) {
        // The provider has the message and perhaps took it.
        Some(Verdict::Illegible) => return Outcome::Unknown { cause },
        // Not taken, for a reason the file does not know: no ground to give the alert up.
        Some(_) => return Outcome::Retry { cause, after },
        None => {}
    }
    match by_code.or_else(by_status) {
        Some(0) => Outcome::Rejected { cause },
        Some(1) => Outcome::Retry { cause, after },
        Some(_) => Outcome::ChannelDown { cause },
        None => by_class(status, cause, after),
    }
}

/// What a status means where the file says nothing.
fn by_class(status: StatusCode, cause: String, after: Option<Duration>) -> Outcome {
    match status.as_u16() {
        408 | 425 | 429 | 500.. => Outcome::Retry { cause, after },
        // Credentials, credit, sender, the address of the gateway itself: what the file does not say to be the recipient's
        // fault is the same for every message, and the alert waits until it is mended.
        300..=499 => Outcome::ChannelDown { cause },
        // A success that the file does not list: perhaps it was one.
        _ => Outcome::Unknown { cause },
    }
}

impl ResponseRule {
    fn verdict(&self, json: Option<&Value>, body: Option<&[u8]>) -> Verdict {
        if let (Some(pointer), Some(expected)) = (&self.success_pointer, &self.success_equals) {
            return match json.and_then(|json| scalar(json, &pointer.0)) {
                Some(found) if found == expected.0 => Verdict::Confirmed,
                Some(_) => Verdict::Denied,
                None => Verdict::Illegible,
            };
        }
        if self.success_prefixes.is_empty() {
            return Verdict::Confirmed;
        }
        match body {
            Some(body) if self.success_prefixes.iter().any(|start| body.starts_with(start.as_bytes())) => {
                Verdict::Confirmed
            }
            Some(_) => Verdict::Denied,
            None => Verdict::Illegible,
        }
    }

    fn reference(&self, json: Option<&Value>) -> Option<String> {
        let id = scalar(json?, &self.id.as_ref()?.0)?;
        ((1..=128).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_graphic())).then_some(id)
    }
}

/// A text, number or boolean in a JSON document, as a text.
pub(super) fn scalar(json: &Value, pointer: &str) -> Option<String> {
    match json.pointer(pointer)? {
        Value::String(text) => Some(text.clone()),
        value @ (Value::Number(_) | Value::Bool(_)) => Some(value.to_string()),
        _ => None,
    }
}

/// Whether a code that no file lists may be shown.
pub(super) fn is_short(code: &str) -> bool {
    (1..=MAX_UNLISTED).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_is_given_in_seconds_or_as_a_date() {
        let headers = |pairs: &[(reqwest::header::HeaderName, &str)]| {
            pairs.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect::<HeaderMap>()
        };
        let seconds = headers(&[(RETRY_AFTER, "90")]);
        assert_eq!(retry_after(&seconds), Some(Duration::from_secs(90)));
        let date = (RETRY_AFTER, "Sat, 21 Nov 2026 13:02:30 GMT");
        let both = headers(&[date.clone(), (DATE, "Sat, 21 Nov 2026 13:02:00 GMT")]);
        assert_eq!(retry_after(&both), Some(Duration::from_secs(30)));
        assert_eq!(retry_after(&headers(&[date])), None);
        assert_eq!(retry_after(&headers(&[(RETRY_AFTER, "soon")])), None);
    }
}
