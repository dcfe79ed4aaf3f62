//! What the operator API answers, as JSON.

use super::described;
use crate::queries::timeline::{self, Happening};
use bevaka_catalogue::Catalogue;
use bevaka_domain::{
    clock::Timestamp,
    delivery::{Delivery, Entry},
    entitlement::{Reason, Verdict},
    event::Origin,
    ids::{DeliveryId, EventId, ParcelId, UserId},
    language::Language,
    watch::{Because, Channel},
};
use bevaka_store::{
    events::Decided,
    people::{Contacts, Users},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One event with its decisions and alerts.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub struct EventView {
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
    #[schema(value_type = String, format = DateTime)]
    pub occurred_at: Timestamp,
    /// When it reached us.
    #[schema(value_type = String, format = DateTime)]
    pub received_at: Timestamp,
    /// From when telling of it helps nobody.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
    /// By what it came in, if not by its publisher alone: `injection:ID` or `dead_letter:ID`.
    #[schema(value_type = Option<String>, required)]
    pub origin: Option<Origin>,
    /// When the first alert was taken by a provider.
    #[schema(value_type = Option<String>, format = DateTime, required)]
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
    #[schema(value_type = String, format = Uuid)]
    pub user_id: UserId,
    /// The bank's key.
    pub reference: String,
    /// The person's name.
    pub name: String,
    /// Why the user is not told at all.
    #[schema(schema_with = described::reason_or_null, required)]
    pub suppressed: Option<Reason>,
    /// Chosen channels that stay silent, and why.
    #[schema(schema_with = described::silent)]
    pub silent: Vec<(Channel, Reason)>,
    /// The alerts.
    pub deliveries: Vec<DeliveryView>,
}

/// One alert.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DeliveryView {
    /// Its id, which is also the key of every attempt.
    #[schema(value_type = String, format = Uuid)]
    pub delivery_id: DeliveryId,
    /// What it tells of.
    #[schema(value_type = String, format = Uuid)]
    pub event_id: EventId,
    /// With which others it leaves as one message; then this is the key of every attempt.
    #[schema(value_type = Option<String>, format = Uuid, required)]
    pub parcel_id: Option<ParcelId>,
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
    /// All that happened to it.
    #[schema(schema_with = described::history)]
    pub history: Vec<Entry>,
}

impl EventView {
    pub(super) fn new(
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
            kind: event.kind.to_string(),
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

    /// Whether nothing more will happen soon: no alert is under way, and what waits is held at its user's wish.
    pub fn is_settled(&self) -> bool {
        self.decisions
            .iter()
            .flat_map(|decision| &decision.deliveries)
            .all(|delivery| delivery.due_at.is_none() || delivery.is_held())
    }
}

impl DeliveryView {
    /// Whether it waits because its user wants it later.
    pub fn is_held(&self) -> bool {
        let held = |cause: &str| Because::ALL.into_iter().any(|because| because.as_str() == cause);
        self.state == "waiting" && self.cause.as_deref().is_some_and(held)
    }

    pub(crate) fn new(delivery: &Delivery, contacts: &Contacts) -> Self {
        Self {
            delivery_id: delivery.id,
            event_id: delivery.event,
            parcel_id: delivery.parcel,
            channel: delivery.channel,
            to: contacts.get(&delivery.contact).map(bevaka_domain::contact::Address::masked),
            state: delivery.state.name().to_owned(),
            cause: delivery.state.cause().map(str::to_owned),
            due_at: delivery.state.due_at(),
            attempts: delivery.attempts,
            possible_duplicate: delivery.possible_duplicate,
            history: delivery.history.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bevaka_domain::{delivery::State, ids::ContactId};
    use uuid::Uuid;

    #[test]
    fn what_is_held_is_settled_for_now_and_a_retry_is_not() {
        let alert = |cause: &str| {
            let at = Timestamp::from_micros(1);
            let delivery = Delivery {
                id: DeliveryId(Uuid::nil()),
                event: EventId(Uuid::nil()),
                user: UserId(Uuid::nil()),
                contact: ContactId(Uuid::nil()),
                channel: Channel::Sms,
                expires_at: at,
                state: State::Waiting { next_attempt_at: at, cause: cause.to_owned() },
                attempts: 0,
                possible_duplicate: false,
                history: Vec::new(),
                parcel: None,
            };
            DeliveryView::new(&delivery, &Contacts::default())
        };
        for because in Because::ALL {
            assert!(alert(because.as_str()).is_held());
        }
        assert!(!alert("smtp_451").is_held());
    }
}
