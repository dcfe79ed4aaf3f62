//! The SQL of Bevaka, one text for PostgreSQL and SQLite.
//!
//! Every function takes a transaction, so that a caller decides what is committed together. None of them
//! decides a rule: they load what a decision needs, and save what it came to. Ids and `now` are parameters.

#![warn(missing_docs, clippy::missing_errors_doc)]

#[macro_use]
mod sql;

pub mod agreements;
pub mod alerts;
pub mod attempts;
pub mod bus_of_database;
pub mod by_key;
pub mod channel_health;
pub mod channel_pauses;
pub mod client_tokens;
pub mod contact_codes;
pub mod contacts;
pub mod coverage;
pub mod dead_letters;
pub mod deliveries;
pub mod events;
pub mod explained;
pub mod figures;
pub mod idempotent;
pub mod injections;
pub mod members;
pub mod operator_sessions;
pub mod orders;
pub mod outbox;
pub mod people;
pub mod persons;
pub mod queue;
pub mod search;
pub mod sendings;
pub mod sessions;
pub mod standing;
mod text;
mod time;
pub mod trail;
pub mod waiting;
pub mod watch_sets;
pub mod watches;

use secrecy::{ExposeSecret, SecretString};
use sqlx::{
    ConnectOptions, Connection, Postgres, Sqlite, SqlitePool, Transaction,
    postgres::{PgConnectOptions, PgPool, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{borrow::Cow, fs::File, str::FromStr, time::Duration};
pub use time::Time;

/// What went wrong with the database.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database refused or could not be reached.
    #[error("the database answered: {0}")]
    Database(sqlx::Error),
    /// The tables could not be brought up to date.
    #[error("migrating the database: {0}")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// The address is neither SQLite's nor PostgreSQL's.
    #[error("database.url must begin with sqlite: or postgres://")]
    Address,
    /// Another dispatcher works on the SQLite database.
    #[error("another dispatcher works on this SQLite database; stop it first, or use PostgreSQL for several")]
    Claimed,
    /// A stored value cannot be read: another version wrote it, or a hand.
    #[error("stored {what} cannot be read")]
    Corrupt {
        /// Which column.
        what: Cow<'static, str>,
    },
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::ColumnDecode { index, source } => {
                Self::Corrupt { what: format!("{index} ({source})").into() }
            }
            error => Self::Database(error),
        }
    }
}

impl StoreError {
    /// Whether the database has not been brought up to this program: a table or column of it is missing.
    pub fn is_missing_migration(&self) -> bool {
        let Self::Database(sqlx::Error::Database(fault)) = self else { return false };
        // 42P01, 42703: undefined table, undefined column. SQLite has one code for every faulty statement.
        let code = fault.code().unwrap_or_default();
        matches!(&*code, "42P01" | "42703") || (code == "1" && fault.message().starts_with("no such"))
    }

