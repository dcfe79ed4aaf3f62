//! The command people type.

#![allow(clippy::print_stdout, reason = "this is the command line")]

mod client;
mod database;
mod evidence;
mod import;
mod inject;
mod lists;
mod migrate;
mod output;
mod tokens;
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
  bevaka inject payment.rejected --org 556016-0680 --data '{\"payment_id\": \"1\", \"reason\": \"other\"}' \\
      --because 'a first try' --watch
  bevaka import customers.jsonl
  bevaka deliveries --state failed --json
  bevaka tokens create nightly --owner karin.ek --role operator --days 90
  bevaka trail verify
  bevaka verify-evidence evidence.json --profile profile.toml

Exit codes: 0 done, 1 failed, 2 wrong usage, 3 the input was refused, 4 not settled in time, 5 the trail is broken.
Those of verify-evidence stand in its own help.";

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
    /// Gives programs tokens for the operators' API, and takes them back.
    #[command(subcommand)]
    Tokens(tokens::Command),
    /// Checks an evidence document offline, and says whether it proves who signed what.
    VerifyEvidence(evidence::Args),
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
    /// An evidence document does not prove what it says.
    Refuted,
    /// An evidence document, or the profile to check it by, cannot be read.
    Unreadable,
    /// An evidence document says what the bank recorded, which is no proof.
    Recorded,
}

impl Ended {
    /// The exit code. `verify-evidence` has its own meanings, for scripts that ask about many documents.
    const fn code(&self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Refuted => 1,
            Self::Unreadable => 2,
            Self::Refused | Self::Recorded => 3,
            Self::Unsettled => 4,
            Self::Broken => 5,
        }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let Cli { config, command } = Cli::parse();
    let ended = match command.unwrap_or_else(|| Command::Up(up::Args::default())) {
        // It holds every service.
        Command::Up(args) => Box::pin(up::run(&config, args)).await,
        Command::Migrate => migrate::run(&config).await,
        Command::Import(args) => import::run(&config, args).await,
        Command::Inject(args) => inject::run(&config, args).await,
        Command::Deliveries(args) => lists::deliveries(&config, args).await,
        Command::DeadLetters(args) => lists::dead_letters(&config, args).await,
        Command::VerifyEvidence(args) => evidence::run(&args),
        Command::Tokens(command) => tokens::run(&config, command).await,
        Command::Trail(command) => trail::run(&config, command).await,
    };
    match ended {
        Ok(ended) => ExitCode::from(ended.code()),
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
