//! Messages that are no event: kept whole, with the reason (R34). Written by the dispatcher alone.

use crate::{Result, Time, Tx};
use bevaka_domain::clock::Timestamp;
use sqlx::FromRow;
use uuid::Uuid;

statements! {
    both INSERT = "
        INSERT INTO dead_letters (id, message_id, reason, detail, body, received_at) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (id) DO NOTHING";
    both LATEST = "
        SELECT id, message_id, reason, detail, length(body) AS bytes, received_at FROM dead_letters
        ORDER BY id DESC LIMIT $1";
    both COUNT_OPEN = "SELECT count(*) FROM dead_letters WHERE state = 'open'";
    both FIND = "SELECT id, message_id, reason, detail, body, received_at FROM dead_letters WHERE id = $1";
}

/// A message that could not be taken as an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// Our id.
    pub id: Uuid,
    /// The message id on the bus; empty if it had none.
    pub message_id: String,
    /// Why, as a code.
    pub reason: String,
    /// Why, in words that name the field and the limit.
    pub detail: String,
    /// What came, byte for byte.
    pub body: Vec<u8>,
    /// When it came.
    pub received_at: Timestamp,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    message_id: String,
    reason: String,
    detail: String,
    body: Vec<u8>,
    received_at: Time,
}

/// Stores a dead letter; the same id again changes nothing.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn insert(tx: &mut Tx, letter: &DeadLetter) -> Result<()> {
    execute!(
        tx,
        INSERT,
        letter.id,
        letter.message_id.as_str(),
        letter.reason.as_str(),
        letter.detail.as_str(),
        letter.body.as_slice(),
        Time(letter.received_at)
    )?;
    Ok(())
}

/// A dead letter in a list: without its body, which may be large.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Listed {
    /// Our id.
    pub id: Uuid,
    /// The message id on the bus; empty if it had none.
    pub message_id: String,
    /// Why, as a code.
    pub reason: String,
    /// Why, in words.
    pub detail: String,
    /// How long its body is.
    pub bytes: i32,
    /// When it came.
    pub received_at: Time,
}

/// The newest dead letters, newest first.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn latest(tx: &mut Tx, limit: u32) -> Result<Vec<Listed>> {
    fetch_all!(tx, Listed, LATEST, i64::from(limit))
}

/// How many dead letters nobody has dealt with yet.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn count_open(tx: &mut Tx) -> Result<u64> {
    let (count,) = fetch_one!(tx, (i64,), COUNT_OPEN)?;
    Ok(count.unsigned_abs())
}

/// A dead letter, whole.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn find(tx: &mut Tx, id: Uuid) -> Result<Option<DeadLetter>> {
    let row = fetch_optional!(tx, Row, FIND, id)?;
    Ok(row.map(|row| DeadLetter {
        id: row.id,
        message_id: row.message_id,
        reason: row.reason,
        detail: row.detail,
        body: row.body,
        received_at: row.received_at.0,
    }))
}
