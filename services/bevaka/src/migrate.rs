//! `bevaka migrate`

use crate::{Ended, output::say};
use anyhow::Context;
use bevaka_chassis::{
    process::{ConfigArgs, database_url},
    settings::Settings,
};
use bevaka_store::{Db, Role};

pub(crate) async fn run(config: &ConfigArgs) -> anyhow::Result<Ended> {
    migrate(&config.settings()?).await?;
    say!("the database is up to date");
    Ok(Ended::Done)
}

/// Brings the tables of the configured database up to date.
pub(crate) async fn migrate(settings: &Settings) -> anyhow::Result<()> {
    let db = Db::connect(&database_url(settings)?, 2, Role::Owner).await.context("opening the database")?;
    db.migrate().await?;
    db.close().await;
    Ok(())
}
