//! What the operators' pages and API work with.

use crate::{
    channel_tests::ChannelTests,
    pages::{self, Live, paths},
    sign_in::Provider,
};
use bevaka_alerting::Texts;
use bevaka_channels::{
    Courier, MailCourier, SmsCourier,
    gateway::{GatewayConfig, SmsGateway},
    smtp::Mailer,
};
use bevaka_chassis::{process::Chassis, relay::Outbox, settings, vault::Vault};
use bevaka_domain::{clock::Timestamp, watch::Channel};
use bevaka_web::pages::Pages;
use secrecy::SecretString;
use std::{ops::Deref, sync::Arc};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many exports of the trail run at once: each holds a connection for as long as its client reads.
const EXPORTS: usize = 2;

/// The operators' console. Clones share everything.
#[derive(Clone)]
pub struct App(Arc<Parts>);

pub struct Parts {
    pub chassis: Chassis,
    pub pages: Pages,
    /// Keyed hashes, and what only we can read.
    pub vault: Vault,
    provider: Option<Provider>,
    texts: Texts,
    couriers: [Arc<dyn Courier>; 2],
    tests: ChannelTests,
    exports: Arc<Semaphore>,
    live: Live,
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl App {
    /// With the gateway and the mail server of the settings for tests.
    pub fn from_settings(chassis: Chassis) -> anyhow::Result<Self> {
        let settings = &chassis.settings;
        let gateway = GatewayConfig::load(
            &chassis.config_dir.join("gateways").join(format!("{}.toml", settings.sms.gateway)),
        )?;
        // Nobody waits for a report about a test.
        let sms = settings::Sms { report_secret: SecretString::default(), ..settings.sms.clone() };
        let gateway = Arc::new(SmsGateway::new(gateway, &sms, &settings.http.public_url())?);
        let sms = SmsCourier::new(gateway, &sms);
        let mail = MailCourier::new(Mailer::new(&settings.smtp)?, &settings.smtp);
        Self::new(chassis, Arc::new(sms), Arc::new(mail))
    }

    pub fn new(mut chassis: Chassis, sms: Arc<dyn Courier>, mail: Arc<dyn Courier>) -> anyhow::Result<Self> {
        // Another service of the same process has a relay of its own, which must not take what is meant for this one.
        chassis.outbox = Outbox::default();
        let (vault, pages) = (Vault::new(&chassis.settings.vault.key)?, pages::pages()?);
        let provider = Provider::new(&chassis.settings, paths::SIGNED_IN)?;
        let texts = Texts::new(chassis.catalogue.clone(), &chassis.settings)?;
        Ok(Self(Arc::new(Parts {
            chassis,
            pages,
            vault,
            provider,
            texts,
            couriers: [sms, mail],
            tests: ChannelTests::default(),
            exports: Arc::new(Semaphore::new(EXPORTS)),
            live: Live::default(),
        })))
    }

    /// Now, as the service's clock has it.
    pub fn now(&self) -> Timestamp {
        self.chassis.clock.now()
    }

    /// By whose word operators sign in; none if no provider is set.
    pub(crate) fn provider(&self) -> Option<&Provider> {
        self.provider.as_ref()
    }

    /// A place among the exports of the trail; none while too many run.
    pub(crate) fn export(&self) -> Option<OwnedSemaphorePermit> {
        self.exports.clone().try_acquire_owned().ok()
    }

    pub(crate) fn texts(&self) -> &Texts {
        &self.texts
    }

    /// What those see who look on.
    pub(crate) fn live(&self) -> &Live {
        &self.live
    }

    /// Who sent tests lately.
    pub(crate) fn tests(&self) -> &ChannelTests {
        &self.tests
    }

    /// The way out of a channel.
    pub(crate) fn courier(&self, channel: Channel) -> &Arc<dyn Courier> {
        let [sms, mail] = &self.couriers;
        match channel {
            Channel::Sms => sms,
            Channel::Email => mail,
        }
    }
}
