//! The trail (R41): appended to, read and checked, and never changed. Each writer continues its own chain only.

use crate::{Result, StoreError, Tx};
use bevaka_domain::{
    clock::Timestamp,
    ids::OrganisationId,
    trail::{
        Entry, Writer,
        chain::{Broken, Head, Link, Verifier},
    },
};
use sqlx::{ColumnIndex, Decode, FromRow, Row, Type};

/// How many entries are read at once.
const PAGE: u32 = 1_000;

macro_rules! select_links {
    ($where:literal) => {
        concat!(
            "SELECT chain, seq, at, actor, action, organisation_id, subject, detail, prev_hash, hash FROM trail
             WHERE ",
            $where
        )
    };
}

statements! {
    both HEADS = "SELECT chain, seq, hash FROM trail_heads";
    pg LOCK_HEAD_PG = "SELECT chain, seq, hash FROM trail_heads WHERE chain = $1 FOR UPDATE";
    lite LOCK_HEAD_LITE = "SELECT chain, seq, hash FROM trail_heads WHERE chain = $1";
    both SET_HEAD = "UPDATE trail_heads SET seq = $2, hash = $3 WHERE chain = $1";
    both APPEND = "
        INSERT INTO trail (chain, seq, at, actor, action, organisation_id, subject, detail, prev_hash, hash)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    both PAGE_OF_CHAIN = select_links!("chain = $1 AND seq > $2 ORDER BY seq LIMIT $3");
    both LATEST = select_links!("at >= $1 AND at < $2 ORDER BY at DESC, chain, seq DESC LIMIT $3");
    both OF_ORGANISATION = select_links!(
        "at >= $1 AND at < $2 AND organisation_id = $4 ORDER BY at DESC, chain, seq DESC LIMIT $3");
    both OF_SUBJECT = select_links!(
        "at >= $1 AND at < $2 AND subject = $4 ORDER BY at DESC, chain, seq DESC LIMIT $3");
}

/// An entry with its chain, as it is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The chain's name.
    pub chain: String,
    /// The entry.
    pub link: Link,
}

/// Which entries are listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum About {
    /// All of them.
    Everything,
    /// Those that concern a company.
    Organisation(OrganisationId),
    /// Those about one user, agreement, order, contact point…
    Subject(String),
}

/// Reads what stands there whatever it is: a column that somebody filled with something else is no reason to stop,
/// and its hash will not fit.
impl<'r, R: Row> FromRow<'r, R> for Listed
where
    &'static str: ColumnIndex<R>,
    i64: Decode<'r, R::Database> + Type<R::Database>,
    Option<String>: Decode<'r, R::Database> + Type<R::Database>,
{
    fn from_row(row: &'r R) -> sqlx::Result<Self> {
        let text = |column| text_of(row, column).unwrap_or_default();
        let link = Link {
            seq: row.try_get::<i64, _>("seq").map_or(0, |seq| u64::try_from(seq).unwrap_or(0)),
            at: text("at"),
            actor: text("actor"),
            action: text("action"),
            organisation: text_of(row, "organisation_id"),
            subject: text("subject"),
            detail: text("detail"),
            prev_hash: text("prev_hash"),
            hash: text("hash"),
        };
        Ok(Self { chain: text("chain"), link })
    }
}

fn text_of<'r, R: Row>(row: &'r R, column: &'static str) -> Option<String>
where
    &'static str: ColumnIndex<R>,
    Option<String>: Decode<'r, R::Database> + Type<R::Database>,
{
    row.try_get::<Option<String>, _>(column).unwrap_or_else(|_| Some(char::REPLACEMENT_CHARACTER.to_string()))
}

/// Appends an entry to a chain; gives the new head. Until the transaction ends nobody else appends to that chain, so
/// this comes last in it, and where it is done for several chains, in the order of [`Writer::ALL`].
///
/// # Errors
/// [`StoreError::Database`].
pub async fn append(tx: &mut Tx, chain: Writer, entry: &Entry) -> Result<Head> {
    append_all(tx, chain, std::slice::from_ref(entry)).await
}

