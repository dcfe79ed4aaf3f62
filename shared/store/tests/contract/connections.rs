//! Connections after something went wrong with them.

use bevaka_store::{Db, Tx};

crate::on_both_engines! { a_transaction_that_the_engine_ended_spoils_no_later_one }

async fn a_transaction_that_the_engine_ended_spoils_no_later_one(db: &Db) {
    for _ in 0..3 {
        let mut tx = db.begin().await.unwrap();
        // SQLite does so by itself, such as on a full disk.
        match &mut tx {
            Tx::Pg(tx) => sqlx::raw_sql("ROLLBACK").execute(&mut **tx).await.map(|_| ()).unwrap(),
            Tx::Lite(tx) => sqlx::raw_sql("ROLLBACK").execute(&mut **tx).await.map(|_| ()).unwrap(),
        }
        drop(tx);
        db.begin().await.unwrap().commit().await.unwrap();
        db.begin_read().await.unwrap();
    }
}
