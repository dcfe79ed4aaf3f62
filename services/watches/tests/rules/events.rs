//! Events as the dispatcher records them: decided as things stand, and their alerts delivered.

use crate::house::{House, NUMBER, days, kind};
use bevaka_domain::{
    clock::Timestamp,
    delivery::{Delivery, State},
    entitlement::{Verdict, decide},
    event::{Event, Facts},
    ids::EventId,
    notice::{self, Content},
    organisation::OrganisationNumber,
};
use bevaka_store::{
    events::{self, Decided, Envelope},
    standing,
};
use serde_json::Value;
use std::sync::Arc;

impl House {
    fn event(&self, name: &str, at: Timestamp) -> Event {
        let id = self.app.chassis.entropy.id(at);
        let helps = self.app.chassis.catalogue.get(name).map_or(days(7), |kind| kind.time_to_live);
        Event {
            id: id.into(),
            source: "/bank".to_owned(),
            external_id: id.to_string(),
            kind: kind(name),
            organisation: OrganisationNumber::parse(NUMBER).unwrap(),
            recipient: None,
            occurred_at: at,
            received_at: at,
            expires_at: at.plus(helps),
            data: "{}".to_owned(),
            facts: Facts::NONE,
            notice: None,
            origin: None,
        }
    }

    /// An event comes, is decided as things stand, and its alerts are delivered.
    pub async fn happens(&self, name: &str, at: Timestamp) -> EventId {
        self.happens_with(name, at, |_| ()).await
    }

    pub async fn happens_with(&self, name: &str, at: Timestamp, change: impl FnOnce(&mut Event)) -> EventId {
        let mut event = self.event(name, at);
        change(&mut event);
        self.record(event).await
    }

    /// A notice comes back from the bus, and its alerts are delivered.
    pub async fn arrives(&self, notice: &Value) -> EventId {
        let name = notice["type"].as_str().unwrap();
        let mut event = self.event(name, self.now());
        event.source = notice::SOURCE.to_owned();
        event.data = notice["data"].to_string();
        event.notice = Some(Arc::new(Content::parse(&event.data).unwrap()));
        self.record(event).await
    }

    async fn record(&self, event: Event) -> EventId {
        let mut tx = self.db.begin().await.unwrap();
        let asked = [(event.organisation.clone(), event.kind.clone())].into();
        let companies = if event.notice.is_some() {
            standing::load_named(&mut tx, &asked).await.unwrap()
        } else {
            standing::load(&mut tx, &asked).await.unwrap()
        };
        let company = companies.into_values().next().unwrap();
        let envelope = Envelope::from(&event);
        let decisions = decide(envelope.subject(), &company.standing, event.received_at);
        let mut alerts = Vec::new();
        for decision in &decisions {
            let Verdict::Deliver(deliver) = &decision.verdict else { continue };
            for contact in &deliver.to {
                alerts.push(Delivery {
                    id: self.app.chassis.entropy.id(event.received_at).into(),
                    event: event.id,
                    user: decision.user,
                    contact: *contact,
                    channel: company.reach[contact].address.channel(),
                    expires_at: event.expires_at,
                    state: State::Delivered,
                    attempts: 1,
                    possible_duplicate: false,
                    history: Vec::new(),
                    parcel: None,
                });
            }
        }
        let (id, at) = (event.id, event.received_at);
        let organisation = Some(company.id);
        let decided = Decided { event, organisation, agreement_version: None, decisions };
        events::record(&mut tx, &[decided], &alerts, at).await.unwrap();
        tx.commit().await.unwrap();
        id
    }
}
