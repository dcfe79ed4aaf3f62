//! `bevaka trail`: reads, takes away and checks the trail (R41).

mod export;
mod list;
mod read;
mod verify;

use crate::exit::Ended;
use bevaka_chassis::process::ConfigArgs;

/// What to do with the trail.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Lists entries, the newest first.
    List(list::Args),
    /// Takes the whole trail away with its proof.
    Export(export::Args),
    /// Checks every chain, of the database or of an export, and names the first broken entry.
    Verify(verify::Args),
}

pub(crate) async fn run(config: &ConfigArgs, command: Command) -> anyhow::Result<Ended> {
    match command {
        Command::List(args) => list::run(config, &args).await,
        Command::Export(args) => export::run(config, &args).await,
        Command::Verify(args) => verify::run(config, &args).await,
    }
}
