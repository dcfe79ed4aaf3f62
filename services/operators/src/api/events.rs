//! `/dispatcher/api/events…`: events are found (R39), shown with what became of their alerts, read, and sent again.

use super::{
    operator::{Operator, may},
    refusals::{Because, InvalidParameter, Refusals},
};
use crate::{
    app::App,
    commands::{
        read_content::read_content,
        send_again::{self, Refusal},
    },
    queries::{
        deliveries::DeliveryView,
        search::{self, EventsAsked, ListedEvent},
        timeline::{self, Happening},
    },
};
use axum::{Json, extract::State, http::StatusCode};
use bevaka_catalogue::Catalogue;
use bevaka_domain::{
    clock::Timestamp,
    delivery::Delivery,
    entitlement::{Reason, Verdict},
    event::{Kind, Origin},
    ids::{EventId, UserId},
    language::Language,
    organisation::OrganisationNumber,
    watch::Channel,
};
use bevaka_store::{
    Result as Stored, Tx, deliveries,
    events::{self, Decided},
    explained,
    people::{self, Contacts, Users},
};
use bevaka_web::{
    body::JsonBody,
    extract::{Id, QueryParams},
    list::Page,
    openapi::{BodyFaults, NotFound},
    problem::Problem,
};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The events that fit everything that is asked for, the newest first.
///
/// A page may be short, even empty, and have a next one, as only so much is looked through at once.
#[utoipa::path(
    get,
    path = "/dispatcher/api/events",
    operation_id = "searchEvents",
    params(EventsAsked),
    responses((status = OK, description = "The events.", body = Page<EventSummary>), InvalidParameter, Refusals),
)]
pub(super) async fn list(
    State(app): State<App>,
    _: Operator<may::See>,
    QueryParams(asked): QueryParams<EventsAsked>,
) -> Result<Json<Page<EventSummary>>, Problem> {
    let mut tx = app.chassis.db.begin_read().await?;
    let found = search::events(&mut tx, &asked).await??;
    let summary = |listed| EventSummary::new(&app.chassis.catalogue, listed);
    Ok(Json(Page { items: found.rows.into_iter().map(summary).collect(), next: found.next }))
}

/// The event with our id.
#[utoipa::path(
    get,
    path = "/dispatcher/api/events/{id}",
    operation_id = "getEvent",
    params(("id" = String, Path, format = Uuid, description = "Our id.")),
    responses((status = OK, description = "The event.", body = EventView), NotFound, Refusals),
)]
pub(super) async fn get(
    State(app): State<App>,
    _: Operator<may::See>,
    Id(id): Id<EventId>,
) -> Result<Json<EventView>, Problem> {
    let mut tx = app.chassis.db.begin_read().await?;
    let found = events::find(&mut tx, id).await?;
    view(&mut tx, &app, found).await?.map(Json).ok_or_else(Problem::not_found)
}

/// Reads what an event holds. Each reading leaves an entry in the trail, with who read it.
#[utoipa::path(
    post,
    path = "/dispatcher/api/events/{id}/content",
    operation_id = "readEventContent",
    params(("id" = String, Path, format = Uuid, description = "Our id.")),
    responses((status = OK, description = "What it holds.", body = Content), NotFound, Refusals),
)]
pub(super) async fn content(
    State(app): State<App>,
    operator: Operator<may::ReadContent>,
    Id(id): Id<EventId>,
) -> Result<Json<Content>, Problem> {
    let found = read_content(&app, &operator, id).await?;
    let event = found.ok_or_else(Problem::not_found)?.event;
    // Stored is only what was read as JSON before.
    let data = RawValue::from_string(event.data).map_err(|_| Problem::internal())?;
    Ok(Json(Content { event_id: id, kind: event.kind, data }))
}

