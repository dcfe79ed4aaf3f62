//! Answers to commands that bear an idempotency key. Written by the agreements service alone. A key is taken before its
//! command runs, so that of two at the same moment one runs; answers come here sealed.

use crate::{Result, Time, Tx};
use bevaka_domain::{clock::Timestamp, ids::UserId};

statements! {
    both TAKE = "
        INSERT INTO idempotent_answers (user_id, key, request_hash, status, body, answered_at)
        VALUES ($1, $2, $3, 0, '', $4) ON CONFLICT (user_id, key) DO NOTHING";
    both FIND = "SELECT request_hash, status, body FROM idempotent_answers WHERE user_id = $1 AND key = $2";
    both ANSWER = "
        UPDATE idempotent_answers SET status = $3, body = $4, answered_at = $5
        WHERE user_id = $1 AND key = $2 AND status = 0";
    both FREE = "DELETE FROM idempotent_answers WHERE user_id = $1 AND key = $2 AND status = 0";
    both DELETE_OLD = "DELETE FROM idempotent_answers WHERE answered_at < $1";
}

/// A key that is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The hash of the request that took it.
    pub request_hash: Vec<u8>,
    /// What was answered; nothing while the command runs, and for good if its process was killed.
    pub answer: Option<Answer>,
}

/// What was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body, as the caller sealed it.
    pub body: String,
}

/// Takes a key for a request; gives whether it was free.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn take(tx: &mut Tx, user: UserId, key: &str, request_hash: &[u8], now: Timestamp) -> Result<bool> {
    Ok(execute!(tx, TAKE, user.0, key, request_hash, Time(now))? > 0)
}

/// A key that is taken, with the answer if there is one.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn find(tx: &mut Tx, user: UserId, key: &str) -> Result<Option<Taken>> {
    let row = fetch_optional!(tx, (Vec<u8>, i64, String), FIND, user.0, key)?;
    Ok(row.map(|(request_hash, status, body)| {
        let status = u16::try_from(status).ok().filter(|status| *status != 0);
        Taken { request_hash, answer: status.map(|status| Answer { status, body }) }
    }))
}

/// Stores the answer of the command that took the key. The first one stays.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn answer(tx: &mut Tx, user: UserId, key: &str, answer: &Answer, now: Timestamp) -> Result<()> {
    execute!(tx, ANSWER, user.0, key, i64::from(answer.status), answer.body.as_str(), Time(now))?;
    Ok(())
}

/// Gives back a key whose command changed nothing.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn free(tx: &mut Tx, user: UserId, key: &str) -> Result<()> {
    execute!(tx, FREE, user.0, key)?;
    Ok(())
}

/// Forgets what was taken or answered before `before`.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn delete_before(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    execute!(tx, DELETE_OLD, Time(before))
}
