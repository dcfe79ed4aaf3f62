//! Alerts that operators try again or stop: one with all that leave with it, or many that a filter names.

use super::{Row, find, find_for_update, of_parcel};
use crate::{Result, Tx, alerts::first_id};
use bevaka_domain::{
    clock::Timestamp,
    delivery::{Delivery, operated::RetryableState},
    event::Kind,
    ids::{DeliveryId, EventId, ParcelId},
    organisation::OrganisationNumber,
    watch::Channel,
};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

macro_rules! matching {
    ($state:literal) => {
        concat!(
            "SELECT d.id FROM deliveries d WHERE ",
            $state,
            " AND d.id >= $1 AND d.id <= $2 AND (d.channel = $3 OR $3 IS NULL) AND (d.cause = $4 OR $4 IS NULL)
                AND (d.event_id = $5 OR $5 IS NULL)
                AND (EXISTS (SELECT 1 FROM events e WHERE e.id = d.event_id AND (e.kind = $6 OR $6 IS NULL)
                        AND (e.organisation_number = $7 OR $7 IS NULL)) OR $6 IS NULL AND $7 IS NULL)
             ORDER BY d.id LIMIT $8"
        )
    };
}

statements! {
    // Each by an index that holds few rows: what waits, and what came to a bad end.
    both WAITING = matching!("d.due_at IS NOT NULL AND d.state = 'waiting'");
    both FAILED = matching!("d.state = 'failed'");
    pg PARCELS_PG = "SELECT DISTINCT parcel FROM deliveries WHERE id = ANY($1) AND parcel IS NOT NULL";
    pg MEMBERS_PG = "SELECT id, parcel FROM deliveries WHERE parcel = ANY($1) AND parcel IS NOT NULL";
    pg THOSE_PG = super::select_deliveries!("WHERE id = ANY($1) ORDER BY id");
    pg LOCK_PG = super::select_deliveries!("WHERE id = ANY($1) ORDER BY id FOR UPDATE SKIP LOCKED");
}

/// Which alerts are meant. What is `None` narrows nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filter {
    /// In which state.
    pub state: RetryableState,
    /// By which way.
    pub channel: Option<Channel>,
    /// Why they wait or failed, as a code.
    pub cause: Option<String>,
    /// About what.
    pub kind: Option<Kind>,
    /// Of which company.
    pub organisation: Option<OrganisationNumber>,
    /// About which event.
    pub event: Option<EventId>,
    /// Made then or later.
    pub from: Option<Timestamp>,
    /// Made before.
    pub until: Option<Timestamp>,
}

/// The alerts that a filter names, up to one of them or to the newest, oldest first.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn matching(
    tx: &mut Tx,
    filter: &Filter,
    through: Option<DeliveryId>,
    limit: u32,
) -> Result<Vec<DeliveryId>> {
    let sql = match filter.state {
        RetryableState::Waiting => WAITING,
        RetryableState::Failed => FAILED,
    };
    // Ids begin with the time at which they were made.
    let first = filter.from.map_or(Uuid::nil(), |from| first_id(from).0);
    let end = filter.until.map(|until| Uuid::from_u128(first_id(until).0.as_u128().saturating_sub(1)));
    let last = [end, through.map(|id| id.0)].into_iter().flatten().min().unwrap_or(Uuid::max());
    let rows = fetch_all!(
        tx,
        (Uuid,),
        sql,
        first,
        last,
        filter.channel.map(Channel::as_str),
        filter.cause.as_deref(),
        filter.event.map(|id| id.0),
        filter.kind.as_ref().map(Kind::as_str),
        filter.organisation.as_ref().map(OrganisationNumber::as_str),
        i64::from(limit)
    )?;
    Ok(rows.into_iter().map(|(id,)| DeliveryId(id)).collect())
}

