//! `bevaka injections`: what operators put on the bus, and the second approval (R37).

use crate::{
    client::{Client, ServerArgs},
    exit::Ended,
    output::{self, Fields, Format, Table, because, say},
    pages::List,
};
use bevaka_chassis::process::ConfigArgs;
use serde_json::{Value, json};

const LIST: List = List("injections");

/// What to do with injections.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Lists the newest.
    List(ListArgs),
    /// Shows one with its first events.
    Show(OneArgs),
    /// Lets one happen that another operator has proposed.
    Approve(OneArgs),
    /// Stops one that waits.
    Reject(RejectArgs),
}

/// Which injections.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bevaka injections list --state waiting
  bevaka injections list --limit 200 --json")]
pub(crate) struct ListArgs {
    /// Only those in one state: waiting, published, rejected, expired.
    #[arg(long)]
    state: Option<String>,
    /// At most so many.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    server: ServerArgs,
}

/// Which injection.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bevaka injections show 01a1ff7a-ece6-7044-bd2a-febe98be8fed
  bevaka injections approve 01a1ff7a-ece6-7044-bd2a-febe98be8fed

Approving needs the role approver, and another person than proposed it.")]
pub(crate) struct OneArgs {
    /// Its id.
    #[arg(value_name = "ID")]
    id: String,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    server: ServerArgs,
}

/// Which injection, and why.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bevaka injections reject 01a1ff7a-ece6-7044-bd2a-febe98be8fed --because 'wrong company, INC-204711'")]
pub(crate) struct RejectArgs {
    /// Its id.
    #[arg(value_name = "ID")]
    id: String,
    /// Why, for the trail: 3 to 200 characters, no address and no personal number.
    #[arg(long, value_name = "TEXT", value_parser = because)]
    because: String,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    server: ServerArgs,
}

pub(crate) async fn run(config: &ConfigArgs, command: Command) -> anyhow::Result<Ended> {
    match command {
        Command::List(args) => list(config, &args).await,
        Command::Show(args) => {
            let client = Client::find(config, &args.server)?;
            let found: Value = client.ask(client.get(&one(&args.id, ""))).await?;
            tell(&found, args.format)
        }
        Command::Approve(args) => {
            let client = Client::find(config, &args.server)?;
            let approved: Value = client.ask(client.post(&one(&args.id, "/approve"), &json!({}))).await?;
            tell(&approved, args.format)
        }
        Command::Reject(args) => {
            let client = Client::find(config, &args.server)?;
            let body = json!({"because": args.because});
            let rejected: Value = client.ask(client.post(&one(&args.id, "/reject"), &body)).await?;
            tell(&rejected, args.format)
        }
    }
}

fn one(id: &str, what: &str) -> String {
    format!("injections/{}{what}", crate::client::segment(id))
}

async fn list(config: &ConfigArgs, args: &ListArgs) -> anyhow::Result<Ended> {
    let client = Client::find(config, &args.server)?;
    let found = LIST.read(&client, &[("state", args.state.clone())], args.limit).await?;
    if args.format.json {
        output::json(&found)?;
        return Ok(Ended::Done);
    }
    let mut table = Table::new(["injection", "state", "proposed", "by", "events", "recipients", "because"]);
    for injection in &found {
        table.row([
            injection.text("injection_id"),
            injection.text("state"),
            injection.moment("proposed_at"),
            injection.text("proposed_by"),
            injection.text("events"),
            injection.text("recipients"),
            injection.text("because"),
        ]);
    }
    table.print();
    eprintln!("{} injections", found.len());
    Ok(Ended::Done)
}

fn tell(injection: &Value, format: Format) -> anyhow::Result<Ended> {
    if format.json {
        output::json(injection)?;
        return Ok(Ended::Done);
    }
    say!("injection   {}", injection.text("injection_id"));
    say!("state       {}", injection.text("state"));
    say!("proposed    {} by {}", injection.moment("proposed_at"), injection.text("proposed_by"));
    say!("because     {}", injection.text("because"));
    say!("events      {} ({})", injection.text("events"), injection.counts("kinds"));
    say!("recipients  {}", injection.text("recipients"));
    if !injection["expires_at"].is_null() {
        say!("waits till  {}", injection.moment("expires_at"));
    }
    if !injection["decided_at"].is_null() {
        let words = injection.text("decided_because");
        say!("decided     {} by {} {words}", injection.moment("decided_at"), injection.text("decided_by"));
    }
    let mut table = Table::new(["event", "kind", "source", "id"]);
    for event in injection.list("first") {
        table.row([event.text("event_id"), event.text("kind"), event.text("source"), event.text("id")]);
    }
    table.print();
    Ok(Ended::Done)
}
