//! Giving a dead letter up.

use super::{Refusal, entry, sha256};
use crate::app::App;
use bevaka_domain::{
    clock::Timestamp,
    dead_letter::Ending,
    operator::{Justification, Operator},
    trail::{Action, Entry, Writer},
};
use bevaka_store::{Tx, dead_letters, trail};
use serde_json::json;
use uuid::Uuid;

/// Gives a dead letter up; it stays readable.
pub(crate) async fn discard(
    app: &App,
    operator: &Operator,
    id: Uuid,
    because: &Justification,
) -> Result<(), Refusal> {
    let mut tx = app.chassis.db.begin().await?;
    let entry = discard_in(&mut tx, operator, id, because, app.now()).await?;
    trail::append(&mut tx, Writer::Operators, &entry).await?;
    Ok(tx.commit().await?)
}

/// The same within a transaction; gives what has to be appended to the trail before its end.
pub(super) async fn discard_in(
    tx: &mut Tx,
    operator: &Operator,
    id: Uuid,
    because: &Justification,
    now: Timestamp,
) -> Result<Entry, Refusal> {
    let kept = dead_letters::find_for_update(tx, id).await?.ok_or(Refusal::NotFound)?;
    let state = kept.state.discard(Ending::new(now, operator.signature(), because))?;
    dead_letters::end(tx, id, &state, None).await?;
    let detail = json!({
        "because": because.as_str(), "reason": kept.letter.reason, "body_sha256": sha256(&kept.letter.body),
    });
    Ok(entry(operator, Action::DeadLetterDiscarded, &kept.letter, detail, now))
}
