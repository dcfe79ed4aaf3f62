//! The databases that houses stand on.

use std::sync::Arc;

/// The database that a house stands on.
#[derive(Clone)]
pub enum Ground {
    Sqlite(Arc<tempfile::TempDir>),
    Postgres(String),
}

impl Ground {
    pub fn sqlite() -> Self {
        Self::Sqlite(Arc::new(tempfile::tempdir().unwrap()))
    }

    pub fn postgres() -> Self {
        Self::Postgres(bevaka_rig::postgres_database("dispatch"))
    }

    pub fn url(&self) -> String {
        match self {
            Self::Sqlite(directory) => format!("sqlite:{}", directory.path().join("bevaka.sqlite").display()),
            Self::Postgres(url) => url.clone(),
        }
    }
}

/// Makes a test of each function for each engine.
#[macro_export]
macro_rules! on_both_engines {
    ($($check:ident)+) => {$(
        mod $check {
            #[tokio::test]
            async fn on_sqlite() {
                super::$check($crate::house::House::open_on($crate::house::Ground::sqlite(), 64).await).await;
            }

            #[tokio::test]
            async fn on_postgres() {
                super::$check($crate::house::House::open_on($crate::house::Ground::postgres(), 64).await).await;
            }
        }
    )+};
}
