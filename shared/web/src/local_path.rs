//! Addresses that a form or a link may lead on to: paths of this server and nothing else.

use std::borrow::Cow;
use url::form_urlencoded::Serializer;

/// The longest path that is carried along, in bytes.
const LONGEST: usize = 500;

/// A path of this server with its query. What could lead a browser to another server is none: `//`, a scheme, a
/// backslash, and the characters that browsers leave out or turn into others.
pub fn local(path: &str) -> Option<&str> {
    let is_local = path.starts_with('/') && !path.starts_with("//") && path.len() <= LONGEST;
    let is_plain = path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    (is_local && is_plain).then_some(path)
}

/// The path, or the start page.
pub fn or_start(path: &str) -> &str {
    local(path).unwrap_or("/")
}

/// An address with those parameters that are not empty.
pub fn with_query<'a>(
    path: &'a str,
    parameters: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Cow<'a, str> {
    let mut query = Serializer::new(String::new());
    query.extend_pairs(parameters.into_iter().filter(|(_, value)| !value.is_empty()));
    let query = query.finish();
    if query.is_empty() { path.into() } else { format!("{path}?{query}").into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_server_are_local() {
        for path in ["/", "/avtal", "/avtal/order/1?x=1&y=//a"] {
            assert_eq!(local(path), Some(path));
        }
        for path in [
            "",
            "avtal",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "https://evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            " /avtal",
            "/åvtal",
            "javascript:alert(1)",
        ] {
            assert_eq!(local(path), None, "{path:?}");
        }
        assert_eq!(local(&format!("/{}", "a".repeat(LONGEST))), None);
        assert_eq!(or_start("//evil.example"), "/");
    }

    #[test]
    fn empty_parameters_are_left_out() {
        assert_eq!(with_query("/logga-in", [("next", "")]), "/logga-in");
        assert_eq!(
            with_query("/logga-in", [("next", "/a?b=c&d"), ("skal", "")]),
            "/logga-in?next=%2Fa%3Fb%3Dc%26d"
        );
    }
}
