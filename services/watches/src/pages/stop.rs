//! *Stäng av en bevakning* by the link of a mail, without signing in. Opening the page changes nothing, since mail
//! programs open links on their own; its button, and the one-click request of a mail provider (RFC 8058), do.

use super::visitor::{Browser, HELP, Names};
use crate::{
    app::App,
    commands::switch,
    paths,
    queries::{self, linked::Linked},
    views::{Stop, StopStep, StopUnknown},
};
use axum::{Router, extract::Path, http::StatusCode, response::Response, routing::get};
use bevaka_portal::Answer;

pub(super) fn router() -> Router<App> {
    Router::new().route(paths::UNSUBSCRIBE, get(show).post(submit))
}

async fn show(mut browser: Browser, Path(token): Path<String>) -> Response {
    let page = shown_page(&mut browser, &token).await;
    browser.answer(HELP, page)
}

async fn shown_page(browser: &mut Browser, token: &str) -> Answer {
    let linked = match browser.app.proofs.read_unsubscribe(token) {
        Some((user, kinds)) => queries::linked(&browser.app, user, &kinds).await?,
        None => None,
    };
    let Some(linked) = linked else {
        return Ok(browser.page(StatusCode::NOT_FOUND, &StopUnknown {})?);
    };
    browser.speak(Some(linked.language));
    let names = Names::new(&browser.app.chassis.catalogue, browser.language);
    Ok(browser.page(StatusCode::OK, &view(&linked, names, token))?)
}

fn view(linked: &Linked, names: Names<'_>, token: &str) -> Stop {
    Stop {
        company: linked.company.clone(),
        kinds: linked.kinds.iter().map(|kind| names.of(kind)).collect(),
        step: linked.off_at.map_or(StopStep::Ask, |at| StopStep::Off { at }),
        action: paths::unsubscribe(token),
    }
}

/// Answers with the page itself: RFC 8058, 3.1, rules redirects out. Whatever the body says, the link is the proof.
async fn submit(mut browser: Browser, Path(token): Path<String>) -> Response {
    let page = switched_off(&mut browser, &token).await;
    browser.answer(HELP, page)
}

async fn switched_off(browser: &mut Browser, token: &str) -> Answer {
    if let Some((user, kinds)) = browser.app.proofs.read_unsubscribe(token) {
        switch::off(&browser.app, user, &kinds).await?;
    }
    shown_page(browser, token).await
}
