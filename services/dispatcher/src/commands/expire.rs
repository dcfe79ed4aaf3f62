//! Ends injections that nobody approved in time (R37).

use super::{approve::proposal, inject};
use crate::dispatcher::Context;
use bevaka_domain::trail::{Action, Actor, Writer};
use bevaka_store::{Result, injections, trail};
use std::{sync::Arc, time::Duration};
use tokio::time::sleep;
use uuid::Uuid;

/// Between two looks.
const PAUSE: Duration = Duration::from_secs(1);
/// The most that one look finds.
const TOGETHER: u32 = 50;

/// Looks until the process stops.
pub(crate) async fn run(context: Arc<Context>) {
    loop {
        if let Err(error) = expire(&context).await {
            tracing::warn!(%error, "injections cannot expire yet, trying again");
        }
        tokio::select! {
            () = sleep(PAUSE) => {}
            () = context.chassis.shutdown.cancelled() => return,
        }
    }
}

async fn expire(context: &Context) -> Result<()> {
    let mut tx = context.chassis.db.begin_read().await?;
    let overdue = injections::overdue(&mut tx, context.chassis.clock.now(), TOGETHER).await?;
    drop(tx);
    for id in overdue {
        expire_one(context, id).await?;
    }
    Ok(())
}

/// Each in a transaction of its own. Of several processes one does it.
async fn expire_one(context: &Context, id: Uuid) -> Result<()> {
    let now = context.chassis.clock.now();
    let mut tx = context.chassis.db.begin().await?;
    let Some(injection) = injections::find(&mut tx, id).await? else { return Ok(()) };
    let Some(state) = proposal(&injection).expire(now) else { return Ok(()) };
    if !injections::decide(&mut tx, id, &state).await? {
        return Ok(());
    }
    let entry = inject::entry(Actor::System, Action::InjectionExpired, &injection, now);
    let entry = inject::entry_with(entry, "proposed_by", injection.proposed_by.as_str());
    trail::append(&mut tx, Writer::Dispatcher, &entry).await?;
    tx.commit().await
}
