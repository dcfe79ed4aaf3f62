//! All watches of a user as one document: its version tells a second saver that something changed meanwhile. Written by
//! the watches service alone.

use crate::{
    Result, Time, Tx,
    text::{Json, Word},
};
use bevaka_domain::{
    clock::Timestamp,
    event::Kind,
    ids::{ContactId, UserId},
    watch::{Channel, Settings, Watch},
};
use sqlx::FromRow;
use uuid::Uuid;

macro_rules! select_watches {
    ($rest:literal) => {
        concat!(
            "SELECT id, user_id, kind, sms, sms_contact_id, email, email_contact_id, settings, off_at FROM watches ",
            $rest
        )
    };
}
pub(crate) use select_watches;

statements! {
    both OF_USER = select_watches!("WHERE user_id = $1 ORDER BY kind");
    both FIND = select_watches!("WHERE user_id = $1 AND kind = $2");
    both VERSION = "SELECT version, changed_at FROM watch_sets WHERE user_id = $1";
    pg LOCK_PG = "SELECT version, changed_at FROM watch_sets WHERE user_id = $1 FOR UPDATE";
    both BEGIN = "
        INSERT INTO watch_sets (user_id, version, changed_at) VALUES ($1, 0, $2)
        ON CONFLICT (user_id) DO NOTHING";
    both GROW = "
        INSERT INTO watch_sets (user_id, version, changed_at) VALUES ($1, 1, $2)
        ON CONFLICT (user_id) DO UPDATE SET version = watch_sets.version + 1, changed_at = excluded.changed_at
        RETURNING version, changed_at";
    both SWITCH = "
        UPDATE watches SET off_at = $3, changed_at = $4
        WHERE user_id = $1 AND kind = $2 AND (off_at IS NULL) <> (CAST($3 AS timestamptz) IS NULL)";
}

/// Which state the watches of a user are in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Version {
    /// Grows with each change; 0 before the first.
    pub number: u64,
    /// When they changed last; none before the first time.
    pub changed_at: Option<Timestamp>,
}

#[derive(FromRow)]
struct VersionRow {
    version: i64,
    changed_at: Time,
}

impl From<VersionRow> for Version {
    fn from(row: VersionRow) -> Self {
        let number = u64::try_from(row.version).unwrap_or(0);
        Self { number, changed_at: (number > 0).then_some(row.changed_at.0) }
    }
}

#[derive(FromRow)]
pub(crate) struct Row {
    id: Uuid,
    user_id: Uuid,
    kind: Word<Kind>,
    sms: bool,
    sms_contact_id: Option<Uuid>,
    email: bool,
    email_contact_id: Option<Uuid>,
    settings: Json<Settings>,
    off_at: Option<Time>,
}

impl From<Row> for Watch {
    fn from(row: Row) -> Self {
        let chosen =
            [(Channel::Sms, row.sms, row.sms_contact_id), (Channel::Email, row.email, row.email_contact_id)];
        let chosen = chosen.into_iter().filter(|(_, chosen, _)| *chosen);
        Self {
            id: row.id.into(),
            user: row.user_id.into(),
            kind: row.kind.0,
            channels: chosen.map(|(channel, _, contact)| (channel, contact.map(ContactId))).collect(),
            settings: row.settings.0,
            off_at: row.off_at.map(|time| time.0),
        }
    }
}

/// The watches of a user, by kind.
///
/// # Errors
/// [`StoreError::Corrupt`](crate::StoreError::Corrupt) if a stored value cannot be read.
pub async fn of(tx: &mut Tx, user: UserId) -> Result<Vec<Watch>> {
    Ok(fetch_all!(tx, Row, OF_USER, user.0)?.into_iter().map(Watch::from).collect())
}

/// A user's watch of a kind.
///
/// # Errors
/// [`StoreError::Corrupt`](crate::StoreError::Corrupt) if a stored value cannot be read.
pub async fn find(tx: &mut Tx, user: UserId, kind: &Kind) -> Result<Option<Watch>> {
    Ok(fetch_optional!(tx, Row, FIND, user.0, kind.as_str())?.map(Watch::from))
}

/// The version of a user's watches.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn version(tx: &mut Tx, user: UserId) -> Result<Version> {
    Ok(fetch_optional!(tx, VersionRow, VERSION, user.0)?.map(Version::from).unwrap_or_default())
}

/// The version of a user's watches. Nobody else changes watches or contact points of this user until the transaction
/// ends.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn lock(tx: &mut Tx, user: UserId, now: Timestamp) -> Result<Version> {
    if matches!(tx, Tx::Lite(_)) {
        return version(tx, user).await;
    }
    execute!(tx, BEGIN, user.0, Time(now))?;
    Ok(fetch_one!(tx, VersionRow, LOCK_PG, user.0)?.into())
}

/// Notes that a user's watches have changed; gives the new version.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn grow(tx: &mut Tx, user: UserId, now: Timestamp) -> Result<Version> {
    Ok(fetch_one!(tx, VersionRow, GROW, user.0, Time(now))?.into())
}

/// Switches a user's watch of a kind off, or on again; gives whether that changed anything.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn switch(
    tx: &mut Tx,
    user: UserId,
    kind: &Kind,
    off_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<bool> {
    Ok(execute!(tx, SWITCH, user.0, kind.as_str(), off_at.map(Time), Time(now))? > 0)
}
