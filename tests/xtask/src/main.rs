//! The project's own commands, run as `cargo xtask check`, `cargo xtask test` and `cargo xtask bench`.

#![allow(clippy::print_stdout, reason = "this is a command line")]

mod commands;
mod compose;
mod counts;
mod deny;
mod servers;
mod steps;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The project's own commands.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Format, lints, dependencies and the tests that need no server.
    Check,
    /// Everything: what `check` does, and all tests on private PostgreSQL and RabbitMQ servers.
    Test {
        /// Runs only the tests whose names hold this text, and no other checks.
        #[arg(long, value_name = "FILTER")]
        only: Option<String>,
    },
    /// Private PostgreSQL and RabbitMQ servers for tests run by hand, until Ctrl-C; prints what to export.
    Servers,
    /// Builds the image, starts docker-compose.yml on this machine's Docker engine and plays a story in a browser.
    Compose,
    /// The benchmark; its own help is `cargo xtask bench -- --help`.
    Bench {
        /// What is passed on to the benchmark.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        arguments: Vec<String>,
    },
}

fn main() -> ExitCode {
    let result = match Arguments::parse().command {
        Command::Check => commands::check(),
        Command::Test { only } => commands::test(only.as_deref()),
        Command::Servers => commands::servers(),
        Command::Compose => compose::compose(),
        Command::Bench { arguments } => commands::bench(&arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nxtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
