//! `bevaka migrate`

use crate::Ended;
use anyhow::Context;
use bevaka_chassis::process::{ConfigArgs, database_url};
use bevaka_store::{Db, Role};

pub(crate) async fn run(config: &ConfigArgs) -> anyhow::Result<Ended> {
    let settings = config.settings()?;
    let url = database_url(&settings)?;
    let db = Db::connect(&url, 2, Role::Owner).await.context("opening the database")?;
    db.migrate().await?;
    db.close().await;
    println!("the database is up to date");
    Ok(Ended::Done)
}
