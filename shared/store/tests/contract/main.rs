//! What callers rely on, the same on both engines: every check is written once and run on SQLite and on PostgreSQL.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a check that cannot go on fails")]

mod agreements;
mod alerts;
mod attempts;
mod bus_of_database;
mod by_key;
mod channel_health;
mod channel_pauses;
mod client_tokens;
mod connections;
mod contacts;
mod dead_letters;
mod deliveries;
mod events;
mod explained;
mod figures;
mod idempotent;
mod injections;
mod members;
mod operated;
mod operator_sessions;
mod operators_roles;
mod orders;
mod outbox;
mod parcels;
mod people;
mod persons;
mod queue;
mod roles;
mod schema;
mod search;
mod sessions;
mod standings;
mod times;
mod trail;
mod watch_sets;
mod world;

use bevaka_store::{Db, Role};

/// Makes two tests of each check. They lie in a module of the check's name, so `-- one_check::` runs both.
macro_rules! on_both_engines {
    ($($check:ident)+) => {$(
        mod $check {
            #[tokio::test]
            async fn on_sqlite() {
                crate::on_sqlite(super::$check).await;
            }

            #[tokio::test]
            async fn on_postgres() {
                crate::on_postgres(super::$check).await;
            }
        }
    )+};
}
use on_both_engines;

async fn on_sqlite(check: impl AsyncFnOnce(&Db)) {
    let directory = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", directory.path().join("contract.sqlite").display());
    run(&url, check).await;
}

async fn on_postgres(check: impl AsyncFnOnce(&Db)) {
    run(&bevaka_rig::postgres_database("contract"), check).await;
}

async fn run(url: &str, check: impl AsyncFnOnce(&Db)) {
    let db = open(url, Role::Owner).await;
    db.migrate().await.unwrap();
    check(&db).await;
    db.close().await;
}

async fn open(url: &str, role: Role) -> Db {
    Db::connect(&url.to_owned().into(), 4, role).await.unwrap()
}
