//! Messages that are no event: kept whole, with the reason, and what operators did with them (R34, R40). Added by the
//! dispatcher, ended by the operators' console. Ids begin with the time at which a letter was kept, so lists go by them.

use crate::{Result, StoreError, Time, Tx, text::Word};
use bevaka_domain::{
    clock::Timestamp,
    dead_letter::{Ending, SentAs, State, StateName},
};
use sqlx::FromRow;
use uuid::Uuid;

macro_rules! select_listed {
    ($rest:literal) => {
        concat!(
            "SELECT id, message_id, reason, detail, length(body) AS bytes, received_at, state, ended_at, ended_by,
                ended_because, mended_body IS NOT NULL AS mended, requeued_source, requeued_id FROM dead_letters ",
            $rest
        )
    };
}

macro_rules! select_whole {
    ($rest:literal) => {
        concat!(
            "SELECT id, message_id, reason, detail, body, received_at, state, ended_at, ended_by, ended_because,
                mended_body, requeued_source, requeued_id FROM dead_letters WHERE id = $1",
            $rest
        )
    };
}

statements! {
    both INSERT = "
        INSERT INTO dead_letters (id, message_id, reason, detail, body, received_at) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (id) DO NOTHING";
    both LATEST = select_listed!("ORDER BY id DESC LIMIT $1");
    both LIST = select_listed!(
        "WHERE id < $1 AND (state = $2 OR $2 IS NULL) AND (reason = $3 OR $3 IS NULL)
            AND (received_at >= $4 OR $4 IS NULL) AND (received_at < $5 OR $5 IS NULL)
         ORDER BY id DESC LIMIT $6");
    both LOOK = select_listed!("WHERE id = $1");
    both COUNT_OPEN = "SELECT count(*) FROM dead_letters WHERE state = 'open'";
    both REASONS = "
        SELECT reason, count(*) AS open, min(received_at) AS oldest, max(received_at) AS newest
        FROM dead_letters WHERE state = 'open' GROUP BY reason ORDER BY count(*) DESC, reason";
    both OPEN_OF = "
        SELECT id FROM dead_letters WHERE state = 'open' AND reason = $1 AND id <= $2 ORDER BY id LIMIT $3";
    both FIND = select_whole!("");
    pg FIND_PG = select_whole!(" FOR UPDATE");
    lite FIND_LITE = select_whole!("");
    both END = "
        UPDATE dead_letters SET state = $2, ended_at = $3, ended_by = $4, ended_because = $5, mended_body = $6,
            requeued_source = $7, requeued_id = $8
        WHERE id = $1 AND state = 'open'";
}

/// A message that could not be taken as an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// Our id.
    pub id: Uuid,
    /// The message id on the bus; empty if it had none.
    pub message_id: String,
    /// Why, as a code.
    pub reason: String,
    /// Why, in words that name the field and the limit.
    pub detail: String,
    /// What came, byte for byte.
    pub body: Vec<u8>,
    /// When it came.
    pub received_at: Timestamp,
}

/// A dead letter with what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// As it came.
    pub letter: DeadLetter,
    /// Where it stands.
    pub state: State,
    /// What an operator sent in instead of its body.
    pub mended: Option<Vec<u8>>,
}

/// A dead letter in a list: without its body, which may be large.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Our id.
    pub id: Uuid,
    /// The message id on the bus; empty if it had none.
    pub message_id: String,
    /// Why, as a code.
    pub reason: String,
    /// Why, in words.
    pub detail: String,
    /// How long its body is, in bytes.
    pub bytes: usize,
    /// When it came.
    pub received_at: Timestamp,
    /// Where it stands.
    pub state: State,
    /// Whether it was sent in with another body.
    pub mended: bool,
}

/// Which dead letters are listed. What is `None` narrows nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only those in this state, by its name.
    pub state: Option<String>,
    /// Only those with this reason.
    pub reason: Option<String>,
    /// Only those that came then or later.
    pub from: Option<Timestamp>,
    /// Only those that came before.
    pub until: Option<Timestamp>,
    /// Only those kept before this one: the last of the page before.
    pub before: Option<Uuid>,
}

/// The open dead letters of one reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OfReason {
    /// The reason.
    pub reason: String,
    /// How many.
    pub open: u64,
    /// When the oldest of them came.
    pub oldest: Timestamp,
    /// When the newest of them came.
    pub newest: Timestamp,
}

#[derive(FromRow)]
struct ListedRow {
    id: Uuid,
    message_id: String,
    reason: String,
    detail: String,
    bytes: i32,
    received_at: Time,
    mended: bool,
    #[sqlx(flatten)]
    ended: EndedColumns,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    message_id: String,
    reason: String,
    detail: String,
    body: Vec<u8>,
    received_at: Time,
    mended_body: Option<Vec<u8>>,
    #[sqlx(flatten)]
    ended: EndedColumns,
}

#[derive(FromRow)]
struct EndedColumns {
    state: Word<StateName>,
    ended_at: Option<Time>,
    ended_by: Option<String>,
    ended_because: Option<String>,
    requeued_source: Option<String>,
    requeued_id: Option<String>,
}

/// Stores a dead letter; the same id again changes nothing.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn insert(tx: &mut Tx, letter: &DeadLetter) -> Result<()> {
    execute!(
        tx,
        INSERT,
        letter.id,
        letter.message_id.as_str(),
        letter.reason.as_str(),
        letter.detail.as_str(),
        letter.body.as_slice(),
        Time(letter.received_at)
    )?;
    Ok(())
}

/// The newest dead letters, newest first.
///
/// # Errors
/// [`StoreError::Corrupt`] if a stored value cannot be read.
pub async fn latest(tx: &mut Tx, limit: u32) -> Result<Vec<Listed>> {
    let rows = fetch_all!(tx, ListedRow, LATEST, i64::from(limit))?;
    rows.into_iter().map(Listed::try_from).collect()
}

