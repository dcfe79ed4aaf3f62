//! Deliveries: the alerts and where each stands. Written by the dispatcher alone. This table is also the queue of
//! what is to be sent again: `due_at` is the next attempt, or the end of the lease of one under way.

use crate::{
    Result, StoreError, Time, Tx,
    text::{Json, Word, json},
};
use bevaka_domain::{
    clock::Timestamp,
    delivery::{Delivery, Entry, State, StateName},
    ids::{DeliveryId, EventId},
    watch::Channel,
};
use sqlx::FromRow;
use std::collections::HashSet;
use uuid::Uuid;

macro_rules! select_deliveries {
    ($rest:literal) => {
        concat!(
            "SELECT id, event_id, user_id, contact_id, channel, expires_at, state, cause, reference, attempts,
                possible_duplicate, due_at, history, parcel FROM deliveries ",
            $rest
        )
    };
}
pub(crate) use select_deliveries;

macro_rules! insert_delivery {
    ($conflict:literal) => {
        concat!(
            "INSERT INTO deliveries (id, event_id, user_id, contact_id, channel, expires_at, state, cause, attempts,
                possible_duplicate, due_at, history, created_at, changed_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, false, $9, '[]', $10, $10)",
            $conflict
        )
    };
}

mod operated;
mod parcels;

#[cfg(test)]
pub(crate) use operated::STATEMENTS as OPERATED_STATEMENTS;
pub use operated::{Filter, lock, matching, those, together};
#[cfg(test)]
pub(crate) use parcels::STATEMENTS as PARCEL_STATEMENTS;
pub use parcels::{due_parcels, gathered, of_parcel};

statements! {
    both INSERT = insert_delivery!("");
    both INSERT_IF_ABSENT = insert_delivery!(" ON CONFLICT (event_id, contact_id) DO NOTHING");
    // Not `due_at =`: all alerts of a batch share a lease, and found by that index each would visit all the others.
    pg SETTLE_PG = "
        UPDATE deliveries d
        SET state = u.state, cause = u.cause, reference = u.reference, attempts = u.attempts,
            possible_duplicate = u.possible_duplicate, due_at = u.due_at, history = u.history, changed_at = $10
        FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::boolean[],
            $8::timestamptz[], $9::text[])
            AS u (id, lease_until, state, cause, reference, attempts, possible_duplicate, due_at, history)
        WHERE d.id = u.id AND d.state = 'sending' AND d.due_at IS NOT DISTINCT FROM u.lease_until
        RETURNING d.id";
    both SETTLE = "
        UPDATE deliveries
        SET state = $3, cause = $4, reference = $5, attempts = $6, possible_duplicate = $7, due_at = $8,
            history = $9, changed_at = $10
        WHERE id = $1 AND state = 'sending' AND due_at = $2
        RETURNING id";
    pg SAVE_PG = "
        UPDATE deliveries d
        SET state = u.state, cause = u.cause, reference = u.reference, attempts = u.attempts,
            possible_duplicate = u.possible_duplicate, due_at = u.due_at, history = u.history, parcel = u.parcel,
            changed_at = $10
        FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::boolean[], $7::timestamptz[],
            $8::text[], $9::uuid[])
            AS u (id, state, cause, reference, attempts, possible_duplicate, due_at, history, parcel)
        WHERE d.id = u.id";
    both SAVE = "
        UPDATE deliveries
        SET state = $2, cause = $3, reference = $4, attempts = $5, possible_duplicate = $6, due_at = $7,
            history = $8, parcel = $9, changed_at = $10
        WHERE id = $1";
    pg DUE_PG = select_deliveries!(
        "WHERE due_at <= $1 AND channel = $2 AND parcel IS NULL AND cause IS DISTINCT FROM 'digest'
         ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED");
    lite DUE_LITE = select_deliveries!(
        "WHERE due_at <= $1 AND channel = $2 AND parcel IS NULL AND cause IS DISTINCT FROM 'digest'
         ORDER BY due_at LIMIT $3");
    pg FIND_PG = select_deliveries!("WHERE id = $1 FOR UPDATE");
    lite FIND_LITE = select_deliveries!("WHERE id = $1");
    both READ = select_deliveries!("WHERE id = $1");
    both OF_EVENT = select_deliveries!("WHERE event_id = $1 ORDER BY id");
    both IN_STATE = select_deliveries!("WHERE state = $1 ORDER BY event_id DESC, contact_id DESC LIMIT $2");
    both LATEST = select_deliveries!("ORDER BY id DESC LIMIT $1");
    both FREE_LEASES = "UPDATE deliveries SET due_at = $1 WHERE state = 'sending' AND due_at > $1";
}

#[derive(FromRow)]
pub(crate) struct Row {
    id: Uuid,
    event_id: Uuid,
    user_id: Uuid,
    contact_id: Uuid,
    channel: Word<Channel>,
    expires_at: Time,
    state: Word<StateName>,
    cause: Option<String>,
    reference: Option<String>,
    attempts: i64,
    possible_duplicate: bool,
    due_at: Option<Time>,
    history: Json<Vec<Entry>>,
    parcel: Option<Uuid>,
}

/// A delivery after an attempt, and the lease that the attempt was made under.
#[derive(Clone, Debug)]
pub struct Settled {
    /// As it stands now.
    pub delivery: Delivery,
    /// Until when it was leased.
    pub lease_until: Timestamp,
}

/// Stores a new delivery; together with its event by [`events::record`](crate::events::record).
///
/// # Errors
/// [`StoreError::Database`], also if an event already has one to the same contact point (R32).
pub async fn insert(tx: &mut Tx, new: &Delivery, now: Timestamp) -> Result<()> {
    insert_by(tx, INSERT, new, now).await.map(drop)
}

/// As [`insert`], unless its event has one to the same contact point (R32); gives whether it is new.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn insert_if_absent(tx: &mut Tx, new: &Delivery, now: Timestamp) -> Result<bool> {
    Ok(insert_by(tx, INSERT_IF_ABSENT, new, now).await? > 0)
}

