//! Orders and their signatures with the evidence. Written by the agreements service alone.

use crate::{
    Result, Time, Tx,
    text::{Json, Word, json},
};
use bevaka_domain::{
    clock::Timestamp,
    ids::{OrderId, OrganisationId, SignatureId},
    signing::{Content, Method, Order, OrderState, Signature},
};
use sqlx::FromRow;
use uuid::Uuid;

macro_rules! select_orders {
    ($rest:literal) => {
        concat!(
            "SELECT id, organisation_id, content, signed_text, placed_by, placed_at, state FROM orders ",
            $rest
        )
    };
}

statements! {
    both INSERT = "
        INSERT INTO orders (id, organisation_id, content, signed_text, placed_by, placed_at, expires_at, state)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    both SAVE = "UPDATE orders SET state = $2, ended_at = $3 WHERE id = $1";
    both FIND = select_orders!("WHERE id = $1");
    pg FIND_PG = select_orders!("WHERE id = $1 FOR UPDATE");
    both OF_ORGANISATION = select_orders!("WHERE organisation_id = $1 ORDER BY id DESC LIMIT $2");
    both OPEN = select_orders!("WHERE organisation_id = $1 AND ended_at IS NULL ORDER BY id");
    both OVERDUE = "
        SELECT id, organisation_id FROM orders WHERE ended_at IS NULL AND expires_at <= $1 ORDER BY expires_at LIMIT $2";
    both ADD_SIGNATURE = "
        INSERT INTO order_signatures (id, order_id, user_id, person_id, method, signed_at, evidence_sealed)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    both SIGNATURES = "
        SELECT id, user_id, person_id, method, signed_at FROM order_signatures WHERE order_id = $1
        ORDER BY signed_at, id";
    both EVIDENCE = "
        SELECT o.organisation_id, s.evidence_sealed FROM order_signatures s JOIN orders o ON o.id = s.order_id
        WHERE s.id = $1";
}

/// The most orders that a history shows.
const HISTORY: i64 = 200;

#[derive(FromRow)]
struct Row {
    id: Uuid,
    organisation_id: Uuid,
    content: Json<Content>,
    signed_text: String,
    placed_by: Uuid,
    placed_at: Time,
    state: Json<OrderState>,
}

const fn ended_at(state: &OrderState) -> Option<Time> {
    match state {
        OrderState::Open => None,
        OrderState::Completed { at }
        | OrderState::Cancelled { at }
        | OrderState::Expired { at }
        | OrderState::Refused { at, .. } => Some(Time(*at)),
    }
}

/// Stores a new order.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn insert(tx: &mut Tx, order: &Order) -> Result<()> {
    execute!(
        tx,
        INSERT,
        order.id.0,
        order.organisation.0,
        json(&order.content),
        order.text.as_str(),
        order.placed_by.0,
        Time(order.placed_at),
        Time(order.expires_at()),
        json(&order.state)
    )?;
    Ok(())
}

/// Stores how far an order has come.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn save(tx: &mut Tx, order: &Order) -> Result<()> {
    execute!(tx, SAVE, order.id.0, json(&order.state), ended_at(&order.state))?;
    Ok(())
}

/// Stores a signature with its evidence, sealed by the caller (R10).
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database), also if the person has signed the order already.
pub async fn add_signature(
    tx: &mut Tx,
    order: OrderId,
    signature: &Signature,
    evidence_sealed: &[u8],
) -> Result<()> {
    execute!(
        tx,
        ADD_SIGNATURE,
        signature.id.0,
        order.0,
        signature.user.0,
        signature.person.0,
        signature.method.as_str(),
        Time(signature.at),
        evidence_sealed
    )?;
    Ok(())
}

/// An order.
///
/// # Errors
/// [`StoreError::Corrupt`](crate::StoreError::Corrupt) if a stored value cannot be read.
pub async fn find(tx: &mut Tx, id: OrderId) -> Result<Option<Order>> {
    let row = fetch_optional!(tx, Row, FIND, id.0)?;
    Ok(with_signatures(tx, row.into_iter().collect()).await?.pop())
}

/// An order, kept from other writers until this transaction ends.
///
/// # Errors
/// [`StoreError::Corrupt`](crate::StoreError::Corrupt) if a stored value cannot be read.
pub async fn find_for_update(tx: &mut Tx, id: OrderId) -> Result<Option<Order>> {
    let sql = if matches!(tx, Tx::Pg(_)) { FIND_PG } else { FIND };
    let row = fetch_optional!(tx, Row, sql, id.0)?;
    Ok(with_signatures(tx, row.into_iter().collect()).await?.pop())
}

/// The open orders of a company, the oldest first.
///
/// # Errors
/// [`StoreError::Corrupt`](crate::StoreError::Corrupt) if a stored value cannot be read.
pub async fn open(tx: &mut Tx, organisation: OrganisationId) -> Result<Vec<Order>> {
    let rows = fetch_all!(tx, Row, OPEN, organisation.0)?;
    with_signatures(tx, rows).await
}

/// The latest orders of a company, the newest first, at most 200.
///
/// # Errors
/// [`StoreError::Corrupt`](crate::StoreError::Corrupt) if a stored value cannot be read.
pub async fn of_organisation(tx: &mut Tx, organisation: OrganisationId) -> Result<Vec<Order>> {
    let rows = fetch_all!(tx, Row, OF_ORGANISATION, organisation.0, HISTORY)?;
    with_signatures(tx, rows).await
}

/// Open orders whose time has run out, with their companies, at most `limit`. Nothing is locked: who ends one locks its
/// company first, and looks again.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn overdue(tx: &mut Tx, now: Timestamp, limit: u32) -> Result<Vec<(OrderId, OrganisationId)>> {
    let rows = fetch_all!(tx, (Uuid, Uuid), OVERDUE, Time(now), i64::from(limit))?;
    Ok(rows.into_iter().map(|(id, organisation)| (id.into(), organisation.into())).collect())
}

/// The evidence of a signature as it was sealed, and whose order it is on.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn evidence(tx: &mut Tx, signature: SignatureId) -> Result<Option<(OrganisationId, Vec<u8>)>> {
    let row = fetch_optional!(tx, (Uuid, Vec<u8>), EVIDENCE, signature.0)?;
    Ok(row.map(|(organisation, evidence)| (organisation.into(), evidence)))
}

async fn with_signatures(tx: &mut Tx, rows: Vec<Row>) -> Result<Vec<Order>> {
    let mut orders = Vec::with_capacity(rows.len());
    for row in rows {
        let rows = fetch_all!(tx, (Uuid, Uuid, Uuid, Word<Method>, Time), SIGNATURES, row.id)?;
        let signature = |(id, user, person, Word(method), at): (Uuid, Uuid, Uuid, _, Time)| Signature {
            id: id.into(),
            user: user.into(),
            person: person.into(),
            method,
            at: at.0,
        };
        orders.push(Order {
            id: row.id.into(),
            organisation: row.organisation_id.into(),
            content: row.content.0,
            text: row.signed_text,
            placed_by: row.placed_by.into(),
            placed_at: row.placed_at.0,
            state: row.state.0,
            signatures: rows.into_iter().map(signature).collect(),
        });
    }
    Ok(orders)
}
