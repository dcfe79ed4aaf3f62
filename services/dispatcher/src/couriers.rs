//! The two channels as couriers: an alert in, an outcome out.

use crate::{
    channels::{
        gateway::{SmsGateway, SmsMessage},
        mail::Mail,
        smtp::Mailer,
    },
    deliver::{Alert, Courier, Sending},
    texts::AlertText,
};
use bevaka_chassis::settings;
use bevaka_domain::delivery::Outcome;
use std::{future::ready, sync::Arc, time::Duration};

/// SMS through the configured gateway.
pub(crate) struct SmsCourier {
    gateway: Arc<SmsGateway>,
    concurrency: usize,
    longest: Duration,
}

/// E-mail through the configured mail server.
pub(crate) struct MailCourier {
    mailer: Mailer,
    concurrency: usize,
    longest: Duration,
}

impl SmsCourier {
    pub(crate) fn new(gateway: Arc<SmsGateway>, settings: &settings::Sms) -> Self {
        // A paced gateway makes attempts wait for their turn. More at once than a second's worth would let rights
        // and leases grow old in that wait.
        let pace = gateway.max_requests_per_second().map_or(usize::MAX, |per_second| per_second as usize);
        let longest = Duration::from_millis(settings.timeout_ms) + Duration::from_secs(1);
        Self { concurrency: settings.concurrency.min(pace), gateway, longest }
    }
}

impl MailCourier {
    pub(crate) fn new(mailer: Mailer, settings: &settings::Smtp) -> Self {
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
