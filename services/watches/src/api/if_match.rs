//! The version that a save is made over (RFC 9110, 13.1.1).

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderName, StatusCode, header, request::Parts},
};
use bevaka_web::problem::Problem;

bevaka_web::refusals! {
    /// If-Match is missing (`version_missing`).
    pub(super) VersionMissing = PRECONDITION_REQUIRED;
}

/// The version of If-Match, which must be there.
pub(super) struct IfMatch(pub u64);

impl<S: Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Problem> {
        version(&parts.headers).map(Self)
    }
}

/// Any number of tags, or any version at all, would let a save go over what its caller has not seen; so it is one.
fn version(headers: &HeaderMap) -> Result<u64, Problem> {
    let mut values = headers.get_all(header::IF_MATCH).iter();
    let Some(first) = values.next() else { return Err(missing()) };
    let tag = first.to_str().ok().filter(|_| values.next().is_none());
    let number = tag.and_then(|tag| tag.trim().strip_prefix('"')?.strip_suffix('"'));
    number.and_then(|number| number.parse().ok()).ok_or_else(|| {
        Problem::invalid_field("If-Match", "If-Match must be the one ETag that reading the watches gave.")
    })
}

/// A version of watches as the `ETag` has it.
pub(super) fn etag(version: u64) -> [(HeaderName, String); 1] {
    [(header::ETAG, format!("\"{version}\""))]
}

fn missing() -> Problem {
    Problem::new(
        StatusCode::PRECONDITION_REQUIRED,
        "Version missing",
        "Watches are saved over the version that was read, so that nobody saves over what another has changed.",
        "Read the watches, and send their ETag as If-Match.",
    )
    .coded("version_missing")
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn if_match_is_one_strong_tag_of_ours() {
        let read = |tags: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for tag in tags {
                headers.append(header::IF_MATCH, HeaderValue::from_static(tag));
            }
            version(&headers)
        };
        assert_eq!(read(&["\"7\""]), Ok(7));
        assert_eq!(read(&[]).unwrap_err().status, 428);
        for tags in
            [&["*"][..], &["7"], &["W/\"7\""], &["\"7\", \"8\""], &["\"7\"", "\"8\""], &["\"x\""], &[""]]
        {
            assert_eq!(read(tags).unwrap_err().field.as_deref(), Some("If-Match"), "{tags:?}");
        }
    }
}
