//! What a user was told in the last 90 days, and what not and why; and whether a message is genuine.

use super::refusals::{BodyFaults, CommonErrors, JsonResult, NotConnected};
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
    delivery::{Entry, StateName},
    entitlement::Reason,
    event::Kind,
    ids::{DeliveryId, EventId, ParcelId},
    language::Language,
    watch::Channel,
};
use bevaka_portal::Caller;
use bevaka_web::{accept_language::AcceptLanguage, body::JsonBody, extract::QueryParams};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

bevaka_web::refusals! {
    /// `before` is no cursor (`invalid_field`).
    NoCursor = UNPROCESSABLE_ENTITY;
}

/// Where a page begins.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Cursor {
    /// What came before this: `next` of the page before. Left out: the latest.
    #[param(nullable = false)]
    before: Option<EventId>,
}

/// A stretch of what happened, the newest first.
#[derive(Serialize, ToSchema)]
#[schema(as = Alerts)]
pub(super) struct AlertsView {
    /// What is listed one by one, at most 50.
    events: Vec<EventView>,
    /// What else happened in the same stretch, which nobody would miss.
    folded: Vec<Folded>,
    /// Send it as `before` for what came earlier; left out at the end. What comes meanwhile does not move it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    next: Option<EventId>,
    /// Since when events are told.
    since: Timestamp,
}

/// Something that happened, and what the user was told of it.
#[derive(Serialize, ToSchema)]
#[schema(as = ToldEvent)]
struct EventView {
    /// Our id.
    event: EventId,
    /// What happened.
    kind: Kind,
    /// Its name in the language asked for.
    name: String,
    /// Whether it is a test that the user asked for.
    is_test: bool,
    /// When it happened.
    occurred_at: Timestamp,
    /// When it reached us.
    received_at: Timestamp,
    /// Why the user was not told at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
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
    alert: DeliveryId,
    /// The same for all that left as one message.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    parcel: Option<ParcelId>,
    /// By which way.
    channel: Channel,
    /// Where, masked; left out if the contact point has been removed since.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    to: Option<String>,
    /// Where it stands.
    state: StateName,
    /// Why it waits or ended, as a code.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    cause: Option<String>,
    /// When it is tried next, while it waits.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
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
    /// By which way.
    channel: Channel,
    /// Why not.
    reason: Reason,
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
            state: (&alert.state).into(),
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

/// What the user was told and not told, and why, the newest first.
#[utoipa::path(
    get,
    path = "/api/watches/v1/alerts",
    operation_id = "listAlerts",
    params(Cursor),
    responses(
        (status = OK, description = "What happened.", body = AlertsView),
        NoCursor, CommonErrors, NotConnected,
    ),
)]
pub(super) async fn list(
    app: State<App>,
    caller: Caller,
    AcceptLanguage(language): AcceptLanguage,
    QueryParams(cursor): QueryParams<Cursor>,
) -> JsonResult<AlertsView> {
    let Page { alerts, mut folded, next, since } = queries::alerts(&app, caller, cursor.before).await?;
    for events in &mut folded {
        events.name = app.chassis.catalogue.name(&events.kind, language).to_owned();
    }
    Ok(Json(AlertsView {
        events: alerts.into_iter().map(|listed| EventView::new(&app, listed, language)).collect(),
        folded,
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
    /// By which way.
    channel: Channel,
    /// Where, masked; left out if the contact point has been removed since.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    to: Option<String>,
    /// When a provider took it; left out if that is not known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    sent_at: Option<Timestamp>,
    /// Whether it is a gathering.
    is_digest: bool,
}

/// What a message told of.
#[derive(Serialize, ToSchema)]
#[schema(as = GenuineEvent)]
struct AboutView {
    /// What happened.
    kind: Kind,
    /// Its name in the language asked for.
    name: String,
    /// When it happened.
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
        BodyFaults, CommonErrors, NotConnected,
    ),
)]
pub(super) async fn check(
    app: State<App>,
    caller: Caller,
    AcceptLanguage(language): AcceptLanguage,
    JsonBody(typed): JsonBody<AlertCode>,
) -> JsonResult<CheckedView> {
    let checked = queries::check(&app, caller, &typed.code).await?;
    let message = match checked {
        Checked::Ours(genuine) => Some(MessageView::new(&app, *genuine, language)),
        Checked::NotOurs => None,
    };
    Ok(Json(CheckedView { is_genuine: message.is_some(), message }))
}
