//! What the operators' pages and API work with.

use crate::{
    commands::channels::Tests,
    deliver::Courier,
    dispatcher::Context,
    pages::{self, Live, paths},
    sign_in::Provider,
    texts::Texts,
};
use bevaka_chassis::{process::Chassis, vault::Vault};
use bevaka_domain::{clock::Timestamp, watch::Channel};
use bevaka_web::pages::Pages;
use std::{ops::Deref, sync::Arc};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// How many exports of the trail run at once: each holds a connection for as long as its client reads.
const EXPORTS: usize = 2;

/// The operators' side of the dispatcher. Clones share everything.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// The parts.
pub struct Parts {
    /// Database, bus, clock, chance, settings.
    pub chassis: Chassis,
    /// Templates and texts.
    pub pages: Pages,
    /// Keyed hashes, and what only we can read.
    pub vault: Vault,
    provider: Option<Provider>,
    context: Arc<Context>,
    couriers: [Arc<dyn Courier>; 2],
    tests: Tests,
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
    /// Beside a dispatcher, whose couriers send tests.
    ///
    /// # Errors
    /// Names the setting or the template that cannot be used.
    pub(crate) fn new(context: Arc<Context>, couriers: [Arc<dyn Courier>; 2]) -> anyhow::Result<Self> {
        let chassis = context.chassis.clone();
        let (vault, pages) = (Vault::new(&chassis.settings.vault.key)?, pages::pages()?);
        let provider = Provider::new(&chassis.settings, paths::SIGNED_IN)?;
        Ok(Self(Arc::new(Parts {
            chassis,
            pages,
            vault,
            provider,
            context,
            couriers,
            tests: Tests::default(),
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

    /// What alerts say.
    pub(crate) fn texts(&self) -> &Texts {
        &self.context.texts
    }

    /// What the dispatcher of this process shares.
    pub(crate) fn context(&self) -> &Arc<Context> {
        &self.context
    }

    /// What those see who look on.
    pub(crate) fn live(&self) -> &Live {
        &self.live
    }

    /// Who sent tests lately.
    pub(crate) fn tests(&self) -> &Tests {
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
