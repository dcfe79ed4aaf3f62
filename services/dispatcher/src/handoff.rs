//! Between the transaction that leases an alert and the task that sends it: bounded queues for each channel, so that
//! a channel that stands still holds up no other. What waited has a queue of its own beside the new alerts, so that
//! under lasting load neither pushes the other out.

use crate::pauses::Pauses;
use bevaka_alerting::{Message, Told};
use bevaka_domain::{
    clock::Timestamp,
    delivery::{Delivery, State},
    ids::DeliveryId,
    watch::Channel,
};
use bevaka_store::standing::Reach;
use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::mpsc::{self, OwnedPermit, Receiver, Sender},
    time::timeout,
};
use uuid::Uuid;

/// How long intake waits for a channel that is full before it takes it to stand still, and leaves its alerts to the
/// sweep until it moves again.
const PATIENCE: Duration = Duration::from_millis(200);

/// An alert with what it tells.
#[derive(Clone, Debug)]
pub struct Member {
    pub delivery: Delivery,
    pub told: Arc<Told>,
}

/// What this process has leased to send as one message: an alert, or several of one contact point.
#[derive(Clone, Debug)]
pub struct Job {
    /// The one alert, or the first of several.
    pub first: Member,
    pub others: Vec<Member>,
    /// How the contact point is reached.
    pub reach: Reach,
    /// When its rights were checked last.
    pub checked_at: Timestamp,
    /// Whether it waited because its user wanted it later.
    pub wished: bool,
}

impl Job {
    /// A job of alerts that leave together; none if there is no alert.
    pub fn of(members: Vec<Member>, reach: Reach, checked_at: Timestamp, wished: bool) -> Option<Self> {
        let mut members = members.into_iter();
        let first = members.next()?;
        Some(Self { first, others: members.collect(), reach, checked_at, wished })
    }

    pub fn members(&self) -> impl Iterator<Item = &Member> {
        std::iter::once(&self.first).chain(&self.others)
    }

    /// What providers know every attempt by (R32): the id of the alert, or of the parcel.
    pub fn key(&self) -> Uuid {
        let Delivery { id, parcel, .. } = &self.first.delivery;
        parcel.map_or(id.0, |parcel| parcel.0)
    }

    pub fn message(&self) -> Message<'_> {
        let Delivery { user, channel, .. } = self.first.delivery;
        let others = self.others.iter().map(|member| &*member.told).collect();
        Message { key: self.key(), user, channel, reach: &self.reach, told: &self.first.told, others }
    }

    pub fn lease_until(&self) -> Timestamp {
        match self.first.delivery.state {
            State::Sending { lease_until } => lease_until,
            _ => self.checked_at,
        }
    }
}

pub struct Handoff {
    sms: Queues<Sender<Job>>,
    email: Queues<Sender<Job>>,
    stands: [AtomicBool; 2],
    under_way: Arc<UnderWay>,
    pauses: Pauses,
}

/// The two queues of a channel, seen from one end.
pub struct Queues<T> {
    new: T,
    waited: T,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// Alerts of events that just came.
    New,
    /// Alerts that the sweep brings back.
    Waited,
}

/// The reading end of a channel's queues.
pub type Jobs = Queues<Receiver<Job>>;

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
    pub fn new(length: usize) -> (Self, [Jobs; 2]) {
        let ((sms, sms_jobs), (email, email_jobs)) = (queues(length), queues(length));
        let (stands, under_way, pauses) = Default::default();
        (Self { sms, email, stands, under_way, pauses }, [sms_jobs, email_jobs])
    }

    /// Waits a little until half of each queue is free: that is how fast senders slow a fast publisher down, and what
    /// has a place costs the database nothing more. A channel that stands still costs one such wait until it moves.
    pub async fn wait_for_room(&self) {
        for (queue, stands) in [&self.sms.new, &self.email.new].into_iter().zip(&self.stands) {
            let half = queue.max_capacity().div_ceil(2);
            if stands.load(Ordering::Relaxed) && queue.capacity() < half {
                continue;
            }
            let moves = timeout(PATIENCE, queue.reserve_many(half)).await.is_ok();
            stands.store(!moves, Ordering::Relaxed);
        }
    }

    /// A place in a channel's queue, if there is one now. A channel that is stopped has none.
    pub fn place(&self, channel: Channel, line: Line) -> Option<Place> {
        if self.pauses.stop(channel) {
            return None;
        }
        let permit = self.queue(channel, line).clone().try_reserve_owned().ok()?;
        Some(Place { permit, under_way: self.under_way.clone() })
    }

    /// How many alerts that waited a channel has room for now.
    pub fn room(&self, channel: Channel) -> usize {
        if self.pauses.stop(channel) { 0 } else { self.queue(channel, Line::Waited).capacity() }
    }

    pub const fn pauses(&self) -> &Pauses {
        &self.pauses
    }

    pub fn under_way(&self) -> &UnderWay {
        &self.under_way
    }

    const fn queue(&self, channel: Channel, line: Line) -> &Sender<Job> {
        let queues = match channel {
            Channel::Sms => &self.sms,
            Channel::Email => &self.email,
        };
        match line {
            Line::New => &queues.new,
            Line::Waited => &queues.waited,
        }
    }
}

fn queues(length: usize) -> (Queues<Sender<Job>>, Jobs) {
    let ((new, new_jobs), (waited, waited_jobs)) = (mpsc::channel(length), mpsc::channel(length));
    (Queues { new, waited }, Queues { new: new_jobs, waited: waited_jobs })
}

impl Jobs {
    /// Waits for alerts in either queue and takes up to `limit` of one of them. Cancelled, it loses nothing.
    pub async fn take(&mut self, limit: usize) -> Vec<Job> {
        let (mut new, mut waited) = (Vec::new(), Vec::new());
        tokio::select! {
            _ = self.new.recv_many(&mut new, limit) => new,
            _ = self.waited.recv_many(&mut waited, limit) => waited,
        }
    }

    /// Takes no more alerts, and gives those that lie there.
    pub async fn close(self) -> Vec<Job> {
        let mut left = Vec::new();
        for mut queue in [self.new, self.waited] {
            queue.close();
            while let Some(job) = queue.recv().await {
                left.push(job);
            }
        }
        left
    }
}

impl Place {
    pub fn take(self, job: Job) {
        self.under_way.with(|ids| ids.extend(job.members().map(|member| member.delivery.id)));
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

    pub fn len(&self) -> usize {
        self.with(|ids| ids.len())
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn with<T>(&self, work: impl FnOnce(&mut HashSet<DeliveryId>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
