//! The client of BankID's API: mutual TLS, JSON, nothing else.

use super::{
    BankIdError, Completion, ErrorCode, Hint, Request,
    request::{Body, Order},
};
use reqwest::{
    Certificate, Client, Identity, Response, StatusCode, Url,
    header::{CONTENT_TYPE, HeaderValue},
    redirect,
};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::{fmt, time::Duration};

/// The longest answer that is read, in bytes. A signature of the longest text and data takes about 800,000.
const LONGEST_ANSWER: usize = 4_000_000;

/// Where BankID is, and who asks.
pub struct Config {
    /// The address up to the version: `https://appapi2.bankid.com/rp/v6.0`.
    pub url: String,
    /// The relying party's certificate and its key, in PEM.
    pub identity_pem: SecretString,
    /// The authority of BankID's server, in PEM. No other is trusted.
    pub ca_pem: String,
    /// How long an answer may take.
    pub timeout: Duration,
}

/// What is wrong with a configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// No address, or one without TLS.
    #[error("the address of BankID begins with https://, such as https://appapi2.bankid.com/rp/v6.0")]
    Url,
    /// No certificate, or no key that goes with it.
    #[error(
        "the relying party's identity is its certificate and an unencrypted key, both in PEM in one file"
    )]
    Identity,
    /// No certificate.
    #[error("the authority of BankID's server is at least one certificate in PEM")]
    Authority,
}

/// A relying party: who may ask BankID. Clones share connections.
#[derive(Clone)]
pub struct RelyingParty {
    http: Client,
    url: String,
}

/// An order that BankID took.
#[derive(Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Started {
    /// Names the order towards BankID.
    pub order_ref: String,
    /// Starts the app on the same device.
    pub auto_start_token: String,
    /// The open part of the QR code.
    pub qr_start_token: String,
    /// The key of the QR code. Stays on the server.
    pub qr_start_secret: SecretString,
}

