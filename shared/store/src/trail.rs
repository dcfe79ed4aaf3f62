//! The trail (R41): appended to, read and checked, and never changed. Each writer continues its own chain only.

use crate::{Result, Tx, text::Word};
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
    ($where:literal $(, $more:expr)*) => {
        concat!(
            "SELECT chain, seq, at, actor, action, organisation_id, subject, detail, prev_hash, hash FROM trail
             WHERE ",
            $where $(, $more)*
        )
    };
}

/// The texts of a search differ in which condition leads: it stands alone, so that its index is used.
macro_rules! found {
    ($leads:literal) => {
        select_links!(
            "at >= $1 AND at < $2
             AND (organisation_id = $4 OR $4 IS NULL) AND (subject = $5 OR $5 IS NULL)
             AND (actor = $6 OR $6 IS NULL) AND (action = $7 OR $7 IS NULL)
             AND ((at, chain, seq) < ($8, $9, $10) OR $8 IS NULL)",
            $leads,
            " ORDER BY at DESC, chain DESC, seq DESC LIMIT $3"
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
    both SEARCH = found!("");
    both SEARCH_ORGANISATION = found!(" AND organisation_id = $4");
    both SEARCH_SUBJECT = found!(" AND subject = $5");
    both SEARCH_ACTOR = found!(" AND actor = $6");
    both SEARCH_ACTION = found!(" AND action = $7");
}

/// An entry with its chain, as it is listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The chain's name.
    pub chain: String,
    /// The entry.
    pub link: Link,
}

/// Which entries are searched for: those for which all of this holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// The company that they concern.
    pub organisation: Option<OrganisationId>,
    /// What they are about: a user, agreement, order, contact point, event…, by its id.
    pub subject: Option<String>,
    /// Who did it, as it is stored, such as `operator:karin`.
    pub actor: Option<String>,
    /// What was done, as it is stored.
    pub action: Option<String>,
    /// From this time on.
    pub from: Option<Timestamp>,
    /// Before this time.
    pub until: Option<Timestamp>,
}

impl Filter {
    /// Of what is asked for, what the fewest entries have is looked up, and the rest compared.
    const fn sql(&self) -> &'static str {
        match (&self.subject, self.organisation, &self.actor, &self.action) {
            (Some(_), ..) => SEARCH_SUBJECT,
            (_, Some(_), ..) => SEARCH_ORGANISATION,
            (_, _, Some(_), _) => SEARCH_ACTOR,
            (_, _, _, Some(_)) => SEARCH_ACTION,
            _ => SEARCH,
        }
    }
}

/// A place in the trail as it is searched: behind this entry. Entries that are appended meanwhile do not move it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// When the entry was made, as it is stored.
    pub at: String,
    /// Its chain.
    pub chain: String,
    /// Its number in it.
    pub seq: u64,
}

impl Listed {
    /// The entry's place in a search.
    pub fn place(&self) -> Place {
        Place { at: self.link.at.clone(), chain: self.chain.clone(), seq: self.link.seq }
    }
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
    let mut head = read_head(fetch_one!(tx, HeadRow, sql, chain.as_str())?);
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
    let rows = fetch_all!(tx, HeadRow, HEADS)?;
    let found: Vec<_> = rows.into_iter().map(read_head).collect();
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

/// Entries of all chains, the newest first, behind a place.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn search(tx: &mut Tx, filter: &Filter, behind: Option<&Place>, limit: u32) -> Result<Vec<Listed>> {
    let Filter { organisation, subject, actor, action, .. } = filter;
    let organisation = organisation.map(|id| id.to_string());
    let from = filter.from.unwrap_or(Timestamp::from_micros(0)).to_string();
    let until = filter.until.unwrap_or(Timestamp::from_micros(i64::MAX)).to_string();
    fetch_all!(
        tx,
        Listed,
        filter.sql(),
        from,
        until,
        i64::from(limit),
        organisation.as_deref(),
        subject.as_deref(),
        actor.as_deref(),
        action.as_deref(),
        behind.map(|place| place.at.as_str()),
        behind.map(|place| place.chain.as_str()),
        behind.map(|place| signed(place.seq)),
    )
}

type HeadRow = (Word<Writer>, i64, String);

fn read_head((Word(chain), seq, hash): HeadRow) -> Head {
    Head { chain, seq: u64::try_from(seq).unwrap_or(0), hash }
}

fn signed(seq: u64) -> i64 {
    i64::try_from(seq).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Db, Role};
    use sqlx::AssertSqlSafe;

    /// How the database would answer, whatever is asked for.
    async fn plan(db: &Db, sql: &str) -> String {
        let rows = match db {
            Db::Lite { read, .. } => {
                let explained = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {sql}"));
                let rows = sqlx::query(explained).fetch_all(read).await.unwrap();
                rows.iter().map(|row| row.get::<String, _>("detail")).collect::<Vec<_>>()
            }
            Db::Pg(pool) => {
                let mut connection = pool.acquire().await.unwrap();
                let prepare = format!(
                    "DEALLOCATE ALL; SET plan_cache_mode = force_generic_plan; PREPARE search AS {sql}"
                );
                sqlx::raw_sql(AssertSqlSafe(prepare)).execute(&mut *connection).await.unwrap();
                let explain =
                    "EXPLAIN EXECUTE search(NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)";
                let rows = sqlx::raw_sql(explain).fetch_all(&mut *connection).await.unwrap();
                rows.iter().map(|row| row.get::<String, _>(0)).collect()
            }
        };
        rows.join("\n")
    }

    async fn each_search_is_answered_by_an_index(db: &Db) {
        db.migrate().await.unwrap();
        let some = |text: &str| Some(text.to_owned());
        let company = Some(OrganisationId(uuid::Uuid::nil()));
        let all = Filter::default();
        for (filter, index) in [
            (all.clone(), "trail_at"),
            (Filter { organisation: company, action: some("x"), ..all.clone() }, "trail_organisation"),
            (Filter { subject: some("x"), organisation: company, ..all.clone() }, "trail_subject"),
            (Filter { actor: some("x"), action: some("x"), ..all.clone() }, "trail_actor"),
            (Filter { action: some("x"), ..all.clone() }, "trail_action"),
        ] {
            let plan = plan(db, filter.sql()).await;
            assert!(plan.contains(index), "{filter:?}: {plan}");
            let sorts = ["Sort", "TEMP B-TREE"].iter().any(|sort| plan.contains(sort));
            assert!(!sorts, "{filter:?}: {plan}");
        }
    }

    #[tokio::test]
    async fn each_search_is_answered_by_an_index_on_sqlite() {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", directory.path().join("test.sqlite").display());
        each_search_is_answered_by_an_index(&Db::connect(&url.into(), 2, Role::Owner).await.unwrap()).await;
    }

    #[tokio::test]
    async fn each_search_is_answered_by_an_index_on_postgres() {
        let url = bevaka_rig::postgres_database("trail_plans");
        each_search_is_answered_by_an_index(&Db::connect(&url.into(), 2, Role::Owner).await.unwrap()).await;
    }
}
