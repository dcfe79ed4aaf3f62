//! Any bytes as a text that can be read and is safe to show: JSON laid out in lines, other text as it is, and what is no
//! text by its bytes.

use serde::{Deserialize, Serialize, de::IgnoredAny};
use std::fmt::Write;
use utoipa::ToSchema;

/// How a text was made of bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TextForm)]
pub enum Form {
    /// JSON, laid out in lines; nothing but white space differs.
    Json,
    Text,
    /// Bytes that are no text, and characters that cannot be seen, stand as `\xNN` or `\u{…}`.
    Escaped,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    pub text: String,
    pub form: Form,
}

impl Shown {
    pub(crate) fn of(body: &[u8]) -> Self {
        match std::str::from_utf8(body) {
            Ok(text) if text.chars().any(is_unseen) => Self { text: escaped(body), form: Form::Escaped },
            Ok(text) if serde_json::from_str::<IgnoredAny>(text).is_ok() => {
                Self { text: laid_out(text), form: Form::Json }
            }
            Ok(text) => Self { text: text.to_owned(), form: Form::Text },
            Err(_) => Self { text: escaped(body), form: Form::Escaped },
        }
    }
}

/// Control characters, and those that turn the direction of what follows.
fn is_unseen(c: char) -> bool {
    let is_white = matches!(c, '\n' | '\r' | '\t');
    (c.is_control() && !is_white)
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn escaped(body: &[u8]) -> String {
    let mut shown = String::with_capacity(body.len());
    for chunk in body.utf8_chunks() {
        for c in chunk.valid().chars() {
            if is_unseen(c) {
                let _ = if c.is_ascii() {
                    write!(shown, "\\x{:02x}", u32::from(c))
                } else {
                    write!(shown, "\\u{{{:x}}}", u32::from(c))
                };
            } else {
                shown.push(c);
            }
        }
        for byte in chunk.invalid() {
            let _ = write!(shown, "\\x{byte:02x}");
        }
    }
    shown
}

/// Sound JSON in lines. The text of every value stays, so that numbers keep their digits and names their order.
fn laid_out(json: &str) -> String {
    let mut shown = String::with_capacity(json.len() * 2);
    let (mut depth, mut in_string, mut is_escaped) = (0_usize, false, false);
    let mut rest = json.chars().peekable();
    while let Some(c) = rest.next() {
        if in_string {
            shown.push(c);
            in_string = is_escaped || c != '"';
            is_escaped = !is_escaped && c == '\\';
            continue;
        }
        match c {
            '"' => {
                shown.push(c);
                in_string = true;
            }
            '{' | '[' => {
                shown.push(c);
                while rest.next_if(char::is_ascii_whitespace).is_some() {}
                if let Some(end) = rest.next_if(|c| matches!(c, '}' | ']')) {
                    shown.push(end);
                } else {
                    depth += 1;
                    line(&mut shown, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(&mut shown, depth);
                shown.push(c);
            }
            ',' => {
                shown.push(c);
                line(&mut shown, depth);
            }
            ':' => shown.push_str(": "),
            white if white.is_ascii_whitespace() => {}
            c => shown.push(c),
        }
    }
    shown
}

fn line(shown: &mut String, depth: usize) {
    shown.push('\n');
    shown.extend(std::iter::repeat_n("  ", depth));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(body: &[u8]) -> (String, Form) {
        let Shown { text, form } = Shown::of(body);
        (text, form)
    }

    #[test]
    fn json_is_laid_out_and_its_values_stay_as_they_came() {
        let (text, form) = shown(br#" {"b":1.10,"a":[1e400,{}, []] , "b":"x\"{,}\\","c":null}"#);
        let expected = "{\n  \"b\": 1.10,\n  \"a\": [\n    1e400,\n    {},\n    []\n  ],\n  \"b\": \"x\\\"{,}\\\\\",\n  \"c\": null\n}";
        assert_eq!((text.as_str(), form), (expected, Form::Json));
    }

    #[test]
    fn what_is_no_json_is_shown_as_it_came_and_what_is_no_text_by_its_bytes() {
        for (body, text, form) in [
            (&b"hej {"[..], "hej {", Form::Text),
            (b"", "", Form::Text),
            ("åäö\n\"".as_bytes(), "åäö\n\"", Form::Text),
            (b"a\0b", "a\\x00b", Form::Escaped),
            (b"{\"a\":\"\xff\"}", "{\"a\":\"\\xff\"}", Form::Escaped),
            ("a\u{202e}b\u{85}".as_bytes(), "a\\u{202e}b\\u{85}", Form::Escaped),
        ] {
            assert_eq!(shown(body), (text.to_owned(), form));
        }
    }

    #[test]
    fn deep_json_is_shown_without_overflowing() {
        let deep = "[".repeat(200_000);
        assert_eq!(Shown::of(deep.as_bytes()).form, Form::Text);
    }

    proptest! {
        #[test]
        fn whatever_comes_the_text_can_be_seen(body: Vec<u8>) {
            prop_assert!(!Shown::of(&body).text.chars().any(is_unseen));
        }

        #[test]
        fn laid_out_json_says_the_same(text in "[a-zåäö\"\\\\{}\\[\\]:, ]{0,20}", number: i64) {
            let value = serde_json::json!({"t": [text, {"n": number}], "e": [], "o": {}});
            let laid_out = Shown::of(value.to_string().as_bytes());
            prop_assert_eq!(laid_out.form, Form::Json);
            prop_assert_eq!(serde_json::from_str::<serde_json::Value>(&laid_out.text).unwrap(), value);
        }
    }
}