/// How an order stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Collected {
    /// Ask again in two seconds.
    Pending(Hint),
    /// It is over. Never ask again.
    Failed(Hint),
    /// It is done. Never ask again.
    Complete(Box<Completion>),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OrderRef<'a> {
    order_ref: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Status {
    status: String,
    #[serde(default)]
    hint_code: Option<Hint>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Refusal {
    error_code: String,
}

impl RelyingParty {
    /// A client with the relying party's own certificate, that trusts the given authority and no other.
    ///
    /// # Errors
    /// [`ConfigError`] tells which part of the configuration is wrong.
    pub fn new(config: &Config) -> Result<Self, ConfigError> {
        // Fails only if a provider is installed already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let url = Url::parse(&config.url).ok().filter(|url| url.scheme() == "https" && url.has_host());
        let url = url.ok_or(ConfigError::Url)?.as_str().trim_end_matches('/').to_owned();
        let identity = Identity::from_pem(config.identity_pem.expose_secret().as_bytes());
        let authorities = Certificate::from_pem_bundle(config.ca_pem.as_bytes());
        let authorities = authorities.ok().filter(|found| !found.is_empty()).ok_or(ConfigError::Authority)?;
        let http = Client::builder()
            .tls_certs_only(authorities)
            .identity(identity.map_err(|_| ConfigError::Identity)?)
            .https_only(true)
            .redirect(redirect::Policy::none())
            .timeout(config.timeout)
            .connect_timeout(config.timeout)
            .build()
            .map_err(|_| ConfigError::Identity)?;
        Ok(Self { http, url })
    }

    /// Asks a person to identify themselves.
    ///
    /// # Errors
    /// [`BankIdError`] where the order is not one BankID takes, or BankID refuses or cannot be asked.
    pub async fn auth(&self, request: &Request) -> Result<Started, BankIdError> {
        self.start(Order::Auth, request).await
    }

    /// Asks a person to sign a text.
    ///
    /// # Errors
    /// As [`RelyingParty::auth`].
    pub async fn sign(&self, request: &Request) -> Result<Started, BankIdError> {
        self.start(Order::Sign, request).await
    }

    /// Asks how an order stands.
    ///
    /// # Errors
    /// [`BankIdError`] where BankID refuses or cannot be asked. An order that was not known to be over stays pending then.
    pub async fn collect(&self, order_ref: &str) -> Result<Collected, BankIdError> {
        let answer = self.post("collect", &OrderRef { order_ref }).await?;
        let status: Status = answer.read()?;
        let hint = status.hint_code.unwrap_or_else(|| Hint::from(""));
        match status.status.as_str() {
            "pending" => Ok(Collected::Pending(hint)),
            "failed" => Ok(Collected::Failed(hint)),
            "complete" => {
                let unreadable = answer.unreadable();
                // An answer about another order completes nothing.
                let completion = Completion::parse(answer.text).ok();
                let own = completion.filter(|completion| completion.order_ref() == order_ref);
                Ok(Collected::Complete(Box::new(own.ok_or(unreadable)?)))
            }
            _ => Err(answer.unreadable()),
        }
    }

    /// Takes an order back. The person's app tells them.
    ///
    /// # Errors
    /// As [`RelyingParty::collect`].
    pub async fn cancel(&self, order_ref: &str) -> Result<(), BankIdError> {
        self.post("cancel", &OrderRef { order_ref }).await.map(drop)
    }

    async fn start(&self, order: Order, request: &Request) -> Result<Started, BankIdError> {
        let body: Body<'_> = request.body(order)?;
        self.post(order.path(), &body).await?.read()
    }

    /// BankID's answer of status 200.
    async fn post(&self, path: &str, body: &impl Serialize) -> Result<Answer, BankIdError> {
        let request = self.http.post(format!("{}/{path}", self.url)).json(body);
        // BankID refuses a content type with parameters.
        let request = request.header(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let response = request.send().await.map_err(|error| unreachable(&error))?;
        let status = response.status();
        let answer = Answer { status: status.as_u16(), text: text(response).await? };
        if status == StatusCode::OK {
            return Ok(answer);
        }
        let refusal: Refusal = answer.read()?;
        Err(BankIdError::Refused(ErrorCode::from(refusal.error_code.as_str())))
    }
}

struct Answer {
    status: u16,
    text: String,
}

impl Answer {
    fn read<'a, T: Deserialize<'a>>(&'a self) -> Result<T, BankIdError> {
        serde_json::from_str(&self.text).map_err(|_| self.unreadable())
    }

    fn unreadable(&self) -> BankIdError {
        BankIdError::Answer { status: self.status }
    }
}

async fn text(mut response: Response) -> Result<String, BankIdError> {
    let unreadable = BankIdError::Answer { status: response.status().as_u16() };
    let mut bytes = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| unreachable(&error))? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > LONGEST_ANSWER {
            return Err(unreadable);
        }
    }
    String::from_utf8(bytes).map_err(|_| unreadable)
}

fn unreachable(error: &reqwest::Error) -> BankIdError {
    if error.is_timeout() { BankIdError::Timeout } else { BankIdError::Unreachable }
}

impl Started {
    /// Starts the app on the same telephone or tablet. The order's return address leads back.
    pub fn app_link(&self) -> String {
        format!("https://app.bankid.com/?autostarttoken={}&redirect=null", self.auto_start_token)
    }

    /// Starts the program on the same computer, which is where a card is read.
    pub fn program_link(&self) -> String {
        format!("bankid:///?autostarttoken={}&redirect=null", self.auto_start_token)
    }
}

impl fmt::Debug for Started {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Started").field("order_ref", &self.order_ref).finish_non_exhaustive()
    }
}

impl fmt::Debug for RelyingParty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RelyingParty").field("url", &self.url).finish_non_exhaustive()
    }
}
