//! `bevaka migrate`

use crate::{Ended, output::say};
use anyhow::Context;
use bevaka_chassis::{
    process::{ConfigArgs, database_url},
    settings::Settings,
};
use bevaka_store::{Db, Role, bus_of_database};

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Lets the database move to another bus: the next service that starts records its own. Stop all services first, and
    /// let the old bus run empty: what lies on it does not move.
    #[arg(long)]
    forget_bus: bool,
}

pub(crate) async fn run(config: &ConfigArgs, args: &Args) -> anyhow::Result<Ended> {
    let settings = config.settings()?;
    migrate(&settings).await?;
    say!("the database is up to date");
    if args.forget_bus {
        let db = open(&settings).await?;
        let mut tx = db.begin().await?;
        let known = bus_of_database::find(&mut tx).await?;
        bus_of_database::forget(&mut tx).await?;
        tx.commit().await?;
        db.close().await;
        match known {
            Some(known) => say!("it belonged to the bus \"{}\"; the next service records its own", known.bus),
            None => say!("it belonged to no bus yet"),
        }
    }
    Ok(Ended::Done)
}

/// Brings the tables of the configured database up to date.
pub(crate) async fn migrate(settings: &Settings) -> anyhow::Result<()> {
    let db = open(settings).await?;
    db.migrate().await?;
    db.close().await;
    Ok(())
}

async fn open(settings: &Settings) -> anyhow::Result<Db> {
    Db::connect(&database_url(settings)?, 2, Role::Owner).await.context("opening the database")
}
