//! The database that a command works on by itself, beside or without a running service.

use anyhow::Context;
use bevaka_chassis::{
    process::{ConfigArgs, database_url},
    settings::Settings,
};
use bevaka_store::{Db, Role};
use std::path::PathBuf;

/// Where the database lies, if the settings do not say it.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct DataDirArgs {
    /// The data directory of `bevaka up`.
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

impl DataDirArgs {
    /// The settings, with this directory if one is given.
    pub(crate) fn settings(&self, config: &ConfigArgs) -> anyhow::Result<Settings> {
        let mut settings = config.settings()?;
        if let Some(directory) = &self.data_dir {
            settings.process.data_dir = directory.to_string_lossy().into_owned();
        }
        Ok(settings)
    }
}

/// Opens the database of the settings, with all rights.
pub(crate) async fn open(settings: &Settings) -> anyhow::Result<Db> {
    Db::connect(&database_url(settings)?, 2, Role::Owner).await.context("opening the database")
}
