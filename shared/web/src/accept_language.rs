//! The language of texts in answers: what `Accept-Language` likes best, else Swedish (RFC 9110, 12.5.4).

use axum::{
    extract::FromRequestParts,
    http::{header, request::Parts},
};
use bevaka_domain::language::Language;
use std::convert::Infallible;

/// The language that a request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AcceptLanguage(pub Language);

impl<S: Sync> FromRequestParts<S> for AcceptLanguage {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let header = parts.headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        Ok(Self(header.and_then(best).unwrap_or_default()))
    }
}

/// The known language with the highest quality; of equal ones the first.
fn best(header: &str) -> Option<Language> {
    let known = header.split(',').filter_map(|range| {
        let (range, parameters) = range.split_once(';').unwrap_or((range, ""));
        let language = range.split('-').next()?.trim().to_ascii_lowercase().parse::<Language>().ok()?;
        let quality =
            parameters.trim().strip_prefix("q=").map_or(Some(1.0), |quality| quality.parse::<f32>().ok())?;
        (quality > 0.0).then_some((language, quality))
    });
    let better = |best: Option<(Language, f32)>, next: (Language, f32)| match best {
        Some(best) if best.1 >= next.1 => Some(best),
        _ => Some(next),
    };
    known.fold(None, better).map(|(language, _)| language)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_known_language_wins() {
        for (header, language) in [
            ("en", Some(Language::English)),
            ("en-GB,sv;q=0.9", Some(Language::English)),
            ("de, en;q=0.2, sv;q=0.8", Some(Language::Swedish)),
            ("sv;q=0, en;q=0.1", Some(Language::English)),
            ("de", None),
            ("", None),
            ("en;q=x", None),
        ] {
            assert_eq!(best(header), language, "{header}");
        }
    }
}
