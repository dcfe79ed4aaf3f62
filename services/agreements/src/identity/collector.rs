//! Looks after attempts that BankID has, whether or not anybody's browser is still there: what a person has completed
//! counts, also if the process was killed before it heard of it.

use super::bankid::{interval, take};
use crate::{
    app::App,
    commands::expire,
    fault::Outcome,
    identity::attempt::{Attempt, Way},
};
use bevaka_store::{attempts, idempotent, sessions};
use futures_util::future::join_all;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How many orders BankID is asked about at once.
const TOGETHER: u32 = 32;
/// How long nobody else asks about an attempt that this process asks about.
const LEASE: Duration = Duration::from_secs(20);
/// The longest sleep.
const TICK: Duration = Duration::from_millis(500);
/// How often what is over is cleared away.
const SWEEP: Duration = Duration::from_secs(60);
/// How long an attempt that is over can still be looked at.
const KEEP: Duration = Duration::from_secs(60 * 60);
/// How long the answer to a command with an idempotency key is kept.
const KEEP_ANSWERS: Duration = Duration::from_secs(24 * 60 * 60);

/// Runs until the process stops.
pub async fn run(app: App) {
    let mut swept: Option<Instant> = None;
    while !app.chassis.shutdown.is_cancelled() {
        if let Err(error) = collect(&app).await {
            tracing::warn!(%error, "attempts cannot be looked after yet, trying again");
        }
        if swept.is_none_or(|at| at.elapsed() >= SWEEP) {
            if let Err(error) = sweep(&app).await {
                tracing::warn!(%error, "what is over cannot be cleared away yet, trying again");
            }
            swept = Some(Instant::now());
        }
        tokio::select! {
            () = sleep(TICK.min(interval(&app))) => {}
            () = app.attempts.notified() => {}
            () = app.chassis.shutdown.cancelled() => {}
        }
    }
}

/// Asks BankID about what is due, and takes its answers; gives how many there were.
///
/// # Errors
/// If the database fails.
pub async fn collect(app: &App) -> Outcome<usize> {
    let now = app.now();
    let Some(bankid) = &app.bankid else { return Ok(0) };
    let mut tx = app.chassis.db.begin().await?;
    let mut claimed = Vec::new();
    for mut stored in attempts::due(&mut tx, now, TOGETHER).await? {
        stored.due_at = Some(now.plus(LEASE));
        attempts::save(&mut tx, &stored).await?;
        claimed.push(Attempt::open(app, stored)?);
    }
    tx.commit().await?;
    let asked = claimed.iter().filter_map(|attempt| match &attempt.way {
        Way::BankId(way) => {
            Some(async { take(app, attempt.id, bankid.client.collect(&way.order_ref).await).await })
        }
        Way::Token(_) => None,
    });
    for outcome in join_all(asked).await {
        outcome?;
    }
    Ok(claimed.len())
}

/// Orders that were not signed in time, sessions that nobody uses, attempts that are over, answers kept for a day.
///
/// # Errors
/// If the database fails.
pub async fn sweep(app: &App) -> Outcome<()> {
    while expire::expire(app).await? > 0 {}
    app.tries.forget();
    let now = app.now();
    let mut tx = app.chassis.db.begin().await?;
    sessions::delete_unused_since(
        &mut tx,
        now.minus(Duration::from_secs(app.chassis.settings.sessions.longest_s)),
    )
    .await?;
    attempts::delete_over(&mut tx, now.minus(KEEP)).await?;
    idempotent::delete_before(&mut tx, now.minus(KEEP_ANSWERS)).await?;
    tx.commit().await?;
    Ok(())
}