    /// Whether the same call may succeed later: the server is away, restarting or out of connections.
    pub fn is_transient(&self) -> bool {
        let Self::Database(error) = self else { return false };
        match error {
            sqlx::Error::Io(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::Protocol(_)
            | sqlx::Error::Tls(_) => true,
            // Class 57P: the server stops or starts; 08: connection; 40: serialisation or deadlock; 53: resources.
            sqlx::Error::Database(fault) => fault.code().is_some_and(|code| {
                ["57P", "08", "40", "53"].iter().any(|class| code.starts_with(class)) || code == "5"
            }),
            _ => false,
        }
    }
}

/// A result of this crate.
pub type Result<T> = std::result::Result<T, StoreError>;

/// A database of either engine. Clones share its connections.
#[derive(Clone, Debug)]
pub enum Db {
    /// PostgreSQL 15 or newer.
    Pg(PgPool),
    /// SQLite in WAL mode: one writer, several readers.
    Lite {
        /// Many connections that only read.
        read: SqlitePool,
        /// The one connection that writes.
        write: SqlitePool,
    },
}

/// That an SQLite database is this process's alone. The system ends it with the process, however that ends.
#[derive(Debug)]
pub struct Claim {
    _file: File,
}

/// A transaction of either engine. Dropped without [`Tx::commit`], it is rolled back.
#[derive(Debug)]
pub enum Tx {
    /// On PostgreSQL, read committed.
    Pg(Transaction<'static, Postgres>),
    /// On SQLite.
    Lite(Transaction<'static, Sqlite>),
}

/// A connection that was used so recently is taken without asking whether the server is still there: that would be
/// one more way to the server and back for every transaction.
const TRUSTED: Duration = Duration::from_secs(1);

/// Every statement finds its rows by a key. A plan made while a table is nearly empty, also that of a foreign key's
/// check, is kept, and would read the whole table each time when it has grown, until someone analyses it.
const KEEP_TO_INDEXES: &str =
    "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off";

/// A pool that takes no connection back which believes to be within a transaction. SQLite ends one by itself, such as on a
/// full disk; the rollback then fails, and every later transaction of the connection would.
fn sqlite_pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new().max_connections(connections).after_release(|connection, _| {
        let is_sound = !connection.is_in_transaction();
        Box::pin(async move { Ok(is_sound) })
    })
}

/// Whose rights a connection has on PostgreSQL (SQLite has no roles).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// All rights: migrations, the command line, everything in one process.
    Owner,
    /// The agreements service.
    Agreements,
    /// The watches service.
    Watches,
    /// The dispatcher.
    Dispatcher,
    /// The operators' console.
    Operators,
}

impl Role {
    /// The role's name on PostgreSQL, `owner` for whoever owns the tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Agreements => "bevaka_agreements",
            Self::Watches => "bevaka_watches",
            Self::Dispatcher => "bevaka_dispatcher",
            Self::Operators => "bevaka_operators",
        }
    }

    const fn set_role(self) -> Option<&'static str> {
        match self {
            Self::Owner => None,
            Self::Agreements => Some("SET ROLE bevaka_agreements"),
            Self::Watches => Some("SET ROLE bevaka_watches"),
            Self::Dispatcher => Some("SET ROLE bevaka_dispatcher"),
            Self::Operators => Some("SET ROLE bevaka_operators"),
        }
    }
}

impl Db {
    /// Opens `sqlite:PATH` (made if missing) or `postgres://…` with the rights of a role.
    ///
    /// # Errors
    /// [`StoreError::Address`] for another address; [`StoreError::Database`] if it cannot be opened.
    pub async fn connect(url: &SecretString, connections: u32, role: Role) -> Result<Self> {
        let url = url.expose_secret();
        if url.starts_with("sqlite:") {
            return Self::open_sqlite(url).await;
        }
        if !url.starts_with("postgres://") && !url.starts_with("postgresql://") {
            return Err(StoreError::Address);
        }
        let options = PgConnectOptions::from_str(url)?.application_name("bevaka").disable_statement_logging();
        let pool = PgPoolOptions::new()
            .max_connections(connections.max(2))
            .acquire_timeout(Duration::from_secs(5))
            .test_before_acquire(false)
            .before_acquire(|connection, used| {
                Box::pin(async move { Ok(used.idle_for < TRUSTED || connection.ping().await.is_ok()) })
            })
            .after_connect(move |connection, _| {
                Box::pin(async move {
                    sqlx::raw_sql(KEEP_TO_INDEXES).execute(&mut *connection).await?;
                    if let Some(statement) = role.set_role() {
                        sqlx::query(statement).execute(connection).await?;
                    }
                    Ok(())
                })
            })
            .connect_lazy_with(options);
        Ok(Self::Pg(pool))
    }

