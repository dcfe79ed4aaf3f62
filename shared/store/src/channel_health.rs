//! How the last attempts on each channel went, over all dispatchers. Written by the dispatcher alone.

use crate::{Result, Time, Tx, text::Word};
use bevaka_domain::{
    channel::{Failure, Lately},
    watch::Channel,
};
use sqlx::FromRow;
use std::collections::BTreeMap;

statements! {
    both SUCCESS = "
        INSERT INTO channel_health (channel, success_at) VALUES ($1, $2)
        ON CONFLICT (channel) DO UPDATE SET success_at = excluded.success_at
        WHERE channel_health.success_at IS NULL OR channel_health.success_at < excluded.success_at";
    both FAILURE = "
        INSERT INTO channel_health (channel, failed_at, cause, channel_down) VALUES ($1, $2, $3, $4)
        ON CONFLICT (channel) DO UPDATE
        SET failed_at = excluded.failed_at, cause = excluded.cause, channel_down = excluded.channel_down
        WHERE channel_health.failed_at IS NULL OR channel_health.failed_at < excluded.failed_at";
    both ALL = "SELECT channel, success_at, failed_at, cause, channel_down FROM channel_health";
}

#[derive(FromRow)]
struct Row {
    channel: Word<Channel>,
    success_at: Option<Time>,
    failed_at: Option<Time>,
    cause: Option<String>,
    channel_down: Option<bool>,
}

/// Notes the last success and the last failure that a dispatcher saw; what another one saw later stands.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn note(tx: &mut Tx, channel: Channel, seen: &Lately) -> Result<()> {
    if let Some(at) = seen.success_at {
        execute!(tx, SUCCESS, channel.as_str(), Time(at))?;
    }
    if let Some(Failure { at, cause, channel_down }) = &seen.failure {
        execute!(tx, FAILURE, channel.as_str(), Time(*at), cause.as_str(), *channel_down)?;
    }
    Ok(())
}

/// The last attempts on each channel that was tried.
///
/// # Errors
/// [`StoreError::Corrupt`](crate::StoreError::Corrupt) if a stored value cannot be read.
pub async fn all(tx: &mut Tx) -> Result<BTreeMap<Channel, Lately>> {
    let rows = fetch_all!(tx, Row, ALL)?.into_iter();
    let channel = |row: Row| {
        let failure = row.failed_at.map(|at| Failure {
            at: at.0,
            cause: row.cause.unwrap_or_default(),
            channel_down: row.channel_down.unwrap_or_default(),
        });
        let lately = Lately { success_at: row.success_at.map(|at| at.0), failure };
        (row.channel.0, lately)
    };
    Ok(rows.map(channel).collect())
}
