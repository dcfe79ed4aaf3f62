//! Which channels operators have stopped, as this process knows it: read at the start and again every moment, so that
//! each dispatcher follows within a second.

use crate::{dispatcher::Context, figures::place};
use bevaka_domain::{channel::Pause, watch::Channel};
use bevaka_store::channel_pauses;
use std::{sync::Arc, time::Duration};
use tokio::{sync::watch, time::sleep};

const PAUSE: Duration = Duration::from_millis(500);

/// The pauses of both channels; none until they have been read for the first time.
type Known = Option<[Option<Pause>; 2]>;

/// What this process knows of pauses. Clones know the same.
#[derive(Clone, Debug)]
pub struct Pauses {
    known: watch::Sender<Known>,
}

impl Default for Pauses {
    fn default() -> Self {
        Self { known: watch::Sender::new(None) }
    }
}

impl Pauses {
    /// Whether no attempt may begin: the channel is stopped, or nobody has looked yet.
    pub fn stop(&self, channel: Channel) -> bool {
        stopped(&self.known.borrow(), channel)
    }

    /// Whether an operator has stopped the channel, as far as is known.
    pub fn is_paused(&self, channel: Channel) -> bool {
        self.known.borrow().as_ref().is_some_and(|pauses| pauses[place(channel)].is_some())
    }

    /// Waits until no attempt may begin on a channel.
    pub async fn until_stopped(&self, channel: Channel) {
        // Fails only without a sender, which is this.
        let _ = self.known.subscribe().wait_for(|known| stopped(known, channel)).await;
    }

    /// Waits until attempts may begin on a channel.
    pub async fn until_running(&self, channel: Channel) {
        let _ = self.known.subscribe().wait_for(|known| !stopped(known, channel)).await;
    }

    /// Waits until an operator stops a channel or lets one run.
    pub async fn changed(&self) {
        let _ = self.known.subscribe().changed().await;
    }

    pub(crate) fn learn(&self, stored: Vec<(Channel, Pause)>) {
        let mut pauses = [None, None];
        for (channel, pause) in stored {
            pauses[place(channel)] = Some(pause);
        }
        self.known.send_if_modified(|known| {
            let is_new = known.as_ref() != Some(&pauses);
            *known = Some(pauses);
            is_new
        });
    }
}

fn stopped(known: &Known, channel: Channel) -> bool {
    known.as_ref().is_none_or(|pauses| pauses[place(channel)].is_some())
}

/// Looks until the process stops. While the database is away, what was known last counts.
pub(crate) async fn run(context: Arc<Context>) {
    loop {
        if let Err(error) = look(&context).await {
            tracing::warn!(%error, "pauses of channels cannot be read, trying again");
        }
        tokio::select! {
            () = sleep(PAUSE) => {}
            () = context.chassis.shutdown.cancelled() => return,
        }
    }
}

async fn look(context: &Context) -> bevaka_store::Result<()> {
    let mut tx = context.chassis.db.begin_read().await?;
    let stored = channel_pauses::all(&mut tx).await?;
    context.handoff.pauses().learn(stored);
    Ok(())
}
