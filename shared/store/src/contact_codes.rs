//! Codes under way to contact points, one for each (R28). Written by the watches service alone. Of a code only its
//! hash is here.

use crate::{Result, Time, Tx};
use bevaka_domain::{
    clock::Timestamp,
    ids::{ContactId, UserId},
};
use sqlx::FromRow;
use std::collections::HashMap;
use uuid::Uuid;

statements! {
    both PUT = "
        INSERT INTO contact_codes (contact_id, code_id, code_hash, sent_at, expires_at, tries_left)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (contact_id) DO UPDATE
        SET code_id = excluded.code_id, code_hash = excluded.code_hash, sent_at = excluded.sent_at,
            expires_at = excluded.expires_at, tries_left = excluded.tries_left";
    both FIND = "
        SELECT contact_id, code_id, code_hash, sent_at, expires_at, tries_left FROM contact_codes
        WHERE contact_id = $1";
    both OF_USER = "
        SELECT contact_id, code_id, code_hash, sent_at, expires_at, tries_left FROM contact_codes
        WHERE contact_id IN (SELECT id FROM contact_points WHERE user_id = $1)";
    both TAKE_TRY = "
        UPDATE contact_codes SET tries_left = tries_left - 1
        WHERE contact_id = $1 AND code_id = $2 AND tries_left > 0 RETURNING tries_left";
    both FORGET = "DELETE FROM contact_codes WHERE contact_id = $1";
}

/// A code under way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// What it is derived from, for whoever has the key.
    pub id: Uuid,
    /// Its keyed hash.
    pub hash: Vec<u8>,
    /// When it was sent.
    pub sent_at: Timestamp,
    /// From when on it confirms nothing.
    pub expires_at: Timestamp,
    /// How many wrong answers are left; at 0 it confirms nothing.
    pub tries_left: u32,
}

#[derive(FromRow)]
struct Row {
    contact_id: Uuid,
    code_id: Uuid,
    code_hash: Vec<u8>,
    sent_at: Time,
    expires_at: Time,
    tries_left: i64,
}

impl From<Row> for Code {
    fn from(row: Row) -> Self {
        Self {
            id: row.code_id,
            hash: row.code_hash,
            sent_at: row.sent_at.0,
            expires_at: row.expires_at.0,
            tries_left: u32::try_from(row.tries_left).unwrap_or(0),
        }
    }
}

/// Stores the code of a contact point; an earlier one no longer counts.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn put(tx: &mut Tx, contact: ContactId, code: &Code) -> Result<()> {
    execute!(
        tx,
        PUT,
        contact.0,
        code.id,
        code.hash.as_slice(),
        Time(code.sent_at),
        Time(code.expires_at),
        i64::from(code.tries_left)
    )?;
    Ok(())
}

/// The latest code of a contact point, whether it still counts or not.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn find(tx: &mut Tx, contact: ContactId) -> Result<Option<Code>> {
    Ok(fetch_optional!(tx, Row, FIND, contact.0)?.map(Code::from))
}

/// The latest codes of a user's contact points, whether they still count or not.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn of(tx: &mut Tx, user: UserId) -> Result<HashMap<ContactId, Code>> {
    let rows = fetch_all!(tx, Row, OF_USER, user.0)?;
    Ok(rows.into_iter().map(|row| (row.contact_id.into(), row.into())).collect())
}

/// Counts a wrong answer; gives how many are left. None if none was left, or another code has been sent meanwhile.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn take_try(tx: &mut Tx, contact: ContactId, code: Uuid) -> Result<Option<u32>> {
    let row = fetch_optional!(tx, (i64,), TAKE_TRY, contact.0, code)?;
    Ok(row.map(|(left,)| u32::try_from(left).unwrap_or(0)))
}

/// Forgets the code of a contact point.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn forget(tx: &mut Tx, contact: ContactId) -> Result<()> {
    execute!(tx, FORGET, contact.0)?;
    Ok(())
}
