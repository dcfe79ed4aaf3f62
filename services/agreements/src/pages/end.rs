//! *Avsluta avtalet*, in two steps, and its confirmation (R3, R6, R16).

use super::{
    answer::{Answer, Fields, Stop},
    news::News,
    visitor::Visitor,
};
use crate::{
    app::App,
    commands::end::end,
    paths,
    views::{Act, EndAgreement, EndStep, Ended},
};
use axum::{Router, response::Response, routing::get};
use bevaka_domain::agreement::Scope;
use serde::Deserialize;

pub(super) fn router() -> Router<App> {
    Router::new()
        .route(paths::END, get(explain))
        .route(paths::END_CONFIRM, get(confirm).post(finish))
        .route(paths::ENDED, get(ended))
}

async fn explain(visitor: Visitor) -> Response {
    visitor.answer(Act::End, page(&visitor, EndStep::Explain).await)
}

async fn confirm(visitor: Visitor) -> Response {
    visitor.answer(Act::End, page(&visitor, EndStep::Confirm).await)
}

async fn page(visitor: &Visitor, step: EndStep) -> Answer {
    let version = visitor.manageable()?.version;
    let mut tx = visitor.app().chassis.db.begin_read().await?;
    let effect = visitor.effect(&mut tx, &Scope::new()).await?;
    drop(tx);
    let company = visitor.company.organisation.name.clone();
    visitor.page(&EndAgreement { step, company, version, effect })
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Confirmed {
    version: String,
}

async fn finish(visitor: Visitor, Fields(confirmed): Fields<Confirmed>) -> Response {
    // No version is one that nobody can have seen.
    let seen = confirmed.version.parse().unwrap_or(0);
    let done = end(visitor.app(), visitor.caller, seen).await;
    let answer = done.map(|_| visitor.browser.telling(&News::Ended, paths::ENDED)).map_err(Stop::from);
    visitor.answer(Act::End, answer)
}

async fn ended(visitor: Visitor) -> Response {
    visitor.answer(Act::End, confirmation(&visitor))
}

/// Shown once; then the history has it.
fn confirmation(visitor: &Visitor) -> Answer {
    visitor.with_insight()?;
    let last = visitor.history.iter().find_map(|version| Some((version.ended_at?, version)));
    let (Some((at, version)), Some(News::Ended)) = (last, visitor.browser.cookies.news()) else {
        return Err(Stop::redirect(paths::AGREEMENT));
    };
    let company = visitor.company.organisation.name.clone();
    let by = version.ended_by.clone().unwrap_or_default();
    Ok(visitor.browser.told(visitor.page(&Ended { company, at, by })?))
}
