//! The command people type.

mod channels;
mod client;
mod completion;
mod confirm;
mod database;
mod dead_letters;
mod deliveries;
mod events;
mod evidence;
mod exit;
mod explain;
mod given;
mod import;
mod inject;
mod injections;
mod migrate;
mod now;
mod output;
mod pages;
mod tokens;
mod trail;
mod up;
mod vault;

use bevaka_chassis::process::ConfigArgs;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand, error::ErrorKind};
use exit::Ended;
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Bevaka tells a company's users by SMS and e-mail what happens at the bank.
#[derive(Parser)]
#[command(name = "bevaka", version, after_help = format!("{EXAMPLES}\n\n{}", exit::CODES))]
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
  bevaka explain --source /payments --id 4711
  bevaka trail verify
  bevaka completion bash > ~/.local/share/bash-completion/completions/bevaka
  bevaka verify-evidence evidence.json --profile profile.toml

Tables are for people; --json is for machines and stays as it is described. docs/commands.md has the help of every command.";

#[derive(Subcommand)]
enum Command {
    /// Runs everything in one process, with the sandbox: what `bevaka` alone does.
    Up(up::Args),
    /// Brings the tables of the database up to date.
    Migrate(migrate::Args),
    /// Loads companies, users, signing authority, agreements and watches from a JSON Lines file.
    Import(import::Args),
    /// Sends events through the running service.
    Inject(Box<inject::Args>),
    /// Lists, shows, approves and rejects what operators put on the bus.
    #[command(subcommand)]
    Injections(injections::Command),
    /// Tells who was told of an event, or would be, and why each of the others was not.
    Explain(Box<explain::Args>),
    /// Finds events, shows one with its whole history, sends one again.
    #[command(subcommand)]
    Events(events::Command),
    /// Finds alerts, shows one with its history, tries again and cancels.
    Deliveries(Box<deliveries::Args>),
    /// Lists what came and was no event, shows it, sends it in again, gives it up.
    DeadLetters(Box<dead_letters::Args>),
    /// Shows how SMS and e-mail stand, stops one, lets it run again, sends a test.
    #[command(subcommand)]
    Channels(channels::Command),
    /// Shows what happens now.
    Now(now::Args),
    /// Lists, takes away or checks the trail of what changed, when, and by whom.
    #[command(subcommand)]
    Trail(trail::Command),
    /// Gives programs tokens for the operators' API, and takes them back.
    #[command(subcommand)]
    Tokens(tokens::Command),
    /// Checks an evidence document offline, and says whether it proves who signed what.
    VerifyEvidence(evidence::Args),
    /// Prints what a shell completes commands by.
    Completion(completion::Args),
}

#[tokio::main]
async fn main() -> ExitCode {
    let Cli { config, command } = parse();
    let ended = match command.unwrap_or_else(|| Command::Up(up::Args::default())) {
        // It holds every service.
        Command::Up(args) => Box::pin(up::run(&config, args)).await,
        Command::Migrate(args) => migrate::run(&config, &args).await,
        Command::Import(args) => import::run(&config, args).await,
        Command::Inject(args) => inject::run(&config, *args).await,
        Command::Injections(command) => injections::run(&config, command).await,
        Command::Explain(args) => explain::run(&config, *args).await,
        Command::Events(command) => events::run(&config, command).await,
        Command::Deliveries(args) => deliveries::run(&config, *args).await,
        Command::DeadLetters(args) => dead_letters::run(&config, *args).await,
        Command::Channels(command) => channels::run(&config, command).await,
        Command::Now(args) => now::run(&config, &args).await,
        Command::VerifyEvidence(args) => evidence::run(&args),
        Command::Completion(args) => Ok(completion::run(&args)),
        Command::Tokens(command) => tokens::run(&config, command).await,
        Command::Trail(command) => trail::run(&config, command).await,
    };
    match ended {
        Ok(ended) => ExitCode::from(ended.code()),
        Err(error) => {
            eprintln!("bevaka: {}", told_once(&error));
            ExitCode::from(Ended::of(&error).code())
        }
    }
}

/// The command line, without a token in it: arguments are seen by everybody on the machine, and kept by shells.
fn parse() -> Cli {
    let matches = Cli::command().get_matches();
    if client::token_was_an_argument(&matches) {
        let refused = "a token must not be an argument: give --token-file, or set BEVAKA_TOKEN";
        Cli::command().error(ErrorKind::ArgumentConflict, refused).exit();
    }
    Cli::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
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

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Command;
    use std::fmt::Write;

    /// The help of a command and of all below it, as it stands in docs/commands.md.
    fn help(mut command: Command, name: &str, text: &mut String) {
        let about = command.render_long_help().to_string();
        let about = about.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
        write!(text, "\n## {name}\n\n```text\n{}\n```\n", about.trim_end()).unwrap();
        for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
            help(below.clone().term_width(100), &format!("{name} {}", below.get_name()), text);
        }
    }

    #[test]
    #[allow(clippy::disallowed_methods, reason = "whoever changes a command asks for the file anew")]
    fn the_documentation_has_the_help_of_every_command() {
        let mut text = "# The commands\n\nThis is what `--help` says. `BEVAKA_BLESS=1 cargo test -p bevaka documentation` \
                        writes it anew.\n"
            .to_owned();
        let mut command = Cli::command().term_width(100);
        command.build();
        help(command, "bevaka", &mut text);
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/commands.md");
        if std::env::var("BEVAKA_BLESS").is_ok() {
            std::fs::write(file, &text).unwrap();
        }
        assert!(
            std::fs::read_to_string(file).unwrap() == text,
            "docs/commands.md is not what the commands say"
        );
    }

    #[test]
    fn every_command_is_sound_and_says_how_it_is_used() {
        let mut command = Cli::command();
        command.build();
        command.debug_assert();
    }

    #[test]
    fn a_token_is_no_argument() {
        let matches =
            |words: &[&str]| Cli::command().try_get_matches_from([&["bevaka"], words].concat()).unwrap();
        assert!(client::token_was_an_argument(&matches(&["now", "--token", "hemlig"])));
        assert!(client::token_was_an_argument(&matches(&["trail", "list", "--token", "hemlig"])));
        assert!(!client::token_was_an_argument(&matches(&["now", "--token-file", "x"])));
    }

    #[test]
    fn what_changes_something_wants_to_know_why() {
        for words in [
            &["inject", "a.b", "--org", "1"][..],
            &["injections", "reject", "1"],
            &["events", "send-again", "1"],
            &["deliveries", "retry", "1"],
            &["deliveries", "cancel", "--state", "waiting", "--yes"],
            &["dead-letters", "requeue", "1"],
            &["dead-letters", "discard", "--reason", "data"],
            &["channels", "pause", "sms"],
            &["channels", "resume", "email"],
        ] {
            let parsed =
                |more: &[&str]| Cli::command().try_get_matches_from([&["bevaka"], words, more].concat());
            assert!(parsed(&[]).is_err(), "{words:?}");
            assert!(parsed(&["--because", "INC-204711"]).is_ok(), "{words:?}");
            for wrong in ["a", "anna@bank.example ringde", "0701740605"] {
                assert!(parsed(&["--because", wrong]).is_err(), "{words:?} {wrong}");
            }
        }
    }
}
