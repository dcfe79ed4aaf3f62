//! Keeps what lies on the queue of dead letters where operators find it, whichever bus it came by (R34, R40).

use crate::dispatcher::Context;
use bevaka_bus::{Batch, Queue};
use bevaka_store::dead_letters::{self, DeadLetter};
use std::{sync::Arc, time::Duration};
use tokio::time::sleep;

const HELD: u16 = 20;
/// The longest reason or id that is kept, in characters.
const LONGEST: usize = 400;
const PAUSE: Duration = Duration::from_secs(1);

/// Moves dead letters from the bus into their table until the process stops.
pub(crate) async fn run(context: Arc<Context>) {
    let mut reader = context.chassis.bus.reader(Queue::Dead, HELD);
    loop {
        let batch = tokio::select! {
            batch = reader.next(usize::from(HELD)) => batch,
            () = context.chassis.shutdown.cancelled() => return,
        };
        while let Err(error) = keep(&context, &batch).await {
            tracing::error!(%error, "dead letters cannot be kept yet, trying again");
            tokio::select! {
                () = sleep(PAUSE) => {}
                () = context.chassis.shutdown.cancelled() => return,
            }
        }
        if let Err(error) = reader.acknowledge(batch).await {
            tracing::warn!(%error, "kept dead letters could not be acknowledged; they may be kept twice");
        }
    }
}

async fn keep(context: &Context, batch: &Batch) -> bevaka_store::Result<()> {
    let now = context.chassis.clock.now();
    let mut tx = context.chassis.db.begin().await?;
    for message in &batch.messages {
        // Anybody may publish to that queue, and PostgreSQL's text holds no NUL.
        let reason = printable(message.reason.as_deref().unwrap_or("unknown"));
        let (code, detail) = reason.split_once(": ").unwrap_or((&reason, ""));
        let letter = DeadLetter {
            id: context.chassis.entropy.id(now),
            message_id: printable(&message.id),
            reason: code.to_owned(),
            detail: detail.to_owned(),
            body: message.body.clone(),
            received_at: now,
        };
        dead_letters::insert(&mut tx, &letter).await?;
    }
    tx.commit().await
}

/// What a publisher wrote, fit for a list.
fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(LONGEST).collect()
}
