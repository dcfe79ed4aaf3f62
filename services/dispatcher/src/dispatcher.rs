//! The parts of a dispatcher, started and stopped together.

use crate::{
    api, dead_letters,
    deliver::{self, Courier},
    handoff::{Handoff, Job},
    intake, outcomes, sweep,
};
use axum::Router;
use bevaka_chassis::{process::Chassis, shutdown};
use bevaka_domain::watch::Channel;
use bevaka_store::deliveries::{self, Settled};
use std::{future::Future, sync::Arc, time::Duration};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// How many outcomes may wait to be written.
const OUTCOMES: usize = 4_096;

/// What the parts share.
pub(crate) struct Context {
    pub chassis: Chassis,
    pub handoff: Handoff,
    pub outcomes: Sender<Settled>,
}

/// A dispatcher. Several may run side by side on one PostgreSQL and one RabbitMQ.
pub struct Dispatcher {
    context: Arc<Context>,
    queues: [Receiver<Job>; 2],
    settled: Receiver<Settled>,
    couriers: [Arc<dyn Courier>; 2],
}

impl Dispatcher {
    /// Puts the parts together; nothing runs yet.
    pub fn new(chassis: Chassis, sms: Arc<dyn Courier>, mail: Arc<dyn Courier>) -> Self {
        let (handoff, queues) = Handoff::new(chassis.settings.dispatch.queue);
        let (outcomes, settled) = mpsc::channel(OUTCOMES);
        let context = Arc::new(Context { chassis, handoff, outcomes });
        Self { context, queues, settled, couriers: [sms, mail] }
    }

    /// The operator API and the address for delivery reports.
    pub fn router(&self) -> Router {
        api::router(self.context.chassis.clone())
    }

    /// Runs until the process is asked to stop and what is under way is finished: intake ends first, then the
    /// senders, last the writer of outcomes.
    ///
    /// # Errors
    /// If the database fails before anything has begun.
    pub async fn run(self) -> anyhow::Result<()> {
        let Self { context, queues: [sms_queue, mail_queue], settled, couriers: [sms, mail] } = self;
        free_leases_of_the_dead(&context.chassis).await?;
        let limit = Duration::from_secs(context.chassis.settings.process.shutdown_s);
        let (work, writer) = (TaskTracker::new(), TaskTracker::new());

        let finished = CancellationToken::new();
        spawn(&writer, "outcomes", outcomes::run(context.clone(), settled, finished.clone()));
        spawn(&work, "sms", deliver::run(context.clone(), sms, sms_queue));
        spawn(&work, "mail", deliver::run(context.clone(), mail, mail_queue));
        spawn(&work, "sweep", sweep::run(context.clone()));
        spawn(&work, "dead letters", dead_letters::run(context.clone()));
        for _ in 0..context.chassis.settings.bus.consumers {
            spawn(&work, "intake", intake::run(context.clone()));
        }
        tracing::info!(dispatcher.channels = Channel::ALL.len(), "dispatcher runs");

        context.chassis.shutdown.cancelled().await;
        shutdown::drain(&work, limit).await;
        finished.cancel();
        shutdown::drain(&writer, limit).await;
        context.chassis.bus.close().await;
        Ok(())
    }
}

/// A part that panics must not leave a process behind that looks alive and does nothing.
fn spawn(tasks: &TaskTracker, part: &'static str, work: impl Future<Output = ()> + Send + 'static) {
    tasks.spawn(async move {
        if let Err(error) = tokio::spawn(work).await {
            tracing::error!(%error, part, "a part of the dispatcher broke; ending so that it is started anew");
            std::process::exit(70);
        }
    });
}

/// In a database that only this process uses, every lease is that of a process that died.
async fn free_leases_of_the_dead(chassis: &Chassis) -> anyhow::Result<()> {
    if !chassis.db.is_private() {
        return Ok(());
    }
    let mut tx = chassis.db.begin().await?;
    let freed = deliveries::free_leases(&mut tx, chassis.clock.now()).await?;
    tx.commit().await?;
    if freed > 0 {
        tracing::warn!(freed, "alerts were under way when the last process died; they leave again");
    }
    Ok(())
}
