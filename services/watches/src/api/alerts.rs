//! What a user was told in the last 90 days, and what not and why; and whether a message is genuine.

use super::refusals::{BodyFaults, ErrorsOfOurs, NotConnected, NotLetIn, Refusal, channel};
use crate::{
    App,
    queries::{
        self,
        alerts::{Alert, Folded, Listed, Page, Told},
        check::{Checked, Genuine},
    },
};
use axum::{Json, extract::State};
use bevaka_domain::{
    clock::Timestamp,
    delivery::Entry,
    entitlement::Reason,
    event::Kind,
    ids::{DeliveryId, EventId, ParcelId},
    language::Language,
    watch::Channel,
};
use bevaka_portal::{accept::Asked, bearer::Who};
use bevaka_web::{body::JsonBody, extract::QueryParams, openapi::words};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema, openapi::schema::Object};

bevaka_web::refusals! {
    /// `before` is no cursor (`invalid_field`).
    NoCursor = UNPROCESSABLE_ENTITY;
}

/// Where a page begins.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Cursor {
    /// What came before this: `next` of the page before. Left out: the latest.
    #[param(value_type = Option<String>, format = Uuid, nullable = false)]
    before: Option<EventId>,
}

/// A stretch of what happened, the newest first.
#[derive(Serialize, ToSchema)]
#[schema(as = Alerts)]
pub(super) struct AlertsView {
    /// What is listed one by one, at most 50.
    events: Vec<EventView>,
    /// What else happened in the same stretch, which nobody would miss.
    folded: Vec<FoldedView>,
    /// Send it as `before` for what came earlier; left out at the end. What comes meanwhile does not move it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = Uuid, required = false)]
    next: Option<EventId>,
    /// Since when events are told.
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
}

/// Something that happened, and what the user was told of it.
#[derive(Serialize, ToSchema)]
#[schema(as = ToldEvent)]
struct EventView {
    /// Our id.
    #[schema(value_type = String, format = Uuid)]
    event: EventId,
    /// What happened.
    #[schema(value_type = String)]
    kind: Kind,
    /// Its name in the language asked for.
    name: String,
    /// Whether it is a test that the user asked for.
    is_test: bool,
    /// When it happened.
    #[schema(value_type = String, format = DateTime)]
    occurred_at: Timestamp,
    /// When it reached us.
    #[schema(value_type = String, format = DateTime)]
    received_at: Timestamp,
    /// Why the user was not told at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = reason, required = false)]
    not_sent: Option<Reason>,
    /// One for each contact point that was told.
    alerts: Vec<AlertView>,
    /// Channels that were chosen and told nothing all the same.
    silent: Vec<SilentView>,
    /// The names of those for whom the user stood in.
    instead_of: Vec<String>,
}

/// One alert to one contact point.
#[derive(Serialize, ToSchema)]
#[schema(as = Alert)]
struct AlertView {
    /// Our id.
    #[schema(value_type = String, format = Uuid)]
    alert: DeliveryId,
    /// The same for all that left as one message.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = Uuid, required = false)]
    parcel: Option<ParcelId>,
    #[schema(schema_with = channel)]
    channel: Channel,
    /// Where, masked; left out if the contact point has been removed since.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    to: Option<String>,
    #[schema(schema_with = state)]
    state: &'static str,
    /// Why it waits or ended, as a code.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    cause: Option<String>,
    /// When it is tried next, while it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = DateTime, required = false)]
    due_at: Option<Timestamp>,
    /// Whether it may have arrived twice.
    possible_duplicate: bool,
    /// What happened to it.
    history: Vec<EntryView>,
}

/// One line of an alert's history.
#[derive(Serialize, ToSchema)]
#[schema(as = AlertHistory)]
struct EntryView {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// What, as a code.
    what: String,
    /// Why, as a code.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    cause: Option<String>,
}

/// A channel that told nothing.
#[derive(Serialize, ToSchema)]
#[schema(as = SilentChannel)]
struct SilentView {
    #[schema(schema_with = channel)]
    channel: Channel,
    #[schema(schema_with = reason)]
    reason: Reason,
}

/// Events that did not concern the user.
#[derive(Serialize, ToSchema)]
#[schema(as = FoldedEvents)]
struct FoldedView {
    /// Of which kind.
    #[schema(value_type = String)]
    kind: Kind,
    /// Its name in the language asked for.
    name: String,
    #[schema(schema_with = reason)]
    reason: Reason,
    /// How many.
    count: u32,
}

fn reason() -> Object {
    words("Why not.", Reason::ALL.iter().map(|reason| reason.as_str()))
}

fn state() -> Object {
    let states = ["sending", "waiting", "accepted", "delivered", "failed", "expired", "suppressed"];
    words("Where it stands.", states)
}