/// Decides about a stored event anew by how things stand now, and makes alerts for whoever would be told now and has none.
/// No contact point gets a second one (R32), and the stored decisions stay as they were.
#[utoipa::path(
    post,
    path = "/dispatcher/api/events/{id}/send-again",
    operation_id = "sendEventAgain",
    params(("id" = String, Path, format = Uuid, description = "Our id.")),
    request_body = Because,
    responses(
        (status = OK, description = "What was made.", body = SentAgain),
        NotFound, NotSentAgain, BodyFaults, Refusals,
    ),
)]
pub(super) async fn send_again(
    State(app): State<App>,
    operator: Operator<may::Repair>,
    Id(id): Id<EventId>,
    JsonBody(body): JsonBody<Because>,
) -> Result<Json<SentAgain>, Problem> {
    let alerts = send_again::send_again(&app, &operator, id, &body.justification()?).await?;
    let mut tx = app.chassis.db.begin_read().await?;
    let contacts = people::contacts(&mut tx, alerts.iter().map(|alert| alert.contact)).await?;
    let deliveries = alerts.iter().map(|alert| DeliveryView::new(alert, &contacts)).collect();
    Ok(Json(SentAgain { deliveries }))
}

/// What was sent again.
#[derive(Serialize, Deserialize, ToSchema)]
pub struct SentAgain {
    /// The alerts that were made or taken up; they leave at once, or when their users want them.
    pub deliveries: Vec<DeliveryView>,
}

/// What an event holds.
#[derive(Serialize, ToSchema)]
pub struct Content {
    /// Our id of the event.
    event_id: EventId,
    /// What happened.
    kind: Kind,
    /// The data, byte for byte as the publisher sent them.
    #[schema(value_type = Value)]
    data: Box<RawValue>,
}

bevaka_web::refusals! {
    /// It goes to nobody (`nobody`), is too old (`expired`), or is a notice (`notice`).
    NotSentAgain = CONFLICT;
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let conflict = |code, detail: &str, action: &str| {
            Self::new(StatusCode::CONFLICT, "Not sent again", detail, action).coded(code)
        };
        match refusal {
            Refusal::NotFound => Self::not_found(),
            Refusal::Store(error) => error.into(),
            Refusal::Notice => conflict(
                "notice",
                "The event is a notice of Bevaka itself, which goes to whom it names, once.",
                "Let the user do again what it confirms, or tell them otherwise.",
            ),
            Refusal::Expired => conflict(
                "expired",
                "The event has expired: telling of it now helps nobody.",
                "Tell the customer otherwise.",
            ),
            Refusal::Nobody => conflict(
                "nobody",
                "Everybody who would be told now has an alert already.",
                "Explain the event to see why the others would not be told, and mend that first.",
            ),
        }
    }
}

/// An event as it is listed, without its data.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct EventSummary {
    /// Our id.
    pub event_id: EventId,
    /// The publisher.
    pub source: String,
    /// The publisher's id.
    pub id: String,
    /// What happened.
    pub kind: Kind,
    /// What happened, as people call it.
    pub kind_name: String,
    /// The company's organisation number.
    pub company_number: OrganisationNumber,
    /// The company's name; `None` if it was not known.
    #[schema(required)]
    pub company_name: Option<String>,
    /// When it reached us.
    pub received_at: Timestamp,
    /// By what it came in, if not by its publisher alone: `injection:ID` or `dead_letter:ID`.
    #[schema(value_type = Option<String>, required)]
    pub origin: Option<Origin>,
    /// How many alerts stand where.
    pub alerts: BTreeMap<String, u64>,
    /// How many users were not told at all.
    pub suppressed: u64,
    /// What was decided about the users who were asked for.
    pub users: Vec<UserOutcome>,
}

/// What was decided about one user.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct UserOutcome {
    /// Our id.
    pub user_id: UserId,
    /// The bank's key.
    pub reference: String,
    /// The person's name.
    pub name: String,
    /// Why the user is not told at all.
    #[schema(required)]
    pub suppressed: Option<Reason>,
}

impl EventSummary {
    fn new(catalogue: &Catalogue, ListedEvent { event, company, weighed, users }: ListedEvent) -> Self {
        let users = users.into_iter().map(|((reference, name), decision)| UserOutcome {
            user_id: decision.user,
            reference,
            name,
            suppressed: match decision.verdict {
                Verdict::Suppressed(reason) => Some(reason),
                Verdict::Deliver(_) => None,
            },
        });
        Self {
            event_id: event.id,
            kind_name: catalogue.name(&event.kind, Language::Swedish).to_owned(),
            kind: event.kind,
            source: event.source,
            id: event.external_id,
            company_number: event.number,
            company_name: company,
            received_at: event.received_at,
            origin: event.origin,
            alerts: weighed.alerts,
            suppressed: weighed.suppressed,
            users: users.collect(),
        }
    }
}

