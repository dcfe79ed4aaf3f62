//! What every phase works on: private servers, the data in them, and the sink.

use crate::{broker::Broker, data, sink::Sink};
use anyhow::{Context, Result};
use bevaka_rig::{Postgres, RabbitMq};
use bevaka_store::{Db, Role};
use sqlx::{PgPool, postgres::PgPoolOptions};
use tempfile::TempDir;

/// Companies of the usual data: with them 50,000 users and 100,000 watches.
pub const COMPANIES: usize = 10_000;

/// Servers, data and sink; all of it is gone when this is dropped.
#[derive(Debug)]
pub struct Stage {
    /// The queue.
    pub broker: Broker,
    /// Connections to the database with all rights.
    pub pool: PgPool,
    /// Where alerts end.
    pub sink: Sink,
    /// How many companies there are.
    pub companies: usize,
    /// Scratch files, on the same file system as the database.
    pub directory: TempDir,
    /// The database's address.
    pub database_url: String,
    /// The broker's address.
    pub bus_url: String,
    _postgres: Postgres,
    _rabbitmq: RabbitMq,
}

impl Stage {
    /// Starts the servers and loads the data.
    pub async fn set() -> Result<Self> {
        eprintln!("starting PostgreSQL and RabbitMQ");
        let (postgres, rabbitmq) = tokio::task::spawn_blocking(|| {
            anyhow::Ok((Postgres::start().context("PostgreSQL")?, RabbitMq::start().context("RabbitMQ")?))
        })
        .await??;
        let (database_url, bus_url) = (postgres.url("postgres"), rabbitmq.amqp_url("/"));
        let db = Db::connect(&database_url.clone().into(), 2, Role::Owner).await?;
        db.migrate().await?;
        db.close().await;
        let pool = PgPoolOptions::new().max_connections(8).test_before_acquire(false);
        let pool = pool.connect(&database_url).await?;
        eprintln!("loading {COMPANIES} companies");
        data::load(&pool, 0, COMPANIES).await?;
        Ok(Self {
            broker: Broker::connect(&bus_url).await?,
            pool,
            sink: Sink::start()?,
            companies: COMPANIES,
            directory: tempfile::Builder::new().prefix("bench-").tempdir()?,
            database_url,
            bus_url,
            _postgres: postgres,
            _rabbitmq: rabbitmq,
        })
    }

    /// Forgets all events and alerts, in the database and on the queue, and leaves the disk at rest.
    pub async fn clear(&self) -> Result<()> {
        self.broker.purge().await?;
        sqlx::query("TRUNCATE events, deliveries").execute(&self.pool).await?;
        self.rest().await
    }

    /// Leaves the disk at rest and the sink empty.
    pub async fn rest(&self) -> Result<()> {
        sqlx::query("CHECKPOINT").execute(&self.pool).await?;
        self.sink.take();
        Ok(())
    }

    /// How far the write-ahead log has come, in bytes.
    pub async fn wal(&self) -> Result<i64> {
        let sql = "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint";
        Ok(sqlx::query_scalar(sql).fetch_one(&self.pool).await?)
    }
}
