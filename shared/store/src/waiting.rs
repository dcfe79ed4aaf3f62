//! What waits now, counted by the index of what needs attention alone: however many alerts are stored, and however many
//! wait, it costs the same.

use crate::{Result, Time, Tx, text::Word};
use bevaka_domain::{
    clock::Timestamp,
    delivery::StateName,
    ids::{DeliveryId, EventId},
    watch::Channel,
};
use sqlx::FromRow;
use uuid::Uuid;

/// No more than so many are counted.
pub const COUNTED: u64 = 10_000;

statements! {
    both DUE = "
        SELECT state, count(*) FROM (
            SELECT state FROM deliveries WHERE channel = $1 AND due_at <= $2 ORDER BY due_at LIMIT $3) d
        GROUP BY state";
    both AHEAD = "
        SELECT state, count(*) FROM (
            SELECT state FROM deliveries WHERE channel = $1 AND due_at > $2 ORDER BY due_at LIMIT $3) d
        GROUP BY state";
    both LONGEST = "
        SELECT id, event_id, channel, state, cause, due_at, expires_at FROM deliveries
        WHERE channel = $1 AND due_at <= $2 ORDER BY due_at LIMIT $3";
    both DEAD = "
        SELECT reason, count(*) FROM dead_letters WHERE state = 'open' GROUP BY reason ORDER BY count(*) DESC, reason
        LIMIT 20";
}

/// How many alerts of a channel are not settled; each at most [`COUNTED`], which then means that many or more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waiting {
    /// Under way.
    pub sending: u64,
    /// Could leave now.
    pub overdue: u64,
    /// Wait for a time to come: of a retry, or one that their user wishes.
    pub later: u64,
}

/// An alert that could have left already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overdue {
    /// Its id.
    pub id: DeliveryId,
    /// What it tells of.
    pub event: EventId,
    /// By which way.
    pub channel: Channel,
    /// Whether it is under a lease that ran out.
    pub is_sending: bool,
    /// Why it waited, as a code.
    pub cause: Option<String>,
    /// Since when it could leave.
    pub due_at: Timestamp,
    /// Until when it helps.
    pub expires_at: Timestamp,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    event_id: Uuid,
    channel: Word<Channel>,
    state: Word<StateName>,
    cause: Option<String>,
    due_at: Time,
    expires_at: Time,
}

/// How many alerts of a channel wait or are under way.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn count(tx: &mut Tx, channel: Channel, now: Timestamp) -> Result<Waiting> {
    let limit = i64::try_from(COUNTED).unwrap_or(i64::MAX);
    let mut waiting = Waiting::default();
    for (sql, is_due) in [(DUE, true), (AHEAD, false)] {
        for (state, count) in fetch_all!(tx, (Word<StateName>, i64), sql, channel.as_str(), Time(now), limit)?
        {
            let place = match (state.0, is_due) {
                (StateName::Sending, _) => &mut waiting.sending,
                (_, true) => &mut waiting.overdue,
                (_, false) => &mut waiting.later,
            };
            *place = COUNTED.min(*place + u64::try_from(count).unwrap_or(0));
        }
    }
    Ok(waiting)
}

/// What of a channel could have left longest ago, the longest first.
///
/// # Errors
/// [`StoreError::Corrupt`](crate::StoreError::Corrupt) if a stored value cannot be read.
pub async fn longest(tx: &mut Tx, channel: Channel, now: Timestamp, limit: u32) -> Result<Vec<Overdue>> {
    let rows = fetch_all!(tx, Row, LONGEST, channel.as_str(), Time(now), i64::from(limit))?;
    let overdue = |row: Row| Overdue {
        id: row.id.into(),
        event: row.event_id.into(),
        channel: row.channel.0,
        is_sending: row.state.0 == StateName::Sending,
        cause: row.cause,
        due_at: row.due_at.0,
        expires_at: row.expires_at.0,
    };
    Ok(rows.into_iter().map(overdue).collect())
}

/// How many dead letters nobody has dealt with, by reason, the most frequent first.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn dead_letters(tx: &mut Tx) -> Result<Vec<(String, u64)>> {
    let rows = fetch_all!(tx, (String, i64), DEAD)?;
    Ok(rows.into_iter().map(|(reason, count)| (reason, u64::try_from(count).unwrap_or(0))).collect())
}
