//! The two channels as couriers: an alert in, an outcome out.

use crate::{
    gateway::{SmsGateway, SmsMessage},
    mail::Mail,
    smtp::Mailer,
};
use bevaka_catalogue::AlertText;
use bevaka_chassis::settings;
use bevaka_domain::{clock::Timestamp, contact::Address, delivery::Outcome};
use std::{
    future::{Future, ready},
    pin::Pin,
    sync::Arc,
    time::Duration,
};
use uuid::Uuid;

/// An alert as a provider gets it.
#[derive(Clone, Debug)]
pub struct Alert {
    /// The idempotency key of every attempt: the id of the alert, or of the parcel that several leave in (R32).
    pub key: Uuid,
    /// To where.
    pub to: Address,
    /// What it says.
    pub text: AlertText,
    /// When this attempt is made.
    pub sent_at: Timestamp,
}

/// What [`Courier::send`] gives.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Outcome> + Send + 'a>>;

/// A way out to a provider. It answers every attempt; it never decides what follows.
pub trait Courier: Send + Sync + 'static {
    /// Makes one attempt, within the time its settings allow.
    fn send<'a>(&'a self, alert: &'a Alert) -> Sending<'a>;

    /// How many attempts may be under way at once.
    fn concurrency(&self) -> usize;

    /// The longest that one attempt takes.
    fn longest(&self) -> Duration;
}

/// SMS through the configured gateway.
pub struct SmsCourier {
    gateway: Arc<SmsGateway>,
    concurrency: usize,
    longest: Duration,
}

/// E-mail through the configured mail server.
pub struct MailCourier {
    mailer: Mailer,
    concurrency: usize,
    longest: Duration,
}

impl SmsCourier {
    /// By this gateway, within its pace.
    pub fn new(gateway: Arc<SmsGateway>, settings: &settings::Sms) -> Self {
        // A paced gateway makes attempts wait for their turn. More at once than a second's worth would let rights
        // and leases grow old in that wait.
        let pace = gateway.max_requests_per_second().map_or(usize::MAX, |per_second| per_second as usize);
        let longest = Duration::from_millis(settings.timeout_ms) + Duration::from_secs(1);
        Self { concurrency: settings.concurrency.min(pace), gateway, longest }
    }
}

impl MailCourier {
    /// By this mail server.
    pub fn new(mailer: Mailer, settings: &settings::Smtp) -> Self {
        let longest = Duration::from_millis(settings.send_timeout_ms);
        Self { mailer, concurrency: settings.connections, longest }
    }
}

impl Courier for SmsCourier {
    fn send<'a>(&'a self, alert: &'a Alert) -> Sending<'a> {
        let AlertText::Sms(sms) = &alert.text else { return misdirected() };
        let to = alert.to.reveal().to_owned();
        let message = SmsMessage { key: alert.key, to, sms: sms.clone() };
        Box::pin(async move { self.gateway.send(&message).await })
    }

    fn concurrency(&self) -> usize {
        self.concurrency
    }

    fn longest(&self) -> Duration {
        self.longest
    }
}

impl Courier for MailCourier {
    fn send<'a>(&'a self, alert: &'a Alert) -> Sending<'a> {
        let AlertText::Mail { text, unsubscribe } = &alert.text else { return misdirected() };
        let mail = Mail {
            key: alert.key,
            to: alert.to.reveal().to_owned(),
            subject: text.subject.clone(),
            text: text.text.clone(),
            html: text.html.clone(),
            list_unsubscribe: unsubscribe.clone(),
            sent_at: alert.sent_at,
        };
        Box::pin(async move { self.mailer.send(&mail).await })
    }

    fn concurrency(&self) -> usize {
        self.concurrency
    }

    fn longest(&self) -> Duration {
        self.longest
    }
}

/// The queue of a channel only holds alerts of that channel, so this is a fault of ours.
fn misdirected<'a>() -> Sending<'a> {
    Box::pin(ready(Outcome::Rejected { cause: "misdirected".to_owned() }))
}
