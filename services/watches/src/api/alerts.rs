//! `GET /alerts`: what I was told in the last 90 days.

use super::super::{
    Refused,
    described::{self, ErrorsOfOurs, NotConnected, NotLetIn},
    refuse,
};
use crate::{
    App,
    queries::{
        self,
        alerts::{Alert, Folded, Listed, Page, Told},
    },
};
use axum::{
    Json,
    extract::{Query, State, rejection::QueryRejection},
};
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
use bevaka_web::{openapi::ProblemBody, problem::Problem};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, IntoResponses, ToSchema};

/// Where a page begins.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(in crate::api) struct Cursor {
    /// What came before this: `next` of the page before. Left out: the latest.
    #[param(value_type = Option<String>, format = Uuid, nullable = false)]
    before: Option<EventId>,
}

/// `before` is no cursor (`invalid_field`).
#[derive(IntoResponses)]
#[response(status = UNPROCESSABLE_ENTITY, content_type = "application/problem+json")]
#[expect(dead_code, reason = "only its description is used")]
struct NoCursor(ProblemBody);

/// A stretch of what happened, the newest first.
#[derive(Serialize, ToSchema)]
#[schema(as = Alerts)]
pub(in crate::api) struct AlertsView {
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
    #[schema(schema_with = described::reason, required = false)]
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
    #[schema(schema_with = described::channel)]
    channel: Channel,
    /// Where, masked; left out if the contact point has been removed since.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    to: Option<String>,
    #[schema(schema_with = described::alert_state)]
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
    #[schema(schema_with = described::channel)]
    channel: Channel,
    #[schema(schema_with = described::reason)]
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
    #[schema(schema_with = described::reason)]
    reason: Reason,
    /// How many.
    count: u32,
}

/// What the user was told and not told, and why, the newest first.
///
/// # Errors
/// 403 without access to watches; 409 without an agreement; 422 for what is no cursor.
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
pub(in crate::api) async fn list(
    State(app): State<App>,
    Who(caller): Who,
    Asked(language): Asked,
    cursor: Result<Query<Cursor>, QueryRejection>,
) -> Result<Json<AlertsView>, Refused> {
    let Query(cursor) = cursor.map_err(|_| Problem::invalid("before"))?;
    let Page { alerts, folded, next, since } =
        queries::alerts(&app, caller, cursor.before).await.map_err(refuse(&app))?;
    Ok(Json(AlertsView {
        events: alerts.into_iter().map(|listed| EventView::new(&app, listed, language)).collect(),
        folded: folded.into_iter().map(|sum| FoldedView::new(&app, sum, language)).collect(),
        next,
        since,
    }))
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
