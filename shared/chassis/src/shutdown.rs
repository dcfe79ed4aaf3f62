//! Ending well: a signal asks, and what is under way is finished.

use std::time::Duration;
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// A token that is cancelled by Ctrl-C or SIGTERM. A second signal ends the process at once.
pub fn token() -> CancellationToken {
    let token = CancellationToken::new();
    let cancelled = token.clone();
    tokio::spawn(async move {
        signal().await;
        tracing::info!("stopping; once more ends at once");
        cancelled.cancel();
        signal().await;
        std::process::exit(130);
    });
    token
}

#[cfg(unix)]
async fn signal() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        },
        Err(error) => {
            tracing::warn!(%error, "cannot listen for SIGTERM");
            let _ = tokio::signal::ctrl_c().await;
        }
    }
}

#[cfg(not(unix))]
async fn signal() {
    let _ = tokio::signal::ctrl_c().await;
}

/// Waits for tasks to end, but not for ever. Gives whether all of them did.
pub async fn drain(tasks: &TaskTracker, limit: Duration) -> bool {
    tasks.close();
    let ended = tokio::time::timeout(limit, tasks.wait()).await.is_ok();
    if !ended {
        tracing::warn!(tasks = tasks.len(), "still busy when the time to stop was over");
    }
    ended
}
