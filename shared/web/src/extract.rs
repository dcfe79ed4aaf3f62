//! Extractors of the APIs: whatever does not fit is refused by a [`Problem`] that names the field.

use crate::problem::Problem;
use axum::{
    extract::{FromRequestParts, Path},
    http::{HeaderMap, header, request::Parts},
};
use serde::de::DeserializeOwned;
use std::{fmt::Display, str::FromStr};

/// The one id in the address. Text that is no id is answered as an id that does not exist: 404.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Id<T>(pub T);

impl<S: Send + Sync, T: FromStr> FromRequestParts<S> for Id<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let text = Path::<String>::from_request_parts(parts, state).await;
        text.ok().and_then(|Path(text)| text.parse().ok()).map(Self).ok_or_else(Problem::not_found)
    }
}

/// The parameters of the query. In contrast to [`axum::extract::Query`], its refusal names the parameter and never quotes
/// its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueryParams<T>(pub T);

impl<S: Sync, T: DeserializeOwned> FromRequestParts<S> for QueryParams<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        parse_query(parts.uri.query().unwrap_or_default()).map(Self)
    }
}

fn parse_query<T: DeserializeOwned>(query: &str) -> Result<T, Problem> {
    let pairs = serde_urlencoded::Deserializer::new(url::form_urlencoded::parse(query.as_bytes()));
    serde_path_to_error::deserialize(pairs).map_err(|error| Problem::invalid(field_of(&error)))
}

/// The path to the wrong field. A missing or repeated field has no path of its own; serde names it in its message.
pub(crate) fn field_of<E: Display>(error: &serde_path_to_error::Error<E>) -> String {
    let path = error.path().to_string();
    let message = error.inner().to_string();
    let named = ["missing field `", "duplicate field `"]
        .into_iter()
        .find_map(|prefix| message.strip_prefix(prefix)?.split('`').next());
    match (path.as_str(), named) {
        (".", Some(name)) => name.to_owned(),
        (path, Some(name)) if path == name || path.ends_with(&format!(".{name}")) => path.to_owned(),
        (path, Some(name)) => format!("{path}.{name}"),
        (path, None) => path.to_owned(),
    }
}

/// The token of the Authorization header. The scheme's name is read in any case (RFC 9110, 11.1).
pub fn bearer_token(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Params {
        source: String,
        limit: Option<u32>,
    }

    #[test]
    fn a_wrong_parameter_is_named_and_its_value_is_not_repeated() {
        let good = parse_query::<Params>("source=a%20b&limit=2").unwrap();
        assert_eq!(good, Params { source: "a b".to_owned(), limit: Some(2) });
        for (query, field) in [
            ("source=a&limit=hunter2", "limit"),
            ("source=a&limit=-1", "limit"),
            ("limit=1", "source"),
            ("source=a&x=hunter2", "x"),
            ("source=a&source=hunter2", "source"),
        ] {
            let problem = parse_query::<Params>(query).unwrap_err();
            assert_eq!(problem.field.as_deref(), Some(field), "{query}");
            assert!(!format!("{problem:?}").contains("hunter2"), "{query}");
        }
    }

    #[test]
    fn a_bearer_token_is_read_whatever_the_case_of_its_scheme() {
        let read = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::AUTHORIZATION, value.parse().unwrap());
            bearer_token(&headers).map(str::to_owned)
        };
        assert_eq!(read("Bearer abc").as_deref(), Some("abc"));
        assert_eq!(read("BEARER  abc ").as_deref(), Some("abc"));
        assert_eq!(read("Basic abc"), None);
        assert_eq!(read("Bearer"), None);
    }
}