    async fn open_sqlite(url: &str) -> Result<Self> {
        let options = SqliteConnectOptions::from_str(url)?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(10))
            .disable_statement_logging();
        let write = sqlite_pool(1).connect_with(options.clone()).await?;
        let read = sqlite_pool(4).connect_with(options.read_only(true)).await?;
        Ok(Self::Lite { read, write })
    }

    /// Brings the tables up to date; without anything to do it changes nothing.
    ///
    /// # Errors
    /// [`StoreError::Migration`] if a migration fails or the tables are newer than this program.
    pub async fn migrate(&self) -> Result<()> {
        match self {
            Self::Pg(pool) => sqlx::migrate!("../../migrations/postgres").run(pool).await?,
            // PostgreSQL's migrations hold a lock; here only a transaction keeps a second process waiting.
            Self::Lite { write, .. } => {
                let mut tx = write.begin_with("BEGIN IMMEDIATE").await?;
                sqlx::migrate!("../../migrations/sqlite").run(&mut *tx).await?;
                tx.commit().await?;
            }
        }
        Ok(())
    }

    /// Begins a transaction that may write. On SQLite it waits until no other one writes.
    ///
    /// # Errors
    /// [`StoreError::Database`] if no connection can be had.
    pub async fn begin(&self) -> Result<Tx> {
        Ok(match self {
            Self::Pg(pool) => Tx::Pg(pool.begin().await?),
            Self::Lite { write, .. } => Tx::Lite(write.begin_with("BEGIN IMMEDIATE").await?),
        })
    }

    /// Begins a transaction that only reads.
    ///
    /// # Errors
    /// [`StoreError::Database`] if no connection can be had.
    pub async fn begin_read(&self) -> Result<Tx> {
        Ok(match self {
            Self::Pg(pool) => Tx::Pg(pool.begin().await?),
            Self::Lite { read, .. } => Tx::Lite(read.begin().await?),
        })
    }

    /// Begins a transaction that only reads, and sees the database as it stood at its first read to the end.
    ///
    /// # Errors
    /// [`StoreError::Database`] if no connection can be had.
    pub async fn begin_snapshot(&self) -> Result<Tx> {
        let mut tx = self.begin_read().await?;
        // SQLite reads like this always.
        if matches!(tx, Tx::Pg(_)) {
            execute!(&mut tx, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")?;
        }
        Ok(tx)
    }

    /// Engine, host and name of the database, for people; never a user or a password.
    pub fn described(&self) -> String {
        match self {
            Self::Pg(pool) => {
                let options = pool.connect_options();
                let host =
                    options.get_socket().map_or(options.get_host().into(), |path| path.display().to_string());
                let name = options.get_database().unwrap_or_default();
                format!("PostgreSQL {host}:{}/{name}", options.get_port())
            }
            Self::Lite { write, .. } => {
                format!("SQLite {}", write.connect_options().get_filename().display())
            }
        }
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// [`StoreError::Database`] if it does not.
    pub async fn ping(&self) -> Result<()> {
        let mut tx = self.begin_read().await?;
        execute!(&mut tx, "SELECT 1")?;
        Ok(())
    }

    /// Whether only one process can use it: then nobody else can hold a lease on anything in it.
    pub const fn is_private(&self) -> bool {
        matches!(self, Self::Lite { .. })
    }

    /// Takes an SQLite database for this process's dispatcher alone, until the claim is dropped: only then is every
    /// lease in it that of a process that died. PostgreSQL needs no claim, and gives none.
    ///
    /// # Errors
    /// [`StoreError::Claimed`] if another dispatcher works on it.
    pub fn claim(&self) -> Result<Option<Claim>> {
        let Self::Lite { write, .. } = self else { return Ok(None) };
        let mut path = write.connect_options().get_filename().as_os_str().to_owned();
        path.push(".lock");
        let file = File::create(path).map_err(|fault| StoreError::Database(fault.into()))?;
        file.try_lock().map_err(|_| StoreError::Claimed)?;
        Ok(Some(Claim { _file: file }))
    }

    /// Closes all connections after what is under way.
    pub async fn close(&self) {
        match self {
            Self::Pg(pool) => pool.close().await,
            Self::Lite { read, write } => {
                read.close().await;
                write.close().await;
            }
        }
    }
}

impl Tx {
    /// Makes everything since [`Db::begin`] durable.
    ///
    /// # Errors
    /// [`StoreError::Database`]; then nothing of it happened, or on a lost connection perhaps all of it.
    pub async fn commit(self) -> Result<()> {
        match self {
            Self::Pg(tx) => tx.commit().await?,
            Self::Lite(tx) => tx.commit().await?,
        }
        Ok(())
    }
}
