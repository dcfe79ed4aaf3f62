//! `bevaka channels`: how SMS and e-mail stand; stopping one, letting it run again, sending a test.

use crate::{
    client::{Client, ServerArgs},
    exit::Ended,
    output::{self, Fields, Format, Table, because, say},
};
use bevaka_chassis::process::ConfigArgs;
use bevaka_domain::watch::Channel;
use serde_json::{Value, json};

/// What to do with channels.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Shows how both channels stand.
    List(ListArgs),
    /// Stops a channel: nothing leaves on it until it is resumed, and nothing is lost.
    Pause(ChangeArgs),
    /// Lets a channel run again.
    Resume(ChangeArgs),
    /// Sends a test through a channel, also while it is stopped.
    Test(TestArgs),
}

/// How to tell.
#[derive(Debug, clap::Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    server: ServerArgs,
}

/// Which channel, and why.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bevaka channels pause sms --because 'gateway sends twice, INC-204711'
  bevaka channels resume sms --because 'gateway is mended, INC-204711'

Needs the role operator.")]
pub(crate) struct ChangeArgs {
    /// sms or email.
    channel: Channel,
    /// Why, for the trail: 3 to 200 characters, no address and no personal number.
    #[arg(long, value_name = "TEXT", value_parser = because)]
    because: String,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    server: ServerArgs,
}

/// Which channel.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  echo 0701740605 | bevaka channels test sms

The number or address is your own, read from standard input: arguments are seen by everybody. It is not kept. Needs the role
operator.")]
pub(crate) struct TestArgs {
    /// sms or email.
    channel: Channel,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    server: ServerArgs,
}

pub(crate) async fn run(config: &ConfigArgs, command: Command) -> anyhow::Result<Ended> {
    match command {
        Command::List(args) => {
            let client = Client::find(config, &args.server)?;
            let channels: Value = client.ask(client.get("channels")).await?;
            if args.format.json {
                output::json(&channels)?;
            } else {
                print(channels.as_array().map_or(&[], Vec::as_slice));
            }
            Ok(Ended::Done)
        }
        Command::Pause(args) => change(config, &args, "pause").await,
        Command::Resume(args) => change(config, &args, "resume").await,
        Command::Test(args) => test(config, &args).await,
    }
}

/// A line for each channel.
pub(crate) fn print(channels: &[Value]) {
    let mut table = Table::new([
        "channel",
        "gateway",
        "standing",
        "last success",
        "last failure",
        "sending",
        "overdue",
        "later",
    ]);
    for channel in channels {
        let failure = &channel["last_failure"];
        table.row([
            channel.text("channel"),
            channel.text("gateway"),
            channel.text("standing"),
            channel.moment("last_success_at"),
            format!("{} {}", failure.moment("at"), failure.text("cause")).trim().to_owned(),
            channel.text("sending"),
            channel.text("overdue"),
            channel.text("later"),
        ]);
    }
    table.print();
    for channel in channels {
        if let paused @ Value::Object(_) = &channel["paused"] {
            let (at, by) = (paused.moment("at"), paused.text("by"));
            say!("{} is paused since {at} by {by}: {}", channel.text("channel"), paused.text("because"));
        }
    }
}

async fn change(config: &ConfigArgs, args: &ChangeArgs, what: &str) -> anyhow::Result<Ended> {
    let client = Client::find(config, &args.server)?;
    let address = format!("channels/{}/{what}", args.channel.as_str());
    let channel: Value = client.ask(client.post(&address, &json!({"because": args.because}))).await?;
    if args.format.json {
        output::json(&channel)?;
    } else {
        print(&[channel]);
    }
    Ok(Ended::Done)
}

async fn test(config: &ConfigArgs, args: &TestArgs) -> anyhow::Result<Ended> {
    let client = Client::find(config, &args.server)?;
    let mut address = String::new();
    std::io::stdin().read_line(&mut address)?;
    let path = format!("channels/{}/test", args.channel.as_str());
    let tested: Value = client.ask(client.post(&path, &json!({"address": address.trim()}))).await?;
    if args.format.json {
        output::json(&tested)?;
    } else {
        say!("{} {}{}", tested.text("outcome"), tested.text("cause"), tested.text("reference"));
    }
    Ok(if tested["outcome"] == "accepted" { Ended::Done } else { Ended::Failed })
}
