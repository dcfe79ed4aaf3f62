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
/// How long to pause before a request whose answer was lost is sent again, each time.
const PAUSES: [Duration; 3] =
    [Duration::from_millis(250), Duration::from_millis(750), Duration::from_secs(2)];
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
`bevaka injections approve ID` lets them happen. An event whose source and id are known already changes nothing; without
--id and --file each command makes new ids, so that giving it twice tells people twice. A request whose answer is lost is
sent again and counts once; if that does not help, the exit code is 8 and standard error says what was accepted and how to
go on. Needs the role operator.")]
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
    const fn is_empty(&self) -> bool {
        self.accepted.is_empty() && self.refused.is_empty()
    }

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

/// A request that was not answered with what became of its events. Those after it were not sent.
struct Stopped {
    injection_id: String,
    error: anyhow::Error,
    /// How often it was sent.
    tries: usize,
}

pub(crate) async fn run(config: &ConfigArgs, mut args: Args) -> anyhow::Result<Ended> {
    let client = Client::find(config, &args.server)?;
    if args.given.kind.is_some() && args.given.id.is_none() {
        // Made here, so that it can be told if the command has to be given again.
        args.given.id = Some(Entropy::from_system().id(SystemClock.now()).to_string());
    }
    let events = args.given.events()?;
    let (sent, stopped) = publish(&client, &args.because, &events).await;
    if let Some(stopped) = stopped {
        return tell_stopped(&args, &sent, stopped, events.len());
    }
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

/// What was sent before a request failed, and how to go on without telling anybody twice.
fn tell_stopped(args: &Args, sent: &Sent, stopped: Stopped, count: usize) -> anyhow::Result<Ended> {
    let Stopped { injection_id, error, tries } = stopped;
    let is_lost = is_lost(&error);
    // Refused at once, so that nothing happened: an error like any other.
    if sent.is_empty() && !is_lost && tries == 1 {
        return Err(error);
    }
    if args.format.json {
        output::json(&json!({"sent": sent, "became": []}))?;
    } else if !sent.is_empty() {
        tell(sent);
    }
    eprintln!("bevaka: {}", crate::told_once(&error));
    eprintln!("{} of {count} events were accepted before the request that failed", sent.accepted.len());
    eprintln!("its injection_id is {injection_id}: `bevaka injections show` tells whether it was accepted");
    let id = args.given.kind.as_ref().and(args.given.id.as_ref());
    let with = id.map(|id| format!(", with --id {id}")).unwrap_or_default();
    eprintln!("to go on, give the same command again{with}: events that are known already change nothing");
    Ok(if is_lost { Ended::Away } else { Ended::of(&error) })
}

/// Sends the events; what was sent before a fault is given together with it.
async fn publish(client: &Client, because: &str, events: &[Value]) -> (Sent, Option<Stopped>) {
    let bar = output::progress("sending", events.len() as u64);
    if events.len() <= CHUNK {
        bar.set_draw_target(indicatif::ProgressDrawTarget::hidden());
    }
    let (entropy, now) = (Entropy::from_system(), SystemClock.now());
    let mut sent = Sent::default();
    for (chunk, events) in events.chunks(CHUNK).enumerate() {
        // With an id of ours a request whose answer was lost can be sent again.
        let injection_id = entropy.id(now).to_string();
        let body = json!({"injection_id": injection_id, "because": because, "events": events});
        let mut tries = 0;
        let asked = again(&PAUSES, async || {
            tries += 1;
            client.ask(client.post("injections", &body)).await
        });
        match asked.await.or_else(refused) {
            Ok(answer) => sent.add(answer, chunk * CHUNK),
            Err(error) => {
                bar.finish_and_clear();
                return (sent, Some(Stopped { injection_id, error, tries }));
            }
        }
        bar.inc(events.len() as u64);
    }
    bar.finish_and_clear();
    (sent, None)
}

/// Asks until there is an answer, once more after each pause: the service answers the same request the same.
async fn again(
    pauses: &[Duration],
    mut ask: impl AsyncFnMut() -> anyhow::Result<Value>,
) -> anyhow::Result<Value> {
    for pause in pauses {
        match ask().await {
            Err(error) if is_lost(&error) => sleep(*pause).await,
            answer => return answer,
        }
    }
    ask().await
}

/// Whether nobody knows if the service took the request: nothing or half an answer came, or that it failed.
fn is_lost(error: &anyhow::Error) -> bool {
    match error.downcast_ref::<ServiceError>() {
        Some(ServiceError::Away { .. }) => true,
        Some(ServiceError::Refused { status, .. } | ServiceError::Strange { status, .. }) => {
            status.is_server_error()
        }
        Some(ServiceError::NoToken(_)) => false,
        // An answer that broke off; one that came whole and is not understood would come again.
        None => is_caused_by::<reqwest::Error>(error) && !is_caused_by::<serde_json::Error>(error),
    }
}

fn is_caused_by<E: std::error::Error + 'static>(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| cause.downcast_ref::<E>().is_some())
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
    let held = |cause: &str| cause.parse::<bevaka_domain::watch::Because>().is_ok();
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

    fn strange(status: u16) -> anyhow::Error {
        let status = reqwest::StatusCode::from_u16(status).unwrap();
        ServiceError::Strange { url: "https://bank.example".into(), status }.into()
    }

    #[tokio::test]
    async fn r37_a_request_whose_answer_is_lost_is_sent_again_and_not_for_ever() {
        let pauses = [Duration::ZERO; 2];
        for (answers, asked, is_answered) in [
            (&[503, 502, 200][..], 3, true),
            (&[200], 1, true),
            (&[500, 500, 500, 200], 3, false),
            (&[503, 409, 200], 2, false),
        ] {
            let mut count = 0;
            let answer = again(&pauses, async || {
                count += 1;
                match answers[count - 1] {
                    200 => Ok(Value::Null),
                    status => Err(strange(status)),
                }
            });
            assert_eq!(answer.await.is_ok(), is_answered, "{answers:?}");
            assert_eq!(count, asked, "{answers:?}");
        }
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