/// One event with its decisions and alerts.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct EventView {
    /// Our id.
    pub event_id: EventId,
    /// The publisher.
    pub source: String,
    /// The publisher's id.
    pub id: String,
    /// What happened.
    pub kind: Kind,
    /// What happened, as people call it.
    pub kind_name: String,
    /// The organisation number of the company.
    pub organisation_number: String,
    /// The company's registered name; null if Bevaka does not know it.
    #[schema(required)]
    pub organisation_name: Option<String>,
    /// Whether the company was known to Bevaka when it was decided.
    pub company_known: bool,
    /// The version of the agreement in force when it was decided.
    #[schema(required)]
    pub agreement_version: Option<u32>,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// When it reached us.
    pub received_at: Timestamp,
    /// From when telling of it helps nobody.
    pub expires_at: Timestamp,
    /// By what it came in, if not by its publisher alone: `injection:ID` or `dead_letter:ID`.
    #[schema(value_type = Option<String>, required)]
    pub origin: Option<Origin>,
    /// When the first alert was taken by a provider.
    #[schema(required)]
    pub first_sent_at: Option<Timestamp>,
    /// One for every user of the company.
    pub decisions: Vec<DecisionView>,
    /// All that happened to it and its alerts, in the order of time.
    pub timeline: Vec<Happening>,
}

/// The decision about one user.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct DecisionView {
    /// Our id.
    pub user_id: UserId,
    /// The bank's key.
    pub reference: String,
    /// The person's name.
    pub name: String,
    /// Why the user is not told at all.
    #[schema(required)]
    pub suppressed: Option<Reason>,
    /// Chosen channels that stay silent, and why.
    pub silent: Vec<(Channel, Reason)>,
    /// The alerts.
    pub deliveries: Vec<DeliveryView>,
}

impl EventView {
    fn new(
        catalogue: &Catalogue,
        decided: &Decided,
        deliveries: &[Delivery],
        users: &Users,
        contacts: &Contacts,
    ) -> Self {
        let event = &decided.event;
        let kind_name = catalogue.name(&event.kind, Language::Swedish);
        let decision = |user: UserId, verdict: &Verdict| {
            let of_user = deliveries.iter().filter(|delivery| delivery.user == user);
            let (reference, name) = users.get(&user).cloned().unwrap_or_default();
            let (suppressed, silent) = match verdict {
                Verdict::Suppressed(reason) => (Some(*reason), Vec::new()),
                Verdict::Deliver(deliver) => (None, deliver.silent.clone()),
            };
            let deliveries = of_user.map(|delivery| DeliveryView::new(delivery, contacts)).collect();
            DecisionView { user_id: user, reference, name, suppressed, silent, deliveries }
        };
        Self {
            event_id: event.id,
            source: event.source.clone(),
            id: event.external_id.clone(),
            kind: event.kind.clone(),
            kind_name: kind_name.to_owned(),
            organisation_number: event.organisation.to_string(),
            organisation_name: None,
            company_known: decided.organisation.is_some(),
            agreement_version: decided.agreement_version,
            occurred_at: event.occurred_at,
            received_at: event.received_at,
            expires_at: event.expires_at,
            origin: event.origin,
            first_sent_at: timeline::first_sent_at(deliveries),
            decisions: decided.decisions.iter().map(|d| decision(d.user, &d.verdict)).collect(),
            timeline: Vec::new(),
        }
    }
}

async fn view(tx: &mut Tx, app: &App, found: Option<Decided>) -> Stored<Option<EventView>> {
    let Some(decided) = found else { return Ok(None) };
    let deliveries = deliveries::of_event(tx, decided.event.id).await?;
    let decided_about = decided.decisions.iter().map(|decision| decision.user);
    let users =
        people::users(tx, decided_about.chain(deliveries.iter().map(|delivery| delivery.user))).await?;
    let contacts = people::contacts(tx, deliveries.iter().map(|delivery| delivery.contact)).await?;
    let mut view = EventView::new(&app.chassis.catalogue, &decided, &deliveries, &users, &contacts);
    view.organisation_name = explained::company_name(tx, &decided.event.organisation).await?;
    view.timeline = timeline::of(tx, &decided, &deliveries, &users, &contacts, app.now()).await?;
    Ok(Some(view))
}
