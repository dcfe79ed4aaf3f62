//! What operators put on the bus, or want to (R37). Written by the operators' console alone. The events themselves are kept only
//! while they wait for approval; afterwards they are found by their origin ([`crate::events::of_origin`]).

use crate::{
    Result, StoreError, Time, Tx,
    text::{Json, Word, json},
};
use bevaka_domain::{
    clock::Timestamp,
    injection::{Decided, State, StateName},
};
use sqlx::FromRow;
use std::collections::BTreeMap;
use uuid::Uuid;

macro_rules! select_injections {
    ($where:literal) => {
        concat!(
            "SELECT id, state, justification, proposed_by, proposed_person, proposed_at, expires_at, events, recipients,
                kinds, decided_by, decided_at, decided_because FROM injections ",
            $where
        )
    };
}

statements! {
    both INSERT = "
        INSERT INTO injections (id, request_hash, state, justification, proposed_by, proposed_person, proposed_at,
            expires_at, events, recipients, kinds, bodies)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) ON CONFLICT (id) DO NOTHING";
    both DECIDE = "
        UPDATE injections SET state = $2, decided_by = $3, decided_at = $4, decided_because = $5, bodies = NULL
        WHERE id = $1 AND state = 'waiting'";
    both FIND = select_injections!("WHERE id = $1");
    both REQUEST = "SELECT request_hash FROM injections WHERE id = $1";
    both BODIES = "SELECT bodies FROM injections WHERE id = $1";
    both LATEST = select_injections!("
        WHERE (proposed_at, id) < ($1, $2) ORDER BY proposed_at DESC, id DESC LIMIT $3");
    both LATEST_IN_STATE = select_injections!("
        WHERE state = $4 AND (proposed_at, id) < ($1, $2) ORDER BY proposed_at DESC, id DESC LIMIT $3");
    both OVERDUE = "
        SELECT id FROM injections WHERE state = 'waiting' AND expires_at <= $1 ORDER BY expires_at LIMIT $2";
    both COUNT_WAITING = "SELECT count(*) FROM injections WHERE state = 'waiting' AND expires_at > $1";
    both RECIPIENTS = "
        SELECT CAST(coalesce(sum(recipients), 0) AS bigint) FROM injections
        WHERE proposed_person = $1 AND proposed_at > $2 AND state = 'published'";
    pg LOCK_PERSON_PG = "SELECT pg_advisory_xact_lock(hashtextextended('injections.' || $1, 0))";
}

/// What an operator put on the bus, or wants to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Injection {
    /// Its id, which the caller may have chosen.
    pub id: Uuid,
    /// Who proposed it, as they sign.
    pub proposed_by: String,
    /// Who answers for it.
    pub person: String,
    /// When.
    pub proposed_at: Timestamp,
    /// Why, in their words.
    pub because: String,
    /// How many events.
    pub events: u64,
    /// How many people they told or would have told when it was proposed, added up over the events.
    pub recipients: u64,
    /// How many events of each kind.
    pub kinds: BTreeMap<String, u64>,
    /// Where it stands.
    pub state: State,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    state: Word<StateName>,
    justification: String,
    proposed_by: String,
    proposed_person: String,
    proposed_at: Time,
    expires_at: Time,
    events: i64,
    recipients: i64,
    kinds: Json<BTreeMap<String, u64>>,
    decided_by: Option<String>,
    decided_at: Option<Time>,
    decided_because: Option<String>,
}

/// Stores a new injection; `bodies` are its events while it waits, as a JSON array. Gives false if the id is taken, and
/// then changes nothing.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn insert(
    tx: &mut Tx,
    injection: &Injection,
    request_hash: &[u8],
    bodies: Option<&str>,
) -> Result<bool> {
    let expires_at = match injection.state {
        State::Waiting { expires_at } => expires_at,
        _ => injection.proposed_at,
    };
    let inserted = execute!(
        tx,
        INSERT,
        injection.id,
        request_hash,
        injection.state.name(),
        injection.because.as_str(),
        injection.proposed_by.as_str(),
        injection.person.as_str(),
        Time(injection.proposed_at),
        Time(expires_at),
        signed(injection.events),
        signed(injection.recipients),
        json(&injection.kinds),
        bodies
    )?;
    Ok(inserted > 0)
}

