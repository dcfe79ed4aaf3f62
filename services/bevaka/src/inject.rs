//! `bevaka inject`

use crate::{
    client::{Client, ServerArgs, ServiceError},
    events,
    exit::Ended,
    given::GivenArgs,
    output::{self, Fields, Format, Table, because, say},
};
use bevaka_chassis::{clock::SystemClock, entropy::Entropy, process::ConfigArgs};
use bevaka_domain::clock::Clock;
use serde::Serialize;
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// How many events travel in one request.
const CHUNK: usize = 1_000;
const POLL: Duration = Duration::from_millis(100);
/// The state of an injection that needs a second operator.
const WAITING: &str = "waiting";

/// Events, and why.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bevaka inject payment.rejected --org 556016-0680 --data '{\"payment_id\": \"1\", \"reason\": \"other\"}' \\
      --because 'a first try' --watch
  bevaka inject message.received --org 556016-0680 --recipient anna --data '{\"message_id\": \"7\"}' --because INC-7
  bevaka inject einvoice.received --orgs-file companies.txt --data '{\"invoice_id\": \"1\"}' --because INC-7
  bevaka inject --file events.jsonl --because INC-7 --json

Events that tell more people than the service allows one operator wait for another's approval: the exit code is 7, and
`bevaka injections approve ID` lets them happen. The same events again change nothing. Needs the role operator.")]
pub(crate) struct Args {
    #[command(flatten)]
    given: GivenArgs,
    /// Why, for the trail: 3 to 200 characters, such as the number of the case; no address and no personal number.
    #[arg(long, value_name = "TEXT", value_parser = because)]
    because: String,
    /// Waits and prints what became of each event.
    #[arg(long)]
    watch: bool,
    /// How long --watch waits, in seconds.
    #[arg(long, default_value_t = 30)]
    timeout_s: u64,
    #[command(flatten)]
    format: Format,
    #[command(flatten)]
    server: ServerArgs,
}

/// What became of all requests.
#[derive(Debug, Default, Serialize)]
struct Sent {
    injections: Vec<Value>,
    accepted: Vec<Value>,
    refused: Vec<Value>,
}

impl Sent {
    fn waiting(&self) -> impl Iterator<Item = &Value> {
        self.injections.iter().filter(|injection| injection["state"] == WAITING)
    }

    fn add(&mut self, mut answer: Value, before: usize) {
        for (name, all) in [("accepted", &mut self.accepted), ("refused", &mut self.refused)] {
            let Value::Array(events) = answer[name].take() else { continue };
            all.extend(events.into_iter().map(|mut event| {
                event["index"] = json!(event.number("index") + before as u64);
                event
            }));
        }
        if answer["injection_id"].is_string() {
            let part = |name: &str| answer[name].clone();
            self.injections.push(json!({
                "injection_id": part("injection_id"), "state": part("state"), "recipients": part("recipients"),
            }));
        }
    }
}

pub(crate) async fn run(config: &ConfigArgs, args: Args) -> anyhow::Result<Ended> {
    let client = Client::find(config, &args.server)?;
    let sent = publish(&client, &args.because, args.given.events()?).await?;
    let is_waiting = sent.waiting().next().is_some();
    if !args.format.json {
        tell(&sent);
    }
    let (became, unsettled) =
        if args.watch && !is_waiting { watch(&client, &args, &sent).await? } else { (Vec::new(), 0) };
    if args.format.json {
        output::json(&json!({"sent": sent, "became": became}))?;
    } else {
        became.iter().for_each(output::event);
    }
    if unsettled > 0 {
        eprintln!("{unsettled} events were not settled within {} s; they go on", args.timeout_s);
        return Ok(Ended::Unsettled);
    }
    Ok(match (sent.refused.is_empty(), is_waiting) {
        (false, _) => Ended::Refused,
        (true, true) => Ended::Waits,
        (true, false) => Ended::Done,
    })
}

