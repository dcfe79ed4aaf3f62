//! What the operator API answers to a search (R39), as JSON.

use super::described;
use crate::queries::search::{Found, ListedDelivery, ListedEvent};
use bevaka_catalogue::Catalogue;
use bevaka_domain::{
    clock::Timestamp,
    contact::Address,
    delivery::{Delivery, Entry},
    entitlement::{Reason, Verdict},
    event::{Kind, Origin},
    ids::{DeliveryId, EventId, ParcelId, UserId},
    language::Language,
    watch::Channel,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A page of events.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct EventsPage {
    /// The newest first.
    pub items: Vec<EventSummary>,
    /// Where to go on, to be given as `after`. None: there is no more. A page may be short, even empty, and have one, as
    /// only so much is looked through at once.
    #[schema(required)]
    pub next: Option<String>,
}

/// An event as it is listed, without its data.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct EventSummary {
    /// Our id.
    #[schema(value_type = String, format = Uuid)]
    pub event_id: EventId,
    /// The publisher.
    pub source: String,
    /// The publisher's id.
    pub id: String,
    /// What happened.
    pub kind: String,
    /// What happened, as people call it.
    pub kind_name: String,
    /// The company's organisation number.
    pub company_number: String,
    /// The company's name; `None` if it was not known.
    #[schema(required)]
    pub company_name: Option<String>,
    /// When it reached us.
    #[schema(value_type = String, format = DateTime)]
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
    #[schema(value_type = String, format = Uuid)]
    pub user_id: UserId,
    /// The bank's key.
    pub reference: String,
    /// The person's name.
    pub name: String,
    /// Why the user is not told at all.
    #[schema(schema_with = described::reason_or_null, required)]
    pub suppressed: Option<Reason>,
}

/// A page of alerts.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct DeliveriesPage {
    /// Those of the newest event first.
    pub items: Vec<DeliverySummary>,
    /// Where to go on, to be given as `after`. None: there is no more. A page may be short, even empty, and have one, as
    /// only so much is looked through at once.
    #[schema(required)]
    pub next: Option<String>,
}

/// An alert as it is listed.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct DeliverySummary {
    /// Its id, which is also the key of every attempt.
    #[schema(value_type = String, format = Uuid)]
    pub delivery_id: DeliveryId,
    /// What it tells of.
    #[schema(value_type = String, format = Uuid)]
    pub event_id: EventId,
    /// With which others it leaves as one message; then this is the key of every attempt.
    #[schema(value_type = Option<String>, format = Uuid, required)]
    pub parcel_id: Option<ParcelId>,
    /// What happened.
    pub kind: String,
    /// What happened, as people call it.
    pub kind_name: String,
    /// The company's organisation number.
    pub company_number: String,
    /// The company's name; `None` if it was not known.
    #[schema(required)]
    pub company_name: Option<String>,
    /// Whom it tells, by our id.
    #[schema(value_type = String, format = Uuid)]
    pub user_id: UserId,
    /// Whom it tells, by the bank's key.
    pub user_reference: String,
    /// The person's name.
    pub user_name: String,
    /// By which way.
    #[schema(schema_with = described::channel)]
    pub channel: Channel,
    /// To where, masked; `None` if the contact point is gone.
    #[schema(required)]
    pub to: Option<String>,
    /// Where it stands.
    #[schema(schema_with = described::state)]
    pub state: String,
    /// Why, as a code.
    #[schema(required)]
    pub cause: Option<String>,
    /// When it is tried next, or its lease ends.
    #[schema(value_type = Option<String>, format = DateTime, required)]
    pub due_at: Option<Timestamp>,
    /// How many attempts have ended.
    pub attempts: u32,
    /// Whether it may have arrived twice (R32).
    pub possible_duplicate: bool,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When something last happened to it.
    #[schema(value_type = String, format = DateTime)]
    pub changed_at: Timestamp,
}

/// One alert with all that happened to it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct DeliveryDetail {
    /// As it is listed.
    #[serde(flatten)]
    pub summary: DeliverySummary,
    /// From when telling helps nobody.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
    /// All that happened to it.
    #[schema(schema_with = described::history)]
    pub history: Vec<Entry>,
}

fn kind_name(catalogue: &Catalogue, kind: &Kind) -> String {
    catalogue.name(kind, Language::Swedish).to_owned()
}

impl EventsPage {
    pub(super) fn new(catalogue: &Catalogue, found: Found<ListedEvent>) -> Self {
        let items = found.rows.into_iter().map(|listed| EventSummary::new(catalogue, listed)).collect();
        Self { items, next: found.next }
    }
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
            kind_name: kind_name(catalogue, &event.kind),
            kind: event.kind.to_string(),
            source: event.source,
            id: event.external_id,
            company_number: event.number.as_str().to_owned(),
            company_name: company,
            received_at: event.received_at,
            origin: event.origin,
            alerts: weighed.alerts,
            suppressed: weighed.suppressed,
            users: users.collect(),
        }
    }
}

impl DeliveriesPage {
    pub(super) fn new(catalogue: &Catalogue, found: Found<ListedDelivery>) -> Self {
        let items = found.rows.into_iter().map(|listed| DeliverySummary::new(catalogue, listed)).collect();
        Self { items, next: found.next }
    }
}

impl DeliverySummary {
    fn new(catalogue: &Catalogue, ListedDelivery { alert, company, user, to }: ListedDelivery) -> Self {
        let (user_reference, user_name) = user;
        Self {
            delivery_id: alert.id,
            event_id: alert.event,
            parcel_id: alert.parcel,
            kind_name: kind_name(catalogue, &alert.kind),
            kind: alert.kind.to_string(),
            company_number: alert.number.as_str().to_owned(),
            company_name: company,
            user_id: alert.user,
            user_reference,
            user_name,
            channel: alert.channel,
            to: to.as_ref().map(Address::masked),
            state: alert.state,
            cause: alert.cause,
            due_at: alert.due_at,
            attempts: alert.attempts,
            possible_duplicate: alert.possible_duplicate,
            created_at: alert.created_at,
            changed_at: alert.changed_at,
        }
    }
}

impl DeliveryDetail {
    pub(super) fn new(catalogue: &Catalogue, (listed, whole): (ListedDelivery, Delivery)) -> Self {
        let summary = DeliverySummary::new(catalogue, listed);
        Self { summary, expires_at: whole.expires_at, history: whole.history }
    }
}
