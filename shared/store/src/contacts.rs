//! Contact points: the numbers and addresses where users are told. Written by the watches service alone.

use crate::{Result, Time, Tx, text::Word};
use bevaka_domain::{
    clock::Timestamp,
    contact::{Address, ContactPoint},
    ids::{ContactId, UserId},
    watch::Channel,
};
use sqlx::FromRow;
use uuid::Uuid;

macro_rules! select_contacts {
    ($rest:literal) => {
        concat!(
            "SELECT id, user_id, channel, address, verified_at, replaces, created_at FROM contact_points ",
            $rest
        )
    };
}

statements! {
    both OF_USER = select_contacts!("WHERE user_id = $1 ORDER BY channel DESC, created_at, id");
    both INSERT = "
        INSERT INTO contact_points (id, user_id, channel, address, replaces, created_at)
        VALUES ($1, $2, $3, $4, $5, $6)";
    both CONFIRM = "
        UPDATE contact_points SET verified_at = $2, replaces = NULL WHERE id = $1 AND verified_at IS NULL";
    both MOVE_SMS = "UPDATE watches SET sms_contact_id = $2, changed_at = $3 WHERE sms_contact_id = $1";
    both REMEMBER = "
        INSERT INTO contact_lookups (contact_id, user_id, address_hash) VALUES ($1, $2, $3)
        ON CONFLICT (contact_id) DO UPDATE SET address_hash = excluded.address_hash";
    both NOT_REMEMBERED = "
        SELECT id, user_id, channel, address FROM contact_points c
        WHERE id > $1 AND NOT EXISTS (SELECT 1 FROM contact_lookups l WHERE l.contact_id = c.id)
        ORDER BY id LIMIT $2";
    both MOVE_EMAIL = "UPDATE watches SET email_contact_id = $2, changed_at = $3 WHERE email_contact_id = $1";
}

/// A contact point with what only its owner's pages need to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// The contact point.
    pub point: ContactPoint,
    /// Which one it takes the place of once it is confirmed.
    pub replaces: Option<ContactId>,
    /// Since when it is known.
    pub created_at: Timestamp,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    user_id: Uuid,
    channel: Word<Channel>,
    address: String,
    verified_at: Option<Time>,
    replaces: Option<Uuid>,
    created_at: Time,
}

impl From<Row> for Stored {
    fn from(row: Row) -> Self {
        let point = ContactPoint {
            id: row.id.into(),
            user: row.user_id.into(),
            address: Address::from_storage(row.channel.0, row.address),
            verified_at: row.verified_at.map(|time| time.0),
        };
        Self { point, replaces: row.replaces.map(ContactId), created_at: row.created_at.0 }
    }
}

/// The contact points of a user: numbers before addresses, the oldest first.
///
/// # Errors
/// [`crate::StoreError::Corrupt`] if a stored value cannot be read.
pub async fn of(tx: &mut Tx, user: UserId) -> Result<Vec<Stored>> {
    Ok(fetch_all!(tx, Row, OF_USER, user.0)?.into_iter().map(Stored::from).collect())
}

/// Stores a new contact point, not confirmed yet.
///
/// # Errors
/// [`crate::StoreError::Database`], also if the user has the address already.
pub async fn add(tx: &mut Tx, new: &Stored) -> Result<()> {
    let (point, replaces) = (&new.point, new.replaces.map(|id| id.0));
    let (channel, address) = (point.address.channel().as_str(), point.address.reveal());
    execute!(tx, INSERT, point.id.0, point.user.0, channel, address, replaces, Time(new.created_at))?;
    Ok(())
}

/// Notes that its owner has confirmed a contact point (R28); gives whether that is new.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn confirm(tx: &mut Tx, id: ContactId, now: Timestamp) -> Result<bool> {
    Ok(execute!(tx, CONFIRM, id.0, Time(now))? > 0)
}

/// Lets the watches that use one contact point use another of the same channel; gives how many did.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn move_watches(tx: &mut Tx, from: ContactId, to: ContactId, now: Timestamp) -> Result<u64> {
    let sms = execute!(tx, MOVE_SMS, from.0, to.0, Time(now))?;
    Ok(sms + execute!(tx, MOVE_EMAIL, from.0, to.0, Time(now))?)
}

/// Notes by which keyed hash a contact point is found from now on, also when it is gone (R39).
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn remember(tx: &mut Tx, id: ContactId, user: UserId, address_hash: &[u8]) -> Result<()> {
    execute!(tx, REMEMBER, id.0, user.0, address_hash)?;
    Ok(())
}

/// Contact points after one that are not found by any hash yet, in the order of their ids, at most so many.
///
/// # Errors
/// [`crate::StoreError::Corrupt`] if a stored value cannot be read.
pub async fn not_remembered(
    tx: &mut Tx,
    after: ContactId,
    limit: u32,
) -> Result<Vec<(ContactId, UserId, Address)>> {
    let rows =
        fetch_all!(tx, (Uuid, Uuid, Word<Channel>, String), NOT_REMEMBERED, after.0, i64::from(limit))?;
    let read = |(id, user, Word(channel), address): (Uuid, Uuid, _, _)| {
        (id.into(), user.into(), Address::from_storage(channel, address))
    };
    Ok(rows.into_iter().map(read).collect())
}
