//! A received mail, read for people and for tests.

use mail_parser::{Message, MessageParser, PartType};
use serde_json::{Map, Value};

/// What a mail says, decoded. A mail that cannot be parsed shows as empty; its source is always there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mail {
    /// As the header has them, with names.
    pub from: String,
    pub to: String,
    pub subject: String,
    pub date: String,
    pub message_id: Option<String>,
    /// The text version, if the mail has one of its own.
    pub text: Option<String>,
    /// The HTML version, if the mail has one of its own.
    pub html: Option<String>,
    /// Unfolded, in their order, otherwise as they came.
    pub headers: Vec<(String, String)>,
}

impl Mail {
    pub(crate) fn read(raw: &[u8]) -> Self {
        MessageParser::default().parse(raw).map(|message| Self::from_parsed(&message)).unwrap_or_default()
    }

    fn from_parsed(message: &Message<'_>) -> Self {
        let headers: Vec<_> = message
            .headers_raw()
            .map(|(name, value)| (name.to_owned(), value.split_whitespace().collect::<Vec<_>>().join(" ")))
            .collect();
        let date = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("date"));
        Self {
            from: people(message.from()),
            to: people(message.to()),
            subject: message.subject().unwrap_or_default().to_owned(),
            date: date.map(|(_, value)| value.clone()).unwrap_or_default(),
            message_id: message.message_id().map(|id| format!("<{id}>")),
            text: own_part(message, |part| match part {
                PartType::Text(text) => Some(text.to_string()),
                _ => None,
            }),
            html: own_part(message, |part| match part {
                PartType::Html(html) => Some(html.to_string()),
                _ => None,
            }),
            headers,
        }
    }

    /// The headers as an object; values of the same name are joined by line breaks.
    pub(crate) fn header_object(&self) -> Map<String, Value> {
        let mut object = Map::new();
        for (name, value) in &self.headers {
            match object.get_mut(name) {
                Some(Value::String(known)) => {
                    known.push('\n');
                    known.push_str(value);
                }
                _ => {
                    object.insert(name.clone(), value.clone().into());
                }
            }
        }
        object
    }
}

/// The parser would make text of HTML and the other way round; here only what was sent counts.
fn own_part(message: &Message<'_>, pick: impl Fn(&PartType<'_>) -> Option<String>) -> Option<String> {
    message.text_bodies().chain(message.html_bodies()).find_map(|part| pick(&part.body))
}

fn people(address: Option<&mail_parser::Address<'_>>) -> String {
    let shown = address.into_iter().flat_map(|address| address.iter()).map(|person| {
        let address = person.address.as_deref().unwrap_or_default();
        match person.name.as_deref() {
            Some(name) => format!("{name} <{address}>"),
            None => address.to_owned(),
        }
    });
    shown.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: &[u8] = b"From: =?utf-8?B?QmV2YWthIMOk?= <bevaka@bank.example>\r\n\
To: anna@exempelbolaget.se\r\nSubject: =?utf-8?Q?Avvisad_betalning_=C3=A5?=\r\n\
Date: Sat, 21 Nov 2026 14:02:00 +0100\r\nMessage-ID: <1@bank.example>\r\n\
X-Long: one\r\n two\r\nX-Twice: a\r\nX-Twice: b\r\nMIME-Version: 1.0\r\n\
Content-Type: multipart/alternative; boundary=\"b\"\r\n\r\n--b\r\n\
Content-Type: text/plain; charset=utf-8\r\n\r\nHej\r\n--b\r\n\
Content-Type: text/html; charset=utf-8\r\n\r\n<p>Hej</p>\r\n--b--\r\n";

    #[test]
    fn a_mail_with_both_versions_is_read() {
        let mail = Mail::read(BOTH);
        assert_eq!(mail.from, "Bevaka ä <bevaka@bank.example>");
        assert_eq!(mail.to, "anna@exempelbolaget.se");
        assert_eq!(mail.subject, "Avvisad betalning å");
        assert_eq!(mail.message_id.as_deref(), Some("<1@bank.example>"));
        assert_eq!(mail.text.as_deref().map(str::trim), Some("Hej"));
        assert_eq!(mail.html.as_deref().map(str::trim), Some("<p>Hej</p>"));
        assert_eq!(mail.header_object()["X-Long"], "one two");
        assert_eq!(mail.header_object()["X-Twice"], "a\nb");
    }

    #[test]
    fn a_version_that_was_not_sent_is_not_made_up() {
        let mail = Mail::read(b"Subject: x\r\nContent-Type: text/plain\r\n\r\nHej");
        assert_eq!((mail.text.as_deref(), mail.html), (Some("Hej"), None));
        let mail = Mail::read(b"Subject: x\r\nContent-Type: text/html\r\n\r\n<b>Hej</b>");
        assert_eq!((mail.text, mail.html.as_deref()), (None, Some("<b>Hej</b>")));
    }

    #[test]
    fn what_is_no_mail_shows_as_empty() {
        for raw in [&b""[..], b"\r\n", b"\xff\xfe", b"."] {
            assert_eq!(Mail::read(raw).subject, "");
        }
    }
}
