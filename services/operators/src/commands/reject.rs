//! Stops an injection that waits for a second operator (R37).

use super::{
    approve::{Refusal, decided_meanwhile, proposal},
    inject,
};
use crate::app::App;
use bevaka_domain::{
    operator::{Justification, Operator},
    trail::{Action, Writer},
};
use bevaka_store::{
    injections::{self, Injection},
    trail,
};
use uuid::Uuid;

/// Rejects an injection: nothing of it is published, and its events are forgotten. Whoever proposed it may do so too.
pub async fn reject(
    app: &App,
    operator: &Operator,
    id: Uuid,
    because: &Justification,
) -> Result<Injection, Refusal> {
    let now = app.now();
    let mut tx = app.chassis.db.begin().await?;
    let injection = injections::find(&mut tx, id).await?.ok_or(Refusal::NotFound)?;
    let state = proposal(&injection).reject(operator, because, now).map_err(Refusal::Undecided)?;
    if !injections::decide(&mut tx, id, &state).await? {
        return Err(decided_meanwhile());
    }
    let entry = inject::entry(operator.actor(), Action::InjectionRejected, &injection, now);
    let entry = inject::entry_with(entry, "proposed_by", injection.proposed_by.as_str());
    let entry = inject::entry_with(entry, "proposed_because", injection.because.as_str());
    let entry = inject::entry_with(entry, "because", because.as_str());
    trail::append(&mut tx, Writer::Operators, &entry).await?;
    tx.commit().await?;
    tracing::info!(injection.id = %id, "an injection is rejected");
    Ok(Injection { state, ..injection })
}
