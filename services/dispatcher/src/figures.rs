//! Counts what happens, in memory, and adds it up over all processes: minute by minute, in the table of figures. A batch
//! or an attempt costs one lock and a few additions.

use crate::{dispatcher::Context, handoff::Job};
use bevaka_domain::{
    channel::Lately,
    clock::Timestamp,
    delivery::{Delivery, Outcome, State},
    entitlement::{Reason, Verdict},
    watch::Channel,
};
use bevaka_store::{
    Result, channel_health,
    events::Decided,
    figures::{self, Joins},
};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// Between two times that figures are written.
const PAUSE: Duration = Duration::from_secs(2);
const KEPT: Duration = Duration::from_secs(7 * 24 * 3_600);
/// After so many writings old minutes are forgotten.
const FORGETS_AFTER: u32 = 1_800;

/// What is counted. The names in storage follow from [`Name::text`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Name {
    Events,
    Told,
    Untold(Reason),
    Dead(&'static str),
    Attempts(Channel, &'static str),
    /// Alerts that came to this by an attempt, or by their expiry.
    Alerts(Channel, &'static str),
    /// Accepted alerts whose lag is counted.
    Lags,
    /// Milliseconds from intake to the provider, added up.
    Lag,
    GreatestLag,
    /// Milliseconds from when it happened to the provider, added up.
    Age,
    GreatestAge,
}

impl Name {
    pub fn text(self) -> String {
        match self {
            Self::Events => "events".to_owned(),
            Self::Told => "told".to_owned(),
            Self::Untold(reason) => format!("untold.{}", reason.as_str()),
            Self::Dead(reason) => format!("dead.{reason}"),
            Self::Attempts(channel, outcome) => format!("attempts.{channel}.{outcome}"),
            Self::Alerts(channel, end) => format!("alerts.{channel}.{end}"),
            Self::Lags => "lags".to_owned(),
            Self::Lag => "lag_ms".to_owned(),
            Self::GreatestLag => "lag_greatest_ms".to_owned(),
            Self::Age => "age_ms".to_owned(),
            Self::GreatestAge => "age_greatest_ms".to_owned(),
        }
    }

    const fn joins(self) -> Joins {
        match self {
            Self::GreatestLag | Self::GreatestAge => Joins::Greatest,
            _ => Joins::Sum,
        }
    }
}

/// What one batch or attempt adds.
pub(crate) type Tally = BTreeMap<Name, u64>;

/// What this process has counted and not yet written, and its last attempts on each channel.
#[derive(Debug, Default)]
pub struct Figures {
    counted: Mutex<BTreeMap<Timestamp, Tally>>,
    lately: Mutex<[Lately; 2]>,
}

impl Figures {
    pub(crate) fn add(&self, now: Timestamp, tally: Tally) {
        if tally.is_empty() {
            return;
        }
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = counted.entry(now.minute()).or_default();
        for (name, value) in tally {
            join(kept, name, value);
        }
    }

    pub(crate) fn recorded<'a>(&self, now: Timestamp, new: impl Iterator<Item = &'a Decided>) {
        let mut tally = Tally::new();
        for decided in new {
            join(&mut tally, Name::Events, 1);
            for decision in &decided.decisions {
                let name = match &decision.verdict {
                    Verdict::Deliver(_) => Name::Told,
                    Verdict::Suppressed(reason) => Name::Untold(*reason),
                };
                join(&mut tally, name, 1);
            }
        }
        self.add(now, tally);
    }

    pub(crate) fn attempted(&self, job: &Job, outcome: &Outcome, after: &[Delivery], now: Timestamp) {
        let channel = job.first.delivery.channel;
        let mut tally = Tally::from([(Name::Attempts(channel, outcome.name()), 1)]);
        for delivery in after {
            let end = match delivery.state {
                State::Accepted { .. } => "accepted",
                State::Failed { .. } => "failed",
                State::Expired { .. } => "expired",
                _ => "retried",
            };
            join(&mut tally, Name::Alerts(channel, end), 1);
        }
        // What its user wanted later tells nothing about how fast alerts leave.
        if matches!(outcome, Outcome::Accepted { .. }) && !job.wished {
            let event = &job.first.told.event;
            let (lag, age) = (millis(now.since(event.received_at)), millis(now.since(event.occurred_at)));
            tally.extend([(Name::Lags, 1), (Name::Lag, lag), (Name::GreatestLag, lag)]);
            tally.extend([(Name::Age, age), (Name::GreatestAge, age)]);
        }
        self.add(now, tally);
        self.note(channel, outcome, now);
    }

    /// Counts alerts that expired before another attempt.
    pub(crate) fn expired<'a>(&self, deliveries: impl IntoIterator<Item = &'a Delivery>, now: Timestamp) {
        let mut tally = Tally::new();
        for delivery in deliveries {
            if matches!(delivery.state, State::Expired { .. }) {
                join(&mut tally, Name::Alerts(delivery.channel, "expired"), 1);
            }
        }
        self.add(now, tally);
    }

    /// Remembers how the last attempt on a channel went.
    fn note(&self, channel: Channel, outcome: &Outcome, now: Timestamp) {
        let mut lately = self.lately.lock().unwrap_or_else(PoisonError::into_inner);
        lately[place(channel)].note(outcome, now);
    }

    /// The last attempts of this process on each channel.
    fn lately(&self) -> [Lately; 2] {
        self.lately.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn take(&self) -> BTreeMap<Timestamp, Tally> {
        std::mem::take(&mut *self.counted.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn give_back(&self, counted: BTreeMap<Timestamp, Tally>) {
        for (minute, tally) in counted {
            self.add(minute, tally);
        }
    }
}

/// Writes figures until `finished` is cancelled, and once more then. What cannot be written is kept for the next time.
pub(crate) async fn run(context: Arc<Context>, finished: CancellationToken) {
    let mut writings = 0;
    loop {
        let ends = tokio::select! {
            () = sleep(PAUSE) => false,
            () = finished.cancelled() => true,
        };
        let counted = context.figures.take();
        let forgets = writings % FORGETS_AFTER == 0;
        writings += 1;
        if (!counted.is_empty() || forgets)
            && let Err(error) = write(&context, &counted, forgets).await
        {
            tracing::warn!(%error, "figures cannot be written now, trying again");
            context.figures.give_back(counted);
        }
        if ends {
            return;
        }
    }
}

async fn write(context: &Context, counted: &BTreeMap<Timestamp, Tally>, forgets: bool) -> Result<()> {
    let mut tx = context.chassis.db.begin().await?;
    for (minute, tally) in counted {
        let mut named: Vec<_> =
            tally.iter().map(|(name, value)| (name.text(), name.joins(), *value)).collect();
        named.sort_by(|a, b| a.0.cmp(&b.0));
        for (name, joins, value) in named {
            figures::join(&mut tx, &figures::Figure { minute: *minute, name, value }, joins).await?;
        }
    }
    for (channel, seen) in Channel::ALL.into_iter().zip(context.figures.lately()) {
        channel_health::note(&mut tx, channel, &seen).await?;
    }
    if forgets {
        figures::forget(&mut tx, context.chassis.clock.now().minus(KEPT)).await?;
    }
    tx.commit().await
}

pub(crate) const fn place(channel: Channel) -> usize {
    match channel {
        Channel::Sms => 0,
        Channel::Email => 1,
    }
}

fn join(tally: &mut Tally, name: Name, value: u64) {
    let kept = tally.entry(name).or_default();
    *kept = match name.joins() {
        Joins::Sum => kept.saturating_add(value),
        Joins::Greatest => value.max(*kept),
    };
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_800_000_030_000_000);

    #[test]
    fn what_is_given_back_is_added_to_what_was_counted_meanwhile() {
        let figures = Figures::default();
        figures.add(NOW, Tally::from([(Name::Events, 2), (Name::GreatestLag, 70)]));
        let failed = figures.take();
        figures.add(NOW, Tally::from([(Name::Events, 3), (Name::GreatestLag, 50)]));
        figures.give_back(failed);
        let expected = Tally::from([(Name::Events, 5), (Name::GreatestLag, 70)]);
        assert_eq!(figures.take(), BTreeMap::from([(NOW.minute(), expected)]));
        assert!(figures.take().is_empty());
    }
}