/// The dead letters that a filter names, newest first.
///
/// # Errors
/// [`StoreError::Corrupt`] if a stored value cannot be read.
pub async fn list(tx: &mut Tx, filter: &Filter, limit: u32) -> Result<Vec<Listed>> {
    let rows = fetch_all!(
        tx,
        ListedRow,
        LIST,
        filter.before.unwrap_or(Uuid::max()),
        filter.state.as_deref(),
        filter.reason.as_deref(),
        filter.from.map(Time),
        filter.until.map(Time),
        i64::from(limit)
    )?;
    rows.into_iter().map(Listed::try_from).collect()
}

/// A dead letter without its body.
///
/// # Errors
/// [`StoreError::Corrupt`] if a stored value cannot be read.
pub async fn look(tx: &mut Tx, id: Uuid) -> Result<Option<Listed>> {
    fetch_optional!(tx, ListedRow, LOOK, id)?.map(Listed::try_from).transpose()
}

/// How many dead letters nobody has dealt with yet.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn count_open(tx: &mut Tx) -> Result<u64> {
    let (count,) = fetch_one!(tx, (i64,), COUNT_OPEN)?;
    Ok(count.unsigned_abs())
}

/// The open dead letters by their reason, the most frequent first.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn reasons(tx: &mut Tx) -> Result<Vec<OfReason>> {
    let rows = fetch_all!(tx, (String, i64, Time, Time), REASONS)?;
    let reason = |(reason, open, oldest, newest): (String, i64, Time, Time)| OfReason {
        reason,
        open: open.unsigned_abs(),
        oldest: oldest.0,
        newest: newest.0,
    };
    Ok(rows.into_iter().map(reason).collect())
}

/// The ids of the open dead letters with a reason, up to one of them or to the newest, oldest first.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn open_of(tx: &mut Tx, reason: &str, through: Option<Uuid>, limit: u32) -> Result<Vec<Uuid>> {
    let through = through.unwrap_or(Uuid::max());
    let rows = fetch_all!(tx, (Uuid,), OPEN_OF, reason, through, i64::from(limit))?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// A dead letter as it came.
///
/// # Errors
/// [`StoreError::Corrupt`] if a stored value cannot be read.
pub async fn find(tx: &mut Tx, id: Uuid) -> Result<Option<DeadLetter>> {
    Ok(read(tx, id).await?.map(|kept| kept.letter))
}

/// A dead letter with what became of it.
///
/// # Errors
/// [`StoreError::Corrupt`] if a stored value cannot be read.
pub async fn read(tx: &mut Tx, id: Uuid) -> Result<Option<Kept>> {
    fetch_optional!(tx, Row, FIND, id)?.map(Kept::try_from).transpose()
}

/// A dead letter with what became of it, kept from other writers until this transaction ends.
///
/// # Errors
/// [`StoreError::Corrupt`] if a stored value cannot be read.
pub async fn find_for_update(tx: &mut Tx, id: Uuid) -> Result<Option<Kept>> {
    let sql = if matches!(tx, Tx::Pg(_)) { FIND_PG } else { FIND_LITE };
    fetch_optional!(tx, Row, sql, id)?.map(Kept::try_from).transpose()
}

/// Ends a dead letter that is open; gives whether it was.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn end(tx: &mut Tx, id: Uuid, state: &State, mended: Option<&[u8]>) -> Result<bool> {
    let Some(ending) = state.ending() else { return Ok(false) };
    let event = match state {
        State::Requeued { event, .. } => Some(event),
        State::Open | State::Discarded { .. } => None,
    };
    let ended = execute!(
        tx,
        END,
        id,
        state.name(),
        Time(ending.at),
        ending.by.as_str(),
        ending.because.as_str(),
        mended,
        event.map(|event| event.source.as_str()),
        event.map(|event| event.id.as_str())
    )?;
    Ok(ended > 0)
}

impl TryFrom<EndedColumns> for State {
    type Error = StoreError;

    fn try_from(row: EndedColumns) -> Result<Self> {
        let corrupt = || StoreError::Corrupt { what: "dead_letters.state".into() };
        let ending = match (row.ended_at, row.ended_by, row.ended_because) {
            (Some(at), Some(by), Some(because)) => Some(Ending { at: at.0, by, because }),
            _ => None,
        };
        Ok(match (row.state.0, ending) {
            (StateName::Open, None) => Self::Open,
            (StateName::Discarded, Some(ending)) => Self::Discarded { ending },
            (StateName::Requeued, Some(ending)) => {
                let source = row.requeued_source.ok_or_else(corrupt)?;
                let id = row.requeued_id.ok_or_else(corrupt)?;
                Self::Requeued { ending, event: SentAs { source, id } }
            }
            _ => return Err(corrupt()),
        })
    }
}

impl TryFrom<ListedRow> for Listed {
    type Error = StoreError;

    fn try_from(row: ListedRow) -> Result<Self> {
        Ok(Self {
            id: row.id,
            message_id: row.message_id,
            reason: row.reason,
            detail: row.detail,
            bytes: usize::try_from(row.bytes).unwrap_or(0),
            received_at: row.received_at.0,
            state: row.ended.try_into()?,
            mended: row.mended,
        })
    }
}

impl TryFrom<Row> for Kept {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self> {
        let letter = DeadLetter {
            id: row.id,
            message_id: row.message_id,
            reason: row.reason,
            detail: row.detail,
            body: row.body,
            received_at: row.received_at.0,
        };
        Ok(Self { letter, state: row.ended.try_into()?, mended: row.mended_body })
    }
}
