//! The file of the test persons.

use super::{Behaviour, Method, Person, PersonalNumber, Token};
use serde::Deserialize;
use std::{collections::BTreeSet, fmt};
use toml::Spanned;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    person: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: Spanned<String>,
    given_name: Spanned<String>,
    surname: Spanned<String>,
    personal_number: Spanned<String>,
    bankid: Vec<Method>,
    #[serde(default)]
    behaviour: Behaviour,
    token: Option<TokenEntry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenEntry {
    serial: Spanned<String>,
    secret: Spanned<String>,
}

/// A line, counted from 1, and what is wrong there.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub line: Option<usize>,
    pub reason: String,
}

/// As it stands behind the file's name.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, ":{line}: {}", self.reason),
            None => write!(f, ": {}", self.reason),
        }
    }
}

pub(super) fn parse(text: &str) -> Result<Vec<Person>, Fault> {
    let line_at = |at: usize| text.get(..at).unwrap_or(text).matches('\n').count() + 1;
    let file: File = toml::from_str(text).map_err(|fault| Fault {
        line: fault.span().map(|span| line_at(span.start)),
        reason: fault.message().to_owned(),
    })?;
    let mut seen = BTreeSet::new();
    file.person
        .into_iter()
        .map(|entry| {
            person(entry, &mut seen)
                .map_err(|Wrong { at, reason }| Fault { line: Some(line_at(at)), reason: reason.to_owned() })
        })
        .collect()
}

/// A place in the text and what would be right there.
struct Wrong {
    at: usize,
    reason: &'static str,
}

fn person(entry: Entry, seen: &mut BTreeSet<String>) -> Result<Person, Wrong> {
    let Entry { id, given_name, surname, personal_number, bankid, behaviour, token } = entry;
    let is_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let id = checked(id, "an id is made of a–z, 0–9 and hyphens", |id| {
        !id.is_empty() && id.bytes().all(is_word)
    })?;
    let given_name = checked(given_name, "a name is one line of text", is_name)?;
    let surname = checked(surname, "a name is one line of text", is_name)?;
    let at = personal_number.span().start;
    let wrong = |reason| Wrong { at, reason };
    let personal_number = PersonalNumber::parse(personal_number.get_ref()).map_err(wrong)?;
    for (mark, reason) in [
        (format!("id {id}"), "another person has this id; make it another"),
        (personal_number.as_str().to_owned(), "another person has this number; choose another"),
    ] {
        if !seen.insert(mark) {
            return Err(wrong(reason));
        }
    }
    let token = token.map(TokenEntry::checked).transpose()?;
    Ok(Person { id, given_name, surname, personal_number, bankid, behaviour, token })
}

impl TokenEntry {
    fn checked(self) -> Result<Token, Wrong> {
        let serial = checked(self.serial, "a serial number is one line of text", is_name)?;
        let reason = "a secret is 32 bytes in hexadecimal, so 64 digits; `openssl rand -hex 32` makes one";
        let wrong = Wrong { at: self.secret.span().start, reason };
        let secret =
            hex::decode(self.secret.get_ref()).ok().filter(|secret| secret.len() == 32).ok_or(wrong)?;
        Ok(Token { serial, secret: secret.into() })
    }
}

fn checked(
    text: Spanned<String>,
    reason: &'static str,
    is_right: impl Fn(&str) -> bool,
) -> Result<String, Wrong> {
    let at = text.span().start;
    let text = text.into_inner();
    if is_right(&text) { Ok(text) } else { Err(Wrong { at, reason }) }
}

fn is_name(text: &str) -> bool {
    !text.trim().is_empty() && !text.chars().any(char::is_control)
}
