//! Which language a request is answered in: `?lang=`, then the cookie, else Swedish.

use axum::{
    extract::{FromRequestParts, Request},
    http::{HeaderMap, HeaderValue, header, request::Parts},
    middleware::Next,
    response::Response,
};
use bevaka_domain::language::Language;
use std::convert::Infallible;

const COOKIE: &str = "lang";
const PARAMETER: &str = "lang";
const YEAR_S: u32 = 365 * 24 * 60 * 60;

/// The language of a request, as an extractor that cannot fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestLanguage(pub Language);

impl<S: Sync> FromRequestParts<S> for RequestLanguage {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let asked = asked_for(parts.uri.query());
        Ok(Self(asked.or_else(|| remembered(&parts.headers)).unwrap_or_default()))
    }
}

/// Middleware that keeps what `?lang=` asked for in a cookie.
pub async fn remember(request: Request, next: Next) -> Response {
    let asked = asked_for(request.uri().query());
    let mut response = next.run(request).await;
    let cookie = asked
        .map(|language| format!("{COOKIE}={language}; Path=/; Max-Age={YEAR_S}; HttpOnly; SameSite=Lax"));
    if let Some(cookie) = cookie.and_then(|text| HeaderValue::try_from(text).ok()) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// The address of this page in the other language; other parameters stay.
pub fn switch_href(path: &str, query: Option<&str>, to: Language) -> String {
    let kept = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .filter(|(name, _)| name != PARAMETER);
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(kept)
        .append_pair(PARAMETER, to.code())
        .finish();
    format!("{path}?{query}")
}

fn asked_for(query: Option<&str>) -> Option<Language> {
    url::form_urlencoded::parse(query?.as_bytes())
        .find(|(name, _)| name == PARAMETER)
        .and_then(|(_, value)| value.parse().ok())
}

fn remembered(headers: &HeaderMap) -> Option<Language> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE)
        .and_then(|(_, value)| value.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn language(uri: &str, cookie: &'static str) -> Language {
        let request = Request::builder().uri(uri).header(header::COOKIE, cookie).body(()).unwrap();
        let mut parts = request.into_parts().0;
        RequestLanguage::from_request_parts(&mut parts, &()).await.unwrap().0
    }

    #[tokio::test]
    async fn swedish_comes_first_then_the_cookie_then_the_parameter() {
        assert_eq!(language("/", "").await, Language::Swedish);
        assert_eq!(language("/", "a=b; lang=en").await, Language::English);
        assert_eq!(language("/?x=1&lang=sv", "lang=en").await, Language::Swedish);
        assert_eq!(language("/?lang=de", "lang=xx").await, Language::Swedish);
    }

    #[test]
    fn the_switch_keeps_other_parameters() {
        let href = switch_href("/a", Some("lang=sv&q=x%26y"), Language::English);
        assert_eq!(href, "/a?q=x%26y&lang=en");
        assert_eq!(switch_href("/a", None, Language::Swedish), "/a?lang=sv");
    }
}
