//! `bevaka deliveries`, `bevaka dead-letters`

use crate::{
    Ended,
    client::{Client, ServerArgs},
    output,
};
use bevaka_chassis::process::ConfigArgs;
use bevaka_dispatcher::api::{DeadLetters, DeliveriesPage};
use reqwest::{Method, StatusCode};

/// What to list, for people or for machines.
#[derive(Debug, clap::Args)]
pub(crate) struct DeliveriesArgs {
    /// Only those in one state: sending, waiting, accepted, delivered, failed, expired, suppressed.
    #[arg(long)]
    state: Option<String>,
    /// At most so many, 1 to 500.
    #[arg(long, default_value_t = 50)]
    limit: u32,
    /// One JSON array.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: ServerArgs,
}

/// What to list, for people or for machines.
#[derive(Debug, clap::Args)]
pub(crate) struct DeadLettersArgs {
    /// At most so many, 1 to 500.
    #[arg(long, default_value_t = 50)]
    limit: u32,
    /// One JSON array.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: ServerArgs,
}

pub(crate) async fn deliveries(config: &ConfigArgs, args: DeliveriesArgs) -> anyhow::Result<Ended> {
    let client = Client::find(config, &args.server)?;
    let mut request =
        client.request(Method::GET, "/dispatcher/api/deliveries").query(&[("limit", args.limit.to_string())]);
    if let Some(state) = &args.state {
        request = request.query(&[("state", state)]);
    }
    let (_, page): (_, DeliveriesPage) = client.send(request, &[StatusCode::OK]).await?;
    let found = page.items;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&found)?);
        return Ok(Ended::Done);
    }
    for delivery in &found {
        println!("{}  {}", delivery.delivery_id, output::listed(delivery));
    }
    eprintln!("{} alerts", found.len());
    Ok(Ended::Done)
}

pub(crate) async fn dead_letters(config: &ConfigArgs, args: DeadLettersArgs) -> anyhow::Result<Ended> {
    let client = Client::find(config, &args.server)?;
    let request = client
        .request(Method::GET, "/dispatcher/api/dead-letters")
        .query(&[("limit", args.limit.to_string())]);
    let (_, found): (_, DeadLetters) = client.send(request, &[StatusCode::OK]).await?;
    let found = found.items;
    if args.json {
        println!("{}", serde_json::to_string_pretty(&found)?);
        return Ok(Ended::Done);
    }
    for letter in &found {
        println!("{}  {}  {} ({})", letter.received_at, letter.dead_letter_id, letter.detail, letter.reason);
    }
    eprintln!("{} dead letters", found.len());
    Ok(Ended::Done)
}
