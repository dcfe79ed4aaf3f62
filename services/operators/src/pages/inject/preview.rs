//! What an injection would do, before it is sent: nothing leaves that was not shown.

use super::Done;
use crate::{
    commands::inject::{self, Refusal},
    pages::OperatorSession,
    queries::{
        injectable::{self, Checked},
        injections,
    },
};
use axum::response::Response;
use bevaka_domain::{injection::State, operator::Justification};
use bevaka_web::{
    page::FieldError,
    page_error::{PageError, PageResult},
};
use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

#[derive(Serialize)]
pub(super) struct Preview {
    /// How many events it would publish.
    events: u64,
    /// How many people they would tell, each once for each event.
    recipients: u64,
    /// Whether another operator would have to approve it.
    waits: bool,
    /// One for each event that is not plainly taken.
    lines: Vec<Line>,
    /// By what it is known that this was shown.
    pub(super) seen: String,
}

/// An event that is not plainly taken.
#[derive(Serialize)]
struct Line {
    number: usize,
    /// Why it is refused, in English, as intake says it; none if it is known already.
    refused: Option<String>,
}

/// What comes of a form whose fields are right.
pub(super) enum Outcome {
    Sent(Response),
    /// It is to be looked at first.
    Look(Preview),
    Fault(FieldError),
}

/// A form whose fields are right.
pub(super) struct Ready<'a> {
    /// The same each time the form is sent.
    pub(super) id: Uuid,
    pub(super) because: &'a Justification,
    pub(super) events: &'a [&'a str],
    /// The field that faults with the events belong to.
    pub(super) field: &'static str,
    /// What was shown, if the form is to be sent now.
    pub(super) seen: Option<&'a str>,
}

/// Shows what would happen, or lets it happen if just that was shown.
pub(super) async fn look_or_send(session: &OperatorSession, ready: &Ready<'_>) -> PageResult<Outcome> {
    let seen = seen(ready);
    if ready.seen == Some(&seen) {
        return send(session, ready).await;
    }
    let limit = session.app.chassis.settings.operators.max_events_per_request;
    if ready.events.len() > limit {
        return Ok(Outcome::Fault(too_many(ready.field, limit)));
    }
    let checked = injectable::check(&session.app, ready.events, Some(ready.id)).await?;
    let recipients = injectable::recipients(&session.app, &checked).await?;
    let waits = injections::would_wait(&session.app, &session.operator, recipients).await?;
    let events = checked.fresh().count() as u64;
    Ok(Outcome::Look(Preview { events, recipients, waits, lines: lines(&checked), seen }))
}

async fn send(session: &OperatorSession, ready: &Ready<'_>) -> PageResult<Outcome> {
    let request = inject::Request { id: Some(ready.id), because: ready.because, events: ready.events };
    let fault = |key| Ok(Outcome::Fault(FieldError::new(ready.field, key)));
    match inject::inject(&session.app, &session.operator, request).await {
        Ok(injected) => {
            let waits = matches!(injected.injection.state, State::Waiting { .. });
            let done = if waits { Done::Proposed } else { Done::Injected };
            Ok(Outcome::Sent(session.redirect_with_flash(&done, &super::path(ready.id))))
        }
        Err(Refusal::NoEvents) => fault("inject-none"),
        Err(Refusal::NoneSound(_)) => fault("inject-none-sound"),
        Err(Refusal::IdTaken) => fault("inject-sent-before"),
        Err(Refusal::TooMany { limit, .. }) => Ok(Outcome::Fault(too_many(ready.field, limit))),
        Err(Refusal::Store(error)) => Err(PageError::from(error)),
    }
}

fn too_many(field: &'static str, limit: usize) -> FieldError {
    FieldError::new(field, "inject-too-many").with("most", limit.to_string())
}

fn lines(checked: &Checked<'_>) -> Vec<Line> {
    let known = checked.sound.iter().filter(|sound| sound.is_known);
    let known = known.map(|sound| Line { number: sound.index + 1, refused: None });
    let refused = checked.unsound.iter();
    let refused =
        refused.map(|one| Line { number: one.index + 1, refused: Some(one.refused.detail.clone()) });
    let mut lines: Vec<_> = known.chain(refused).collect();
    lines.sort_by_key(|line| line.number);
    lines
}

/// The reason may still be worded otherwise; the events may not be others.
fn seen(ready: &Ready<'_>) -> String {
    let mut hash = Sha256::new();
    for event in ready.events {
        hash.update((event.len() as u64).to_be_bytes());
        hash.update(event);
    }
    hex::encode(&hash.finalize()[..16])
}
