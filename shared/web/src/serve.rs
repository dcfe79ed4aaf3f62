//! What every answer gets: security headers, the language cookie, refusals for unknown addresses and for forms that
//! another site sends.

use crate::{
    assets,
    language::{self, RequestLanguage},
    layout::Here,
    pages::{Pages, ViewError},
    problem::{Problem, Refusal},
};
use axum::{
    Router,
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, header},
    middleware::{Next, from_fn, map_response},
    response::{IntoResponse, Response},
};
use bevaka_domain::language::Language;
use std::{any::Any, future::ready};
use tower_http::{
    catch_panic::CatchPanicLayer,
    csrf::{CsrfLayer, ProtectionError},
};

/// Only what this server itself sends is loaded, and nobody may frame it.
const POLICY: &str = "default-src 'self'; base-uri 'none'; form-action 'self'; object-src 'none'; \
                      frame-ancestors 'none'";

/// The policy of a page with a form whose answer leads on to another site: browsers hold that, too, to be the form's
/// target. `site` is a scheme with a host and perhaps a port.
pub fn policy_with_form_to(site: &str) -> String {
    POLICY.replace("form-action 'self'", &format!("form-action 'self' {site}"))
}

/// A header that is already there stays: one page may need another policy, an asset another caching.
const HEADERS: [(HeaderName, &str); 4] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (header::CACHE_CONTROL, "no-store"),
];

/// Wraps the whole router of a process, once, after everything is merged into it, and adds the assets of every page.
/// `origins` are the sites that browsers know this process by; forms from there are taken whatever a proxy makes of the
/// header `Host`.
pub fn finish(router: Router, pages: Pages, origins: &[String]) -> Router {
    let (other, third) = (pages.clone(), pages.clone());
    router
        .merge(assets::router())
        .method_not_allowed_fallback(move |language, here, headers| {
            ready(refuse(
                &pages,
                language,
                &here,
                &headers,
                Problem::method_not_allowed,
                Refusal::method_not_allowed,
            ))
        })
        .fallback(move |language, here, headers| {
            ready(refuse(&other, language, &here, &headers, Problem::not_found, Refusal::not_found))
        })
        // Browsers say where a request comes from; one from another site changes nothing here.
        .layer(only_own_forms(origins))
        .layer(from_fn(move |language, here, headers, request, next| {
            refuse_other_sites(third.clone(), language, here, headers, request, next)
        }))
        .layer(from_fn(language::remember))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(map_response(add_headers))
}

/// Wraps the router of a process that has no pages: everything it refuses is a problem for programs.
pub fn finish_without_pages(router: Router) -> Router {
    router
        .method_not_allowed_fallback(|| ready(Problem::method_not_allowed()))
        .fallback(|| ready(Problem::not_found()))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(map_response(add_headers))
}

fn only_own_forms(origins: &[String]) -> CsrfLayer {
    origins.iter().fold(CsrfLayer::new(), |layer, origin| {
        layer.clone().add_trusted_origin(origin).unwrap_or_else(|fault| {
            tracing::error!(%fault, "a public address is no origin; forms are compared with the header Host alone");
            layer
        })
    })
}

async fn add_headers(mut response: Response) -> Response {
    for (name, value) in HEADERS {
        response.headers_mut().entry(name).or_insert(HeaderValue::from_static(value));
    }
    response
}

/// Puts our three parts in the place of the empty answer to a request from another site.
async fn refuse_other_sites(
    pages: Pages,
    language: RequestLanguage,
    here: Here,
    headers: HeaderMap,
    request: Request,
    next: Next,
) -> Response {
    let response = next.run(request).await;
    if response.extensions().get::<ProtectionError>().is_none() {
        return response;
    }
    refuse(&pages, language, &here, &headers, Problem::other_site, Refusal::other_site)
}

type WordedRefusal = fn(&Pages, Language, &str) -> Result<Refusal, ViewError>;

/// The same refusal, as a page for people and as a problem for programs.
fn refuse(
    pages: &Pages,
    RequestLanguage(language): RequestLanguage,
    here: &Here,
    headers: &HeaderMap,
    problem: fn() -> Problem,
    refusal: WordedRefusal,
) -> Response {
    if !wants_page(headers) {
        return problem().into_response();
    }
    match refusal(pages, language, "/") {
        Ok(refusal) => refusal.answer(pages, language, here),
        Err(fault) => Problem::from(fault).into_response(),
    }
}

/// A panic's message belongs in the log, which the panic hook writes, not in the answer.
fn panicked(_: Box<dyn Any + Send>) -> Response {
    Problem::internal().into_response()
}

