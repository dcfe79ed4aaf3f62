//! How often users let codes and tests be sent, and how often to an address. Written by the watches service alone.
//! Addresses are there as keyed hashes only: one number may be a contact point of several users.

use crate::{Result, Time, Tx};
use bevaka_domain::{clock::Timestamp, ids::UserId};
use uuid::Uuid;

statements! {
    both RECORD = "
        INSERT INTO asked_sendings (id, user_id, address_hash, what, sent_at) VALUES ($1, $2, $3, $4, $5)";
    both BY_USER = "
        SELECT sent_at FROM asked_sendings WHERE user_id = $1 AND what = $2 AND sent_at > $3 ORDER BY sent_at";
    both TO_ADDRESS = "
        SELECT sent_at FROM asked_sendings WHERE address_hash = $1 AND what = $2 AND sent_at > $3 ORDER BY sent_at";
    pg LOCK_ADDRESS_PG = "SELECT pg_advisory_xact_lock($1)";
    both FORGET = "DELETE FROM asked_sendings WHERE user_id = $1 AND sent_at <= $2";
}

/// What is sent when a user asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Sent {
    /// A code that confirms a contact point (R28).
    Code,
    /// A test alert.
    Test,
}

/// Notes that something was sent.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn record(
    tx: &mut Tx,
    id: Uuid,
    user: UserId,
    address_hash: &[u8],
    what: Sent,
    now: Timestamp,
) -> Result<()> {
    execute!(tx, RECORD, id, user.0, address_hash, <&'static str>::from(what), Time(now))?;
    Ok(())
}

/// When a user let such be sent, after `since`, the oldest first.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn by_user(tx: &mut Tx, user: UserId, what: Sent, since: Timestamp) -> Result<Vec<Timestamp>> {
    let rows = fetch_all!(tx, (Time,), BY_USER, user.0, <&'static str>::from(what), Time(since))?;
    Ok(rows.into_iter().map(|(time,)| time.0).collect())
}

/// When anybody let such be sent to an address, after `since`, the oldest first. Nobody else counts for this address
/// until the transaction ends.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn to_address(
    tx: &mut Tx,
    address_hash: &[u8],
    what: Sent,
    since: Timestamp,
) -> Result<Vec<Timestamp>> {
    if let Tx::Pg(pg) = tx {
        let key = address_hash.iter().take(8).fold(0_i64, |key, byte| key << 8 | i64::from(*byte));
        sqlx::query(LOCK_ADDRESS_PG).bind(key).execute(&mut **pg).await?;
    }
    let rows = fetch_all!(tx, (Time,), TO_ADDRESS, address_hash, <&'static str>::from(what), Time(since))?;
    Ok(rows.into_iter().map(|(time,)| time.0).collect())
}

/// Forgets what a user let be sent until `before`.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn forget(tx: &mut Tx, user: UserId, before: Timestamp) -> Result<()> {
    execute!(tx, FORGET, user.0, Time(before))?;
    Ok(())
}
