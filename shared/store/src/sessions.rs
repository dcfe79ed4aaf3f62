//! Sessions: who is signed in. Written by the agreements service; the watches service only notes that one is used. Of
//! the token only its hash is here, so that nobody who reads the database can take a session over.

use crate::{Result, Time, Tx, text::Word};
use bevaka_domain::{
    agreement::HeldThrough,
    clock::Timestamp,
    ids::{PersonId, UserId},
    signing::Method,
};
use uuid::Uuid;

statements! {
    both INSERT = "
        INSERT INTO sessions (token_hash, person_id, user_id, channel, method, created_at, last_used_at)
        VALUES ($1, $2, $3, $4, $5, $6, $6)";
    both FIND = "
        SELECT person_id, user_id, channel, method, created_at, last_used_at FROM sessions WHERE token_hash = $1";
    both TOUCH = "UPDATE sessions SET last_used_at = $2 WHERE token_hash = $1 AND last_used_at < $2";
    both CHOOSE = "UPDATE sessions SET user_id = $2 WHERE token_hash = $1";
    both DELETE = "DELETE FROM sessions WHERE token_hash = $1";
    both DELETE_OLD = "DELETE FROM sessions WHERE last_used_at < $1";
}

/// A session as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Who has proven to be whom.
    pub person: PersonId,
    /// For which company, as which user; none before it is chosen.
    pub user: Option<UserId>,
    /// Through which internet bank (R6).
    pub channel: HeldThrough,
    /// By what the person signed in.
    pub method: Method,
    /// Since when.
    pub created_at: Timestamp,
    /// When it was used last (R44).
    pub last_used_at: Timestamp,
}

/// Stores a new session, used now.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn insert(tx: &mut Tx, token_hash: &[u8], session: &Session) -> Result<()> {
    execute!(
        tx,
        INSERT,
        token_hash,
        session.person.0,
        session.user.map(|user| user.0),
        session.channel.as_str(),
        session.method.as_str(),
        Time(session.created_at)
    )?;
    Ok(())
}

/// The session with a token of this hash, however old it is.
///
/// # Errors
/// [`StoreError::Corrupt`](crate::StoreError::Corrupt) if a stored value cannot be read.
pub async fn find(tx: &mut Tx, token_hash: &[u8]) -> Result<Option<Session>> {
    type Row = (Uuid, Option<Uuid>, Word<HeldThrough>, Word<Method>, Time, Time);
    let row = fetch_optional!(tx, Row, FIND, token_hash)?;
    Ok(row.map(|(person, user, channel, method, created_at, last_used_at)| Session {
        person: person.into(),
        user: user.map(UserId),
        channel: channel.0,
        method: method.0,
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

/// Says for which company a session is, by its user there.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn choose(tx: &mut Tx, token_hash: &[u8], user: UserId) -> Result<()> {
    execute!(tx, CHOOSE, token_hash, user.0)?;
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
