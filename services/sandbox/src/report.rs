//! Delivery reports: what the gateway calls back with once it has delivered an SMS.

use bevaka_domain::clock::Clock;
use reqwest::{Client, Url};
use std::{sync::Arc, time::Duration};
use time::{format_description::BorrowedFormatItem, macros::format_description};
use tokio_util::sync::CancellationToken;

use crate::message::Status;

/// A network takes a moment too; it also keeps the report from overtaking the answer.
const TRANSIT: Duration = Duration::from_millis(200);
const TRIES: u32 = 5;
const TIMEOUT: Duration = Duration::from_secs(10);
const WIRE_TIME: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:6]");

#[derive(Clone)]
pub(crate) struct Reporter {
    client: Client,
    clock: Arc<dyn Clock>,
    stopping: CancellationToken,
}

impl Reporter {
    pub(crate) fn new(clock: Arc<dyn Clock>, stopping: CancellationToken) -> anyhow::Result<Self> {
        // Another part of the process may have installed its own already.
        let _ = rustls::crypto::ring::default_provider().install_default();
        // Reports go to this machine or its neighbour, without encryption: no proxy, no authorities.
        let client = Client::builder()
            .no_proxy()
            .tls_certs_only([])
            .timeout(TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .build()?;
        Ok(Self { client, clock, stopping })
    }

    /// Reports once, and again with growing pauses until the answer is 200 to 204.
    pub(crate) fn send(&self, to: Url, id: String, status: Status) {
        let this = self.clone();
        tokio::spawn(async move {
            let stopping = this.stopping.clone();
            stopping.run_until_cancelled(this.deliver(to, &id, status)).await;
        });
    }

    async fn deliver(&self, to: Url, id: &str, status: Status) {
        let mut pause = TRANSIT;
        for attempt in 1..=TRIES {
            tokio::time::sleep(pause).await;
            match self.attempt(to.clone(), id, status).await {
                Ok(()) => return,
                Err(reason) => {
                    tracing::warn!(sms.reference = id, attempt, reason, "a delivery report was not taken");
                }
            }
            pause = Duration::from_secs(1 << attempt);
        }
    }

    async fn attempt(&self, to: Url, id: &str, status: Status) -> Result<(), String> {
        let mut form = vec![("id", id.to_owned()), ("status", status.word().to_owned())];
        if status == Status::Delivered {
            form.push(("delivered", wire_time(&*self.clock)));
        }
        // The address carries a signature, so it stays out of the log.
        let answer =
            self.client.post(to).form(&form).send().await.map_err(|fault| fault.without_url().to_string())?;
        match answer.status().as_u16() {
            200..=204 => Ok(()),
            code => Err(format!("status {code}")),
        }
    }
}

/// The gateway's form of a time: UTC without an offset.
pub(crate) fn wire_time(clock: &dyn Clock) -> String {
    clock.now().to_offset_date_time().format(WIRE_TIME).unwrap_or_default()
}