/// Whether a person with a browser asks, not a program.
pub fn wants_page(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT)
        .and_then(|accepted| accepted.to_str().ok())
        .is_some_and(|accepted| accepted.contains("text/html"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pages::PagesBuilder;
    use axum::{
        body::Body,
        http::{Request, StatusCode},
        routing::get,
    };
    use tower::ServiceExt;

    async fn boom() -> Response {
        panic!("secret")
    }

    async fn ask(method: &str, uri: &str, accept: &str) -> (StatusCode, HeaderMap, String) {
        let router = Router::new()
            .route("/there", get(async || "here"))
            .route("/boom", get(boom))
            .route("/own", get(async || ([(header::CONTENT_SECURITY_POLICY, "default-src 'none'")], "")));
        let router = finish(router, PagesBuilder::new().unwrap().build().unwrap(), &[]);
        let request = Request::builder().method(method).uri(uri).header(header::ACCEPT, accept);
        let response = router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, 1_000_000).await.unwrap();
        (parts.status, parts.headers, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn every_answer_has_the_security_headers() {
        for uri in ["/there", "/nowhere", "/boom"] {
            let (_, headers, _) = ask("GET", uri, "").await;
            for (name, value) in HEADERS {
                assert_eq!(headers[&name], value, "{uri} {name}");
            }
        }
        let (_, headers, _) = ask("GET", "/own", "").await;
        assert_eq!(headers[header::CONTENT_SECURITY_POLICY], "default-src 'none'");
    }

    #[test]
    fn a_form_may_lead_on_to_one_other_site() {
        let policy = policy_with_form_to("https://login.bank.example");
        let (forms, rest): (Vec<_>, Vec<_>) =
            policy.split("; ").partition(|directive| directive.starts_with("form-action"));
        assert_eq!(forms, ["form-action 'self' https://login.bank.example"]);
        assert!(rest.iter().all(|directive| POLICY.contains(directive)) && rest.len() == 4, "{policy}");
    }

    #[tokio::test]
    async fn r46_unknown_addresses_are_refused_to_people_and_programs_alike() {
        let (status, headers, _) = ask("GET", "/nowhere", "application/json").await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert_eq!(headers[header::CONTENT_TYPE], "application/problem+json");
        let (status, _, page) = ask("GET", "/nowhere?lang=en", "text/html").await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert!(page.contains("<html lang=\"en\">") && page.contains("no page at this address"), "{page}");
        let (status, headers, _) = ask("DELETE", "/there", "*/*").await;
        assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
        assert!(headers.contains_key(header::ALLOW));
    }

    async fn post(origin: &[(&str, &str)]) -> (StatusCode, HeaderMap, String) {
        let router = Router::new().route("/form", axum::routing::post(async || "done"));
        let router = finish(
            router,
            PagesBuilder::new().unwrap().build().unwrap(),
            &["https://own.example".to_owned()],
        );
        let request = Request::post("/form?lang=en").header(header::HOST, "bank.example");
        let request = origin.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let response = router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, 1_000_000).await.unwrap();
        (parts.status, parts.headers, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn r46_a_form_from_another_site_is_refused() {
        for origin in [
            &[("sec-fetch-site", "cross-site")][..],
            &[("sec-fetch-site", "same-site")],
            &[("origin", "https://evil.example")],
        ] {
            let (status, headers, _) = post(origin).await;
            assert_eq!(status, StatusCode::FORBIDDEN, "{origin:?}");
            assert_eq!(headers[header::CONTENT_TYPE], "application/problem+json");
        }
        let (status, headers, page) =
            post(&[("sec-fetch-site", "cross-site"), ("accept", "text/html")]).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
        assert!(page.contains("another site"), "{page}");
        assert!(headers.contains_key(header::CONTENT_SECURITY_POLICY));
    }

    #[tokio::test]
    async fn our_own_forms_and_programs_pass() {
        for origin in [
            &[("sec-fetch-site", "same-origin")][..],
            &[("origin", "https://bank.example")],
            // A proxy has put its own name into Host.
            &[("origin", "https://own.example")],
            &[("origin", "https://own.example"), ("sec-fetch-site", "same-origin")],
            &[],
        ] {
            assert_eq!(post(origin).await.0, StatusCode::OK, "{origin:?}");
        }
    }

    #[tokio::test]
    async fn a_panic_tells_nothing() {
        let (status, _, body) = ask("GET", "/boom", "").await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(!body.contains("secret"));
    }

    #[tokio::test]
    async fn the_language_asked_for_is_remembered() {
        let (_, headers, _) = ask("GET", "/there?lang=en", "").await;
        assert!(headers[header::SET_COOKIE].to_str().unwrap().starts_with("lang=en; Path=/;"));
        assert!(!ask("GET", "/there", "").await.1.contains_key(header::SET_COOKIE));
    }
}
