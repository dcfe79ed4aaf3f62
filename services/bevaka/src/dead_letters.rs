//! `bevaka dead-letters`: what came and was no event, read, sent in again or given up (R34, R40).

use crate::{
    client::{Client, ServerArgs, segment},
    confirm,
    exit::Ended,
    given::text_of,
    output::{self, Fields, Format, Table, because, say},
    pages::List,
};
use anyhow::bail;
use bevaka_chassis::process::ConfigArgs;
use reqwest::Method;
use serde_json::{Value, json};
use std::path::PathBuf;

const LIST: List = List("dead-letters");

/// Lists dead letters, or does something with them.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  bevaka dead-letters
  bevaka dead-letters --state open --reason data --json
  bevaka dead-letters show 01a1ff7a-ece6-7044-bd2a-febe98be8fed --content
  bevaka dead-letters requeue --reason unknown_kind --because 'kind is configured now, INC-204711'"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    list: ListArgs,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Shows one, with what it holds if asked.
    Show(ShowArgs),
    /// Sends one in again, as it came or mended, or all of a reason.
    Requeue(RequeueArgs),
    /// Gives one up, or all of a reason. They stay readable.
    Discard(DiscardArgs),
}

/// Which letters: those for which all of it holds.
#[derive(Debug, clap::Args)]
struct ListArgs {
    /// Only those in one state: open, requeued, discarded.
    #[arg(long)]
    state: Option<String>,
    /// Only those with this reason.
    #[arg(long)]
    reason: Option<String>,
    /// Only those that came from this time on, RFC 3339.
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Only those that came before this time, RFC 3339.
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

/// Which letter.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
That the content was read is noted in the trail; it needs one of the roles operator, approver, auditor.")]
struct ShowArgs {
    /// Its id.
    #[arg(value_name = "ID")]
    id: String,
    /// Shows what it holds, and whether it would pass now.
    #[arg(long)]
    content: bool,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    server: ServerArgs,
}

/// One letter by its id, or all open ones of a reason: then a preview comes first.
#[derive(Debug, clap::Args)]
struct Which {
    /// The letter's id.
    #[arg(value_name = "ID", conflicts_with = "reason", required_unless_present = "reason")]
    id: Option<String>,
    /// All open letters with this reason.
    #[arg(long)]
    reason: Option<String>,
    /// Why, for the trail: 3 to 200 characters, no address and no personal number.
    #[arg(long, value_name = "TEXT", value_parser = because)]
    because: String,
    /// Tells what it would be about, and changes nothing.
    #[arg(long, requires = "reason")]
    preview: bool,
    /// Does not ask.
    #[arg(long, requires = "reason")]
    yes: bool,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    server: ServerArgs,
}

/// Which letters, and what to send in.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bevaka dead-letters requeue 01a1ff7a-ece6-7044-bd2a-febe98be8fed --because INC-204711
  bevaka dead-letters requeue 01a1ff7a-ece6-7044-bd2a-febe98be8fed --body mended.json --because 'amount mended, INC-204711'
  bevaka dead-letters requeue --reason unknown_kind --because 'kind is configured now' --preview

Needs the role operator.")]
struct RequeueArgs {
    #[command(flatten)]
    which: Which,
    /// The mended event, CloudEvents as JSON; - reads standard input. Left out: the body as it came.
    #[arg(long, value_name = "FILE", conflicts_with = "reason")]
    body: Option<PathBuf>,
}

/// Which letters.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bevaka dead-letters discard 01a1ff7a-ece6-7044-bd2a-febe98be8fed --because 'a test of theirs, INC-204711'
  bevaka dead-letters discard --reason too_large --because 'publisher is mended, INC-204711' --yes

Needs the role operator.")]
struct DiscardArgs {
    #[command(flatten)]
    which: Which,
}

pub(crate) async fn run(config: &ConfigArgs, args: Args) -> anyhow::Result<Ended> {
    match args.command {
        None => list(config, &args.list).await,
        Some(Command::Show(args)) => show(config, &args).await,
        Some(Command::Requeue(args)) => requeue(config, &args).await,
        Some(Command::Discard(args)) => discard(config, &args.which).await,
    }
}

async fn list(config: &ConfigArgs, args: &ListArgs) -> anyhow::Result<Ended> {
    let client = Client::find(config, &args.server)?;
    let query = [
        ("state", args.state.clone()),
        ("reason", args.reason.clone()),
        ("from", args.from.clone()),
        ("until", args.until.clone()),
    ];
    let found = LIST.read(&client, &query, args.limit).await?;
    if args.format.json {
        output::json(&found)?;
        return Ok(Ended::Done);
    }
    let mut table = Table::new(["came", "letter", "state", "reason", "detail", "bytes"]);
    for letter in &found {
        table.row([
            letter.moment("received_at"),
            letter.text("dead_letter_id"),
            letter.text("state"),
            letter.text("reason"),
            letter.text("detail"),
            letter.text("bytes"),
        ]);
    }
    table.print();
    eprintln!("{} dead letters", found.len());
    Ok(Ended::Done)
}

async fn show(config: &ConfigArgs, args: &ShowArgs) -> anyhow::Result<Ended> {
    let client = Client::find(config, &args.server)?;
    let address = format!("dead-letters/{}", segment(&args.id));
    let mut letter: Value = client.ask(client.get(&address)).await?;
    if args.content {
        letter["content"] = client.ask(client.request(Method::POST, &format!("{address}/content"))).await?;
    }
    if args.format.json {
        output::json(&letter)?;
        return Ok(Ended::Done);
    }
    say!("letter  {}", letter.text("dead_letter_id"));
    say!("came    {}, {} bytes", letter.moment("received_at"), letter.text("bytes"));
    say!("state   {}", letter.text("state"));
    say!("reason  {} ({})", letter.text("detail"), letter.text("reason"));
    if let ended @ Value::Object(_) = &letter["ended"] {
        say!("ended   {} by {}: {}", ended.moment("at"), ended.text("by"), ended.text("because"));
    }
    if let event @ Value::Object(_) = &letter["requeued_as"] {
        say!("sent in as  {} (id {})", event.text("source"), event.text("id"));
    }
    if args.content {
        let (content, now) = (&letter["content"], &letter["content"]["now"]);
        let passes =
            if now["passes"] == true { "yes".to_owned() } else { format!("no: {}", now.text("detail")) };
        say!("would pass now  {passes}\n\n{}", content.text("text"));
    }
    Ok(Ended::Done)
}

async fn requeue(config: &ConfigArgs, args: &RequeueArgs) -> anyhow::Result<Ended> {
    let which = &args.which;
    let client = Client::find(config, &which.server)?;
    let Some(id) = &which.id else { return all(&client, which, "requeue").await };
    let mut order = json!({"because": which.because});
    if let Some(file) = &args.body {
        order["body"] = json!(text_of(file)?);
    }
    let sent: Value =
        client.ask(client.post(&format!("dead-letters/{}/requeue", segment(id)), &order)).await?;
    if which.format.json {
        output::json(&sent)?;
        return Ok(Ended::Done);
    }
    say!("sent in as {} (id {})", sent.text("source"), sent.text("id"));
    if !sent["stored_as"].is_null() {
        say!("that event is stored already as {}: nobody is told anything new", sent.text("stored_as"));
    }
    Ok(Ended::Done)
}

async fn discard(config: &ConfigArgs, which: &Which) -> anyhow::Result<Ended> {
    let client = Client::find(config, &which.server)?;
    let Some(id) = &which.id else { return all(&client, which, "discard").await };
    let request =
        client.post(&format!("dead-letters/{}/discard", segment(id)), &json!({"because": which.because}));
    client.answer(request, &[]).await?;
    if which.format.json {
        output::json(&json!({"dead_letter_id": id, "state": "discarded"}))?;
    } else {
        say!("letter {id} is given up");
    }
    Ok(Ended::Done)
}

async fn all(client: &Client, which: &Which, what: &'static str) -> anyhow::Result<Ended> {
    let question = json!({"reason": which.reason});
    let preview: Value = client.ask(client.post("dead-letters/preview", &question)).await?;
    if which.preview {
        if which.format.json {
            output::json(&preview)?;
        } else {
            say!("{}", previewed(&preview, what));
        }
        return Ok(Ended::Done);
    }
    let Some(through) = preview["through"].as_str() else {
        eprintln!("there is nothing to {what}");
        return Ok(Ended::Done);
    };
    if !confirm::go_on(which.yes, &format!("{} Go on?", previewed(&preview, what)))? {
        bail!("nothing was changed");
    }
    let order = json!({
        "reason": which.reason, "through": through, "expected": preview["count"], "because": which.because,
    });
    let done: Value = client.ask(client.post(&format!("dead-letters/{what}"), &order)).await?;
    if which.format.json {
        output::json(&done)?;
    } else {
        let mut table = Table::new(["letter", "outcome", "detail"]);
        for letter in done.list("results") {
            table.row(["dead_letter_id", "outcome", "detail"].map(|name| letter.text(name)));
        }
        table.print();
        eprintln!("{} done, {} stay as they were", done.text("done"), done.text("left"));
    }
    Ok(if done.number("left") == 0 { Ended::Done } else { Ended::Refused })
}

fn previewed(preview: &Value, what: &str) -> String {
    let more = if preview["more"] == true { "; there are more, for the next time" } else { "" };
    let faults = match preview.counts("faults") {
        none if none.is_empty() || what == "discard" => String::new(),
        some => format!("; the others: {some}"),
    };
    let passes =
        if what == "requeue" { format!(", {} would pass now", preview.text("pass")) } else { String::new() };
    format!("{what}: {} open letters{passes}{faults}{more}.", preview.text("count"))
}
