//! Programs that use the operators' API: whose they are, what they may do, and until when. Written by the operators' console alone.
//! Of a token only its hash is here, so that nobody who reads the database can use it.

use crate::{
    Result, Time, Tx,
    text::{Json, json},
};
use bevaka_domain::{
    clock::Timestamp,
    operator::{Operator, Role},
};
use sqlx::FromRow;
use std::collections::BTreeSet;
use uuid::Uuid;

statements! {
    both INSERT = "
        INSERT INTO client_tokens (id, name, owner, roles, token_hash, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    both FIND = "
        SELECT id, name, owner, roles, created_at, expires_at, revoked_at FROM client_tokens WHERE token_hash = $1";
    both NAMED = "
        SELECT id, name, owner, roles, created_at, expires_at, revoked_at FROM client_tokens
        WHERE name = $1 AND revoked_at IS NULL";
    both LIST = "
        SELECT id, name, owner, roles, created_at, expires_at, revoked_at FROM client_tokens ORDER BY id DESC LIMIT $1";
    both REVOKE = "UPDATE client_tokens SET revoked_at = $2 WHERE name = $1 AND revoked_at IS NULL RETURNING id";
}

/// A client's token, without the token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientToken {
    /// Its id.
    pub id: Uuid,
    /// The client's name; two that are valid never have the same.
    pub name: String,
    /// The person who answers for what it does.
    pub owner: String,
    /// What it may do.
    pub roles: BTreeSet<Role>,
    /// Since when.
    pub created_at: Timestamp,
    /// Until when.
    pub expires_at: Timestamp,
    /// Since when it counts no more, if it was revoked.
    pub revoked_at: Option<Timestamp>,
}

impl ClientToken {
    /// Who acts by it now; nobody if it is revoked or has expired.
    pub fn operator(self, now: Timestamp) -> Option<Operator> {
        let is_valid = self.revoked_at.is_none() && now < self.expires_at;
        is_valid.then(|| Operator {
            person: self.owner,
            name: self.name.clone(),
            client: Some(self.name),
            roles: self.roles,
        })
    }
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    name: String,
    owner: String,
    roles: Json<BTreeSet<Role>>,
    created_at: Time,
    expires_at: Time,
    revoked_at: Option<Time>,
}

/// Stores a new token.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database), also if a valid token has the same name.
pub async fn insert(tx: &mut Tx, token: &ClientToken, token_hash: &[u8]) -> Result<()> {
    execute!(
        tx,
        INSERT,
        token.id,
        token.name.as_str(),
        token.owner.as_str(),
        json(&token.roles),
        token_hash,
        Time(token.created_at),
        Time(token.expires_at)
    )?;
    Ok(())
}

/// The token with this hash, whether it counts or not.
///
/// # Errors
/// [`StoreError::Corrupt`](crate::StoreError::Corrupt) if a stored value cannot be read.
pub async fn find(tx: &mut Tx, token_hash: &[u8]) -> Result<Option<ClientToken>> {
    Ok(fetch_optional!(tx, Row, FIND, token_hash)?.map(ClientToken::from))
}

/// The token of this name that is not revoked; it may have expired.
///
/// # Errors
/// [`StoreError::Corrupt`](crate::StoreError::Corrupt) if a stored value cannot be read.
pub async fn named(tx: &mut Tx, name: &str) -> Result<Option<ClientToken>> {
    Ok(fetch_optional!(tx, Row, NAMED, name)?.map(ClientToken::from))
}

/// The newest tokens, newest first.
///
/// # Errors
/// [`StoreError::Corrupt`](crate::StoreError::Corrupt) if a stored value cannot be read.
pub async fn list(tx: &mut Tx, limit: u32) -> Result<Vec<ClientToken>> {
    Ok(fetch_all!(tx, Row, LIST, i64::from(limit))?.into_iter().map(ClientToken::from).collect())
}

/// Lets the valid token of this name count no more; gives its id, or none if there was no such token.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn revoke(tx: &mut Tx, name: &str, now: Timestamp) -> Result<Option<Uuid>> {
    Ok(fetch_optional!(tx, (Uuid,), REVOKE, name, Time(now))?.map(|(id,)| id))
}

impl From<Row> for ClientToken {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            name: row.name,
            owner: row.owner,
            roles: row.roles.0,
            created_at: row.created_at.0,
            expires_at: row.expires_at.0,
            revoked_at: row.revoked_at.map(|at| at.0),
        }
    }
}
