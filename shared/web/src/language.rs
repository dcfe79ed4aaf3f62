//! Which language a request is answered in: `?lang=`, then the cookie, else Swedish.

use axum::{
    extract::{FromRequestParts, Request},
    http::{HeaderMap, HeaderValue, header, request::Parts},
    middleware::Next,
    response::Response,
};
use bevaka_domain::language::Language;
use std::convert::Infallible;
use url::form_urlencoded::Serializer;

const COOKIE: &str = "lang";
const PARAMETER: &str = "lang";
const YEAR_S: u32 = 365 * 24 * 60 * 60;

/// The language of a request, as an extractor that cannot fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestLanguage(pub Language);

impl<S: Sync> FromRequestParts<S> for RequestLanguage {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let Ok(ChosenLanguage(chosen)) = ChosenLanguage::from_request_parts(parts, state).await;
        Ok(Self(chosen.unwrap_or_default()))
    }
}

/// The language that this browser was switched to, as an extractor that cannot fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChosenLanguage(pub Option<Language>);

impl<S: Sync> FromRequestParts<S> for ChosenLanguage {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let asked = asked_for(parts.uri.query());
        Ok(Self(asked.or_else(|| remembered(&parts.headers))))
    }
}

/// Middleware that keeps what `?lang=` asked for in a cookie.
pub async fn remember(request: Request, next: Next) -> Response {
    let asked = asked_for(request.uri().query());
    let response = next.run(request).await;
    match asked {
        Some(language) => keep(language, response),
        None => response,
    }
}

/// The answer, with a cookie by which the browser keeps to a language.
pub fn keep(language: Language, mut response: Response) -> Response {
    let cookie = format!("{COOKIE}={language}; Path=/; Max-Age={YEAR_S}; HttpOnly; SameSite=Lax");
    if let Ok(cookie) = HeaderValue::try_from(cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response
}

/// The address of this page in the other language; other parameters stay.
pub fn switch_href(path: &str, query: Option<&str>, to: Language) -> String {
    let query = others(query).append_pair(PARAMETER, to.code()).finish();
    format!("{path}?{query}")
}

/// The address of this page without a switch in it; other parameters stay.
pub fn without_switch(path: &str, query: Option<&str>) -> String {
    let query = others(query).finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

fn others(query: Option<&str>) -> Serializer<'static, String> {
    let kept = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes())
        .filter(|(name, _)| name != PARAMETER);
    let mut others = Serializer::new(String::new());
    others.extend_pairs(kept);
    others
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
        assert_eq!(without_switch("/a", Some("lang=sv&q=x%26y")), "/a?q=x%26y");
        assert_eq!(without_switch("/a", Some("lang=sv")), "/a");
    }
}
