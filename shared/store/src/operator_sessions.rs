//! Operators signed in to their pages. Written by the operators' console alone. Of the cookie only its hash is here.

use crate::{
    Result, Time, Tx,
    text::{Json, json},
};
use bevaka_domain::{clock::Timestamp, operator::Operator};

statements! {
    both INSERT = "
        INSERT INTO operator_sessions (token_hash, person, name, roles, created_at, last_used_at)
        VALUES ($1, $2, $3, $4, $5, $5)";
    both FIND = "
        SELECT person, name, roles, created_at, last_used_at FROM operator_sessions WHERE token_hash = $1";
    both TOUCH = "UPDATE operator_sessions SET last_used_at = $2 WHERE token_hash = $1 AND last_used_at < $2";
    both DELETE = "DELETE FROM operator_sessions WHERE token_hash = $1";
    both DELETE_OLD = "DELETE FROM operator_sessions WHERE last_used_at < $1";
}

/// An operator's session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorSession {
    /// Who it is, with the roles of when they signed in.
    pub operator: Operator,
    /// Since when.
    pub created_at: Timestamp,
    /// When it was used last (R44).
    pub last_used_at: Timestamp,
}

/// Stores a new session, used now.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn insert(tx: &mut Tx, token_hash: &[u8], operator: &Operator, now: Timestamp) -> Result<()> {
    let (person, name) = (operator.person.as_str(), operator.name.as_str());
    execute!(tx, INSERT, token_hash, person, name, json(&operator.roles), Time(now))?;
    Ok(())
}

/// The session with a cookie of this hash, however old it is.
///
/// # Errors
/// [`StoreError::Corrupt`](crate::StoreError::Corrupt) if a stored value cannot be read.
pub async fn find(tx: &mut Tx, token_hash: &[u8]) -> Result<Option<OperatorSession>> {
    let row = fetch_optional!(tx, (String, String, Json<_>, Time, Time), FIND, token_hash)?;
    Ok(row.map(|(person, name, Json(roles), created_at, last_used_at)| OperatorSession {
        operator: Operator { person, client: None, name, roles },
        created_at: created_at.0,
        last_used_at: last_used_at.0,
    }))
}

/// Notes that a session is used.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn touch(tx: &mut Tx, token_hash: &[u8], now: Timestamp) -> Result<()> {
    execute!(tx, TOUCH, token_hash, Time(now))?;
    Ok(())
}

/// Ends a session.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn delete(tx: &mut Tx, token_hash: &[u8]) -> Result<()> {
    execute!(tx, DELETE, token_hash)?;
    Ok(())
}

/// Forgets sessions that were not used since `before`.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn delete_unused_since(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    execute!(tx, DELETE_OLD, Time(before))
}
