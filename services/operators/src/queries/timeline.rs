//! The whole history of an event, from what happened to the last receipt, in the order of time (R39).

use bevaka_domain::{clock::Timestamp, delivery::Delivery, ids::DeliveryId, watch::Channel};
use bevaka_store::{
    Result, Tx,
    events::Decided,
    people::{Contacts, Users},
    trail::{self, Filter, Listed},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::time::Duration;
use utoipa::ToSchema;

/// The most entries of the trail that one event shows.
const MOST_ENTRIES: u32 = 200;

/// One thing that happened to an event or to one of its alerts.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Happening {
    /// When.
    pub at: Timestamp,
    /// What: `occurred`, `received`, `alert_made`, what the history of an alert says, or what the trail does, such as
    /// `event_sent_again`.
    pub what: String,
    /// Why, as a code.
    #[schema(required)]
    pub cause: Option<String>,
    /// To which alert.
    #[schema(required)]
    pub delivery_id: Option<DeliveryId>,
    /// Whose alert it is, by name.
    #[schema(required)]
    pub user: Option<String>,
    /// By which way the alert goes.
    #[schema(required)]
    pub channel: Option<Channel>,
    /// To where, masked.
    #[schema(required)]
    pub to: Option<String>,
    /// Which operator did it.
    #[schema(required)]
    pub by: Option<String>,
    /// Why, in the operator's words.
    #[schema(required)]
    pub because: Option<String>,
}

/// What happened to a stored event and its alerts; `now` is when it is asked.
///
/// # Errors
/// [`bevaka_store::StoreError::Database`].
pub async fn of(
    tx: &mut Tx,
    decided: &Decided,
    alerts: &[Delivery],
    users: &Users,
    contacts: &Contacts,
    now: Timestamp,
) -> Result<Vec<Happening>> {
    let event = &decided.event;
    let mut happened =
        vec![Happening::new(event.occurred_at, "occurred"), Happening::new(event.received_at, "received")];
    for alert in alerts {
        happened.extend(of_alert(alert, event.received_at, users, contacts));
    }
    let until = Some(now.plus(Duration::from_secs(1)));
    let about = Filter { subject: Some(event.id.to_string()), until, ..Filter::default() };
    let entries = trail::search(tx, &about, None, MOST_ENTRIES).await?;
    happened.extend(entries.iter().filter_map(by_operator));
    // Stable: what happened at the same moment stays in the order in which it is written down.
    happened.sort_by_key(|happening| happening.at);
    Ok(happened)
}

/// When the first alert of an event was taken by a provider.
pub fn first_sent_at(alerts: &[Delivery]) -> Option<Timestamp> {
    let taken = alerts.iter().flat_map(|alert| &alert.history).filter(|entry| entry.what == "accepted");
    taken.map(|entry| entry.at).min()
}

fn of_alert(
    alert: &Delivery,
    received_at: Timestamp,
    users: &Users,
    contacts: &Contacts,
) -> impl Iterator<Item = Happening> {
    let about = Happening {
        delivery_id: Some(alert.id),
        user: users.get(&alert.user).map(|(_, name)| name.clone()),
        channel: Some(alert.channel),
        to: contacts.get(&alert.contact).map(bevaka_domain::contact::Address::masked),
        ..Happening::new(received_at, "alert_made")
    };
    // An alert of the event itself is as old as the event is here; only of others it is told when they were made.
    let made_at = made_at(alert.id).filter(|at| at.as_millis() > received_at.as_millis());
    let made = made_at.map(|at| Happening { at, ..about.clone() });
    let history = alert.history.iter().map(move |entry| Happening {
        at: entry.at,
        what: entry.what.clone(),
        cause: entry.cause.clone(),
        ..about.clone()
    });
    made.into_iter().chain(history.collect::<Vec<_>>())
}

/// Ids begin with the milliseconds at which they were made (RFC 9562, version 7).
fn made_at(id: DeliveryId) -> Option<Timestamp> {
    let millis = i64::try_from(id.0.as_u128() >> 80).ok()?;
    millis.checked_mul(1_000).map(Timestamp::from_micros)
}

fn by_operator(listed: &Listed) -> Option<Happening> {
    let link = &listed.link;
    let detail: Option<Value> = serde_json::from_str(&link.detail).ok();
    let because = detail.as_ref().and_then(|detail| detail["because"].as_str()).map(str::to_owned);
    let by = link.actor.strip_prefix("operator:").unwrap_or(&link.actor).to_owned();
    let at = Timestamp::parse(&link.at).ok()?;
    Some(Happening { by: Some(by), because, ..Happening::new(at, &link.action) })
}

impl Happening {
    fn new(at: Timestamp, what: &str) -> Self {
        Self {
            at,
            what: what.to_owned(),
            cause: None,
            delivery_id: None,
            user: None,
            channel: None,
            to: None,
            by: None,
            because: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn an_id_tells_when_it_was_made_and_one_that_tells_nonsense_is_no_fault() {
        let id = |number: u128| DeliveryId(Uuid::from_u128(number));
        assert_eq!(made_at(id(1_800_000_000_000 << 80)), Some(Timestamp::from_micros(1_800_000_000_000_000)));
        assert!(made_at(id(u128::MAX)).is_some());
    }
}
