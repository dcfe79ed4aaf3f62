//! `bevaka trail list`

use crate::{
    client::{Client, ServerArgs},
    exit::Ended,
    output::{self, Format, Table},
};
use bevaka_chassis::process::ConfigArgs;
use bevaka_domain::{clock::Timestamp, organisation::OrganisationNumber};
use bevaka_operators::api::TrailEntryView;
use bevaka_web::list::Page;

/// The most entries that a service gives at once.
const PAGE: u32 = 500;

/// Which entries: those for which all of it holds.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bevaka trail list --org 556016-0680 --from 2026-11-21T00:00:00Z
  bevaka trail list --actor operator:karin --action dead_letter_requeued
  bevaka trail list --subject 01a1ff7a-ece6-7044-bd2a-febe98be8fed --json | jq '.[].action'

Tables show Stockholm's time, JSON that of the trail (UTC). Needs one of the roles operator, approver, auditor.")]
pub(crate) struct Args {
    /// Only those that concern the company with this organisation number.
    #[arg(long, value_name = "NUMBER")]
    org: Option<OrganisationNumber>,
    /// Only those about this user, agreement, order, event…, by its id.
    #[arg(long, value_name = "ID")]
    subject: Option<String>,
    /// Only those by operator:NAME, user:ID, person, system or import.
    #[arg(long)]
    actor: Option<String>,
    /// Only those where this was done, such as `event_read`.
    #[arg(long)]
    action: Option<String>,
    /// Only those from this time on, RFC 3339.
    #[arg(long, value_name = "TIME")]
    from: Option<Timestamp>,
    /// Only those before this time, RFC 3339.
    #[arg(long, value_name = "TIME")]
    until: Option<Timestamp>,
    /// At most so many.
    #[arg(long, default_value_t = 50)]
    limit: u32,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    server: ServerArgs,
}

pub(super) async fn run(config: &ConfigArgs, args: &Args) -> anyhow::Result<Ended> {
    let client = Client::find(config, &args.server)?;
    let found = find(&client, args).await?;
    if args.format.json {
        output::json(&found)?;
        return Ok(Ended::Done);
    }
    let mut table = Table::new(["when", "who", "what", "company", "about", "detail", "entry"]);
    for entry in &found {
        table.row(row(entry));
    }
    table.print();
    eprintln!("{} entries", found.len());
    Ok(Ended::Done)
}

async fn find(client: &Client, args: &Args) -> anyhow::Result<Vec<TrailEntryView>> {
    let (mut found, mut before) = (Vec::new(), None::<String>);
    loop {
        let left = args.limit.saturating_sub(u32::try_from(found.len()).unwrap_or(u32::MAX));
        let query = [
            ("company", args.org.as_ref().map(|number| number.as_str().to_owned())),
            ("subject", args.subject.clone()),
            ("actor", args.actor.clone()),
            ("action", args.action.clone()),
            ("from", args.from.map(|time| time.to_string())),
            ("until", args.until.map(|time| time.to_string())),
            ("before", before),
            ("limit", Some(left.clamp(1, PAGE).to_string())),
        ];
        let query: Vec<_> = query.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        let page: Page<TrailEntryView> = client.ask(client.get("trail").query(&query)).await?;
        found.extend(page.items);
        before = page.next;
        if before.is_none() || found.len() >= args.limit as usize {
            found.truncate(args.limit as usize);
            return Ok(found);
        }
    }
}

fn row(entry: &TrailEntryView) -> [String; 7] {
    let company = entry.company.as_ref();
    [
        Timestamp::parse(&entry.at).map_or_else(|_| entry.at.clone(), output::when),
        entry.actor_name.clone().unwrap_or_else(|| entry.actor.clone()),
        entry.action.clone(),
        company.map(|company| company.name.clone().unwrap_or_else(|| company.id.clone())).unwrap_or_default(),
        entry.subject.clone(),
        if entry.detail == serde_json::json!({}) { String::new() } else { entry.detail.to_string() },
        format!("{}:{}", entry.chain, entry.seq),
    ]
}
