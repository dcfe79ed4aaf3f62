//! Watches and contact points. Written by the watches service alone.

use crate::{Result, Time, Tx};
use bevaka_domain::{
    clock::Timestamp,
    contact::Address,
    event::Kind,
    ids::{ContactId, UserId, WatchId},
    watch::{Channel, Settings, Watch},
};
use uuid::Uuid;

statements! {
    both UPSERT_CONTACT = "
        INSERT INTO contact_points (id, user_id, channel, address, verified_at, created_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (user_id, channel, address) DO UPDATE
        SET verified_at = CASE WHEN excluded.verified_at IS NULL THEN NULL
                               ELSE coalesce(contact_points.verified_at, excluded.verified_at) END
        RETURNING id";
    both REMOVE_CONTACT = "DELETE FROM contact_points WHERE id = $1";
    both UPSERT_WATCH = "
        INSERT INTO watches (id, user_id, kind, sms, sms_contact_id, email, email_contact_id, changed_at, settings, off_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        ON CONFLICT (user_id, kind) DO UPDATE
        SET sms = excluded.sms, sms_contact_id = excluded.sms_contact_id, email = excluded.email,
            email_contact_id = excluded.email_contact_id, settings = excluded.settings, off_at = excluded.off_at,
            changed_at = CASE WHEN watches.sms = excluded.sms AND watches.email = excluded.email
                               AND watches.sms_contact_id IS NOT DISTINCT FROM excluded.sms_contact_id
                               AND watches.email_contact_id IS NOT DISTINCT FROM excluded.email_contact_id
                               AND watches.settings = excluded.settings
                               AND watches.off_at IS NOT DISTINCT FROM excluded.off_at
                              THEN watches.changed_at ELSE excluded.changed_at END
        RETURNING id";
    both REMOVE_WATCH = "DELETE FROM watches WHERE user_id = $1 AND kind = $2";
    both FIND_CONTACT = "
        SELECT id FROM contact_points WHERE user_id = $1 AND channel = $2 AND address = $3";
}

/// Makes a contact point, or sets whether an existing one is confirmed; the date of an earlier confirmation stays.
/// Gives its id.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn upsert_contact(
    tx: &mut Tx,
    id: ContactId,
    user: UserId,
    address: &Address,
    verified_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<ContactId> {
    let (id,) = fetch_one!(
        tx,
        (Uuid,),
        UPSERT_CONTACT,
        id.0,
        user.0,
        address.channel().as_str(),
        address.reveal(),
        verified_at.map(Time),
        Time(now)
    )?;
    Ok(id.into())
}

/// Removes a contact point; watches that used it keep the choice of channel without one.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn remove_contact(tx: &mut Tx, id: ContactId) -> Result<()> {
    execute!(tx, REMOVE_CONTACT, id.0)?;
    Ok(())
}

/// Makes or replaces a user's watch of one kind; gives its id, which is the older one if there was one.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn upsert_watch(tx: &mut Tx, watch: &Watch, now: Timestamp) -> Result<WatchId> {
    let chosen = |channel| watch.channels.contains_key(&channel);
    let contact = |channel| watch.channels.get(&channel).copied().flatten().map(|id| id.0);
    let (id,) = fetch_one!(
        tx,
        (Uuid,),
        UPSERT_WATCH,
        watch.id.0,
        watch.user.0,
        watch.kind.as_str(),
        chosen(Channel::Sms),
        contact(Channel::Sms),
        chosen(Channel::Email),
        contact(Channel::Email),
        Time(now),
        settings_text(&watch.settings),
        watch.off_at.map(Time)
    )?;
    Ok(id.into())
}

/// Removes a user's watch of one kind.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn remove_watch(tx: &mut Tx, user: UserId, kind: &Kind) -> Result<()> {
    execute!(tx, REMOVE_WATCH, user.0, kind.as_str())?;
    Ok(())
}

/// A user's contact point with an address.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn find_contact(tx: &mut Tx, user: UserId, address: &Address) -> Result<Option<ContactId>> {
    let row =
        fetch_optional!(tx, (Uuid,), FIND_CONTACT, user.0, address.channel().as_str(), address.reveal())?;
    Ok(row.map(|(id,)| id.into()))
}

fn settings_text(settings: &Settings) -> String {
    serde_json::to_string(settings).unwrap_or_else(|_| "{}".to_owned())
}
