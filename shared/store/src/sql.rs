//! Runs one SQL text on either engine.

/// The one match on the engine: `$run` is compiled once for each.
macro_rules! on_either {
    ($tx:expr, $connection:ident => $run:expr) => {
        match $tx {
            $crate::Tx::Pg(tx) => {
                let $connection = &mut **tx;
                $run
            }
            $crate::Tx::Lite(tx) => {
                let $connection = &mut **tx;
                $run
            }
        }
    };
}

/// Runs a statement; gives how many rows it changed.
macro_rules! execute {
    ($tx:expr, $sql:expr $(, $arg:expr)* $(,)?) => {
        on_either!($tx, c => sqlx::query($sql)$(.bind($arg))*.execute(c).await.map(|done| done.rows_affected()))
            .map_err($crate::StoreError::from)
    };
}

/// All rows of a query.
macro_rules! fetch_all {
    ($tx:expr, $row:ty, $sql:expr $(, $arg:expr)* $(,)?) => {
        on_either!($tx, c => sqlx::query_as::<_, $row>($sql)$(.bind($arg))*.fetch_all(c).await)
            .map_err($crate::StoreError::from)
    };
}

/// The first row of a query, if any.
macro_rules! fetch_optional {
    ($tx:expr, $row:ty, $sql:expr $(, $arg:expr)* $(,)?) => {
        on_either!($tx, c => sqlx::query_as::<_, $row>($sql)$(.bind($arg))*.fetch_optional(c).await)
            .map_err($crate::StoreError::from)
    };
}

/// The one row of a query that always has one.
macro_rules! fetch_one {
    ($tx:expr, $row:ty, $sql:expr $(, $arg:expr)* $(,)?) => {
        on_either!($tx, c => sqlx::query_as::<_, $row>($sql)$(.bind($arg))*.fetch_one(c).await)
            .map_err($crate::StoreError::from)
    };
}

/// Names SQL texts, and lists them so that the test below can prepare every one on both engines.
macro_rules! statements {
    ($($engine:ident $name:ident = $sql:expr;)+) => {
        $(const $name: &str = $sql;)+
        #[cfg(test)]
        pub(crate) const STATEMENTS: &[(&str, $crate::sql::Engine, &str)] =
            &[$((stringify!($name), $crate::sql::Engine::$engine, $name)),+];
    };
}

/// Which engine a text is for.
#[cfg(test)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(non_camel_case_types)]
pub(crate) enum Engine {
    both,
    pg,
    lite,
}

#[cfg(test)]
mod tests {
    use super::Engine;
    use crate::{Db, Role};
    use sqlx::{Executor, SqlSafeStr};

    async fn prepare_all(db: &Db, left_out: Engine) {
        let modules = [
            crate::agreements::STATEMENTS,
            crate::alerts::STATEMENTS,
            crate::attempts::STATEMENTS,
            crate::bus_of_database::STATEMENTS,
            crate::by_key::STATEMENTS,
            crate::channel_health::STATEMENTS,
            crate::channel_pauses::STATEMENTS,
            crate::client_tokens::STATEMENTS,
            crate::contact_codes::STATEMENTS,
            crate::contacts::STATEMENTS,
            crate::coverage::STATEMENTS,
            crate::dead_letters::STATEMENTS,
            crate::deliveries::STATEMENTS,
            crate::deliveries::OPERATED_STATEMENTS,
            crate::deliveries::PARCEL_STATEMENTS,
            crate::events::STATEMENTS,
            crate::explained::STATEMENTS,
            crate::figures::STATEMENTS,
            crate::idempotent::STATEMENTS,
            crate::injections::STATEMENTS,
            crate::members::STATEMENTS,
            crate::operator_sessions::STATEMENTS,
            crate::orders::STATEMENTS,
            crate::outbox::STATEMENTS,
            crate::people::STATEMENTS,
            crate::persons::STATEMENTS,
            crate::queue::STATEMENTS,
            crate::search::STATEMENTS,
            crate::search::DELIVERY_STATEMENTS,
            crate::search::EVENT_STATEMENTS,
            crate::sendings::STATEMENTS,
            crate::sessions::STATEMENTS,
            crate::standing::STATEMENTS,
            crate::standing::NAMED_STATEMENTS,
            crate::standing::STAND_IN_STATEMENTS,
            crate::trail::STATEMENTS,
            crate::waiting::STATEMENTS,
            crate::watch_sets::STATEMENTS,
            crate::watches::STATEMENTS,
        ];
        let mut prepared = 0;
        for (name, engine, sql) in modules.into_iter().flatten() {
            if *engine == left_out {
                continue;
            }
            let outcome = match db {
                Db::Pg(pool) => pool.prepare(sql.into_sql_str()).await.map(drop),
                Db::Lite { write, .. } => write.prepare(sql.into_sql_str()).await.map(drop),
            };
            outcome.unwrap_or_else(|fault| panic!("{name}: {fault}"));
            prepared += 1;
        }
        assert!(prepared > 20, "the list holds the statements");
    }

    #[tokio::test]
    async fn every_statement_prepares_on_sqlite() {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", directory.path().join("test.sqlite").display());
        let db = Db::connect(&url.into(), 2, Role::Owner).await.unwrap();
        db.migrate().await.unwrap();
        prepare_all(&db, Engine::pg).await;
    }

    #[tokio::test]
    async fn every_statement_prepares_on_postgres() {
        let url = bevaka_rig::postgres_database("statements");
        let db = Db::connect(&url.into(), 2, Role::Owner).await.unwrap();
        db.migrate().await.unwrap();
        prepare_all(&db, Engine::lite).await;
    }
}
