//! The sandbox's BankID: the relying-party API that Bevaka talks to, and the app on a page.
//!
//! Requests, orders and their ends are those of the real one; the signatures are real ones too, of an authority that
//! nobody but this sandbox trusts.

mod api;
mod completion;
mod error;
mod files;
mod order;
mod orders;
mod page;
mod request;
mod tls;

pub(crate) use error::ErrorCode;
pub(crate) use order::Failure;
pub(crate) use page::router as pages;

use crate::persons::{Persons, Script};
use anyhow::Context;
use bevaka_chassis::entropy::Entropy;
use bevaka_domain::clock::Clock;
use completion::Issuer;
use error::ApiError;
use order::{Holder, Order, Refused, Status, Step, Tokens};
use orders::Orders;
use request::Ask;
use std::{
    net::SocketAddr,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// The code of every test person; the app's page shows it in small print.
pub(crate) const CODE: &str = "123456";

pub(crate) struct BankId {
    pub persons: Persons,
    issuer: Issuer,
    orders: Mutex<Orders>,
    clock: Arc<dyn Clock>,
    entropy: Arc<Entropy>,
}

/// The bound port with what secures its connections, until it is served.
pub(crate) struct Door {
    pub address: SocketAddr,
    listener: tls::TlsListener,
}

/// Reads or makes the directory's files and binds the port. Nothing is served yet.
pub(crate) async fn start(
    listen: SocketAddr,
    directory: &Path,
    persons: Persons,
    clock: Arc<dyn Clock>,
    entropy: Arc<Entropy>,
) -> anyhow::Result<(Arc<BankId>, Door)> {
    let (now, path) = (clock.now(), directory.to_owned());
    let kept = tokio::task::spawn_blocking(move || files::open(&path, now))
        .await
        .context("the sandbox's BankID was not opened")?
        .with_context(|| format!("the sandbox's BankID cannot use {}", directory.display()))?;
    let listener = TcpListener::bind(listen).await.with_context(|| {
        format!(
            "the sandbox's BankID cannot listen on {listen}; choose another by BEVAKA__SANDBOX__BANKID_LISTEN"
        )
    })?;
    let address = listener.local_addr()?;
    let issuer =
        Issuer::new(kept.authority, now).context("the sandbox's BankID has no answers about revocation")?;
    let service = BankId { persons, issuer, orders: Mutex::default(), clock, entropy };
    Ok((Arc::new(service), Door { address, listener: tls::TlsListener::new(listener, kept.tls) }))
}

pub(crate) async fn serve(service: Arc<BankId>, door: Door, shutdown: CancellationToken) {
    let serving = axum::serve(door.listener, api::router(service));
    if let Err(fault) = serving.with_graceful_shutdown(shutdown.cancelled_owned()).await {
        tracing::error!(error = %fault, "the sandbox's BankID stopped serving");
    }
}

impl BankId {
    /// A relying party starts an order.
    fn begin(&self, ask: Ask) -> Result<Tokens, ApiError> {
        if let Script::Refuse(code) = self.script(&ask) {
            return Err(code.into());
        }
        let now = self.clock.now();
        let tokens = self.tokens();
        self.orders().add(Order::new(ask, tokens.clone(), now), now)?;
        Ok(tokens)
    }

    /// A relying party asks how its order stands. If a script acts for the person, this is when it does.
    async fn collect(self: &Arc<Self>, reference: &str) -> Result<Status, ApiError> {
        let now = self.clock.now();
        let signing = {
            let mut orders = self.orders();
            let order = orders.find(reference, now).ok_or(ApiError::no_such_order())?;
            let script = self.script(&order.ask);
            match order.next_step(script) {
                Step::Complete => order.enter_code(true, now).ok(),
                step => {
                    self.act(&mut orders, reference, step);
                    None
                }
            }
        };
        if let Some(holder) = signing {
            self.sign(reference, holder).await;
        }
        let mut orders = self.orders();
        let order = orders.find(reference, now).ok_or(ApiError::no_such_order())?;
        Ok(order.status(now))
    }

    /// What a script does short of signing. An order that is over meanwhile stays as it is.
    fn act(&self, orders: &mut Orders, reference: &str, step: Step) {
        let now = self.clock.now();
        let Some(order) = orders.find(reference, now) else { return };
        let _ = match step {
            Step::Rest | Step::Complete => Ok(()),
            Step::Fail(failure) => order.fail(failure, now),
            Step::Open => match self.holder_of(&order.ask) {
                Some(holder) => orders.choose(reference, holder, now),
                None => order.open(now),
            },
        };
    }

    /// A relying party gives an order up.
    fn cancel(&self, reference: &str) -> Result<(), ApiError> {
        self.orders().cancel(reference, self.clock.now())
    }

    /// Somebody enters a code in the app. A right one is followed by the signature.
    async fn enter_code(self: &Arc<Self>, reference: &str, code: &str) -> Result<(), Refused> {
        let now = self.clock.now();
        let holder = {
            let mut orders = self.orders();
            let order = orders.find(reference, now).ok_or(Refused::Over)?;
            order.enter_code(code == CODE, now)?
        };
        self.sign(reference, holder).await;
        Ok(())
    }

    /// Makes the signature of an order whose code was right. A caller that goes away does not stop it.
    async fn sign(self: &Arc<Self>, reference: &str, holder: Holder) {
        let (service, reference) = (Arc::clone(self), reference.to_owned());
        let signing = tokio::task::spawn_blocking(move || service.sign_now(&reference, &holder));
        if let Err(fault) = signing.await {
            tracing::error!(error = %fault, "a signature of the sandbox broke off");
        }
    }

    fn sign_now(&self, reference: &str, holder: &Holder) {
        let now = self.clock.now();
        let Some(ask) = self.orders().find(reference, now).map(|order| Arc::clone(&order.ask)) else {
            return;
        };
        let mut nonce = [0; 20];
        self.entropy.fill(&mut nonce);
        let made = self.issuer.complete(&ask, holder, &nonce, now);
        let mut orders = self.orders();
        let Some(order) = orders.find(reference, now) else { return };
        // Over already: the order was cancelled while the signature was made.
        let _ = match made {
            Ok(completion) => order.complete(completion, now),
            Err(fault) => {
                tracing::error!(error = %fault, "the sandbox's BankID could not sign");
                order.fail(Failure::CertificateErr, now)
            }
        };
    }

    fn script(&self, ask: &Ask) -> Script {
        let named = ask.requirement.personal_number.as_ref();
        let person = named.and_then(|number| self.persons.by_number(number));
        person.map_or(Script::None, |person| person.behaviour.script())
    }

    /// The first BankID of the named person that the order accepts.
    fn holder_of(&self, ask: &Ask) -> Option<Holder> {
        let person = self.persons.by_number(ask.requirement.personal_number.as_ref()?)?;
        let holders = person.bankid.iter().map(|&method| Holder { person: Arc::clone(person), method });
        holders.into_iter().find(|holder| ask.requirement.accepts(holder).is_ok())
    }

    fn tokens(&self) -> Tokens {
        let random = || {
            let mut bytes = [0; 16];
            self.entropy.fill(&mut bytes);
            uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
        };
        Tokens { reference: random(), auto_start: random(), qr_start: random(), qr_secret: random().into() }
    }

    fn orders(&self) -> MutexGuard<'_, Orders> {
        // Nothing panics while it is held; if it did, each order would still be whole.
        self.orders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
