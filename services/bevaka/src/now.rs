//! `bevaka now`: what happens now.

use crate::{
    channels,
    client::{Client, ServerArgs},
    exit::Ended,
    output::{self, Fields, Format, Table, say, why},
};
use bevaka_chassis::process::ConfigArgs;
use serde_json::Value;
use std::{
    io::{self, IsTerminal},
    time::Duration,
};
use tokio::time::sleep;

/// How to tell, and for how long.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bevaka now
  bevaka now --watch
  bevaka now --json | jq '.channels[] | select(.standing != \"runs\")'")]
pub(crate) struct Args {
    /// Goes on until Ctrl-C.
    #[arg(long)]
    watch: bool,
    /// How often --watch asks, in seconds.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    every_s: u64,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    server: ServerArgs,
}

pub(crate) async fn run(config: &ConfigArgs, args: &Args) -> anyhow::Result<Ended> {
    let client = Client::find(config, &args.server)?;
    loop {
        let now: Value = client.ask(client.get("now")).await?;
        if args.format.json {
            output::json(&now)?;
        } else {
            if args.watch && io::stdout().is_terminal() {
                // Clears the screen, and begins at its top.
                output::bytes(b"\x1b[2J\x1b[H");
            }
            tell(&now);
        }
        if !args.watch {
            return Ok(Ended::Done);
        }
        sleep(Duration::from_secs(args.every_s)).await;
    }
}

fn tell(now: &Value) {
    say!("{}", now.moment("at"));
    let sum = |name: &str| now.list("minutes").iter().map(|minute| minute.number(name)).sum::<u64>();
    say!(
        "last hour: {} events, {} decisions to tell and {} not to, {} alerts accepted, {} failed, {} expired, {} tried again",
        sum("events"),
        sum("told"),
        sum("untold"),
        sum("accepted"),
        sum("failed"),
        sum("expired"),
        sum("retried")
    );
    let mut lags = now.list("minutes").iter().rev();
    if let Some(lag) = lags.find_map(|minute| minute["lag_ms"].as_u64()) {
        say!("lag: {lag} ms from intake to the provider");
    }
    say!("");
    channels::print(now.list("channels"));
    let mut decisions = Table::new(["decisions", "last hour"]);
    for counted in now.list("decisions") {
        decisions.row([why(&counted.text("name")).to_owned(), counted.text("count")]);
    }
    decisions.print();
    let mut letters = Table::new(["open dead letters", "count"]);
    for counted in now.list("dead_letters") {
        letters.row([counted.text("name"), counted.text("count")]);
    }
    letters.print();
    let mut longest = Table::new(["waits longest", "channel", "due", "cause", "expires"]);
    for alert in now.list("longest") {
        longest.row([
            alert.text("delivery_id"),
            alert.text("channel"),
            alert.moment("due_at"),
            alert.text("cause"),
            alert.moment("expires_at"),
        ]);
    }
    longest.print();
}
