//! What is shown of events and alerts.

use crate::{
    pages::{DeliveryActions, OperatorSession, nav, paths, repairs::Done},
    queries::search::{ListedDelivery, ListedEvent},
};
use bevaka_domain::{
    clock::Timestamp,
    contact::Address,
    delivery::{
        Delivery, Entry,
        operated::{CANCELLED, OPERATOR_RETRY},
    },
    entitlement::{Reason, Verdict},
    event::Origin,
    organisation::OrganisationNumber,
    watch::Because,
};
use bevaka_web::page::{At, Message, View};
use serde::Serialize;

#[derive(Serialize)]
pub(super) struct EventRow {
    href: String,
    at: Timestamp,
    kind: String,
    company: String,
    source: String,
    external_id: String,
    origin: Option<&'static str>,
    alerts: Vec<Standing>,
    suppressed: u64,
    users: Vec<Outcome>,
}

#[derive(Serialize)]
struct Standing {
    state: String,
    tone: &'static str,
    count: u64,
}

/// What was decided about one user.
#[derive(Serialize)]
struct Outcome {
    name: String,
    reference: String,
    reason: Option<Reason>,
}

#[derive(Serialize)]
pub(super) struct AlertRow {
    href: String,
    event: String,
    at: Timestamp,
    kind: String,
    company: String,
    user: String,
    reference: String,
    channel: &'static str,
    to: Option<String>,
    state: String,
    tone: &'static str,
    why: Option<Why>,
    attempts: u32,
    due_at: Option<Timestamp>,
}

/// Why something is as it is: in words where we have some, else as a code.
#[derive(Serialize)]
#[serde(tag = "is", content = "code", rename_all = "snake_case")]
enum Why {
    Reason(Reason),
    Held(&'static str),
    Operated(&'static str),
    Code(String),
}

impl Why {
    fn of(cause: &str) -> Self {
        let reason = Reason::ALL.into_iter().find(|reason| reason.as_str() == cause).map(Self::Reason);
        let held = || Because::ALL.into_iter().map(Because::as_str).find(|because| *because == cause);
        let operated = || [OPERATOR_RETRY, CANCELLED].into_iter().find(|did| *did == cause);
        let known = reason.or_else(|| held().map(Self::Held)).or_else(|| operated().map(Self::Operated));
        known.unwrap_or_else(|| Self::Code(cause.to_owned()))
    }
}

/// The colour that goes with the word for a state.
fn tone(state: &str) -> &'static str {
    match state {
        "accepted" | "delivered" => "green",
        "sending" | "waiting" => "amber",
        _ => "red",
    }
}

fn company(name: Option<String>, number: &OrganisationNumber) -> String {
    name.unwrap_or_else(|| number.to_string())
}

impl EventRow {
    pub(super) fn new(session: &OperatorSession, listed: ListedEvent) -> Self {
        let ListedEvent { event, company: name, weighed, users } = listed;
        let alerts = weighed.alerts.into_iter();
        let users = users.into_iter().map(|((reference, name), decision)| {
            let reason = match decision.verdict {
                Verdict::Suppressed(reason) => Some(reason),
                Verdict::Deliver(_) => None,
            };
            Outcome { name, reference, reason }
        });
        Self {
            href: format!("{}/{}", paths::EVENTS, event.id),
            at: event.received_at,
            kind: session.app.chassis.catalogue.name(&event.kind, session.language).to_owned(),
            company: company(name, &event.number),
            source: event.source,
            external_id: event.external_id,
            origin: event.origin.map(|origin| match origin {
                Origin::Injection(_) => "injection",
                Origin::DeadLetter(_) => "dead_letter",
            }),
            alerts: alerts.map(|(state, count)| Standing { tone: tone(&state), state, count }).collect(),
            suppressed: weighed.suppressed,
            users: users.collect(),
        }
    }
}

impl AlertRow {
    pub(super) fn new(session: &OperatorSession, listed: ListedDelivery) -> Self {
        let ListedDelivery { alert, company: name, user: (reference, user), to } = listed;
        Self {
            href: format!("{}/{}", paths::DELIVERIES, alert.id),
            event: format!("{}/{}", paths::EVENTS, alert.event),
            at: alert.created_at,
            kind: session.app.chassis.catalogue.name(&alert.kind, session.language).to_owned(),
            company: company(name, &alert.number),
            user,
            reference,
            channel: alert.channel.as_str(),
            to: to.as_ref().map(Address::masked),
            tone: tone(&alert.state),
            why: alert.cause.as_deref().map(Why::of),
            state: alert.state,
            attempts: alert.attempts,
            due_at: alert.due_at,
        }
    }
}

/// One alert with all that happened to it.
#[derive(Serialize)]
pub(super) struct DeliveryView {
    id: String,
    alert: AlertRow,
    received_at: Option<Timestamp>,
    expires_at: Timestamp,
    possible_duplicate: bool,
    parcel: Option<String>,
    history: Vec<Step>,
    actions: Option<DeliveryActions>,
    #[serde(skip)]
    notice: Option<Message>,
}

#[derive(Serialize)]
struct Step {
    at: Timestamp,
    what: &'static str,
    why: Option<Why>,
}

/// What can stand in an alert's history, and so has words.
const STEPS: [&str; 14] = [
    "accepted",
    "retry",
    "rejected",
    "unknown",
    "channel_down",
    "taken_over",
    "held",
    "taken_up",
    "suppressed",
    "report_delivered",
    "report_failed",
    "report_underway",
    "retried",
    "cancelled",
];

impl Step {
    fn of(entry: &Entry) -> Self {
        let what = STEPS.into_iter().find(|what| *what == entry.what);
        // What has no words yet is shown by its code alone.
        let why = if what.is_some() { entry.cause.as_deref() } else { Some(entry.what.as_str()) };
        Self { at: entry.at, what: what.unwrap_or("other"), why: why.map(Why::of) }
    }
}

impl DeliveryView {
    pub(super) fn new(
        session: &OperatorSession,
        listed: ListedDelivery,
        whole: &Delivery,
        received_at: Option<Timestamp>,
    ) -> Self {
        let parcel = whole.parcel.map(|id| format!("{}?parcel={id}", paths::EVENTS));
        Self {
            id: whole.id.to_string(),
            alert: AlertRow::new(session, listed),
            received_at,
            expires_at: whole.expires_at,
            possible_duplicate: whole.possible_duplicate,
            parcel,
            history: whole.history.iter().map(Step::of).collect(),
            actions: DeliveryActions::of(session, whole),
            notice: session.cookies.flash().map(Done::message),
        }
    }
}

impl View for DeliveryView {
    const TEMPLATE: &'static str = "delivery";
    const TITLE: &'static str = "search-alert-title";
    const AT: At = nav::EVENTS;

    fn notice(&self) -> Option<Message> {
        self.notice.clone()
    }
}
