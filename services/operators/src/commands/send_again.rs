//! Lets those be told of an event who were not and now would be: a customer who has confirmed the number since, a user who
//! has got the permission. It is decided anew by how things stand now, by the function that decides always. What was
//! decided then stays as it is, and no contact point gets a second alert (R32).

use crate::app::App;
use bevaka_alerting::decide;
use bevaka_domain::{
    clock::Timestamp,
    delivery::{Delivery, State},
    entitlement,
    ids::{ContactId, DeliveryId, EventId, UserId},
    operator::{Justification, Operator},
    trail::{Action, Entry, Writer},
    watch::{Channel, Later},
};
use bevaka_store::{
    StoreError, Tx, deliveries,
    events::{self, Decided, Envelope},
    trail,
};
use serde_json::json;

/// Why nothing was sent again.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// There is no such event.
    #[error("there is no such event")]
    NotFound,
    /// It is a notice, which goes to whom it names, once.
    #[error("a notice is not sent again")]
    Notice,
    /// Telling of it comes too late.
    #[error("the event has expired")]
    Expired,
    /// Everybody who would be told now has an alert already.
    #[error("nobody is left to be told")]
    Nobody,
    /// The database fails.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owed {
    pub user: UserId,
    pub contact: ContactId,
    pub channel: Channel,
    pub later: Option<Later>,
    /// The alert that was withdrawn and is taken up again, instead of a new one.
    pub withdrawn: Option<DeliveryId>,
}

/// Sends an event again, and gives the alerts that this makes or takes up. They leave by the sweep, which checks rights
/// once more.
pub async fn send_again(
    app: &App,
    operator: &Operator,
    id: EventId,
    because: &Justification,
) -> Result<Vec<Delivery>, Refusal> {
    let now = app.now();
    let mut tx = app.chassis.db.begin().await?;
    // Whoever does the same at this moment waits for the alerts below, and then finds them made.
    let decided = events::find(&mut tx, id).await?.ok_or(Refusal::NotFound)?;
    let owed = owed(&mut tx, &decided, now).await?;
    let alerts = store(app, &mut tx, &decided, &owed, now).await?;
    if alerts.is_empty() {
        return Err(Refusal::Nobody);
    }
    let taken_up = owed.iter().filter(|owed| owed.withdrawn.is_some()).count();
    let entry = Entry {
        at: now,
        actor: operator.actor(),
        action: Action::EventSentAgain,
        organisation: decided.organisation,
        subject: id.to_string(),
        detail: json!({
            "because": because,
            "kind": decided.event.kind,
            "alerts": alerts.len(),
            "taken_up": taken_up,
            "users": alerts.iter().map(|alert| alert.user).collect::<std::collections::BTreeSet<_>>(),
        }),
    };
    trail::append(&mut tx, Writer::Operators, &entry).await?;
    tx.commit().await?;
    tracing::info!(event.id = %id, alerts = alerts.len(), "an event was sent again");
    Ok(alerts)
}

/// Which alerts sending a stored event again would make or take up now.
pub async fn owed(tx: &mut Tx, decided: &Decided, now: Timestamp) -> Result<Vec<Owed>, Refusal> {
    let event = Envelope::from(&decided.event);
    if event.notice.is_some() {
        return Err(Refusal::Notice);
    }
    if now >= event.expires_at {
        return Err(Refusal::Expired);
    }
    let asked = std::iter::once((event.key(), event.audience()));
    let companies = decide::standings(tx, asked).await?;
    let Some(company) = companies.get(&event.key()) else { return Err(Refusal::Nobody) };
    let stored = deliveries::of_event(tx, decided.event.id).await?;
    let again = events::Decided {
        decisions: entitlement::decide(event.subject(), &company.standing, now),
        ..decided.clone()
    };
    let owed: Vec<_> = decide::told(&again)
        .filter_map(|(user, contact, later)| {
            let channel = company.reach.get(&contact)?.address.channel();
            let known = stored.iter().find(|alert| alert.contact == contact);
            let withdrawn = match known.map(|alert| (&alert.state, alert.id)) {
                None => None,
                Some((State::Suppressed(_), id)) => Some(id),
                // Told, being told, or failed there for good: that is no matter of who may be told (R32).
                Some(_) => return None,
            };
            Some(Owed { user, contact, channel, later, withdrawn })
        })
        .collect();
    if owed.is_empty() { Err(Refusal::Nobody) } else { Ok(owed) }
}

async fn store(
    app: &App,
    tx: &mut Tx,
    decided: &Decided,
    owed: &[Owed],
    now: Timestamp,
) -> Result<Vec<Delivery>, StoreError> {
    let mut alerts = Vec::with_capacity(owed.len());
    let mut taken_up = Vec::new();
    for Owed { withdrawn, later, .. } in owed {
        let Some(id) = withdrawn else { continue };
        let alert = deliveries::find_for_update(tx, *id).await?;
        // A receipt that came meanwhile settles it.
        let alert = alert.filter(|alert| matches!(alert.state, State::Suppressed(_)));
        taken_up.extend(alert.map(|alert| alert.take_up(*later, now)));
    }
    deliveries::save(tx, &taken_up, now).await?;
    alerts.append(&mut taken_up);
    for owed in owed.iter().filter(|owed| owed.withdrawn.is_none()) {
        let new = Delivery {
            id: DeliveryId(app.chassis.entropy.id(now)),
            event: decided.event.id,
            user: owed.user,
            contact: owed.contact,
            channel: owed.channel,
            expires_at: decided.event.expires_at,
            state: Delivery::until(owed.later, now),
            attempts: 0,
            possible_duplicate: false,
            history: Vec::new(),
            parcel: None,
        };
        // The sweep of another process may have made it at this moment.
        if deliveries::insert_if_absent(tx, &new, now).await? {
            alerts.push(new);
        }
    }
    Ok(alerts)
}
