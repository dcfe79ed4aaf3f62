//! The table of the table bus. A message is locked while its reader works on it and removed when it is done; a lock
//! that runs out makes it readable again.

use crate::{Result, Time, Tx};
use bevaka_domain::clock::Timestamp;
use sqlx::FromRow;

statements! {
    both PUBLISH = "
        INSERT INTO bus_messages (queue, message_id, body, reason, deliveries, published_at)
        VALUES ($1, $2, $3, $4, 0, $5)";
    pg READ_PG = "
        UPDATE bus_messages SET locked_until = $3, deliveries = deliveries + 1
        WHERE id IN (SELECT id FROM bus_messages WHERE queue = $1 AND (locked_until IS NULL OR locked_until <= $2)
                     ORDER BY id LIMIT $4 FOR UPDATE SKIP LOCKED)
        RETURNING id, message_id, body, reason, deliveries";
    lite READ_LITE = "
        UPDATE bus_messages SET locked_until = $3, deliveries = deliveries + 1
        WHERE id IN (SELECT id FROM bus_messages WHERE queue = $1 AND (locked_until IS NULL OR locked_until <= $2)
                     ORDER BY id LIMIT $4)
        RETURNING id, message_id, body, reason, deliveries";
    pg REMOVE_PG = "DELETE FROM bus_messages WHERE id = ANY($1)";
    both REMOVE = "DELETE FROM bus_messages WHERE id = $1";
    both UNLOCK = "UPDATE bus_messages SET locked_until = NULL WHERE queue = $1";
    both COUNT = "SELECT count(*) FROM bus_messages WHERE queue = $1";
}

/// A message as it lies in the table.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Stored {
    /// Its place in the order of publishing.
    pub id: i64,
    /// The publisher's id of the message.
    pub message_id: String,
    /// The body.
    pub body: Vec<u8>,
    /// Why it is dead, on the queue of dead letters.
    pub reason: Option<String>,
    /// How often it has been handed to a reader, this time included.
    pub deliveries: i64,
}

/// Appends a message to a queue.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn publish(
    tx: &mut Tx,
    queue: &str,
    message_id: &str,
    body: &[u8],
    reason: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    execute!(tx, PUBLISH, queue, message_id, body, reason, Time(now))?;
    Ok(())
}

/// Locks up to `limit` readable messages, in the order of publishing.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn read(
    tx: &mut Tx,
    queue: &str,
    now: Timestamp,
    locked_until: Timestamp,
    limit: usize,
) -> Result<Vec<Stored>> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let sql = if matches!(tx, Tx::Pg(_)) { READ_PG } else { READ_LITE };
    let mut rows = fetch_all!(tx, Stored, sql, queue, Time(now), Time(locked_until), limit)?;
    rows.sort_unstable_by_key(|row| row.id);
    Ok(rows)
}

/// Removes messages that are done.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn remove(tx: &mut Tx, ids: &[i64]) -> Result<()> {
    if let Tx::Pg(pg) = tx {
        sqlx::query(REMOVE_PG).bind(ids).execute(&mut **pg).await?;
        return Ok(());
    }
    for id in ids {
        execute!(tx, REMOVE, *id)?;
    }
    Ok(())
}

/// Makes every message of a queue readable; only where no other process reads.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn unlock(tx: &mut Tx, queue: &str) -> Result<()> {
    execute!(tx, UNLOCK, queue)?;
    Ok(())
}

/// How many messages lie in a queue, locked ones included.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn count(tx: &mut Tx, queue: &str) -> Result<i64> {
    let (count,) = fetch_one!(tx, (i64,), COUNT, queue)?;
    Ok(count)
}
