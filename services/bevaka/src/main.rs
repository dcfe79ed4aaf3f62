//! The command people type.

#![allow(clippy::print_stdout, reason = "this is the command line")]

mod client;
mod import;
mod inject;
mod lists;
mod migrate;
mod output;
mod trail;
mod up;
mod vault;

use bevaka_chassis::process::ConfigArgs;
use clap::{Parser, Subcommand};
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Bevaka tells a company's users by SMS and e-mail what happens at the bank.
#[derive(Parser)]
#[command(name = "bevaka", version, after_help = EXAMPLES)]
struct Cli {
    #[command(flatten)]
    config: ConfigArgs,
    #[command(subcommand)]
    command: Option<Command>,
}

const EXAMPLES: &str = "\
Examples:
  bevaka                                       the whole service on this machine, with a sandbox
  bevaka inject payment.rejected --org 556016-0680 --data '{\"payment_id\": \"1\", \"reason\": \"other\"}' --watch
  bevaka import customers.jsonl
  bevaka deliveries --state failed --json
  bevaka trail verify

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 the input was refused, 4 not settled in time, 5 the trail is broken.";

#[derive(Subcommand)]
enum Command {
    /// Runs everything in one process, with the sandbox: what `bevaka` alone does.
    Up(up::Args),
    /// Brings the tables of the database up to date.
    Migrate,
    /// Loads companies, users, signing authority, agreements and watches from a JSON Lines file.
    Import(import::Args),
    /// Sends events through the running service.
    Inject(inject::Args),
    /// Lists the newest alerts and where each stands.
    Deliveries(lists::DeliveriesArgs),
    /// Lists the newest messages that were no event, with the reasons.
    DeadLetters(lists::DeadLettersArgs),
    /// Checks or lists the trail of what changed, when, and by whom.
    #[command(subcommand)]
    Trail(trail::Command),
}

/// What the process ends with.
pub(crate) enum Ended {
    /// All that was asked is done.
    Done,
    /// The input was refused, and it was said why.
    Refused,
    /// What was waited for did not happen in time.
    Unsettled,
    /// The trail was altered.
    Broken,
}

#[tokio::main]
async fn main() -> ExitCode {
    let Cli { config, command } = Cli::parse();
    let ended = match command.unwrap_or_else(|| Command::Up(up::Args::default())) {
        Command::Up(args) => up::run(&config, args).await,
        Command::Migrate => migrate::run(&config).await,
        Command::Import(args) => import::run(&config, args).await,
        Command::Inject(args) => inject::run(&config, args).await,
        Command::Deliveries(args) => lists::deliveries(&config, args).await,
        Command::DeadLetters(args) => lists::dead_letters(&config, args).await,
        Command::Trail(command) => trail::run(&config, command).await,
    };
    match ended {
        Ok(Ended::Done) => ExitCode::SUCCESS,
        Ok(Ended::Refused) => ExitCode::from(3),
        Ok(Ended::Unsettled) => ExitCode::from(4),
        Ok(Ended::Broken) => ExitCode::from(5),
        Err(error) => {
            eprintln!("bevaka: {}", told_once(&error));
            ExitCode::FAILURE
        }
    }
}

/// An error with its causes; libraries often repeat a cause in their own words, which nobody needs twice.
fn told_once(error: &anyhow::Error) -> String {
    let mut told = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if told.is_empty() {
            told = cause;
        } else if !told.contains(&cause) {
            told = format!("{told}: {cause}");
        }
    }
    told
}