impl EventView {
    fn new(app: &App, listed: Listed, language: Language) -> Self {
        let (not_sent, alerts, silent, instead_of) = match listed.outcome {
            Told::NotSent(reason) => (Some(reason), Vec::new(), Vec::new(), Vec::new()),
            Told::Sent { alerts, silent, instead_of } => (None, alerts, silent, instead_of),
        };
        let silent = silent.into_iter().map(|(channel, reason)| SilentView { channel, reason });
        Self {
            event: listed.event,
            name: app.chassis.catalogue.name(&listed.kind, language).to_owned(),
            kind: listed.kind,
            is_test: listed.is_test,
            occurred_at: listed.occurred_at,
            received_at: listed.received_at,
            not_sent,
            alerts: alerts.into_iter().map(AlertView::from).collect(),
            silent: silent.collect(),
            instead_of,
        }
    }
}

impl From<Alert> for AlertView {
    fn from(alert: Alert) -> Self {
        Self {
            alert: alert.id,
            parcel: alert.parcel,
            channel: alert.channel,
            to: alert.to,
            state: alert.state.name(),
            cause: alert.state.cause().map(str::to_owned),
            due_at: alert.state.due_at(),
            possible_duplicate: alert.possible_duplicate,
            history: alert.history.into_iter().map(EntryView::from).collect(),
        }
    }
}

impl From<Entry> for EntryView {
    fn from(entry: Entry) -> Self {
        Self { at: entry.at, what: entry.what, cause: entry.cause }
    }
}

impl FoldedView {
    fn new(app: &App, sum: Folded, language: Language) -> Self {
        let name = app.chassis.catalogue.name(&sum.kind, language).to_owned();
        Self { name, kind: sum.kind, reason: sum.reason, count: sum.count }
    }
}

/// What the user was told and not told, and why, the newest first.
#[utoipa::path(
    get,
    path = "/api/watches/v1/alerts",
    operation_id = "listAlerts",
    params(Cursor),
    responses(
        (status = OK, description = "What happened.", body = AlertsView),
        NoCursor, NotLetIn, NotConnected, ErrorsOfOurs,
    ),
)]
pub(super) async fn list(
    State(app): State<App>,
    Who(caller): Who,
    Asked(language): Asked,
    QueryParams(cursor): QueryParams<Cursor>,
) -> Result<Json<AlertsView>, Refusal> {
    let Page { alerts, folded, next, since } = queries::alerts(&app, caller, cursor.before).await?;
    Ok(Json(AlertsView {
        events: alerts.into_iter().map(|listed| EventView::new(&app, listed, language)).collect(),
        folded: folded.into_iter().map(|sum| FoldedView::new(&app, sum, language)).collect(),
        next,
        since,
    }))
}

/// The code of a message.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct AlertCode {
    /// However it is typed.
    code: String,
}

/// Whether a message is genuine.
#[derive(Serialize, ToSchema)]
#[schema(as = CheckedCode)]
pub(super) struct CheckedView {
    /// Whether the code is of an alert to the user in the last 90 days.
    is_genuine: bool,
    /// The message that the code stands in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    message: Option<MessageView>,
}

/// A message that was sent.
#[derive(Serialize, ToSchema)]
#[schema(as = GenuineMessage)]
struct MessageView {
    /// What it told of.
    events: Vec<AboutView>,
    #[schema(schema_with = channel)]
    channel: Channel,
    /// Where, masked; left out if the contact point has been removed since.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    to: Option<String>,
    /// When a provider took it; left out if that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = DateTime, required = false)]
    sent_at: Option<Timestamp>,
    /// Whether it is a gathering.
    is_digest: bool,
}

/// What a message told of.
#[derive(Serialize, ToSchema)]
#[schema(as = GenuineEvent)]
struct AboutView {
    /// What happened.
    #[schema(value_type = String)]
    kind: Kind,
    /// Its name in the language asked for.
    name: String,
    /// When it happened.
    #[schema(value_type = String, format = DateTime)]
    occurred_at: Timestamp,
}

impl MessageView {
    fn new(app: &App, genuine: Genuine, language: Language) -> Self {
        let about = |(kind, _, occurred_at): (Kind, String, Timestamp)| AboutView {
            name: app.chassis.catalogue.name(&kind, language).to_owned(),
            kind,
            occurred_at,
        };
        Self {
            events: genuine.alerts.into_iter().map(about).collect(),
            channel: genuine.channel,
            to: genuine.to,
            sent_at: genuine.sent_at,
            is_digest: genuine.is_digest,
        }
    }
}

/// Whether the message with this code was sent to the user by the service. A code of somebody else's message is as unknown
/// as one of none.
#[utoipa::path(
    post,
    path = "/api/watches/v1/alerts/check",
    operation_id = "checkAlert",
    request_body = AlertCode,
    responses(
        (status = OK, description = "Whether it is genuine.", body = CheckedView),
        BodyFaults, NotLetIn, NotConnected, ErrorsOfOurs,
    ),
)]
pub(super) async fn check(
    State(app): State<App>,
    Who(caller): Who,
    Asked(language): Asked,
    JsonBody(typed): JsonBody<AlertCode>,
) -> Result<Json<CheckedView>, Refusal> {
    let checked = queries::check(&app, caller, &typed.code).await?;
    let message = match checked {
        Checked::Ours(genuine) => Some(MessageView::new(&app, *genuine, language)),
        Checked::NotOurs => None,
    };
    Ok(Json(CheckedView { is_genuine: message.is_some(), message }))
}
