//! Reads what an event holds, and leaves that it was read (R41).

use crate::app::App;
use bevaka_domain::{
    ids::EventId,
    operator::Operator,
    trail::{Action, Entry, Writer},
};
use bevaka_store::{
    Result,
    events::{self, Decided},
    trail,
};
use serde_json::json;

/// The event with its data; none if there is no such event.
pub async fn read_content(app: &App, operator: &Operator, id: EventId) -> Result<Option<Decided>> {
    let mut tx = app.chassis.db.begin().await?;
    let Some(decided) = events::find(&mut tx, id).await? else { return Ok(None) };
    let entry = Entry {
        at: app.now(),
        actor: operator.actor(),
        action: Action::EventRead,
        organisation: decided.organisation,
        subject: id.to_string(),
        detail: json!({ "kind": decided.event.kind }),
    };
    trail::append(&mut tx, Writer::Operators, &entry).await?;
    tx.commit().await?;
    Ok(Some(decided))
}
