//! One alert as it stands, and what a command about many would be about.

use crate::app::App;
use bevaka_domain::{
    clock::Timestamp,
    contact::Address,
    delivery::{Delivery, Entry, StateName, operated::Unchanged},
    ids::{DeliveryId, EventId, ParcelId},
    trail::Action,
    watch::{Because, Channel},
};
use bevaka_store::{
    Result as Stored,
    deliveries::{self, Filter},
    people::Contacts,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The most alerts of one command.
pub(crate) const MOST: u32 = 10_000;

/// How many ids a preview names.
const SAMPLE: usize = 5;
/// How many alerts are read at once.
const TOGETHER: usize = 500;

/// One alert.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct DeliveryView {
    /// Its id, which is also the key of every attempt.
    pub delivery_id: DeliveryId,
    /// What it tells of.
    pub event_id: EventId,
    /// With which others it leaves as one message; then this is the key of every attempt.
    #[schema(required)]
    pub parcel_id: Option<ParcelId>,
    /// By which way.
    pub channel: Channel,
    /// To where, masked; `None` if the contact point is gone.
    #[schema(required)]
    pub to: Option<String>,
    /// Where it stands.
    pub state: StateName,
    /// Why, as a code.
    #[schema(required)]
    pub cause: Option<String>,
    /// When it is tried next, or its lease ends.
    #[schema(required)]
    pub due_at: Option<Timestamp>,
    /// How many attempts have ended.
    pub attempts: u32,
    /// Whether it may have arrived twice (R32).
    pub possible_duplicate: bool,
    /// All that happened to it.
    #[schema(value_type = Vec<HistoryEntry>)]
    pub history: Vec<Entry>,
}

/// One line of an alert's history.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is used")]
pub(crate) struct HistoryEntry {
    /// When.
    at: Timestamp,
    /// What, as a code.
    what: String,
    /// Why, as a code.
    #[schema(nullable = false)]
    cause: Option<String>,
}

impl DeliveryView {
    /// Whether it waits because its user wants it later.
    pub fn is_held(&self) -> bool {
        let held = |cause: &str| cause.parse::<Because>().is_ok();
        self.state == StateName::Waiting && self.cause.as_deref().is_some_and(held)
    }

    pub(crate) fn new(delivery: &Delivery, contacts: &Contacts) -> Self {
        Self {
            delivery_id: delivery.id,
            event_id: delivery.event,
            parcel_id: delivery.parcel,
            channel: delivery.channel,
            to: contacts.get(&delivery.contact).map(Address::masked),
            state: StateName::from(&delivery.state),
            cause: delivery.state.cause().map(str::to_owned),
            due_at: delivery.state.due_at(),
            attempts: delivery.attempts,
            possible_duplicate: delivery.possible_duplicate,
            history: delivery.history.clone(),
        }
    }
}

/// What an operator wants of an alert.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DeliveryAction)]
pub(crate) enum What {
    /// Try it at once.
    Retry,
    /// Never send it.
    Cancel,
}

impl What {
    /// The alert as it stands then.
    ///
    /// # Errors
    /// [`Unchanged`] says why it stays as it is.
    pub(crate) fn apply(self, delivery: Delivery, now: Timestamp) -> Result<Delivery, Unchanged> {
        match self {
            Self::Retry => delivery.retry_now(now),
            Self::Cancel => delivery.cancel(now),
        }
    }

    /// Whether it would be changed.
    ///
    /// # Errors
    /// [`Unchanged`] says why not.
    pub(crate) fn would_apply(self, delivery: &Delivery, now: Timestamp) -> Result<(), Unchanged> {
        match self {
            Self::Retry => delivery.may_be_retried(now),
            Self::Cancel => delivery.may_be_cancelled(),
        }
    }

    pub(crate) const fn action(self) -> Action {
        match self {
            Self::Retry => Action::DeliveryRetried,
            Self::Cancel => Action::DeliveryCancelled,
        }
    }
}

/// What a command about many alerts would be about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Preview {
    /// How many are meant; at most [`MOST`].
    pub count: usize,
    /// Whether there are more, for the next command.
    pub more: bool,
    /// The newest of them.
    pub through: Option<DeliveryId>,
    /// A few of them, the oldest.
    pub sample: Vec<DeliveryId>,
    /// How many would be changed.
    pub changes: usize,
    /// How many would stay as they are, by the reason.
    pub unchanged: BTreeMap<Unchanged, usize>,
}

/// What a command about all alerts that a filter names would be about now.
///
/// # Errors
/// If the database fails.
pub(crate) async fn preview(app: &App, what: What, filter: &Filter) -> Stored<Preview> {
    let now = app.now();
    let mut tx = app.chassis.db.begin_read().await?;
    let mut ids = deliveries::matching(&mut tx, filter, None, MOST + 1).await?;
    let most = usize::try_from(MOST).unwrap_or(usize::MAX);
    let more = ids.len() > most;
    ids.truncate(most);
    let mut preview = Preview {
        count: ids.len(),
        more,
        through: ids.last().copied(),
        sample: ids.iter().take(SAMPLE).copied().collect(),
        ..Preview::default()
    };
    for some in ids.chunks(TOGETHER) {
        for delivery in deliveries::those(&mut tx, some).await? {
            match what.would_apply(&delivery, now) {
                Ok(()) => preview.changes += 1,
                Err(why) => *preview.unchanged.entry(why).or_default() += 1,
            }
        }
    }
    Ok(preview)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bevaka_domain::{
        delivery::State,
        ids::{ContactId, UserId},
    };
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
