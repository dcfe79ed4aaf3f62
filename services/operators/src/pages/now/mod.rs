//! *Nu*: rate, lag, decisions, channels and what waits longest. The page is whole as it is loaded; where scripts run, a
//! stream of events replaces its inside every other second.

mod live;
mod plot;
mod view;

use super::{OperatorSession, paths, session::unattended};
use crate::{App, queries::now::now};
use axum::{
    Router,
    middleware::from_fn,
    response::{
        IntoResponse,
        sse::{Event, Sse},
    },
    routing::get,
};
use bevaka_domain::operator::Act;
use bevaka_web::{page_error::PageResult, pages::ViewError};
use futures_util::stream;
use live::Seen;
use std::convert::Infallible;
use view::{Inside, Page};

pub(crate) use live::Live;
pub(super) use view::{many, tone};

/// After so many events the session is asked for again: it may have ended (R44).
const ASKS_AFTER: u32 = 3;

pub(super) fn router() -> Router<App> {
    let stream = Router::new().route(paths::STREAM, get(stream)).route_layer(from_fn(unattended));
    Router::new().route(paths::NOW, get(show)).merge(stream)
}

async fn show(session: OperatorSession) -> PageResult {
    session.may(Act::See)?;
    let now = now(&session.app).await?;
    let inside = Inside::new(&session.app.pages, session.language, &now)?;
    session.page(&Page { stream: paths::STREAM, inside })
}

struct Onlooker {
    session: OperatorSession,
    seen: Seen,
    told: u32,
}

async fn stream(session: OperatorSession) -> PageResult {
    session.may(Act::See)?;
    let seen = session.app.live().look_on(&session.app);
    let onlooker = Onlooker { session, seen, told: 0 };
    Ok(Sse::new(stream::unfold(Some(onlooker), next)).into_response())
}

/// The next event; the last one says that the session has ended. When the process stops, the stream ends at once.
async fn next(onlooker: Option<Onlooker>) -> Option<(Result<Event, Infallible>, Option<Onlooker>)> {
    let mut onlooker = onlooker?;
    let shutdown = onlooker.session.app.chassis.shutdown.clone();
    tokio::select! {
        biased;
        () = shutdown.cancelled() => return None,
        changed = onlooker.seen.changed() => changed.ok()?,
    }
    onlooker.told += 1;
    if onlooker.told.is_multiple_of(ASKS_AFTER) && !onlooker.session.is_still_here().await {
        return Some((Ok(Event::default().event("ended").data("ended")), None));
    }
    let event = event(&mut onlooker)
        .inspect_err(|error| tracing::error!(%error, "those who look on see nothing"))
        .ok()?;
    Some((Ok(event), Some(onlooker)))
}

fn event(onlooker: &mut Onlooker) -> Result<Event, ViewError> {
    let Some(now) = onlooker.seen.borrow_and_update().clone() else {
        return Ok(Event::default().event("away").data("away"));
    };
    let OperatorSession { app, language, .. } = &onlooker.session;
    let inside = Inside::new(&app.pages, *language, &now)?;
    Ok(Event::default().event("now").data(app.pages.fragment(*language, "now_inside", &inside)?.0))
}