/// These alerts, as far as they are stored.
///
/// # Errors
/// [`crate::StoreError::Corrupt`] if a stored value cannot be read.
pub async fn those(tx: &mut Tx, ids: &[DeliveryId]) -> Result<Vec<Delivery>> {
    if let Tx::Pg(pg) = tx {
        let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
        let rows: Vec<Row> = sqlx::query_as(THOSE_PG).bind(ids).fetch_all(&mut **pg).await?;
        return rows.into_iter().map(Delivery::try_from).collect();
    }
    let mut those = Vec::with_capacity(ids.len());
    for id in ids {
        those.extend(find(tx, *id).await?);
    }
    Ok(those)
}

/// An alert and all that leave as one message with it, kept from other writers until this transaction ends; nothing if
/// there is no such alert.
///
/// # Errors
/// [`crate::StoreError::Corrupt`] if a stored value cannot be read.
pub async fn together(tx: &mut Tx, id: DeliveryId) -> Result<Vec<Delivery>> {
    let Some(found) = find(tx, id).await? else { return Ok(Vec::new()) };
    if let Some(parcel) = found.parcel {
        let members = of_parcel(tx, parcel).await?;
        if members.iter().any(|member| member.id == id) {
            return Ok(members);
        }
    }
    // It was alone, or has left its parcel; whoever holds it meanwhile may have put it into one.
    let Some(found) = find_for_update(tx, id).await? else { return Ok(Vec::new()) };
    match found.parcel {
        Some(parcel) => of_parcel(tx, parcel).await,
        None => Ok(vec![found]),
    }
}

/// These alerts and all that leave with them, kept from other writers until this transaction ends. Those that another
/// transaction works on at this moment are left out, together with all that leave with them: nobody is waited for.
///
/// # Errors
/// [`crate::StoreError::Corrupt`] if a stored value cannot be read.
pub async fn lock(tx: &mut Tx, ids: &[DeliveryId]) -> Result<Vec<Delivery>> {
    if let Tx::Pg(pg) = tx {
        let asked: Vec<_> = ids.iter().map(|id| id.0).collect();
        let parcels: Vec<(Uuid,)> = sqlx::query_as(PARCELS_PG).bind(&asked).fetch_all(&mut **pg).await?;
        let parcels: Vec<_> = parcels.into_iter().map(|(id,)| id).collect();
        let members: Vec<(Uuid, Uuid)> =
            sqlx::query_as(MEMBERS_PG).bind(&parcels).fetch_all(&mut **pg).await?;
        let wanted: BTreeSet<_> = asked.into_iter().chain(members.iter().map(|(id, _)| *id)).collect();
        let wanted: Vec<_> = wanted.into_iter().collect();
        let rows: Vec<Row> = sqlx::query_as(LOCK_PG).bind(wanted).fetch_all(&mut **pg).await?;
        let held = rows.into_iter().map(Delivery::try_from).collect::<Result<Vec<_>>>()?;
        return Ok(whole(held, &members));
    }
    let mut held = BTreeMap::new();
    for id in ids {
        if !held.contains_key(id) {
            held.extend(together(tx, *id).await?.into_iter().map(|delivery| (delivery.id, delivery)));
        }
    }
    Ok(held.into_values().collect())
}

/// Without the parcels of which not every member is held.
fn whole(held: Vec<Delivery>, members: &[(Uuid, Uuid)]) -> Vec<Delivery> {
    let mut size: BTreeMap<ParcelId, usize> = BTreeMap::new();
    for (_, parcel) in members {
        *size.entry(ParcelId(*parcel)).or_default() += 1;
    }
    let mut here: BTreeMap<ParcelId, usize> = BTreeMap::new();
    for parcel in held.iter().filter_map(|delivery| delivery.parcel) {
        *here.entry(parcel).or_default() += 1;
    }
    // A parcel that was made meanwhile has no size yet.
    let is_whole = |parcel: ParcelId| size.get(&parcel) == here.get(&parcel);
    held.into_iter().filter(|delivery| delivery.parcel.is_none_or(is_whole)).collect()
}
