//! Tries to prove an identity, for signing in or for signing. Written by the agreements service alone. What is only
//! the try's own business is sealed; purpose and state are JSON of that service.

use crate::{Result, Time, Tx};
use bevaka_domain::{clock::Timestamp, ids::AttemptId};
use sqlx::FromRow;
use uuid::Uuid;

macro_rules! select_attempts {
    ($rest:literal) => {
        concat!(
            "SELECT id, browser_hash, purpose, way_sealed, state, open, started_at, expires_at, due_at FROM attempts ",
            $rest
        )
    };
}

statements! {
    both INSERT = "
        INSERT INTO attempts (id, browser_hash, purpose, way_sealed, state, open, started_at, expires_at, due_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    both SAVE = "
        UPDATE attempts SET way_sealed = $2, state = $3, open = $4, due_at = $5 WHERE id = $1";
    both FIND = select_attempts!("WHERE id = $1");
    pg FIND_PG = select_attempts!("WHERE id = $1 FOR UPDATE");
    pg DUE_PG = select_attempts!("WHERE due_at <= $1 ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED");
    lite DUE_LITE = select_attempts!("WHERE due_at <= $1 ORDER BY due_at LIMIT $2");
    both DELETE_OLD = "DELETE FROM attempts WHERE due_at IS NULL AND expires_at < $1";
}

/// An attempt as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Our id.
    pub id: AttemptId,
    /// The hash of the secret that only the browser or program has that began it.
    pub browser_hash: Vec<u8>,
    /// What it is for.
    pub purpose: String,
    /// How it goes, sealed.
    pub way_sealed: Vec<u8>,
    /// How far it has come.
    pub state: String,
    /// Whether it can still go on.
    pub open: bool,
    /// When it began.
    pub started_at: Timestamp,
    /// When it is over at the latest.
    pub expires_at: Timestamp,
    /// When somebody must look after it next, whether or not the browser is still there.
    pub due_at: Option<Timestamp>,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    browser_hash: Vec<u8>,
    purpose: String,
    way_sealed: Vec<u8>,
    state: String,
    open: bool,
    started_at: Time,
    expires_at: Time,
    due_at: Option<Time>,
}

impl From<Row> for Attempt {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.into(),
            browser_hash: row.browser_hash,
            purpose: row.purpose,
            way_sealed: row.way_sealed,
            state: row.state,
            open: row.open,
            started_at: row.started_at.0,
            expires_at: row.expires_at.0,
            due_at: row.due_at.map(|time| time.0),
        }
    }
}

/// Stores a new attempt.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn insert(tx: &mut Tx, attempt: &Attempt) -> Result<()> {
    execute!(
        tx,
        INSERT,
        attempt.id.0,
        attempt.browser_hash.as_slice(),
        attempt.purpose.as_str(),
        attempt.way_sealed.as_slice(),
        attempt.state.as_str(),
        attempt.open,
        Time(attempt.started_at),
        Time(attempt.expires_at),
        attempt.due_at.map(Time)
    )?;
    Ok(())
}

/// Stores how an attempt stands.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn save(tx: &mut Tx, attempt: &Attempt) -> Result<()> {
    execute!(
        tx,
        SAVE,
        attempt.id.0,
        attempt.way_sealed.as_slice(),
        attempt.state.as_str(),
        attempt.open,
        attempt.due_at.map(Time)
    )?;
    Ok(())
}

/// An attempt.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn find(tx: &mut Tx, id: AttemptId) -> Result<Option<Attempt>> {
    Ok(fetch_optional!(tx, Row, FIND, id.0)?.map(Attempt::from))
}

/// An attempt, kept from other writers until this transaction ends.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn find_for_update(tx: &mut Tx, id: AttemptId) -> Result<Option<Attempt>> {
    let sql = if matches!(tx, Tx::Pg(_)) { FIND_PG } else { FIND };
    Ok(fetch_optional!(tx, Row, sql, id.0)?.map(Attempt::from))
}

/// Some attempts that are to be looked after now. No other transaction gets the same ones until this one ends.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn due(tx: &mut Tx, now: Timestamp, limit: u32) -> Result<Vec<Attempt>> {
    let sql = if matches!(tx, Tx::Pg(_)) { DUE_PG } else { DUE_LITE };
    Ok(fetch_all!(tx, Row, sql, Time(now), i64::from(limit))?.into_iter().map(Attempt::from).collect())
}

/// Forgets attempts that nobody looks after and that were over before `before`.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn delete_over(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    execute!(tx, DELETE_OLD, Time(before))
}
