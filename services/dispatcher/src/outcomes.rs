//! Step 5: what came of the attempts is written down, many at a time.

use crate::dispatcher::Context;
use bevaka_domain::delivery::{Delivery, Outcome, State};
use bevaka_store::{
    Result, Tx,
    deliveries::{self, Settled},
};
use std::{sync::Arc, time::Duration};
use tokio::{sync::mpsc::Receiver, time::sleep};
use tokio_util::sync::CancellationToken;

/// How many outcomes one transaction takes.
const TOGETHER: usize = 500;
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Writes outcomes until `finished` is cancelled and none is left. While the database is away they are kept and tried again: an alert
/// that has left is not sent twice because of that.
pub(crate) async fn run(context: Arc<Context>, mut settled: Receiver<Settled>, finished: CancellationToken) {
    let mut batch = Vec::with_capacity(TOGETHER);
    loop {
        let taken = tokio::select! {
            biased;
            taken = settled.recv_many(&mut batch, TOGETHER) => taken,
            () = finished.cancelled() => 0,
        };
        if taken == 0 {
            return;
        }
        let mut pause = FIRST_PAUSE;
        while let Err(error) = write(&context, &batch).await {
            tracing::error!(%error, outcomes = batch.len(), "outcomes cannot be written yet, trying again");
            if context.chassis.shutdown.is_cancelled() && pause == LONGEST_PAUSE {
                tracing::error!(
                    outcomes = batch.len(),
                    "stopping without them; the next process may send again"
                );
                break;
            }
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
        context.handoff.under_way().remove(batch.iter().map(|settled| settled.delivery.id));
        batch.clear();
    }
}

async fn write(context: &Context, batch: &[Settled]) -> Result<()> {
    let now = context.chassis.clock.now();
    let mut tx = context.chassis.db.begin().await?;
    let stored = deliveries::settle(&mut tx, batch, now).await?;
    for overtaken in batch.iter().filter(|settled| !stored.contains(&settled.delivery.id)) {
        reconcile(context, &mut tx, &overtaken.delivery).await?;
    }
    tx.commit().await
}

/// Between the attempt and this moment a report came in, or another process took the alert over. What is stored
/// stands, and the outcome joins it as far as it still can.
async fn reconcile(context: &Context, tx: &mut Tx, ours: &Delivery) -> Result<()> {
    let Some(stored) = deliveries::find_for_update(tx, ours.id).await? else { return Ok(()) };
    let outcome = match &ours.state {
        State::Accepted { reference } => Outcome::Accepted { reference: reference.clone() },
        State::Failed { cause } => Outcome::Rejected { cause: cause.clone() },
        // A retry is the business of whoever holds the alert now.
        _ => return Ok(()),
    };
    let already_told = stored.history.iter().any(|entry| ours.history.last() == Some(entry));
    if already_told {
        return Ok(());
    }
    let now = context.chassis.clock.now();
    let retry = &context.chassis.settings.dispatch.retry;
    let joined = stored.after_attempt(outcome, retry, now, context.chassis.entropy.chance());
    deliveries::save(tx, &[joined], now).await
}
