use crate::{open, world::*};
use bevaka_domain::organisation::OrganisationNumber;
use bevaka_store::{Db, Role, StoreError, agreements};
use std::path::Path;

crate::on_both_engines! {
    migrating_again_changes_nothing
    a_dropped_transaction_leaves_nothing_behind
    a_reading_transaction_sees_what_was_committed
    the_database_answers_a_ping_until_it_is_closed
}

async fn migrating_again_changes_nothing(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let company = company(&mut tx, 1).await;
    tx.commit().await.unwrap();

    db.migrate().await.unwrap();

    let mut tx = db.begin_read().await.unwrap();
    assert_eq!(agreements::find_organisation(&mut tx, &number(1)).await.unwrap(), Some(company));
    assert_eq!(agreements::count_organisations(&mut tx).await.unwrap(), 1);
}

async fn a_dropped_transaction_leaves_nothing_behind(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    company(&mut tx, 1).await;
    drop(tx);

    let mut tx = db.begin().await.unwrap();
    assert_eq!(agreements::count_organisations(&mut tx).await.unwrap(), 0);
}

async fn a_reading_transaction_sees_what_was_committed(db: &Db) {
    let mut writing = db.begin().await.unwrap();
    company(&mut writing, 1).await;
    let found = async |number: &OrganisationNumber| {
        let mut tx = db.begin_read().await.unwrap();
        agreements::find_organisation(&mut tx, number).await.unwrap()
    };
    assert_eq!(found(&number(1)).await, None, "readers neither wait for a writer nor see its half");
    writing.commit().await.unwrap();
    assert_eq!(found(&number(1)).await, Some(id(1)));
}

async fn the_database_answers_a_ping_until_it_is_closed(db: &Db) {
    db.ping().await.unwrap();
    db.close().await;
    assert!(matches!(db.ping().await, Err(StoreError::Database(_))));
}

/// Processes start together, and each of them migrates first.
async fn two_processes_migrate_at_once(url: &str) {
    let (one, two) = (open(url, Role::Owner).await, open(url, Role::Owner).await);
    let (first, second) = tokio::join!(one.migrate(), two.migrate());
    first.unwrap();
    second.unwrap();
    one.ping().await.unwrap();
}

#[tokio::test]
async fn two_processes_migrate_at_once_on_sqlite() {
    let directory = tempfile::tempdir().unwrap();
    two_processes_migrate_at_once(&sqlite_url(directory.path())).await;
}

#[tokio::test]
async fn two_processes_migrate_at_once_on_postgres() {
    two_processes_migrate_at_once(&bevaka_rig::postgres_database("contract")).await;
}

/// What of a migration is the same on both engines.
fn common(text: &str, engine: &str) -> String {
    let marks = ["-- Only on PostgreSQL.", "-- Only on SQLite."];
    let (mut kept, mut inside) = (Vec::new(), false);
    for line in text.lines() {
        if marks.contains(&line) {
            assert!(!inside && line.contains(engine), "{line} in a migration of {engine}");
            inside = true;
        } else if line == "-- On both again." {
            assert!(std::mem::take(&mut inside), "nothing ends here");
        } else if !inside && !line.is_empty() {
            kept.push(line);
        }
    }
    assert!(!inside, "a block does not end");
    kept.join("\n")
}

#[test]
fn migrations_differ_between_the_engines_in_marked_blocks_alone() {
    let directory =
        |engine: &str| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../migrations").join(engine);
    let names = |engine: &str| {
        let entries = std::fs::read_dir(directory(engine)).unwrap();
        entries.map(|entry| entry.unwrap().file_name()).collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(names("postgres"), names("sqlite"));
    for name in names("postgres") {
        let read = |engine: &str| std::fs::read_to_string(directory(engine).join(&name)).unwrap();
        let (postgres, sqlite) = (common(&read("postgres"), "PostgreSQL"), common(&read("sqlite"), "SQLite"));
        assert_eq!(postgres, sqlite, "{}", name.display());
    }
}

#[tokio::test]
async fn another_kind_of_address_is_refused() {
    let refused = Db::connect(&"mysql://localhost/bevaka".to_owned().into(), 4, Role::Owner).await;
    assert!(matches!(refused, Err(StoreError::Address)));
}

fn sqlite_url(directory: &Path) -> String {
    format!("sqlite:{}", directory.join("contract.sqlite").display())
}
