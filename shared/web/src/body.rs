//! A JSON body whose refusal is a [`Problem`] and names the field.

use crate::{extract::field_of, problem::Problem};
use axum::{
    body::Bytes,
    extract::{FromRequest, Request, rejection::BytesRejection},
    http::{HeaderMap, StatusCode, header},
};
use serde::de::DeserializeOwned;

/// A JSON body. In contrast to [`axum::Json`], its refusal never quotes the input or names our types.
#[derive(Clone, Copy, Debug)]
pub struct JsonBody<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::not_json());
        }
        let bytes = Bytes::from_request(request, state).await.map_err(|fault| refused(&fault))?;
        parse(&bytes).map(Self)
    }
}

/// Reads JSON; for bodies that arrive by another way than a request.
///
/// # Errors
/// [`Problem`] says whether the text is not JSON, or which field does not fit.
pub fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|fault| {
        if fault.inner().is_data() { Problem::invalid(field_of(&fault)) } else { Problem::unreadable() }
    })?;
    reader.end().map_err(|_| Problem::unreadable())?;
    Ok(value)
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    kind == "application/json" || (kind.starts_with("application/") && kind.ends_with("+json"))
}

fn refused(fault: &BytesRejection) -> Problem {
    match fault.status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large(),
        _ => Problem::unreadable(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Order {
        #[allow(dead_code)]
        lines: Vec<Line>,
    }

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Line {
        #[allow(dead_code)]
        amount: u32,
    }

    fn refusal(text: &str) -> Problem {
        parse::<Order>(text.as_bytes()).unwrap_err()
    }

    #[test]
    fn a_wrong_field_is_named_and_its_value_is_not_repeated() {
        let problem = refusal(r#"{"lines":[{"amount":"hunter2"}]}"#);
        assert_eq!(problem.field.as_deref(), Some("lines[0].amount"));
        assert!(!problem.detail.contains("hunter2"));
        assert_eq!(refusal("{}").field.as_deref(), Some("lines"));
        assert_eq!(refusal(r#"{"lines":[{}]}"#).field.as_deref(), Some("lines[0].amount"));
        assert_eq!(refusal(r#"{"lines":[],"x":1}"#).field.as_deref(), Some("x"));
    }

    #[test]
    fn what_is_not_json_is_said_to_be_unreadable() {
        for text in ["", "{", "{\"lines\":[]} x", "\u{0}"] {
            assert_eq!(refusal(text).status, StatusCode::BAD_REQUEST, "{text}");
        }
    }

    #[tokio::test]
    async fn other_content_types_are_refused() {
        for (kind, taken) in [
            ("application/json; charset=utf-8", true),
            ("application/cloudevents+json", true),
            ("text/plain", false),
        ] {
            let request =
                Request::post("/").header("content-type", kind).body(Body::from("{\"lines\":[]}")).unwrap();
            let read = JsonBody::<Order>::from_request(request, &()).await;
            assert_eq!(read.is_ok(), taken, "{kind}");
        }
    }
}
