//! What a service has to publish, stored in the transaction that it follows from: neither is there without the other.
//! Each writer adds and relays its own rows only.

use crate::{Result, Time, Tx};
use bevaka_domain::{clock::Timestamp, trail::Writer};
use sqlx::FromRow;
use uuid::Uuid;

macro_rules! claim {
    ($lock:literal) => {
        concat!(
            "UPDATE outbox SET claimed_until = $3
             WHERE place IN (SELECT place FROM outbox
                             WHERE writer = $1 AND (claimed_until IS NULL OR claimed_until <= $2)
                             ORDER BY place LIMIT $4",
            $lock,
            ") RETURNING place, id, body"
        )
    };
}

statements! {
    both ADD = "INSERT INTO outbox (writer, id, body, created_at) VALUES ($1, $2, $3, $4)";
    pg ADD_ALL_PG = "
        INSERT INTO outbox (writer, id, body, created_at)
        SELECT $1, id, body, $4 FROM unnest($2::uuid[], $3::bytea[]) WITH ORDINALITY AS new (id, body, nth)
        ORDER BY nth";
    pg CLAIM_PG = claim!(" FOR UPDATE SKIP LOCKED");
    lite CLAIM_LITE = claim!("");
    both RELEASE = "UPDATE outbox SET claimed_until = NULL WHERE place = $1";
    both RELEASE_ALL = "UPDATE outbox SET claimed_until = NULL WHERE writer = $1";
    both REMOVE = "DELETE FROM outbox WHERE place = $1";
    both COUNT = "SELECT count(*) FROM outbox WHERE writer = $1";
}

/// A message that waits to be published.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Waiting {
    /// Its place in the order in which messages were added.
    pub place: i64,
    /// The id of the message.
    pub id: Uuid,
    /// The body.
    pub body: Vec<u8>,
}

/// Adds a message; once the transaction has committed it will be published.
///
/// # Errors
/// [`crate::StoreError::Database`], also if the id is there already.
pub async fn add(tx: &mut Tx, writer: Writer, id: Uuid, body: &[u8], now: Timestamp) -> Result<()> {
    execute!(tx, ADD, writer.as_str(), id, body, Time(now))?;
    Ok(())
}

/// Adds messages in this order, as [`add`] does.
///
/// # Errors
/// [`crate::StoreError::Database`], also if an id is there already.
pub async fn add_all(
    tx: &mut Tx,
    writer: Writer,
    messages: &[(Uuid, Vec<u8>)],
    now: Timestamp,
) -> Result<()> {
    if let Tx::Pg(pg) = tx {
        sqlx::query(ADD_ALL_PG)
            .bind(writer.as_str())
            .bind(messages.iter().map(|(id, _)| *id).collect::<Vec<_>>())
            .bind(messages.iter().map(|(_, body)| body.as_slice()).collect::<Vec<_>>())
            .bind(Time(now))
            .execute(&mut **pg)
            .await?;
        return Ok(());
    }
    for (id, body) in messages {
        add(tx, writer, *id, body, now).await?;
    }
    Ok(())
}

/// Takes up to `limit` messages of a writer that nobody holds, in the order in which they were added. Others leave
/// them alone until `claimed_until`.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn claim(
    tx: &mut Tx,
    writer: Writer,
    now: Timestamp,
    claimed_until: Timestamp,
    limit: u32,
) -> Result<Vec<Waiting>> {
    let sql = if matches!(tx, Tx::Pg(_)) { CLAIM_PG } else { CLAIM_LITE };
    let mut rows =
        fetch_all!(tx, Waiting, sql, writer.as_str(), Time(now), Time(claimed_until), i64::from(limit))?;
    rows.sort_unstable_by_key(|row| row.place);
    Ok(rows)
}

/// Gives claimed messages back, so that the next claim finds them at once.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn release(tx: &mut Tx, claimed: &[Waiting]) -> Result<()> {
    for waiting in claimed {
        execute!(tx, RELEASE, waiting.place)?;
    }
    Ok(())
}

/// Gives all messages of a writer back; only where no other process can hold one.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn release_all(tx: &mut Tx, writer: Writer) -> Result<()> {
    execute!(tx, RELEASE_ALL, writer.as_str())?;
    Ok(())
}

/// Removes messages that are published.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn remove(tx: &mut Tx, published: &[Waiting]) -> Result<()> {
    for waiting in published {
        execute!(tx, REMOVE, waiting.place)?;
    }
    Ok(())
}

/// How many messages of a writer wait, claimed ones included.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn count(tx: &mut Tx, writer: Writer) -> Result<u64> {
    let (count,) = fetch_one!(tx, (i64,), COUNT, writer.as_str())?;
    Ok(count.unsigned_abs())
}
