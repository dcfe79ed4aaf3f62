//! `bevaka deliveries`: finds alerts, shows one with its history, tries again and cancels, one or many (R39, R40).

use crate::{
    client::{Client, ServerArgs, segment},
    confirm,
    exit::Ended,
    output::{self, Fields, Format, Table, because, say},
    pages::List,
};
use anyhow::bail;
use bevaka_chassis::process::ConfigArgs;
use serde_json::{Value, json};

const LIST: List = List("deliveries");

/// Lists alerts, or does something with them.
#[derive(Debug, clap::Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  bevaka deliveries --state failed
  bevaka deliveries --org 556016-0680 --user anna --json
  bevaka deliveries show 01a1ff7a-ece6-7044-bd2a-febe98be8fed
  bevaka deliveries retry --state failed --cause gateway_500 --because 'gateway is back, INC-204711'"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    list: ListArgs,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Shows one alert with all that happened to it.
    Show(ShowArgs),
    /// Tries one again at once, or all that a filter names.
    Retry(ChangeArgs),
    /// Stops one that waits, or all that a filter names.
    Cancel(ChangeArgs),
}

/// Which alerts: those for which all of it holds.
#[derive(Debug, clap::Args)]
struct ListArgs {
    /// Only those in one state: sending, waiting, accepted, delivered, failed, expired, suppressed.
    #[arg(long)]
    state: Option<String>,
    /// Only those of a company, by its organisation number or our id.
    #[arg(long, value_name = "NUMBER")]
    org: Option<String>,
    /// Only those to a user, by our id, or with --org by the bank's key.
    #[arg(long)]
    user: Option<String>,
    /// Only those to a mobile number or e-mail address, read from standard input: arguments are seen by everybody.
    #[arg(long)]
    to_stdin: bool,
    /// Only those of an event, by our id.
    #[arg(long, value_name = "ID")]
    event: Option<String>,
    /// Only those that left, or will leave, as one message.
    #[arg(long, value_name = "ID")]
    parcel: Option<String>,
    /// Only sms or email.
    #[arg(long)]
    channel: Option<String>,
    /// Only those of a kind, such as payment.rejected.
    #[arg(long)]
    kind: Option<String>,
    /// Only those that wait or ended for this cause.
    #[arg(long)]
    cause: Option<String>,
    /// About events received from this time on, RFC 3339.
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// About events received before this time, RFC 3339.
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

/// Which alert.
#[derive(Debug, clap::Args)]
struct ShowArgs {
    /// Its id.
    #[arg(value_name = "ID")]
    id: String,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    server: ServerArgs,
}

/// One alert by its id, or all that a filter names: then a preview comes first.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bevaka deliveries retry 01a1ff7a-ece6-7044-bd2a-febe98be8fed --because 'number is right, INC-204711'
  bevaka deliveries cancel --state waiting --org 556016-0680 --because 'sent in error, INC-204711' --preview
  bevaka deliveries cancel --state waiting --org 556016-0680 --because 'sent in error, INC-204711' --yes

Needs the role operator.")]
struct ChangeArgs {
    /// The alert's id.
    #[arg(value_name = "ID", conflicts_with = "state", required_unless_present = "state")]
    id: Option<String>,
    /// All that are waiting or failed.
    #[arg(long)]
    state: Option<String>,
    /// Of those, only sms or email.
    #[arg(long, requires = "state")]
    channel: Option<String>,
    /// Of those, only with this cause.
    #[arg(long, requires = "state")]
    cause: Option<String>,
    /// Of those, only of a kind.
    #[arg(long, requires = "state")]
    kind: Option<String>,
    /// Of those, only of the company with this organisation number.
    #[arg(long, value_name = "NUMBER", requires = "state")]
    org: Option<String>,
    /// Of those, only of an event, by our id.
    #[arg(long, value_name = "ID", requires = "state")]
    event: Option<String>,
    /// Of those, only made from this time on, RFC 3339.
    #[arg(long, value_name = "TIME", requires = "state")]
    from: Option<String>,
    /// Of those, only made before this time, RFC 3339.
    #[arg(long, value_name = "TIME", requires = "state")]
    until: Option<String>,
    /// Why, for the trail: 3 to 200 characters, no address and no personal number.
    #[arg(long, value_name = "TEXT", value_parser = because)]
    because: String,
    /// Tells what it would be about, and changes nothing.
    #[arg(long, requires = "state")]
    preview: bool,
    /// Does not ask.
    #[arg(long, requires = "state")]
    yes: bool,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    server: ServerArgs,
}

pub(crate) async fn run(config: &ConfigArgs, args: Args) -> anyhow::Result<Ended> {
    match args.command {
        None => list(config, &args.list).await,
        Some(Command::Show(args)) => show(config, &args).await,
        Some(Command::Retry(args)) => change(config, &args, "retry").await,
        Some(Command::Cancel(args)) => change(config, &args, "cancel").await,
    }
}

async fn list(config: &ConfigArgs, args: &ListArgs) -> anyhow::Result<Ended> {
    let client = Client::find(config, &args.server)?;
    let contact = if args.to_stdin { Some(contact(&client).await?) } else { None };
    let query = [
        ("state", args.state.clone()),
        ("company", args.org.clone()),
        ("user", args.user.clone()),
        ("contact", contact),
        ("event", args.event.clone()),
        ("parcel", args.parcel.clone()),
        ("channel", args.channel.clone()),
        ("kind", args.kind.clone()),
        ("cause", args.cause.clone()),
        ("from", args.from.clone()),
        ("until", args.until.clone()),
    ];
    let found = LIST.read(&client, &query, args.limit).await?;
    if args.format.json {
        output::json(&found)?;
        return Ok(Ended::Done);
    }
    let mut table =
        Table::new(["made", "alert", "kind", "company", "user", "channel", "to", "state", "cause"]);
    for alert in &found {
        let company =
            alert["company_name"].as_str().map_or_else(|| alert.text("company_number"), str::to_owned);
        table.row([
            alert.moment("created_at"),
            alert.text("delivery_id"),
            alert.text("kind"),
            company,
            alert.text("user_name"),
            alert.text("channel"),
            alert.text("to"),
            alert.text("state"),
            alert.text("cause"),
        ]);
    }
    table.print();
    eprintln!("{} alerts", found.len());
    Ok(Ended::Done)
}

/// By what an address is found: a keyed hash, so that the address itself stands in no URL and no log.
async fn contact(client: &Client) -> anyhow::Result<String> {
    let mut address = String::new();
    std::io::stdin().read_line(&mut address)?;
    let found: Value =
        client.ask(client.post("contacts/lookup", &json!({"address": address.trim()}))).await?;
    Ok(found.text("contact"))
}

async fn show(config: &ConfigArgs, args: &ShowArgs) -> anyhow::Result<Ended> {
    let client = Client::find(config, &args.server)?;
    let alert: Value = client.ask(client.get(&format!("deliveries/{}", segment(&args.id)))).await?;
    if args.format.json {
        output::json(&alert)?;
        return Ok(Ended::Done);
    }
    say!("alert    {}", alert.text("delivery_id"));
    say!("about    {} ({}), event {}", alert.text("kind_name"), alert.text("kind"), alert.text("event_id"));
    say!(
        "to       {} ({}), {} {}",
        alert.text("user_name"),
        alert.text("user_reference"),
        alert.text("channel"),
        alert.text("to")
    );
    say!("state    {} {}", alert.text("state"), alert.text("cause"));
    say!("expires  {}", alert.moment("expires_at"));
    let mut table = Table::new(["when", "what", "cause"]);
    for entry in alert.list("history") {
        table.row([entry.moment("at"), entry.text("what"), entry.text("cause")]);
    }
    table.print();
    Ok(Ended::Done)
}

async fn change(config: &ConfigArgs, args: &ChangeArgs, what: &'static str) -> anyhow::Result<Ended> {
    let client = Client::find(config, &args.server)?;
    let Some(id) = &args.id else { return change_many(&client, args, what).await };
    let address = format!("deliveries/{}/{what}", segment(id));
    let alert: Value = client.ask(client.post(&address, &json!({"because": args.because}))).await?;
    if args.format.json {
        output::json(&alert)?;
    } else {
        say!("alert {} is {} {}", alert.text("delivery_id"), alert.text("state"), alert.text("cause"));
    }
    Ok(Ended::Done)
}

async fn change_many(client: &Client, args: &ChangeArgs, what: &'static str) -> anyhow::Result<Ended> {
    let filter = filter(args);
    let question = json!({"what": what, "filter": filter});
    let preview: Value = client.ask(client.post("deliveries/preview", &question)).await?;
    if args.preview {
        if args.format.json {
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
    if !confirm::go_on(args.yes, &format!("{} Go on?", previewed(&preview, what)))? {
        bail!("nothing was changed");
    }
    let order = json!({
        "filter": filter, "through": through, "expected": preview["count"], "because": args.because,
    });
    let done: Value = client.ask(client.post(&format!("deliveries/{what}"), &order)).await?;
    if args.format.json {
        output::json(&done)?;
    } else {
        say!("{} changed, {} along with them", done.text("changed"), done.text("along"));
        if !done.counts("unchanged").is_empty() {
            say!("unchanged: {}", done.counts("unchanged"));
        }
    }
    Ok(Ended::Done)
}

fn filter(args: &ChangeArgs) -> Value {
    let fields = [
        ("state", &args.state),
        ("channel", &args.channel),
        ("cause", &args.cause),
        ("kind", &args.kind),
        ("organisation", &args.org),
        ("event_id", &args.event),
        ("from", &args.from),
        ("until", &args.until),
    ];
    fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), json!(value.as_ref()?)))).collect()
}

fn previewed(preview: &Value, what: &str) -> String {
    let unchanged = match preview.counts("unchanged") {
        none if none.is_empty() => String::new(),
        some => format!("; unchanged would stay: {some}"),
    };
    let more = if preview["more"] == true { "; there are more, for the next time" } else { "" };
    format!(
        "{what}: {} of {} alerts would change{unchanged}{more}.",
        preview.text("changes"),
        preview.text("count")
    )
}
