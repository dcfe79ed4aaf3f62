//! `bevaka inject`

use crate::{
    Ended,
    client::{Client, ServerArgs},
    output,
};
use anyhow::{Context, bail};
use bevaka_chassis::{clock::SystemClock, entropy::Entropy, process::ConfigArgs};
use bevaka_dispatcher::api::{Accepted, EventView, EventsPage, Fault, Injected};
use bevaka_domain::clock::Clock;
use indicatif::{ProgressBar, ProgressStyle};
use reqwest::{Method, StatusCode};
use serde::Serialize;
use serde_json::{Value, json};
use std::{
    fs,
    io::Read,
    path::{Path, PathBuf},
    time::Duration,
};
use tokio::time::{Instant, sleep};

/// How many events travel in one request.
const CHUNK: usize = 1_000;
const POLL: Duration = Duration::from_millis(100);
/// The state of an injection that needs approval.
const WAITING: &str = "waiting";

/// What became of all requests.
#[derive(Debug, Default, Serialize)]
struct Sent {
    injections: Vec<Made>,
    accepted: Vec<Accepted>,
    refused: Vec<Fault>,
}

/// What one request made.
#[derive(Debug, Serialize)]
struct Made {
    injection_id: String,
    state: String,
    recipients: u64,
}

/// One event from its parts, or many from a file.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bevaka inject payment.rejected --org 556016-0680 --data '{\"payment_id\": \"1\", \"reason\": \"other\"}' \\
      --because 'a first try' --watch
  bevaka inject message.received --org 556016-0680 --recipient anna --data '{\"message_id\": \"7\"}' --because INC-7
  bevaka inject --file events.jsonl --because INC-7

A file holds CloudEvents as JSON: one object, an array, or one object on each line; - reads standard input.")]
pub(crate) struct Args {
    /// The kind, such as payment.rejected.
    #[arg(required_unless_present = "file", conflicts_with = "file")]
    kind: Option<String>,
    /// The company's organisation number.
    #[arg(long, value_name = "NUMBER", required_unless_present = "file", conflicts_with = "file")]
    org: Option<String>,
    /// The data of the kind, as JSON.
    #[arg(long, value_name = "JSON", default_value = "{}", conflicts_with = "file")]
    data: String,
    /// The one user it is addressed to, by the bank's key.
    #[arg(long, conflicts_with = "file")]
    recipient: Option<String>,
    /// The event's id; left out: a new one.
    #[arg(long, conflicts_with = "file")]
    id: Option<String>,
    /// When it happened, RFC 3339; left out: now.
    #[arg(long, conflicts_with = "file")]
    time: Option<String>,
    /// The publisher's name.
    #[arg(long, default_value = "/bevaka/inject", conflicts_with = "file")]
    source: String,
    /// Why, for the trail: 3 to 200 characters, such as the number of the case.
    #[arg(long, value_name = "TEXT")]
    because: String,
    /// CloudEvents from a file.
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Waits and prints what became of each event.
    #[arg(long)]
    watch: bool,
    /// How long --watch waits, in seconds.
    #[arg(long, default_value_t = 30)]
    timeout_s: u64,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: ServerArgs,
}

pub(crate) async fn run(config: &ConfigArgs, args: Args) -> anyhow::Result<Ended> {
    let client = Client::find(config, &args.server)?;
    let events = match &args.file {
        Some(file) => read(file)?,
        None => vec![from_parts(&args)?],
    };
    let total = publish(&client, &args.because, events).await?;
    if !args.json {
        eprintln!("{} events sent", total.accepted.len());
        for injection in total.injections.iter().filter(|injection| injection.state == WAITING) {
            let Made { injection_id, recipients, .. } = injection;
            eprintln!("injection {injection_id} tells {recipients} people and waits for a second operator");
        }
        for fault in &total.refused {
            eprintln!("event {}: {} ({})", fault.index + 1, fault.detail, fault.reason);
        }
    }
    let watch_it = args.watch && total.injections.iter().all(|injection| injection.state != WAITING);
    let (views, unsettled) = if watch_it { watch(&client, &args, &total).await? } else { (vec![], 0) };
    if args.json {
        println!("{}", serde_json::to_string_pretty(&json!({"sent": total, "became": views}))?);
    } else {
        views.iter().for_each(output::event);
    }
    if unsettled > 0 {
        eprintln!("{unsettled} events were not settled within {} s; they go on", args.timeout_s);
        return Ok(Ended::Unsettled);
    }
    Ok(if total.refused.is_empty() { Ended::Done } else { Ended::Refused })
}

