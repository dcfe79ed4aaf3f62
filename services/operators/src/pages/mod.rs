//! The operators' pages, *Bevaka drift*. A folder or file for each: it reads who asks and what was sent, calls a command or
//! a query, and fills a view. Texts of a page stand in `translations`, markup in `templates`.

mod channels;
mod days;
mod dead_letters;
mod deliveries;
mod explain;
mod guest;
mod inject;
mod justification;
mod nav;
mod now;
pub mod paths;
mod repairs;
mod search;
mod session;
mod sign_in;
mod trail;

use crate::app::App;
use axum::{Router, extract::DefaultBodyLimit};
use bevaka_web::{
    page_error::with_errors,
    pages::{Pages, PagesBuilder, PagesError},
    translations::Translations,
};
use rust_embed::RustEmbed;

pub(crate) use session::OperatorSession;

pub(crate) use deliveries::Actions as DeliveryActions;
pub(crate) use now::Live;
pub(crate) use session::{SESSION, session_hash};

/// The largest form, in bytes: a batch of events may be pasted.
const MAX_FORM: usize = 8 * 1_024 * 1_024;

#[derive(RustEmbed)]
#[folder = "templates"]
struct Templates;

macro_rules! texts {
    ($name:literal) => {
        Translations::parse(
            include_str!(concat!("../../translations/", $name, ".sv.toml")),
            include_str!(concat!("../../translations/", $name, ".en.toml")),
        )?
    };
}

/// Templates and texts of these pages.
pub fn pages() -> Result<Pages, PagesError> {
    PagesBuilder::new()?
        .templates::<Templates>()
        .texts(texts!("channels"))?
        .texts(texts!("dead-letters"))?
        .texts(texts!("deliveries"))?
        .texts(texts!("explain"))?
        .texts(texts!("frame"))?
        .texts(texts!("inject"))?
        .texts(texts!("justification"))?
        .texts(texts!("now"))?
        .texts(texts!("repairs"))?
        .texts(texts!("search"))?
        .texts(texts!("sign-in"))?
        .texts(texts!("trail"))?
        .build()
}

pub(crate) fn router(app: &App) -> Router {
    Router::new()
        .merge(with_errors(nav::CHANNELS, channels::router()))
        .merge(with_errors(nav::DEAD_LETTERS, dead_letters::router()))
        .merge(with_errors(nav::EVENTS, deliveries::router()))
        .merge(with_errors(nav::EVENTS, explain::router()))
        .merge(with_errors(nav::INJECT, inject::router()))
        .merge(with_errors(nav::NOW, now::router()))
        .merge(with_errors(nav::EVENTS, search::router()))
        .merge(with_errors(nav::OUTSIDE, sign_in::router()))
        .merge(with_errors(nav::TRAIL, trail::router()))
        .layer(DefaultBodyLimit::max(MAX_FORM))
        .with_state(app.clone())
}

#[cfg(test)]
mod tests {
    #[test]
    fn templates_and_texts_fit() {
        super::pages().unwrap();
    }
}
