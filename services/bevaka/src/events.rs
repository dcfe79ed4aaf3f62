//! `bevaka events`: finds events, shows one with its whole history, sends one again (R38, R39).

use crate::{
    client::{Client, ServerArgs, segment},
    exit::Ended,
    output::{self, Fields, Format, Table, because, say},
    pages::List,
};
use bevaka_chassis::process::ConfigArgs;
use serde_json::{Value, json};

const LIST: List = List("events");

/// What to do with events.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Finds events, the newest first.
    Search(SearchArgs),
    /// Shows one with its decisions, its alerts and all that happened.
    Show(ShowArgs),
    /// Lets those be told who were not and now would be.
    SendAgain(AgainArgs),
}

/// Which events: those for which all of it holds.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bevaka events search --org 556016-0680 --from 2026-11-21T00:00:00Z
  bevaka events search --org 556016-0680 --user anna --kind payment.rejected
  bevaka events search --source /payments --id 4711 --json

Tables show Stockholm's time, JSON that of storage (UTC).")]
pub(crate) struct SearchArgs {
    /// The company, by its organisation number or our id.
    #[arg(long, value_name = "NUMBER")]
    org: Option<String>,
    /// A user, by our id, or with --org by the bank's key.
    #[arg(long)]
    user: Option<String>,
    /// The kind, such as payment.rejected.
    #[arg(long)]
    kind: Option<String>,
    /// The publisher.
    #[arg(long)]
    source: Option<String>,
    /// The publisher's id.
    #[arg(long)]
    id: Option<String>,
    /// By what it came in: any, `injection:ID` or `dead_letter:ID`.
    #[arg(long)]
    origin: Option<String>,
    /// Received from this time on, RFC 3339.
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Received before this time, RFC 3339.
    #[arg(long, value_name = "TIME")]
    until: Option<String>,
    /// At most so many.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    server: ServerArgs,
}

/// Which event.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bevaka events show 01a1ff7a-ece6-7044-bd2a-febe98be8fed
  bevaka events show 01a1ff7a-ece6-7044-bd2a-febe98be8fed --content

That the content was read is noted in the trail; it needs one of the roles operator, approver, auditor.")]
pub(crate) struct ShowArgs {
    /// Our id.
    #[arg(value_name = "ID")]
    id: String,
    /// Shows what the event holds as well.
    #[arg(long)]
    content: bool,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    server: ServerArgs,
}

/// Which event, and why.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bevaka events send-again 01a1ff7a-ece6-7044-bd2a-febe98be8fed --because 'number confirmed now, INC-204711'

Nobody gets a second alert. Needs the role operator.")]
pub(crate) struct AgainArgs {
    /// Our id.
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
        Command::Search(args) => search(config, &args).await,
        Command::Show(args) => show(config, &args).await,
        Command::SendAgain(args) => send_again(config, &args).await,
    }
}

/// The event with the publisher's source and id, as `show` has it.
pub(crate) async fn by_key(client: &Client, source: &str, id: &str) -> anyhow::Result<Option<Value>> {
    let query = [("source", Some(source.to_owned())), ("id", Some(id.to_owned()))];
    match LIST.read(client, &query, 1).await?.first() {
        Some(found) => client.find_one(client.get(&format!("events/{}", found.text("event_id")))).await,
        None => Ok(None),
    }
}

async fn search(config: &ConfigArgs, args: &SearchArgs) -> anyhow::Result<Ended> {
    let client = Client::find(config, &args.server)?;
    let query = [
        ("company", args.org.clone()),
        ("user", args.user.clone()),
        ("kind", args.kind.clone()),
        ("source", args.source.clone()),
        ("id", args.id.clone()),
        ("origin", args.origin.clone()),
        ("from", args.from.clone()),
        ("until", args.until.clone()),
    ];
    let found = LIST.read(&client, &query, args.limit).await?;
    if args.format.json {
        output::json(&found)?;
        return Ok(Ended::Done);
    }
    let mut table = Table::new(["received", "event", "kind", "company", "alerts", "not told", "came by"]);
    for event in &found {
        let company =
            event["company_name"].as_str().map_or_else(|| event.text("company_number"), str::to_owned);
        table.row([
            event.moment("received_at"),
            event.text("event_id"),
            event.text("kind"),
            company,
            event.counts("alerts"),
            event.text("suppressed"),
            event.text("origin"),
        ]);
    }
    table.print();
    eprintln!("{} events", found.len());
    Ok(Ended::Done)
}

async fn show(config: &ConfigArgs, args: &ShowArgs) -> anyhow::Result<Ended> {
    let client = Client::find(config, &args.server)?;
    let address = format!("events/{}", segment(&args.id));
    let mut event: Value = client.ask(client.get(&address)).await?;
    if args.content {
        event["content"] = client.ask(client.post(&format!("{address}/content"), &json!({}))).await?;
    }
    if args.format.json {
        output::json(&event)?;
        return Ok(Ended::Done);
    }
    output::event(&event);
    say!("");
    say!("  from {} (id {})", event.text("source"), event.text("id"));
    say!(
        "  happened {}, received {}, expires {}",
        event.moment("occurred_at"),
        event.moment("received_at"),
        event.moment("expires_at")
    );
    if !event["origin"].is_null() {
        say!("  came by {}", event.text("origin"));
    }
    say!("");
    let mut table = Table::new(["when", "what", "why", "user", "channel", "to", "by"]);
    for happened in event.list("timeline") {
        let why =
            if happened["because"].is_null() { happened.text("cause") } else { happened.text("because") };
        table.row([
            happened.moment("at"),
            happened.text("what"),
            why,
            happened.text("user"),
            happened.text("channel"),
            happened.text("to"),
            happened.text("by"),
        ]);
    }
    table.print();
    if args.content {
        say!("\n{}", serde_json::to_string_pretty(&event["content"])?);
    }
    Ok(Ended::Done)
}

async fn send_again(config: &ConfigArgs, args: &AgainArgs) -> anyhow::Result<Ended> {
    let client = Client::find(config, &args.server)?;
    let address = format!("events/{}/send-again", segment(&args.id));
    let again: Value = client.ask(client.post(&address, &json!({"because": args.because}))).await?;
    if args.format.json {
        output::json(&again)?;
        return Ok(Ended::Done);
    }
    let mut table = Table::new(["alert", "channel", "to", "state", "cause"]);
    for alert in again.list("deliveries") {
        table.row(["delivery_id", "channel", "to", "state", "cause"].map(|name| alert.text(name)));
    }
    table.print();
    eprintln!("{} alerts leave", again.list("deliveries").len());
    Ok(Ended::Done)
}
