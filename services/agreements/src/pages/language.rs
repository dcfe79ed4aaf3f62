//! The language of pages and alerts, by the form at the foot of every page.

use super::{
    answer::{Answer, Fields, outside},
    visitor::{Browser, Person},
};
use crate::{app::App, commands::language::choose, paths};
use axum::{
    Router,
    response::{IntoResponse, Redirect, Response},
    routing::post,
};
use bevaka_domain::language::Language;
use bevaka_portal::local::or_start;
use bevaka_web::language::keep;
use serde::Deserialize;

pub(super) fn router() -> Router<App> {
    Router::new().route(paths::LANGUAGE, post(switch))
}

#[derive(Deserialize)]
struct Chosen {
    language: Language,
    #[serde(default)]
    next: String,
}

/// Whoever has been signed out meanwhile still gets the language in this browser.
async fn switch(
    person: Result<Person, Response>,
    browser: Browser,
    Fields(chosen): Fields<Chosen>,
) -> Response {
    outside(&browser, switched(person.ok().as_ref(), &chosen).await)
}

async fn switched(person: Option<&Person>, chosen: &Chosen) -> Answer {
    if let Some(person) = person
        && let Some(caller) = person.signed_in.caller()
    {
        choose(&person.browser.app, caller, chosen.language).await?;
    }
    Ok(keep(chosen.language, Redirect::to(or_start(&chosen.next)).into_response()))
}
