//! Lets an injection happen that waits for a second operator (R37).

use super::inject;
use crate::{app::App, queries::injectable};
use bevaka_domain::{
    ids::EventId,
    injection::{Proposal, Refusal as Undecided},
    operator::Operator,
    trail::{Action, Writer},
};
use bevaka_store::{
    StoreError,
    injections::{self, Injection},
    trail,
};
use serde_json::value::RawValue;
use uuid::Uuid;

/// Why an injection was neither approved nor rejected.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// There is no such injection.
    #[error("there is no such injection")]
    NotFound,
    /// Not by this operator, or not any more.
    #[error("the injection is not decided")]
    Undecided(Undecided),
    /// Events that were sound when it was proposed are no more.
    #[error("{0} events are not sound any more")]
    Unsound(usize),
    /// The database fails.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Approves an injection: its events go on their way. Whoever comes second is told that it is decided.
pub async fn approve(app: &App, operator: &Operator, id: Uuid) -> Result<Injection, Refusal> {
    let now = app.now();
    let mut tx = app.chassis.db.begin().await?;
    let injection = injections::find(&mut tx, id).await?.ok_or(Refusal::NotFound)?;
    let state = proposal(&injection).approve(operator, now).map_err(Refusal::Undecided)?;
    let bodies = injections::bodies(&mut tx, id).await?.ok_or_else(decided_meanwhile)?;
    let bodies: Vec<Box<RawValue>> = serde_json::from_str(&bodies)
        .map_err(|_| StoreError::Corrupt { what: "injections.bodies".into() })?;
    let bodies: Vec<_> = bodies.iter().map(|body| body.get()).collect();
    let unsound = unsound(app, &bodies);
    if unsound > 0 {
        return Err(Refusal::Unsound(unsound));
    }
    if !injections::decide(&mut tx, id, &state).await? {
        return Err(decided_meanwhile());
    }
    inject::publish(app, &mut tx, id, &bodies, now).await?;
    let entry = inject::entry(operator.actor(), Action::InjectionApproved, &injection, now);
    let entry = inject::entry_with(entry, "proposed_by", injection.proposed_by.as_str());
    trail::append(&mut tx, Writer::Operators, &entry).await?;
    tx.commit().await?;
    app.chassis.outbox.nudge();
    tracing::info!(injection.id = %id, events = injection.events, "an injection is approved");
    Ok(Injection { state, ..injection })
}

/// The catalogue may have changed since they were proposed.
fn unsound(app: &App, bodies: &[&str]) -> usize {
    let chassis = &app.chassis;
    let max_bytes = chassis.settings.operators.max_event_bytes;
    let is_sound = |body: &str| {
        let id = EventId(Uuid::nil());
        injectable::accept_marked(body.as_bytes(), &chassis.catalogue, max_bytes, id, app.now()).is_ok()
    };
    bodies.iter().filter(|body| !is_sound(body)).count()
}

pub(super) fn proposal(injection: &Injection) -> Proposal {
    Proposal { person: injection.person.clone(), state: injection.state.clone() }
}

pub(super) const fn decided_meanwhile() -> Refusal {
    Refusal::Undecided(Undecided::AlreadyDecided)
}
