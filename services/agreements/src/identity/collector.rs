//! Looks after attempts that BankID has, whether or not anybody's browser is still there: what a person has completed
//! counts, also if the process was killed before it heard of it.

use super::bankid::{interval, take};
use crate::{
    app::App,
    commands::expire,
    fault::{Fault, Outcome},
    identity::attempt::{Attempt, Way},
};
use bevaka_store::{attempts, idempotent, sessions};
use futures_util::future::join_all;
use std::time::Duration;
use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};

/// How many orders BankID is asked about at once.
const TOGETHER: u32 = 32;
/// How long nobody else asks about an attempt that this process asks about.
const LEASE: Duration = Duration::from_secs(20);
/// The longest sleep.
const TICK: Duration = Duration::from_millis(500);
/// Between two tries to take an answer.
const PAUSE: Duration = Duration::from_millis(250);
/// How often what is over is cleared away.
const SWEEP: Duration = Duration::from_secs(60);
/// How long an attempt that is over can still be looked at.
const KEEP: Duration = Duration::from_secs(60 * 60);
/// How long the answer to a command with an idempotency key is kept.
const KEEP_ANSWERS: Duration = Duration::from_secs(24 * 60 * 60);

/// Runs until the process stops. One order that BankID is slow about holds up no other.
pub async fn run(app: App) {
    let mut swept: Option<Instant> = None;
    let mut asking = JoinSet::new();
    while !app.chassis.shutdown.is_cancelled() {
        while asking.try_join_next().is_some() {}
        let room = TOGETHER.saturating_sub(u32::try_from(asking.len()).unwrap_or(TOGETHER));
        match claim(&app, room).await {
            Ok(claimed) => claimed.into_iter().for_each(|attempt| {
                let app = app.clone();
                asking.spawn(async move { ask(&app, attempt).await });
            }),
            Err(error) => tracing::warn!(%error, "attempts cannot be looked after yet, trying again"),
        }
        if swept.is_none_or(|at| at.elapsed() >= SWEEP) {
            sweep(&app).await;
            swept = Some(Instant::now());
        }
        tokio::select! {
            () = sleep(TICK.min(interval(&app))) => {}
            () = app.attempts.notified() => {}
            () = app.chassis.shutdown.cancelled() => {}
        }
    }
    // What BankID is just answering counts.
    while asking.join_next().await.is_some() {}
}

/// Asks BankID once about all that is due, and takes its answers; gives how many there were.
///
/// # Errors
/// If the database fails.
pub async fn collect(app: &App) -> Outcome<usize> {
    let claimed = claim(app, TOGETHER).await?;
    let count = claimed.len();
    join_all(claimed.into_iter().map(|attempt| ask(app, attempt))).await;
    Ok(count)
}

/// Takes what is due for this process. What cannot be read, by another key or of another version, is closed, so that it
/// stops nothing else.
async fn claim(app: &App, limit: u32) -> Outcome<Vec<Attempt>> {
    if app.bankid.is_none() || limit == 0 {
        return Ok(Vec::new());
    }
    let now = app.now();
    let mut tx = app.chassis.db.begin().await?;
    let mut claimed = Vec::new();
    for mut stored in attempts::due(&mut tx, now, limit).await? {
        stored.due_at = Some(now.plus(LEASE));
        match Attempt::open(app, stored.clone()) {
            Ok(attempt) => claimed.push(attempt),
            Err(error) => {
                tracing::error!(attempt.id = %stored.id, %error, "an attempt cannot be read and is given up");
                (stored.open, stored.due_at) = (false, None);
            }
        }
        attempts::save(&mut tx, &stored).await?;
    }
    tx.commit().await?;
    Ok(claimed)
}

/// Asks BankID about one attempt. Its answer is kept until the database has taken it, or somebody else may ask again:
/// BankID may tell a completed order only once.
async fn ask(app: &App, attempt: Attempt) {
    let (Way::BankId(way), Some(bankid)) = (&attempt.way, &app.bankid) else { return };
    let asked = Instant::now();
    let answer = bankid.client.collect(&way.order_ref).await;
    loop {
        match take(app, attempt.id, answer.clone()).await {
            Ok(()) => return,
            Err(Fault::Store(error)) if error.is_transient() && asked.elapsed() + PAUSE < LEASE => {
                tracing::warn!(attempt.id = %attempt.id, %error, "an answer cannot be taken yet, trying again");
                sleep(PAUSE).await;
            }
            Err(error) => {
                tracing::error!(attempt.id = %attempt.id, %error, "an answer was not taken");
                return;
            }
        }
    }
}

/// Ends what is over: orders that were not signed in time, sessions that nobody uses, attempts, kept answers. What fails
/// is told, tried again at the next time, and stops nothing else.
pub async fn sweep(app: &App) {
    app.rate_limit.forget();
    let failed =
        |error: &Fault| tracing::warn!(%error, "what is over cannot be cleared away yet, trying again");
    loop {
        match expire::expire(app).await {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) => {
                failed(&error);
                break;
            }
        }
    }
    if let Err(error) = forget(app).await {
        failed(&error);
    }
}

async fn forget(app: &App) -> Outcome<()> {
    let now = app.now();
    let longest = Duration::from_secs(app.chassis.settings.sessions.longest_s);
    let mut tx = app.chassis.db.begin().await?;
    sessions::delete_unused_since(&mut tx, now.minus(longest)).await?;
    attempts::delete_over(&mut tx, now.minus(KEEP)).await?;
    idempotent::delete_before(&mut tx, now.minus(KEEP_ANSWERS)).await?;
    tx.commit().await?;
    Ok(())
}