/// Ends the waiting of an injection and forgets its events. Gives false if somebody else did so before; then nothing is
/// changed.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn decide(tx: &mut Tx, id: Uuid, state: &State) -> Result<bool> {
    let (by, at, because) = match state {
        State::Waiting { .. } | State::Published { approved: None } => (None, None, None),
        State::Published { approved: Some(decided) } => (Some(decided.by.as_str()), Some(decided.at), None),
        State::Rejected { by, because } => (Some(by.by.as_str()), Some(by.at), Some(because.as_str())),
        State::Expired { at } => (None, Some(*at), None),
    };
    Ok(execute!(tx, DECIDE, id, state.name(), by, at.map(Time), because)? > 0)
}

/// An injection.
///
/// # Errors
/// [`StoreError::Corrupt`] if a stored value cannot be read.
pub async fn find(tx: &mut Tx, id: Uuid) -> Result<Option<Injection>> {
    fetch_optional!(tx, Row, FIND, id)?.map(Injection::try_from).transpose()
}

/// By what it is told whether the same is asked for again.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn request_hash(tx: &mut Tx, id: Uuid) -> Result<Option<Vec<u8>>> {
    Ok(fetch_optional!(tx, (Vec<u8>,), REQUEST, id)?.map(|(hash,)| hash))
}

/// The events of an injection that waits, as a JSON array.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn bodies(tx: &mut Tx, id: Uuid) -> Result<Option<String>> {
    Ok(fetch_optional!(tx, (Option<String>,), BODIES, id)?.and_then(|(bodies,)| bodies))
}

/// Where a page of a list begins: behind this one.
pub type Cursor = (Timestamp, Uuid);

/// The newest injections, newest first, all or those in one state; from behind a cursor on. What comes meanwhile moves
/// nothing.
///
/// # Errors
/// [`StoreError::Corrupt`] if a stored value cannot be read.
pub async fn latest(
    tx: &mut Tx,
    state: Option<&str>,
    before: Option<Cursor>,
    limit: u32,
) -> Result<Vec<Injection>> {
    let (at, id) = before.unwrap_or((Timestamp::from_micros(i64::MAX), Uuid::max()));
    let rows = match state {
        None => fetch_all!(tx, Row, LATEST, Time(at), id, i64::from(limit))?,
        Some(state) => fetch_all!(tx, Row, LATEST_IN_STATE, Time(at), id, i64::from(limit), state)?,
    };
    rows.into_iter().map(Injection::try_from).collect()
}

/// Injections whose time for an approval is over, and that still wait.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn overdue(tx: &mut Tx, now: Timestamp, limit: u32) -> Result<Vec<Uuid>> {
    let rows = fetch_all!(tx, (Uuid,), OVERDUE, Time(now), i64::from(limit))?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// How many injections wait for an approval.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn count_waiting(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    let (count,) = fetch_one!(tx, (i64,), COUNT_WAITING, Time(now))?;
    Ok(count.unsigned_abs())
}

/// How many recipients a person's published injections had that were proposed after `since`. Nobody else counts for this
/// person until the transaction ends.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn recipients(tx: &mut Tx, person: &str, since: Timestamp) -> Result<u64> {
    if let Tx::Pg(pg) = tx {
        sqlx::query(LOCK_PERSON_PG).bind(person).execute(&mut **pg).await?;
    }
    let (count,) = fetch_one!(tx, (i64,), RECIPIENTS, person, Time(since))?;
    Ok(count.unsigned_abs())
}

fn signed(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

impl TryFrom<Row> for Injection {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self> {
        let corrupt = |what: &'static str| StoreError::Corrupt { what: what.into() };
        let decided_at = row.decided_at.map(|at| at.0);
        let decided = row.decided_by.zip(decided_at).map(|(by, at)| Decided { by, at });
        let state = match row.state.0 {
            StateName::Waiting => State::Waiting { expires_at: row.expires_at.0 },
            StateName::Published => State::Published { approved: decided },
            StateName::Rejected => State::Rejected {
                by: decided.ok_or_else(|| corrupt("injections.decided_by"))?,
                because: row.decided_because.unwrap_or_default(),
            },
            StateName::Expired => {
                State::Expired { at: decided_at.ok_or_else(|| corrupt("injections.decided_at"))? }
            }
        };
        Ok(Self {
            id: row.id,
            proposed_by: row.proposed_by,
            person: row.proposed_person,
            proposed_at: row.proposed_at.0,
            because: row.justification,
            events: row.events.unsigned_abs(),
            recipients: row.recipients.unsigned_abs(),
            kinds: row.kinds.0,
            state,
        })
    }
}
