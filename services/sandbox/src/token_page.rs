//! The test persons' security tokens: a challenge in, a code out.

use crate::{
    page::{Section, frame},
    persons::{Persons, Token},
};
use axum::{Form, Router, extract::State, response::Html, routing::get};
use bevaka_domain::language::Language;
use bevaka_eid::ocra::{Inputs, Suite};
use bevaka_web::{language::RequestLanguage, layout::Here, pages::Pages, problem::Problem};
use serde::{Deserialize, Serialize};

const TOKEN: &str = "/sandbox/token";

#[derive(Clone)]
struct Tokens {
    persons: Persons,
    pages: Pages,
}

pub(crate) fn router(persons: Persons, pages: Pages) -> Router {
    Router::new().route(TOKEN, get(empty).post(respond)).with_state(Tokens { persons, pages })
}

#[derive(Default, Deserialize)]
struct Typed {
    person: String,
    challenge: String,
}

enum Answer {
    NotAsked,
    /// What was typed is no challenge, or nobody has such a token.
    Wrong,
    Code(String),
}

#[derive(Serialize)]
struct View {
    choices: Vec<Choice>,
    challenge: String,
    /// In two groups of four, as a token shows it.
    response: Option<String>,
    /// For signing, as opposed to signing in.
    sign: bool,
    wrong: bool,
}

#[derive(Serialize)]
struct Choice {
    id: String,
    name: String,
    serial: String,
    selected: bool,
}

async fn empty(
    State(tokens): State<Tokens>,
    RequestLanguage(language): RequestLanguage,
    here: Here,
) -> Result<Html<String>, Problem> {
    page(&tokens, language, &here, &Typed::default(), Answer::NotAsked)
}

/// Not redirected: nothing is changed, and a code does not belong into an address.
async fn respond(
    State(tokens): State<Tokens>,
    RequestLanguage(language): RequestLanguage,
    here: Here,
    Form(mut typed): Form<Typed>,
) -> Result<Html<String>, Problem> {
    typed.challenge.retain(|typed| !typed.is_whitespace());
    let token = tokens.persons.by_id(&typed.person).and_then(|person| person.token.as_ref());
    let answer = token.and_then(|token| token.respond(&typed.challenge)).map_or(Answer::Wrong, Answer::Code);
    page(&tokens, language, &here, &typed, answer)
}

fn page(
    tokens: &Tokens,
    language: Language,
    here: &Here,
    typed: &Typed,
    answer: Answer,
) -> Result<Html<String>, Problem> {
    let title = tokens.pages.text(language, "token-title")?;
    let frame = frame(&tokens.pages, &title, language, here, Section::Token)?;
    let choices = tokens.persons.iter().filter_map(|person| {
        let token = person.token.as_ref()?;
        Some(Choice {
            id: person.id.clone(),
            name: person.name(),
            serial: token.serial.clone(),
            selected: person.id == typed.person,
        })
    });
    let wrong = matches!(answer, Answer::Wrong);
    let response = match answer {
        Answer::Code(code) => Some(code),
        Answer::NotAsked | Answer::Wrong => None,
    };
    let view = View {
        choices: choices.collect(),
        challenge: typed.challenge.clone(),
        wrong,
        response,
        sign: suite(&typed.challenge) == Some(Suite::SIGN),
    };
    Ok(tokens.pages.page(language, "token", &frame, &view)?)
}

/// Eight digits sign in, twelve sign.
fn suite(challenge: &str) -> Option<Suite> {
    match challenge.len() {
        8 => Some(Suite::LOGIN),
        12 => Some(Suite::SIGN),
        _ => None,
    }
}

impl Token {
    /// The code for a challenge, in two groups of four digits.
    fn respond(&self, challenge: &str) -> Option<String> {
        let inputs = Inputs { question: challenge, ..Inputs::default() };
        let code = suite(challenge)?.respond(&self.secret, &inputs).ok()?;
        Some(format!("{} {}", code.get(..4)?, code.get(4..)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6287 has no vector without a PIN for SHA-256; this one is of an independent computation.
    #[test]
    fn a_challenge_of_eight_or_twelve_digits_is_answered() {
        let token = Token { serial: "1".into(), secret: b"12345678901234567890123456789012".to_vec().into() };
        assert_eq!(token.respond("12345678").as_deref(), Some("7088 5282"));
        assert_eq!(token.respond("123456789012").as_deref(), Some("6939 2689"));
        for wrong in ["", "1234567", "123456789", "1234567x", "1234567890123"] {
            assert_eq!(token.respond(wrong), None, "{wrong}");
        }
    }
}