/// Event by event, in the order in which they were given.
fn tell(sent: &Sent) {
    let mut table = Table::new(["event", "source", "id", "result"]);
    let mut rows: Vec<_> = sent.accepted.iter().chain(&sent.refused).collect();
    rows.sort_by_key(|event| event.number("index"));
    for event in rows {
        let result = match event["reason"].as_str() {
            Some(reason) => format!("refused: {} ({reason})", event.text("detail")),
            None if event["known"] == true => "known already, changes nothing".to_owned(),
            None => "accepted".to_owned(),
        };
        let place = (event.number("index") + 1).to_string();
        table.row([place, event.text("source"), event.text("id"), result]);
    }
    table.print();
    eprintln!("{} events sent, {} refused", sent.accepted.len(), sent.refused.len());
    for injection in sent.waiting() {
        let id = injection.text("injection_id");
        say!(
            "injection {id} tells {} people and waits for another operator: bevaka injections approve {id}",
            injection.text("recipients")
        );
    }
}

async fn publish(client: &Client, because: &str, events: Vec<Value>) -> anyhow::Result<Sent> {
    let bar = output::progress("sending", events.len() as u64);
    if events.len() <= CHUNK {
        bar.set_draw_target(indicatif::ProgressDrawTarget::hidden());
    }
    let (entropy, now) = (Entropy::from_system(), SystemClock.now());
    let mut sent = Sent::default();
    for (chunk, events) in events.chunks(CHUNK).enumerate() {
        // With an id of ours a request whose answer was lost could be sent again.
        let body = json!({"injection_id": entropy.id(now), "because": because, "events": events});
        let answer = match client.ask(client.post("injections", &body)).await {
            Ok(answer) => answer,
            Err(error) => refused(error)?,
        };
        sent.add(answer, chunk * CHUNK);
        bar.inc(events.len() as u64);
    }
    bar.finish_and_clear();
    Ok(sent)
}

/// That no event is sound is an answer like any other: it says why each is not.
fn refused(error: anyhow::Error) -> anyhow::Result<Value> {
    match error.downcast::<ServiceError>() {
        Ok(ServiceError::Refused { problem, .. }) if !problem.refused.is_empty() => {
            Ok(json!({"accepted": [], "refused": problem.refused}))
        }
        Ok(other) => Err(other.into()),
        Err(error) => Err(error),
    }
}

/// Waits until every event is settled, or the time is over. Gives what became of them, and how many are not settled.
async fn watch(client: &Client, args: &Args, sent: &Sent) -> anyhow::Result<(Vec<Value>, usize)> {
    let deadline = Instant::now() + Duration::from_secs(args.timeout_s);
    let mut became = Vec::with_capacity(sent.accepted.len());
    let mut unsettled = 0;
    for event in &sent.accepted {
        loop {
            let found = events::by_key(client, &event.text("source"), &event.text("id")).await?;
            let over = Instant::now() >= deadline;
            match found {
                Some(found) if is_settled(&found) || over => {
                    unsettled += usize::from(!is_settled(&found));
                    became.push(found);
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
    Ok((became, unsettled))
}

/// Whether nothing more will happen soon: no alert is under way, and what waits is held at its user's wish.
fn is_settled(event: &Value) -> bool {
    let held =
        |cause: &str| bevaka_domain::watch::Because::ALL.into_iter().any(|held| held.as_str() == cause);
    let is_held = |alert: &Value| alert["state"] == "waiting" && alert["cause"].as_str().is_some_and(held);
    let mut alerts = event.list("decisions").iter().flat_map(|decision| decision.list("deliveries"));
    alerts.all(|alert| alert["due_at"].is_null() || is_held(alert))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_is_settled_for_now_and_a_retry_is_not() {
        let event = |cause: &str, due: Value| json!({"decisions": [{"deliveries": [{"state": "waiting", "cause": cause, "due_at": due}]}]});
        assert!(is_settled(&event("quiet_hours", json!("2026-11-22T06:00:00Z"))));
        assert!(!is_settled(&event("smtp_451", json!("2026-11-22T06:00:00Z"))));
        assert!(is_settled(&event("smtp_550", Value::Null)) && is_settled(&json!({"decisions": []})));
    }

    #[test]
    fn events_are_counted_over_all_requests() {
        let mut sent = Sent::default();
        sent.add(
            json!({"injection_id": "a", "state": "published", "accepted": [{"index": 0}], "refused": []}),
            0,
        );
        sent.add(
            json!({"injection_id": "b", "state": "waiting", "accepted": [], "refused": [{"index": 1}]}),
            1_000,
        );
        assert_eq!((&sent.accepted[0]["index"], &sent.refused[0]["index"]), (&json!(0), &json!(1_001)));
        assert_eq!(sent.waiting().map(|injection| injection.text("injection_id")).collect::<Vec<_>>(), ["b"]);
    }
}
