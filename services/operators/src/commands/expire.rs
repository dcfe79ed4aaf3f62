//! Ends injections that nobody approved in time (R37).

use super::{approve::proposal, inject};
use crate::app::App;
use bevaka_domain::trail::{Action, Actor, Writer};
use bevaka_store::{Result, injections, trail};
use std::time::Duration;
use tokio::time::sleep;
use uuid::Uuid;

const PAUSE: Duration = Duration::from_secs(1);
/// The most that one look finds.
const TOGETHER: u32 = 50;

pub(crate) async fn run(app: App) {
    loop {
        if let Err(error) = expire(&app).await {
            tracing::warn!(%error, "injections cannot expire yet, trying again");
        }
        tokio::select! {
            () = sleep(PAUSE) => {}
            () = app.chassis.shutdown.cancelled() => return,
        }
    }
}

async fn expire(app: &App) -> Result<()> {
    let mut tx = app.chassis.db.begin_read().await?;
    let overdue = injections::overdue(&mut tx, app.chassis.clock.now(), TOGETHER).await?;
    drop(tx);
    for id in overdue {
        expire_one(app, id).await?;
    }
    Ok(())
}

/// Each in a transaction of its own. Of several processes one does it.
async fn expire_one(app: &App, id: Uuid) -> Result<()> {
    let now = app.chassis.clock.now();
    let mut tx = app.chassis.db.begin().await?;
    let Some(injection) = injections::find(&mut tx, id).await? else { return Ok(()) };
    let Some(state) = proposal(&injection).expire(now) else { return Ok(()) };
    if !injections::decide(&mut tx, id, &state).await? {
        return Ok(());
    }
    let entry = inject::entry(Actor::System, Action::InjectionExpired, &injection, now);
    let entry = inject::entry_with(entry, "proposed_by", injection.proposed_by.as_str());
    trail::append(&mut tx, Writer::Operators, &entry).await?;
    tx.commit().await
}
