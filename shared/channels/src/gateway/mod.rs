//! The SMS gateway: any provider that takes a message by one HTTP request, described by a file.

mod answer;
mod config;
mod direct;
mod pace;
mod reports;
mod request;
mod template;

#[cfg(test)]
mod tests;

pub use config::{GatewayConfig, InvalidGateway};
pub use reports::{ParsedReport, ReportRefused};

use bevaka_chassis::settings;
use bevaka_domain::{
    delivery::Outcome,
    sms::{Encoding, Sms},
};
use config::BaseUrl;
use direct::{Direct, Limits};
use pace::Pace;
use reports::Reporting;
use request::Proof;
use reqwest::{Client, redirect};
use secrecy::{ExposeSecret, SecretString};
use std::time::Duration;
use template::Values;
use tokio::sync::Semaphore;
use url::Url;
use uuid::Uuid;

/// Many servers close a connection that was idle for five seconds. One that closes while a request sets out
/// leaves the outcome unknown, so idle connections are given up before.
const IDLE: Duration = Duration::from_secs(4);

/// Connecting takes no longer, whatever a request may take.
const CONNECT: Duration = Duration::from_secs(5);

/// One text message.
#[derive(Clone)]
pub struct SmsMessage {
    /// The same in every attempt (R32); it comes back in the delivery report's address.
    pub key: Uuid,
    /// The number as E.164.
    pub to: String,
    /// The text.
    pub sms: Sms,
}

/// Hands text messages to one provider.
pub struct SmsGateway {
    config: GatewayConfig,
    base_url: Url,
    account: String,
    secret: SecretString,
    sender: String,
    proof: Proof,
    reporting: Option<Reporting>,
    client: Client,
    direct: Option<Direct>,
    permits: Semaphore,
    pace: Option<Pace>,
}

/// Why the settings of the gateway cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// The base address.
    #[error("settings: sms.base_url: {0}")]
    BaseUrl(String),
    /// The sender.
    #[error("settings: sms.sender: must be 1 to 11 of A-Z, a-z, 0-9, or a number of at most 15 digits")]
    Sender,
    /// What authenticates requests.
    #[error("settings: sms.account and sms.secret: hold characters that no HTTP header can carry")]
    Credentials,
    /// What signs report addresses.
    #[error("settings: sms.report_secret: cannot be used as a key")]
    ReportSecret,
    /// The HTTP client.
    #[error("the HTTP client cannot be set up; are the system's certificate authorities installed? {0}")]
    Client(reqwest::Error),
}

impl SmsGateway {
    /// Checks the settings against the gateway's file; connects to nothing. `public_url` is where delivery
    /// reports come back to.
    ///
    /// # Errors
    /// [`GatewayError`] names the setting that is unusable.
    pub fn new(
        config: GatewayConfig,
        settings: &settings::Sms,
        public_url: &str,
    ) -> Result<Self, GatewayError> {
        let base_url = if settings.base_url.is_empty() {
            config.base_url.0.clone()
        } else {
            BaseUrl::try_from(settings.base_url.clone()).map_err(GatewayError::BaseUrl)?.0
        };
        if !is_sender(&settings.sender) {
            return Err(GatewayError::Sender);
        }
        let secret = settings.secret.expose_secret();
        let credentials = Values { account: &settings.account, secret, ..Values::default() };
        let proof = request::proof(&config.request.auth, &credentials).ok_or(GatewayError::Credentials)?;
        Ok(Self {
            client: client(&base_url, Duration::from_millis(settings.timeout_ms))?,
            direct: direct(&base_url, Duration::from_millis(settings.timeout_ms)),
            reporting: reporting(&config, settings, public_url)?,
            base_url,
            account: settings.account.clone(),
            secret: settings.secret.clone(),
            sender: settings.sender.clone(),
            proof,
            permits: Semaphore::new(settings.concurrency.max(1)),
            pace: config.max_requests_per_second.map(Pace::new),
            config,
        })
    }