async fn insert_by(tx: &mut Tx, sql: &'static str, new: &Delivery, now: Timestamp) -> Result<u64> {
    execute!(
        tx,
        sql,
        new.id.0,
        new.event.0,
        new.user.0,
        new.contact.0,
        new.channel.as_str(),
        Time(new.expires_at),
        new.state.name(),
        new.state.cause(),
        new.state.due_at().map(Time),
        Time(now)
    )
}

/// Stores the outcomes of attempts, each only if its delivery is still under the attempt's lease; gives the
/// ids of those that were. The others were reported on or taken over meanwhile: load them and decide again.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn settle(tx: &mut Tx, settled: &[Settled], now: Timestamp) -> Result<HashSet<DeliveryId>> {
    if let Tx::Pg(pg) = tx {
        let rows: Vec<(Uuid,)> = sqlx::query_as(SETTLE_PG)
            .bind(settled.iter().map(|s| s.delivery.id.0).collect::<Vec<_>>())
            .bind(settled.iter().map(|s| Time(s.lease_until)).collect::<Vec<_>>())
            .bind(settled.iter().map(|s| s.delivery.state.name()).collect::<Vec<_>>())
            .bind(settled.iter().map(|s| s.delivery.state.cause()).collect::<Vec<_>>())
            .bind(settled.iter().map(|s| reference(&s.delivery)).collect::<Vec<_>>())
            .bind(settled.iter().map(|s| i64::from(s.delivery.attempts)).collect::<Vec<_>>())
            .bind(settled.iter().map(|s| s.delivery.possible_duplicate).collect::<Vec<_>>())
            .bind(settled.iter().map(|s| s.delivery.state.due_at().map(Time)).collect::<Vec<_>>())
            .bind(settled.iter().map(|s| history(&s.delivery)).collect::<Vec<_>>())
            .bind(Time(now))
            .fetch_all(&mut **pg)
            .await?;
        return Ok(rows.into_iter().map(|(id,)| id.into()).collect());
    }
    let mut stored = HashSet::with_capacity(settled.len());
    for Settled { delivery, lease_until } in settled {
        let row = fetch_optional!(
            tx,
            (Uuid,),
            SETTLE,
            delivery.id.0,
            Time(*lease_until),
            delivery.state.name(),
            delivery.state.cause(),
            reference(delivery),
            i64::from(delivery.attempts),
            delivery.possible_duplicate,
            delivery.state.due_at().map(Time),
            history(delivery),
            Time(now)
        )?;
        stored.extend(row.map(|(id,)| DeliveryId(id)));
    }
    Ok(stored)
}

/// Stores deliveries that this transaction loaded by a function that keeps them from others, such as [`due`].
///
/// # Errors
/// [`StoreError::Database`].
pub async fn save(tx: &mut Tx, deliveries: &[Delivery], now: Timestamp) -> Result<()> {
    if let Tx::Pg(pg) = tx {
        sqlx::query(SAVE_PG)
            .bind(deliveries.iter().map(|d| d.id.0).collect::<Vec<_>>())
            .bind(deliveries.iter().map(|d| d.state.name()).collect::<Vec<_>>())
            .bind(deliveries.iter().map(|d| d.state.cause()).collect::<Vec<_>>())
            .bind(deliveries.iter().map(reference).collect::<Vec<_>>())
            .bind(deliveries.iter().map(|d| i64::from(d.attempts)).collect::<Vec<_>>())
            .bind(deliveries.iter().map(|d| d.possible_duplicate).collect::<Vec<_>>())
            .bind(deliveries.iter().map(|d| d.state.due_at().map(Time)).collect::<Vec<_>>())
            .bind(deliveries.iter().map(history).collect::<Vec<_>>())
            .bind(deliveries.iter().map(|d| d.parcel.map(|id| id.0)).collect::<Vec<_>>())
            .bind(Time(now))
            .execute(&mut **pg)
            .await?;
        return Ok(());
    }
    for delivery in deliveries {
        execute!(
            tx,
            SAVE,
            delivery.id.0,
            delivery.state.name(),
            delivery.state.cause(),
            reference(delivery),
            i64::from(delivery.attempts),
            delivery.possible_duplicate,
            delivery.state.due_at().map(Time),
            history(delivery),
            delivery.parcel.map(|id| id.0),
            Time(now)
        )?;
    }
    Ok(())
}

