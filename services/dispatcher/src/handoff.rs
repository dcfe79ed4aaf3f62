//! Between the transaction that leases an alert and the task that sends it: one bounded queue for each channel, so
//! that a channel that stands still holds up no other.

use bevaka_domain::{
    clock::Timestamp,
    delivery::{Delivery, State},
    event::{Event, Kind},
    ids::DeliveryId,
    organisation::OrganisationNumber,
    watch::Channel,
};
use bevaka_store::standing::Reach;
use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    sync::mpsc::{self, OwnedPermit, Receiver, Sender},
    time::timeout,
};

/// How long intake waits for a channel that is full before it leaves the alerts to the sweep.
const PATIENCE: Duration = Duration::from_millis(200);

/// What is told of an event, shared by its alerts.
#[derive(Clone, Debug)]
pub struct Told {
    /// What happened.
    pub kind: Kind,
    /// Whose event it is.
    pub organisation: OrganisationNumber,
    /// The company's registered name.
    pub company: Arc<str>,
    /// The one user it is addressed to.
    pub recipient: Option<String>,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// From when telling of it helps nobody.
    pub expires_at: Timestamp,
}

impl Told {
    /// From the event and its company's name.
    pub fn new(event: &Event, company: Arc<str>) -> Self {
        Self {
            kind: event.kind.clone(),
            organisation: event.organisation.clone(),
            company,
            recipient: event.recipient.clone(),
            occurred_at: event.occurred_at,
            expires_at: event.expires_at,
        }
    }
}

/// An alert that this process has leased.
#[derive(Clone, Debug)]
pub struct Job {
    /// As it is stored.
    pub delivery: Delivery,
    /// How its contact point is reached.
    pub reach: Reach,
    /// What it tells.
    pub told: Arc<Told>,
    /// When its right was checked last.
    pub checked_at: Timestamp,
}

impl Job {
    /// Until when it is leased.
    pub fn lease_until(&self) -> Timestamp {
        match self.delivery.state {
            State::Sending { lease_until } => lease_until,
            _ => self.checked_at,
        }
    }
}

/// The queues to the senders.
pub struct Handoff {
    sms: Sender<Job>,
    email: Sender<Job>,
    under_way: Arc<UnderWay>,
}

/// A place in a channel's queue, kept free until the transaction has committed.
pub struct Place {
    permit: OwnedPermit<Job>,
    under_way: Arc<UnderWay>,
}

/// The alerts that this process has leased and not yet settled: its own sweep leaves them alone even when the
/// database was away for longer than a lease.
#[derive(Debug, Default)]
pub struct UnderWay(Mutex<HashSet<DeliveryId>>);

impl Handoff {
    /// Queues of this length, and what reads them: SMS first, then e-mail.
    pub fn new(length: usize) -> (Self, [Receiver<Job>; 2]) {
        let (sms, sms_reader) = mpsc::channel(length);
        let (email, email_reader) = mpsc::channel(length);
        (Self { sms, email, under_way: Arc::default() }, [sms_reader, email_reader])
    }

    /// Waits a little until a batch has room in both queues: that is how fast senders slow a fast publisher down. A
    /// channel that stands still costs each batch this short wait and nothing more.
    pub async fn wait_for_room(&self, alerts: usize) {
        for queue in [&self.sms, &self.email] {
            let _ = timeout(PATIENCE, queue.reserve_many(alerts.min(queue.max_capacity() / 2))).await;
        }
    }

    /// A place in a channel's queue, if there is one now.
    pub fn place(&self, channel: Channel) -> Option<Place> {
        let permit = self.queue(channel).clone().try_reserve_owned().ok()?;
        Some(Place { permit, under_way: self.under_way.clone() })
    }

    /// How many alerts a channel's queue has room for now.
    pub fn room(&self, channel: Channel) -> usize {
        self.queue(channel).capacity()
    }

    /// What this process has leased.
    pub fn under_way(&self) -> &UnderWay {
        &self.under_way
    }

    const fn queue(&self, channel: Channel) -> &Sender<Job> {
        match channel {
            Channel::Sms => &self.sms,
            Channel::Email => &self.email,
        }
    }
}

impl Place {
    /// Hands an alert over.
    pub fn take(self, job: Job) {
        self.under_way.with(|ids| ids.insert(job.delivery.id));
        self.permit.send(job);
    }
}

impl UnderWay {
    /// Whether this process is at work on an alert.
    pub fn contains(&self, id: DeliveryId) -> bool {
        self.with(|ids| ids.contains(&id))
    }

    /// Ends this process's work on alerts.
    pub fn remove(&self, done: impl Iterator<Item = DeliveryId>) {
        self.with(|ids| {
            for id in done {
                ids.remove(&id);
            }
        });
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.with(|ids| ids.len())
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn with<T>(&self, work: impl FnOnce(&mut HashSet<DeliveryId>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