/// Appends entries to a chain in this order, as [`append`] does.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn append_all(tx: &mut Tx, chain: Writer, entries: &[Entry]) -> Result<Head> {
    let sql = if matches!(tx, Tx::Pg(_)) { LOCK_HEAD_PG } else { LOCK_HEAD_LITE };
    let mut head = read_head(fetch_one!(tx, (String, i64, String), sql, chain.as_str())?)?;
    if entries.is_empty() {
        return Ok(head);
    }
    for entry in entries {
        let link = head.next(entry);
        execute!(
            tx,
            APPEND,
            chain.as_str(),
            signed(link.seq),
            link.at,
            link.actor,
            link.action,
            link.organisation,
            link.subject,
            link.detail,
            link.prev_hash,
            link.hash.as_str()
        )?;
        head = Head { chain, seq: link.seq, hash: link.hash };
    }
    execute!(tx, SET_HEAD, chain.as_str(), signed(head.seq), head.hash.as_str())?;
    Ok(head)
}

/// Where each chain ends, in the order of [`Writer::ALL`]. One whose row was removed counts as empty, so that its
/// entries are found not to belong to it.
///
/// # Errors
/// [`StoreError::Corrupt`] if a chain's name is unknown.
pub async fn heads(tx: &mut Tx) -> Result<Vec<Head>> {
    let rows = fetch_all!(tx, (String, i64, String), HEADS)?;
    let found = rows.into_iter().map(read_head).collect::<Result<Vec<_>>>()?;
    let head = |chain| found.iter().find(|head| head.chain == chain).cloned();
    Ok(Writer::ALL.into_iter().map(|chain| head(chain).unwrap_or_else(|| Head::empty(chain))).collect())
}

/// The entries of a chain behind a place, up to `limit`, in their order.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn page(tx: &mut Tx, chain: Writer, after: u64, limit: u32) -> Result<Vec<Link>> {
    let rows = fetch_all!(tx, Listed, PAGE_OF_CHAIN, chain.as_str(), signed(after), i64::from(limit))?;
    Ok(rows.into_iter().map(|row| row.link).collect())
}

/// Checks the chain of a head from its first entry to its last. Head and entries must be read in one snapshot
/// ([`crate::Db::begin_snapshot`]): beside a service that appends they would not fit. `progress` is told how many
/// entries have been checked since the last time.
///
/// # Errors
/// [`StoreError::Database`]. That the chain is broken is no error of this kind: it is the answer.
pub async fn verify(
    tx: &mut Tx,
    head: Head,
    noted: &[Head],
    mut progress: impl FnMut(usize),
) -> Result<std::result::Result<Head, Broken>> {
    let (chain, mut after) = (head.chain, 0);
    let mut verifier = Verifier::new(head, noted);
    loop {
        let links = page(tx, chain, after, PAGE).await?;
        let Some(last) = links.last() else { return Ok(verifier.finish()) };
        after = last.seq;
        for link in &links {
            if let Err(broken) = verifier.check(link) {
                return Ok(Err(broken));
            }
        }
        progress(links.len());
    }
}

/// The newest entries within a time (`until` not included), newest first.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn list(
    tx: &mut Tx,
    about: &About,
    from: Timestamp,
    until: Timestamp,
    limit: u32,
) -> Result<Vec<Listed>> {
    let (from, until, limit) = (from.to_string(), until.to_string(), i64::from(limit));
    match about {
        About::Everything => fetch_all!(tx, Listed, LATEST, from, until, limit),
        About::Organisation(id) => {
            fetch_all!(tx, Listed, OF_ORGANISATION, from, until, limit, id.to_string())
        }
        About::Subject(subject) => {
            fetch_all!(tx, Listed, OF_SUBJECT, from, until, limit, subject.as_str())
        }
    }
}

fn read_head((chain, seq, hash): (String, i64, String)) -> Result<Head> {
    let chain = chain.parse().map_err(|_| StoreError::Corrupt { what: "trail_heads.chain" })?;
    Ok(Head { chain, seq: u64::try_from(seq).unwrap_or(0), hash })
}

fn signed(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}