/// Deliveries of a channel whose next attempt has come or whose lease has run out, the longest due first, without those
/// that leave together with others. No other transaction gets the same ones until this one ends.
///
/// # Errors
/// [`StoreError::Corrupt`] if a stored value cannot be read.
pub async fn due(tx: &mut Tx, channel: Channel, now: Timestamp, limit: usize) -> Result<Vec<Delivery>> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let sql = if matches!(tx, Tx::Pg(_)) { DUE_PG } else { DUE_LITE };
    let rows = fetch_all!(tx, Row, sql, Time(now), channel.as_str(), limit)?;
    rows.into_iter().map(Delivery::try_from).collect()
}

/// A delivery, kept from other writers until this transaction ends.
///
/// # Errors
/// [`StoreError::Corrupt`] if a stored value cannot be read.
pub async fn find_for_update(tx: &mut Tx, id: DeliveryId) -> Result<Option<Delivery>> {
    let sql = if matches!(tx, Tx::Pg(_)) { FIND_PG } else { FIND_LITE };
    fetch_optional!(tx, Row, sql, id.0)?.map(Delivery::try_from).transpose()
}

/// A delivery.
///
/// # Errors
/// [`StoreError::Corrupt`] if a stored value cannot be read.
pub async fn find(tx: &mut Tx, id: DeliveryId) -> Result<Option<Delivery>> {
    fetch_optional!(tx, Row, READ, id.0)?.map(Delivery::try_from).transpose()
}

/// All deliveries of an event, the oldest first.
///
/// # Errors
/// [`StoreError::Corrupt`] if a stored value cannot be read.
pub async fn of_event(tx: &mut Tx, event: EventId) -> Result<Vec<Delivery>> {
    fetch_all!(tx, Row, OF_EVENT, event.0)?.into_iter().map(Delivery::try_from).collect()
}

/// The newest deliveries, or those in one state (by its stored name) of the newest events, newest first.
///
/// # Errors
/// [`StoreError::Corrupt`] if a stored value cannot be read.
pub async fn latest(tx: &mut Tx, state: Option<&str>, limit: u32) -> Result<Vec<Delivery>> {
    let rows = match state {
        Some(state) => fetch_all!(tx, Row, IN_STATE, state, i64::from(limit))?,
        None => fetch_all!(tx, Row, LATEST, i64::from(limit))?,
    };
    rows.into_iter().map(Delivery::try_from).collect()
}

/// Lets every lease run out now; only for a database that no other process uses.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn free_leases(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    execute!(tx, FREE_LEASES, Time(now))
}

fn reference(delivery: &Delivery) -> Option<&str> {
    match &delivery.state {
        State::Accepted { reference } => reference.as_deref(),
        _ => None,
    }
}

fn history(delivery: &Delivery) -> String {
    json(&delivery.history)
}

impl TryFrom<Row> for Delivery {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self> {
        let corrupt = |what: &'static str| StoreError::Corrupt { what: what.into() };
        let due = row.due_at.map(|time| time.0);
        let cause = row.cause.unwrap_or_default();
        let state = match (row.state.0, due) {
            (StateName::Sending, Some(lease_until)) => State::Sending { lease_until },
            (StateName::Waiting, Some(next_attempt_at)) => State::Waiting { next_attempt_at, cause },
            (StateName::Accepted, None) => State::Accepted { reference: row.reference },
            (StateName::Delivered, None) => State::Delivered,
            (StateName::Failed, None) => State::Failed { cause },
            (StateName::Expired, None) => State::Expired { cause },
            (StateName::Suppressed, None) => {
                State::Suppressed(cause.parse().map_err(|_| corrupt("deliveries.cause"))?)
            }
            _ => return Err(corrupt("deliveries.state")),
        };
        Ok(Self {
            id: row.id.into(),
            event: row.event_id.into(),
            user: row.user_id.into(),
            contact: row.contact_id.into(),
            channel: row.channel.0,
            expires_at: row.expires_at.0,
            state,
            attempts: u32::try_from(row.attempts).unwrap_or(u32::MAX),
            possible_duplicate: row.possible_duplicate,
            history: row.history.0,
            parcel: row.parcel.map(Into::into),
        })
    }
}
