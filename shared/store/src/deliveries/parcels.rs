//! Deliveries that leave together with others: what waits to be gathered, and parcels. Of several processes one gets all
//! that belong together: their rows are locked in one order and waited for, not skipped.

use super::Row;
use crate::{Result, Time, Tx};
use bevaka_domain::{
    clock::Timestamp,
    delivery::Delivery,
    ids::{ContactId, ParcelId},
    watch::Channel,
};
use std::collections::BTreeSet;
use uuid::Uuid;

/// How many alerts a contact point has usually gathered: so many rows are read to find one.
const USUAL: usize = 4;

statements! {
    both CONTACTS = "
        SELECT contact_id FROM deliveries
        WHERE due_at <= $1 AND channel = $2 AND cause = 'digest' AND parcel IS NULL ORDER BY due_at LIMIT $3";
    pg GATHERED_PG = select_deliveries!(
        "WHERE contact_id = $1 AND due_at <= $2 AND cause = 'digest' AND parcel IS NULL ORDER BY id FOR UPDATE");
    lite GATHERED_LITE = select_deliveries!(
        "WHERE contact_id = $1 AND due_at <= $2 AND cause = 'digest' AND parcel IS NULL ORDER BY id");
    both PARCELS = "
        SELECT parcel FROM deliveries WHERE due_at <= $1 AND channel = $2 AND parcel IS NOT NULL
        GROUP BY parcel ORDER BY min(due_at) LIMIT $3";
    pg MEMBERS_PG = select_deliveries!("WHERE parcel = $1 ORDER BY id FOR UPDATE");
    lite MEMBERS_LITE = select_deliveries!("WHERE parcel = $1 ORDER BY id");
}

/// What waited to be gathered and is due now, one list for each contact point, at most so many of them.
///
/// # Errors
/// [`StoreError::Corrupt`](crate::StoreError::Corrupt) if a stored value cannot be read.
pub async fn gathered(
    tx: &mut Tx,
    channel: Channel,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<Vec<Delivery>>> {
    let rows = i64::try_from(limit.saturating_mul(USUAL)).unwrap_or(i64::MAX);
    let contacts = fetch_all!(tx, (Uuid,), CONTACTS, Time(now), channel.as_str(), rows)?;
    let contacts: BTreeSet<_> = contacts.into_iter().map(|(id,)| ContactId(id)).collect();
    let sql = if matches!(tx, Tx::Pg(_)) { GATHERED_PG } else { GATHERED_LITE };
    let mut gathered = Vec::with_capacity(contacts.len());
    for contact in contacts.into_iter().take(limit) {
        let rows = fetch_all!(tx, Row, sql, contact.0, Time(now))?;
        // Another process was faster.
        if rows.is_empty() {
            continue;
        }
        gathered.push(rows.into_iter().map(Delivery::try_from).collect::<Result<_>>()?);
    }
    Ok(gathered)
}

/// Parcels of a channel whose next attempt has come or whose lease has run out, the longest due first.
/// In the order of their ids, so that two processes that wait for each other's rows never do so crosswise.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn due_parcels(
    tx: &mut Tx,
    channel: Channel,
    now: Timestamp,
    limit: usize,
) -> Result<BTreeSet<ParcelId>> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let rows = fetch_all!(tx, (Uuid,), PARCELS, Time(now), channel.as_str(), limit)?;
    Ok(rows.into_iter().map(|(id,)| ParcelId(id)).collect())
}

/// All alerts of a parcel, settled ones too, kept from other writers until this transaction ends.
///
/// # Errors
/// [`StoreError::Corrupt`](crate::StoreError::Corrupt) if a stored value cannot be read.
pub async fn of_parcel(tx: &mut Tx, id: ParcelId) -> Result<Vec<Delivery>> {
    let sql = if matches!(tx, Tx::Pg(_)) { MEMBERS_PG } else { MEMBERS_LITE };
    fetch_all!(tx, Row, sql, id.0)?.into_iter().map(Delivery::try_from).collect()
}