fn from_parts(args: &Args) -> anyhow::Result<Value> {
    let data: Value = serde_json::from_str(&args.data).context("--data must be JSON")?;
    let now = SystemClock.now();
    let id = args.id.clone().unwrap_or_else(|| Entropy::from_system().id(now).to_string());
    let time = args.time.clone().unwrap_or_else(|| now.to_string());
    let mut event = json!({
        "specversion": "1.0", "id": id, "source": args.source, "type": args.kind, "subject": args.org,
        "time": time, "datacontenttype": "application/json", "data": data,
    });
    if let Some(recipient) = &args.recipient {
        event["recipient"] = json!(recipient);
    }
    Ok(event)
}

/// One object, an array, or one object on each line.
fn read(file: &Path) -> anyhow::Result<Vec<Value>> {
    let mut text = String::new();
    if file == Path::new("-") {
        std::io::stdin().read_to_string(&mut text).context("reading standard input")?;
    } else {
        text = fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    }
    if text.trim_start().starts_with('[') {
        return serde_json::from_str(&text).context("the file is no JSON array");
    }
    let events: Result<Vec<Value>, _> = serde_json::Deserializer::from_str(&text).into_iter().collect();
    match events.context("the file is neither CloudEvents nor lines of them")? {
        events if events.is_empty() => bail!("the file holds no event"),
        events => Ok(events),
    }
}

async fn publish(client: &Client, because: &str, events: Vec<Value>) -> anyhow::Result<Sent> {
    let bar = ProgressBar::new(events.len() as u64).with_style(
        ProgressStyle::with_template("sending {wide_bar} {pos}/{len} {eta}")
            .unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    if events.len() <= CHUNK {
        bar.set_draw_target(indicatif::ProgressDrawTarget::hidden());
    }
    let mut total = Sent::default();
    for (chunk, events) in events.chunks(CHUNK).enumerate() {
        let request = client
            .request(Method::POST, "/dispatcher/api/injections")
            .json(&json!({"because": because, "events": events}));
        let (mut accepted, mut refused) = match send(client, request).await? {
            Ok(Injected { injection_id, state, recipients, accepted, refused }) => {
                let injection_id = injection_id.to_string();
                total.injections.push(Made { injection_id, state, recipients });
                (accepted, refused)
            }
            Err(refused) => (Vec::new(), refused),
        };
        for fault in &mut refused {
            fault.index += chunk * CHUNK;
        }
        for accepted in &mut accepted {
            accepted.index += chunk * CHUNK;
        }
        total.accepted.append(&mut accepted);
        total.refused.append(&mut refused);
        bar.inc(events.len() as u64);
    }
    bar.finish_and_clear();
    Ok(total)
}

/// What was injected, or why each event was refused.
async fn send(
    client: &Client,
    request: reqwest::RequestBuilder,
) -> anyhow::Result<Result<Injected, Vec<Fault>>> {
    let expected = [StatusCode::ACCEPTED, StatusCode::UNPROCESSABLE_ENTITY];
    let (status, mut answer): (_, Value) = client.send(request, &expected).await?;
    if status == StatusCode::ACCEPTED {
        return Ok(Ok(serde_json::from_value(answer)?));
    }
    let refused = answer["refused"].take();
    if refused.is_null() {
        bail!(
            "{} {}",
            answer["detail"].as_str().unwrap_or_default(),
            answer["action"].as_str().unwrap_or_default()
        );
    }
    Ok(Err(serde_json::from_value(refused)?))
}

/// Waits until every event is settled, or the time is over. Gives what became of them, and how many are not settled.
async fn watch(client: &Client, args: &Args, sent: &Sent) -> anyhow::Result<(Vec<EventView>, usize)> {
    let deadline = Instant::now() + Duration::from_secs(args.timeout_s);
    let mut views = Vec::with_capacity(sent.accepted.len());
    let mut unsettled = 0;
    for event in &sent.accepted {
        loop {
            let view = look(client, event).await?;
            let over = Instant::now() >= deadline;
            match view {
                Some(view) if view.is_settled() || over => {
                    unsettled += usize::from(!view.is_settled());
                    views.push(view);
                    break;
                }
                None if over => {
                    unsettled += 1;
                    break;
                }
                _ => sleep(POLL).await,
            }
        }
    }
    Ok((views, unsettled))
}

/// The event as it stands, once it is stored.
async fn look(client: &Client, event: &Accepted) -> anyhow::Result<Option<EventView>> {
    let request = client
        .request(Method::GET, "/dispatcher/api/events")
        .query(&[("source", &event.source), ("id", &event.id)]);
    let (_, page): (_, EventsPage) = client.send(request, &[StatusCode::OK]).await?;
    let Some(found) = page.items.first() else { return Ok(None) };
    let request = client.request(Method::GET, &format!("/dispatcher/api/events/{}", found.event_id));
    let (_, view) = client.send(request, &[StatusCode::OK]).await?;
    Ok(Some(view))
}
