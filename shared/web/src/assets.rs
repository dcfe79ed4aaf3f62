//! Style sheets and scripts, compiled in, served with their hash in the address.

use axum::{
    Router,
    extract::{Path, Query},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use rust_embed::{EmbeddedFile, RustEmbed};

/// Where the shared assets are served.
pub const PREFIX: &str = "/assets";

/// The style sheet and scripts that every page uses.
#[derive(RustEmbed)]
#[folder = "assets"]
pub struct Shared;

/// Serves the shared assets under [`PREFIX`]; a process merges it once.
pub fn router() -> Router {
    service::<Shared>(PREFIX)
}

/// Serves embedded files under a prefix, such as `/sandbox/assets`.
pub fn service<A: RustEmbed + 'static>(prefix: &str) -> Router {
    Router::new().route(&format!("{prefix}/{{*file}}"), get(serve::<A>))
}

/// The addresses of embedded files: name, then path with a hash that changes with the content.
pub fn addresses<A: RustEmbed>(prefix: &str) -> Vec<(String, String)> {
    A::iter()
        .filter_map(|name| {
            let version = version(&A::get(&name)?);
            Some((name.to_string(), format!("{prefix}/{name}?v={version}")))
        })
        .collect()
}

#[derive(serde::Deserialize)]
struct Version {
    v: Option<String>,
}

async fn serve<A: RustEmbed>(
    Path(name): Path<String>,
    Query(asked): Query<Version>,
    headers: HeaderMap,
) -> Response {
    let Some(file) = A::get(&name) else {
        return crate::problem::Problem::not_found().into_response();
    };
    let version = version(&file);
    let tag = format!("\"{version}\"");
    // Only an address with the right hash never changes its content.
    let caching = if asked.v.as_deref() == Some(version.as_str()) {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let known = headers.get(header::IF_NONE_MATCH).is_some_and(|known| known.as_bytes() == tag.as_bytes());
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, content_type(&file))], file.data).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    if let Ok(tag) = HeaderValue::try_from(tag) {
        headers.insert(header::ETAG, tag);
    }
    response
}

fn content_type(file: &EmbeddedFile) -> String {
    let kind = file.metadata.mimetype();
    if kind.starts_with("text/") { format!("{kind}; charset=utf-8") } else { kind.to_owned() }
}

fn version(file: &EmbeddedFile) -> String {
    hex::encode(&file.metadata.sha256_hash()[..8])
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{body::Body, http::Request};
    use tower::ServiceExt;

    async fn get(uri: &str, tag: &str) -> Response {
        let request = Request::get(uri).header(header::IF_NONE_MATCH, tag).body(Body::empty()).unwrap();
        router().oneshot(request).await.unwrap()
    }

    #[tokio::test]
    async fn an_address_with_its_hash_is_kept_for_good() {
        let addresses = addresses::<Shared>(PREFIX);
        let (_, address) = addresses.iter().find(|(name, _)| name == "bevaka.css").unwrap();
        let response = get(address, "").await;
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/css; charset=utf-8");
        assert!(response.headers()[header::CACHE_CONTROL].to_str().unwrap().ends_with("immutable"));
        let tag = response.headers()[header::ETAG].to_str().unwrap().to_owned();
        assert_eq!(get(address, &tag).await.status(), StatusCode::NOT_MODIFIED);
        let response = get("/assets/bevaka.css?v=old", "").await;
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-cache");
    }

    #[tokio::test]
    async fn what_is_not_embedded_is_not_found() {
        for uri in ["/assets/none.css", "/assets/..%2FCargo.toml", "/assets/../Cargo.toml"] {
            assert_eq!(get(uri, "").await.status(), StatusCode::NOT_FOUND, "{uri}");
        }
    }
}
