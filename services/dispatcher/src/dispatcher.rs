//! The parts of a dispatcher, started and stopped together.

use crate::{
    dead_letters, deliver,
    figures::{self, Figures},
    handoff::{Handoff, Jobs},
    intake, outcomes,
    pauses::{self, Pauses},
    reports, sweep,
};
use axum::Router;
use bevaka_alerting::Texts;
use bevaka_channels::{
    Courier, MailCourier, SmsCourier,
    gateway::{GatewayConfig, SmsGateway},
    smtp::Mailer,
};
use bevaka_chassis::{process::Chassis, shutdown};
use bevaka_domain::watch::Channel;
use bevaka_store::{
    Claim,
    deliveries::{self, Settled},
};
use std::{future::Future, sync::Arc, time::Duration};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// How many outcomes may wait to be written.
const OUTCOMES: usize = 4_096;

pub(crate) struct Context {
    pub chassis: Chassis,
    pub handoff: Handoff,
    pub figures: Figures,
    pub texts: Texts,
    pub outcomes: Sender<Settled>,
}

/// A dispatcher. Several may run side by side on one PostgreSQL and one RabbitMQ.
pub struct Dispatcher {
    context: Arc<Context>,
    queues: [Jobs; 2],
    settled: Receiver<Settled>,
    couriers: [Arc<dyn Courier>; 2],
    reports: Option<Arc<SmsGateway>>,
}

impl Dispatcher {
    /// A dispatcher with the gateway and the mail server of the settings; nothing runs yet.
    pub fn from_settings(chassis: Chassis) -> anyhow::Result<Self> {
        let settings = &chassis.settings;
        let file = chassis.config_dir.join("gateways").join(format!("{}.toml", settings.sms.gateway));
        let config = GatewayConfig::load(&file)?;
        let gateway = Arc::new(SmsGateway::new(config, &settings.sms, &settings.http.public_url())?);
        let sms = SmsCourier::new(gateway.clone(), &settings.sms);
        let mail = MailCourier::new(Mailer::new(&settings.smtp)?, &settings.smtp);
        let mut dispatcher = Self::new(chassis, Arc::new(sms), Arc::new(mail))?;
        dispatcher.reports = Some(gateway);
        Ok(dispatcher)
    }

    /// A dispatcher with couriers of the caller's; nothing runs yet.
    pub fn new(chassis: Chassis, sms: Arc<dyn Courier>, mail: Arc<dyn Courier>) -> anyhow::Result<Self> {
        let texts = Texts::new(chassis.catalogue.clone(), &chassis.settings)?;
        let (handoff, queues) = Handoff::new(chassis.settings.dispatch.queue);
        let (outcomes, settled) = mpsc::channel(OUTCOMES);
        let context = Arc::new(Context { chassis, handoff, figures: Figures::default(), texts, outcomes });
        Ok(Self { context, queues, settled, couriers: [sms, mail], reports: None })
    }

    /// The address for delivery reports; none without a gateway that brings them.
    pub fn router(&self) -> Router {
        match &self.reports {
            Some(gateway) => reports::router(self.context.chassis.clone(), gateway.clone()),
            None => Router::new(),
        }
    }

    /// Which channels operators have stopped, as this dispatcher knows it.
    pub fn pauses(&self) -> Pauses {
        self.context.handoff.pauses().clone()
    }

    /// Runs until the process is asked to stop and what is under way is finished: intake ends first, then the
    /// senders, last the writer of outcomes.
    pub async fn run(self) -> anyhow::Result<()> {
        let Self { context, queues: [sms_queue, mail_queue], settled, couriers: [sms, mail], .. } = self;
        let _claim = claim(&context.chassis).await?;
        let limit = Duration::from_secs(context.chassis.settings.process.shutdown_s);
        let (work, writer) = (TaskTracker::new(), TaskTracker::new());

        let finished = CancellationToken::new();
        spawn(&writer, "figures", figures::run(context.clone(), finished.clone()));
        spawn(&work, "pauses", pauses::run(context.clone()));
        spawn(&writer, "outcomes", outcomes::run(context.clone(), settled, finished.clone()));
        spawn(&work, "sms", deliver::run(context.clone(), Channel::Sms, sms, sms_queue));
        spawn(&work, "mail", deliver::run(context.clone(), Channel::Email, mail, mail_queue));
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

/// In a database that only this process works on, every lease is that of a process that died.
async fn claim(chassis: &Chassis) -> anyhow::Result<Option<Claim>> {
    let Some(claim) = chassis.db.claim()? else { return Ok(None) };
    let mut tx = chassis.db.begin().await?;
    let freed = deliveries::free_leases(&mut tx, chassis.clock.now()).await?;
    tx.commit().await?;
    if freed > 0 {
        tracing::warn!(freed, "alerts were under way when the last process died; they leave again");
    }
    Ok(Some(claim))
}
