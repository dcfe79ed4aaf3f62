//! Reading what a dead letter holds. That it was read stays on record.

use super::{Refusal, entry};
use crate::app::App;
use bevaka_domain::{
    operator::Operator,
    trail::{Action, Writer},
};
use bevaka_store::{
    dead_letters::{self, Kept},
    trail,
};
use serde_json::json;
use uuid::Uuid;

pub(crate) async fn read(app: &App, operator: &Operator, id: Uuid) -> Result<Kept, Refusal> {
    let mut tx = app.chassis.db.begin().await?;
    let kept = dead_letters::read(&mut tx, id).await?.ok_or(Refusal::NotFound)?;
    let detail = json!({"reason": kept.letter.reason, "bytes": kept.letter.body.len()});
    let entry = entry(operator, Action::DeadLetterRead, &kept.letter, detail, app.now());
    trail::append(&mut tx, Writer::Operators, &entry).await?;
    tx.commit().await?;
    Ok(kept)
}