    /// The gateway's name, as report addresses hold it.
    pub fn name(&self) -> &str {
        self.config.name()
    }

    /// How many requests the provider allows in a second, if its file says so.
    pub fn max_requests_per_second(&self) -> Option<u32> {
        self.config.max_requests_per_second.map(std::num::NonZeroU32::get)
    }

    /// Tries once. Waits first while the gateway is busy; the time-out counts from then on.
    pub async fn send(&self, message: &SmsMessage) -> Outcome {
        // Some gateways cut a longer text without a word.
        if message.sms.segments > self.config.text.max_segments.get() {
            return Outcome::Rejected { cause: "text_too_long".into() };
        }
        let _permit = self.permits.acquire().await;
        if let Some(pace) = &self.pace {
            pace.turn().await;
        }
        let Ok(request) = self.request(message) else { return answer::unusable() };
        match &self.direct {
            Some(direct) => match request::over_http1(&request) {
                Some(request) => answer::of_direct(&self.config, direct.send(request).await),
                None => answer::unusable(),
            },
            None => match self.client.execute(request).await {
                Ok(response) => answer::outcome(&self.config, response).await,
                Err(fault) => answer::without_answer(&fault),
            },
        }
    }

    fn request(&self, message: &SmsMessage) -> Result<reqwest::Request, reqwest::Error> {
        let coding = &self.config.text.coding;
        let report_url = self.reporting.as_ref().map(|reporting| reporting.url(message.key));
        let values = Values {
            account: &self.account,
            secret: self.secret.expose_secret(),
            sender: &self.sender,
            to: &message.to,
            text: &message.sms.text,
            id: &message.key.to_string(),
            report_url: report_url.as_deref().unwrap_or_default(),
            coding: match message.sms.encoding {
                Encoding::Gsm7 => &coding.gsm7,
                Encoding::Ucs2 => &coding.ucs2,
            },
        };
        request::build(&self.client, &self.config, &self.base_url, &self.proof, &values)
    }
}

fn client(base_url: &Url, timeout: Duration) -> Result<Client, GatewayError> {
    // Fails only if a provider is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut builder = Client::builder()
        .timeout(timeout)
        .connect_timeout(CONNECT.min(timeout / 2))
        .pool_idle_timeout(IDLE)
        .tcp_nodelay(true)
        .redirect(redirect::Policy::none());
    // A gateway without TLS is one's own: no proxy may see the credentials, and no authorities are needed,
    // which a container may not have.
    if base_url.scheme() == "http" {
        builder = builder.no_proxy().tls_certs_only([]);
    }
    builder.build().map_err(GatewayError::Client)
}

/// A gateway without TLS is one's own: connections straight to it.
fn direct(base_url: &Url, timeout: Duration) -> Option<Direct> {
    let (host, port) = (base_url.host_str()?, base_url.port_or_known_default()?);
    let limits =
        Limits { connect: CONNECT.min(timeout / 2), request: timeout, idle: IDLE, body: answer::MAX_BODY };
    // An IPv6 address stands in brackets in a URL, and not in a socket's address.
    let host = host.trim_start_matches('[').trim_end_matches(']');
    (base_url.scheme() == "http").then(|| Direct::new(host, port, limits))
}

fn reporting(
    config: &GatewayConfig,
    settings: &settings::Sms,
    public_url: &str,
) -> Result<Option<Reporting>, GatewayError> {
    let report_secret = settings.report_secret.expose_secret();
    let Some(rule) = config.reports.as_ref().filter(|_| !report_secret.is_empty()) else {
        return Ok(None);
    };
    Reporting::new(rule, &config.name, public_url, report_secret, settings.secret.expose_secret())
        .map(Some)
        .ok_or(GatewayError::ReportSecret)
}

fn is_sender(text: &str) -> bool {
    let number = text.strip_prefix('+').unwrap_or(text);
    let digits = (1..=15).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
    digits || ((1..=11).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric()))
}
