//! *Dödbrev*: messages that are no event, and what becomes of them (R34, R40).

mod all;
mod letter;
mod list;
mod words;

use super::paths;
use crate::app::App;
use axum::{
    Router,
    routing::{get, post},
};
use serde::Deserialize;

pub(super) fn router() -> Router<App> {
    Router::new()
        .route(paths::DEAD_LETTERS, get(list::show))
        .route(paths::DEAD_LETTERS_ALL, get(all::show).post(all::submit))
        .route(paths::DEAD_LETTER, get(letter::show))
        .route(paths::DEAD_LETTER_CONTENT, post(letter::read))
        .route(paths::DEAD_LETTER_REQUEUE, post(letter::requeue))
        .route(paths::DEAD_LETTER_DISCARD, post(letter::discard))
}

/// The address of one letter's page.
fn address(id: impl std::fmt::Display) -> String {
    format!("{}/{id}", paths::DEAD_LETTERS)
}

/// What a form about a letter holds.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct LetterForm {
    because: String,
    /// What is sent in instead of the body that came; left out: that body.
    body: Option<String>,
}
