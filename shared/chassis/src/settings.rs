//! Settings: the shipped defaults, then a file, then the environment. `config/bevaka.toml` is the one list of
//! them all, and it is compiled in as the lowest layer, so a default is written once.

use bevaka_domain::{
    clock::{InvalidTime, Timestamp},
    retry::RetryPolicy,
};
use figment::{
    Figment, Metadata, Profile, Provider,
    error::{Actual, Kind},
    providers::{Format, Toml},
    util::nest,
    value::{Dict, Map, Value},
};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use std::{
    net::SocketAddr,
    num::{NonZeroU32, NonZeroUsize},
    path::{Path, PathBuf},
    time::Duration,
};
use url::{Host, Url};

const DEFAULTS: &str = include_str!("../../../config/bevaka.toml");
const PREFIX: &str = "BEVAKA__";

macro_rules! settings {
    ($($(#[$doc:meta])* pub struct $name:ident { $($(#[$field_doc:meta])* pub $field:ident : $type:ty,)+ })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name { $($(#[$field_doc])* pub $field: $type,)+ }
    )+};
}

settings! {
    /// All of it.
    pub struct Settings {
        /// Where data lie.
        pub database: Database,
        /// How messages travel.
        pub bus: Bus,
        /// What this process serves.
        pub http: Http,
        /// Where customers reach the pages.
        pub pages: Pages,
        /// Where the event kinds lie.
        pub catalogue: Catalogue,
        /// What operators may do at once.
        pub operators: Operators,
        /// How operators sign in.
        pub operator_sign_in: OperatorSignIn,
        /// How alerts are sent and sent again.
        pub dispatch: Dispatch,
        /// The mail server.
        pub smtp: Smtp,
        /// The SMS gateway.
        pub sms: Sms,
        /// What seals secrets before they are stored.
        pub vault: Vault,
        /// BankID.
        pub bankid: BankId,
        /// How people sign in.
        pub sign_in: SignIn,
        /// How long they stay signed in.
        pub sessions: Sessions,
        /// What agreements say.
        pub agreement: Agreement,
        /// Contact points, and what is sent to them at their owners' wish.
        pub contacts: Contacts,
        /// The stand-ins for development.
        pub sandbox: Sandbox,
        /// The process itself.
        pub process: Process,
        /// What it logs.
        pub logging: Logging,
    }

    /// Where data lie.
    pub struct Database {
        /// `sqlite:PATH` or `postgres://…`; it may hold a password.
        pub url: SecretString,
        /// The most connections to PostgreSQL.
        pub connections: u32,
    }

    /// How messages travel.
    pub struct Bus {
        /// Which bus.
        pub kind: BusKind,
        /// RabbitMQ's address; it may hold a password.
        pub url: SecretString,
        /// What the broker is called where services reach the same one by different addresses; empty: as in `url`.
        pub name: String,
        /// Messages recorded in one transaction.
        pub batch: usize,
        /// Readers of the intake queue.
        pub consumers: usize,
    }

    /// What this process serves.
    pub struct Http {
        /// Where it listens.
        pub listen: SocketAddr,
        /// How other programs reach it; empty means `http://LISTEN`.
        pub public_url: String,
        /// The header in which a proxy names the client; empty: none.
        pub client_address_header: String,
    }

    /// Where customers reach the pages.
    pub struct Pages {
        /// The address without a path; empty means as `http.public_url`.
        pub public_url: String,
    }

    /// Where the event kinds lie.
    pub struct Catalogue {
        /// Relative to the configuration's directory.
        pub directory: String,
    }

    /// What operators may do at once.
    pub struct Operators {
        /// An injection to more recipients needs a second operator's approval (R37).
        pub approval_above: u32,
        /// What one operator has injected within so many seconds counts together.
        pub approval_window_s: u32,
        /// How long an injection waits for approval, in seconds.
        pub approval_expires_s: u32,
        /// The largest event, in bytes.
        pub max_event_bytes: usize,
        /// The most events in one request.
        pub max_events_per_request: usize,
    }

    /// The bank's `OpenID` provider, by which operators sign in to their pages.
    pub struct OperatorSignIn {
        /// Its address; empty: nobody can sign in to the operators' pages.
        pub issuer: String,
        /// What the provider knows Bevaka by.
        pub client_id: String,
        /// The secret that goes with it.
        pub client_secret: SecretString,
        /// Where operators reach their pages; empty means as `http.public_url`.
        pub public_url: String,
        /// The claim that names the person, the same for as long as they work at the bank; it stands in the trail.
        pub person_claim: String,
        /// The claim with the name that people call them.
        pub name_claim: String,
        /// The claim with the list of their roles or groups.
        pub roles_claim: String,
        /// What of that list makes a viewer.
        pub viewer: String,
        /// What makes an operator.
        pub operator: String,
        /// What makes an approver.
        pub approver: String,
        /// What makes an auditor.
        pub auditor: String,
        /// The greatest age of a session, in seconds.
        pub longest_s: u64,
    }

    /// How alerts are sent and sent again.
    pub struct Dispatch {
        /// How long a process may hold an alert, in seconds.
        pub lease_s: u32,
        /// Between two looks for due alerts, in milliseconds.
        pub sweep_interval_ms: u64,
        /// From this age on a decision is checked again before the send, in milliseconds.
        pub recheck_after_ms: u64,
        /// Alerts that may wait in memory for each channel.
        pub queue: usize,
        /// When to try again.
        pub retry: RetryPolicy,
    }

    /// The mail server.
    pub struct Smtp {
        /// Its host name.
        pub host: String,
        /// Its port.
        pub port: u16,
        /// How the connection is protected.
        pub tls: SmtpTls,
        /// Further trusted authorities, PEM.
        pub ca_file: String,
        /// Empty: no authentication.
        pub username: String,
        /// The password.
        pub password: SecretString,
        /// The sender's address.
        pub from_address: String,
        /// The sender's name.
        pub from_name: String,
        /// The name this host greets with.
        pub hello_name: String,
        /// Connections, and so mails under way, at once.
        pub connections: usize,
        /// For connecting, in milliseconds.
        pub connect_timeout_ms: u64,
        /// For one mail, in milliseconds.
        pub send_timeout_ms: u64,
    }

    /// The SMS gateway.
    pub struct Sms {
        /// The gateway's file in `config/gateways`, without its ending.
        pub gateway: String,
        /// Overrides the file's base address.
        pub base_url: String,
        /// `{{account}}` in the gateway's file.
        pub account: String,
        /// `{{secret}}` in the gateway's file.
        pub secret: SecretString,
        /// The sender people see.
        pub sender: String,
        /// Messages under way at once.
        pub concurrency: usize,
        /// For one request, in milliseconds.
        pub timeout_ms: u64,
        /// Signs report addresses; empty: no reports.
        pub report_secret: SecretString,
    }

    /// The stand-ins for development.
    pub struct Sandbox {
        /// Whether they run.
        pub enabled: bool,
        /// Where the mail server listens.
        pub smtp_listen: SocketAddr,
        /// Where relying parties reach its BankID.
        pub bankid_listen: SocketAddr,
    }

    /// What seals secrets before they are stored.
    pub struct Vault {
        /// 64 hexadecimal digits; empty: none.
        pub key: SecretString,
    }

    /// BankID.
    pub struct BankId {
        /// The relying-party API; empty: BankID is not offered.
        pub url: String,
        /// Which signatures count: a TOML file.
        pub profile: PathBuf,
        /// The relying party's certificate and key.
        pub identity_file: PathBuf,
        /// The authority of BankID's server.
        pub ca_file: PathBuf,
        /// Where the app is started on the same device; empty: at BankID's own addresses.
        pub app_url: String,
        /// For one request, in milliseconds.
        pub timeout_ms: u64,
        /// Between two questions about an order under way, in milliseconds.
        pub collect_interval_ms: u64,
    }

    /// How people sign in.
    pub struct SignIn {
        /// Tries of one person, and of one address, in a minute.
        pub tries_per_minute: NonZeroU32,
        /// *BankID på kort*.
        pub on_card: MethodTimes,
        /// *Mobilt BankID*.
        pub mobile: MethodTimes,
        /// *Säkerhetsdosa*.
        pub token: MethodTimes,
    }

    /// When a method can be used.
    pub struct MethodTimes {
        /// From when on; always, if none.
        pub opens_at: Moment,
        /// From when on it is closed; never, if none.
        pub closed_from: Moment,
        /// Until when it is closed; for good, if none.
        pub closed_until: Moment,
    }

    /// How long people stay signed in.
    pub struct Sessions {
        /// Without use, in seconds (R44).
        pub idle_s: u64,
        /// In any case, in seconds.
        pub longest_s: u64,
    }

    /// What agreements say.
    pub struct Agreement {
        /// The version of the terms.
        pub terms_version: String,
    }

    /// Contact points, and what is sent to them at their owners' wish.
    pub struct Contacts {
        /// The most contact points of one user.
        pub max_contacts: NonZeroUsize,
        /// Codes that one user lets be sent within an hour.
        pub codes_per_hour: NonZeroU32,
        /// Codes that one user lets be sent within 24 hours.
        pub codes_per_day: NonZeroU32,
        /// Codes to one number or address within an hour, whoever lets them be sent.
        pub codes_per_address_per_hour: NonZeroU32,
        /// Codes to one number or address within 24 hours, whoever lets them be sent.
        pub codes_per_address_per_day: NonZeroU32,
        /// Test alerts that one user lets be sent within an hour.
        pub tests_per_hour: NonZeroU32,
    }

    /// The process itself.
    pub struct Process {
        /// Development or production.
        pub environment: Environment,
        /// Where local state lies.
        pub data_dir: String,
        /// How long stopping may take, in seconds.
        pub shutdown_s: u64,
    }

    /// What it logs.
    pub struct Logging {
        /// For machines or for people.
        pub format: LogFormat,
        /// As tracing's `EnvFilter` takes it.
        pub filter: String,
    }
}

/// Which bus carries the messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum BusKind {
    /// A table of the same database.
    Table,
    /// RabbitMQ.
    Amqp,
}

/// An instant, or none where the text is empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Moment(pub Option<Timestamp>);

impl TryFrom<String> for Moment {
    type Error = InvalidTime;

    fn try_from(text: String) -> Result<Self, InvalidTime> {
        if text.is_empty() { Ok(Self(None)) } else { Timestamp::parse(&text).map(|at| Self(Some(at))) }
    }
}

/// How the connection to the mail server is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SmtpTls {
    /// Not at all: only for the sandbox and tests.
    None,
    /// By STARTTLS, and nothing is sent if it fails.
    Starttls,
    /// From the first byte.
    Implicit,
}

/// Development or production.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Environment {
    /// The sandbox is allowed.
    Development,
    /// The sandbox and unencrypted mail are refused.
    Production,
}

/// For machines or for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// One readable line each.
    Text,
}

/// Why the settings cannot be used. Names the key; never shows a value that may be secret.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A key is unknown or a value does not fit.
    #[error("settings: {0}")]
    Invalid(Box<figment::Error>),
    /// A value fits its type but not the rules.
    #[error("settings: {key}: {problem}")]
    Refused {
        /// The key, as `section.key`.
        key: &'static str,
        /// What is wrong and what to do.
        problem: &'static str,
    },
}

impl Settings {
    /// Reads the defaults, then `file` if given, then `BEVAKA__SECTION__KEY` variables.
    ///
    /// # Errors
    /// [`SettingsError`] names an unknown key, a value of the wrong type, or a combination that is refused.
    pub fn load(file: Option<&Path>) -> Result<Self, SettingsError> {
        let text = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
        Self::from_env_pairs(file, std::env::vars_os().map(|(name, value)| (text(name), text(value))))
    }

    /// Reads as [`Settings::load`] does, but takes these variables for the environment: for those who check what a
    /// deployment's file would set. Names without the prefix `BEVAKA__` are left out, as in the environment.
    ///
    /// # Errors
    /// As [`Settings::load`].
    pub fn from_env_pairs(
        file: Option<&Path>,
        pairs: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, SettingsError> {
        let defaults = Figment::from(Toml::string(DEFAULTS));
        let mut figment = defaults.clone();
        if let Some(file) = file {
            figment = figment.merge(Toml::file_exact(file));
        }
        for (name, text) in pairs {
            if let Some(key) = name.strip_prefix(PREFIX) {
                figment = figment.merge(Variable::new(key, text, &defaults));
            }
        }
        let settings: Self =
            figment.extract().map_err(|fault| SettingsError::Invalid(without_value(fault)))?;
        settings.check()?;
        Ok(settings)
    }

    fn check(&self) -> Result<(), SettingsError> {
        let refuse = |key, problem| Err(SettingsError::Refused { key, problem });
        let short = |secret: &SecretString| (1..32).contains(&secret.expose_secret().len());
        let production = self.process.environment == Environment::Production;
        if production && self.sandbox.enabled {
            return refuse("sandbox.enabled", "the sandbox is refused in production; set it to false");
        }
        if production && self.smtp.tls == SmtpTls::None {
            return refuse("smtp.tls", "unencrypted mail is refused in production; set starttls or implicit");
        }
        for (key, address) in [
            ("pages.public_url", &self.pages.public_url),
            ("operator_sign_in.public_url", &self.operator_sign_in.public_url),
        ] {
            if !address.is_empty() && !is_site(address, production) {
                return refuse(
                    key,
                    "an address without a path, such as https://bevaka.bank.example; http:// only outside production and \
                     on this machine, since browsers keep the cookie of a session nowhere else",
                );
            }
        }
        let issuer = &self.operator_sign_in.issuer;
        let trusted = issuer.starts_with("https://") || (!production && issuer.starts_with("http://"));
        if !issuer.is_empty() && !trusted {
            return refuse("operator_sign_in.issuer", "the provider's address begins with https://");
        }
        if !issuer.is_empty() && self.operator_sign_in.client_id.is_empty() {
            return refuse("operator_sign_in.client_id", "say what the provider knows Bevaka by");
        }
        let key = self.vault.key.expose_secret();
        if !key.is_empty() && (key.len() != 64 || !key.bytes().all(|digit| digit.is_ascii_hexdigit())) {
            return refuse(
                "vault.key",
                "a key has 64 hexadecimal digits; make one by `openssl rand -hex 32`",
            );
        }
        if !self.bankid.url.is_empty() && self.bankid.profile.as_os_str().is_empty() {
            return refuse("bankid.profile", "name the file that says which signatures count");
        }
        if short(&self.sms.report_secret) {
            return refuse("sms.report_secret", "a secret has at least 32 characters; make a longer one");
        }
        for (key, value) in [
            ("bus.batch", self.bus.batch),
            ("bus.consumers", self.bus.consumers),
            ("dispatch.queue", self.dispatch.queue),
            ("smtp.connections", self.smtp.connections),
            ("sms.concurrency", self.sms.concurrency),
        ] {
            if !(1..=100_000).contains(&value) {
                return refuse(key, "must lie between 1 and 100000");
            }
        }
        // An SMS may wait a second for its turn at a paced gateway.
        let slowest_ms = self.smtp.send_timeout_ms.max(self.sms.timeout_ms + 1_000);
        if u64::from(self.dispatch.lease_s) * 1_000 < slowest_ms * 2 {
            let problem =
                "must be at least twice as long as smtp.send_timeout_ms and sms.timeout_ms plus a second";
            return refuse("dispatch.lease_s", problem);
        }
        if self.process.shutdown_s * 1_000 < slowest_ms {
            return refuse(
                "process.shutdown_s",
                "must be as long as smtp.send_timeout_ms and sms.timeout_ms plus a second",
            );
        }
        if !(10..=60_000).contains(&self.dispatch.sweep_interval_ms) {
            return refuse("dispatch.sweep_interval_ms", "must lie between 10 and 60000");
        }
        // Longer would send on rights that are gone (R22).
        if self.dispatch.recheck_after_ms > 5_000 {
            return refuse("dispatch.recheck_after_ms", "must be at most 5000");
        }
        Ok(())
    }
}

impl Settings {
    /// The address that customers reach the pages by, without a slash at its end: what browsers call its origin.
    pub fn pages_url(&self) -> String {
        origin(&self.pages.public_url).unwrap_or_else(|| self.http.public_url())
    }

    /// The address that operators reach their pages by, as [`Settings::pages_url`].
    pub fn operators_url(&self) -> String {
        origin(&self.operator_sign_in.public_url).unwrap_or_else(|| self.http.public_url())
    }
}

/// Scheme, host and port of an address as browsers write them; none for what is no address.
fn origin(address: &str) -> Option<String> {
    Some(Url::parse(address).ok()?.origin().ascii_serialization())
}

/// Whether browsers can sign in at this address: it has no path, and is https, or outside production this machine.
fn is_site(address: &str, production: bool) -> bool {
    let Ok(url) = Url::parse(address) else { return false };
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    let anonymous = url.username().is_empty() && url.password().is_none();
    let local = match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    let kept = url.scheme() == "https" || (url.scheme() == "http" && local && !production);
    bare && anonymous && kept
}

/// One variable of the environment. Where the default is a text the value is taken as it stands: a password of digits
/// is no number, and quotes belong to it.
struct Variable {
    path: String,
    value: Value,
}

impl Variable {
    fn new(key: &str, text: String, defaults: &Figment) -> Self {
        let path = key.to_lowercase().replace("__", ".");
        let value = match defaults.find_value(&path) {
            Ok(Value::Num(..) | Value::Bool(..)) => text.parse().unwrap_or_else(|never| match never {}),
            _ => Value::from(text),
        };
        Self { path, value }
    }
}

impl Provider for Variable {
    fn metadata(&self) -> Metadata {
        Metadata::named("the environment")
            .interpolater(|_, keys| format!("{PREFIX}{}", keys.join("__").to_uppercase()))
    }

    fn data(&self) -> Result<Map<Profile, Dict>, figment::Error> {
        let nested = nest(&self.path, self.value.clone()).into_dict().unwrap_or_default();
        Ok(Profile::Default.collect(nested))
    }
}

/// The value of the wrong type may be a secret in the wrong place.
fn without_value(mut fault: figment::Error) -> Box<figment::Error> {
    fault.kind = match fault.kind {
        Kind::InvalidType(_, expected) => {
            Kind::InvalidType(Actual::Other("another type".to_owned()), expected)
        }
        Kind::InvalidValue(_, expected) => {
            Kind::InvalidValue(Actual::Other("another value".to_owned()), expected)
        }
        Kind::UnknownVariant(_, known) => Kind::UnknownVariant("another word".to_owned(), known),
        kind => kind,
    };
    Box::new(fault)
}

impl Http {
    /// The address that others reach this process by, without a slash at its end.
    pub fn public_url(&self) -> String {
        if self.public_url.is_empty() {
            format!("http://{}", self.listen)
        } else {
            self.public_url.trim_end_matches('/').to_owned()
        }
    }
}

impl Dispatch {
    /// How long a process may hold an alert.
    pub const fn lease(&self) -> Duration {
        Duration::from_secs(self.lease_s as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn with(text: &str) -> Result<Settings, String> {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        Settings::from_env_pairs(Some(file.path()), []).map_err(|fault| fault.to_string())
    }

    fn with_variable(name: &str, value: &str) -> Result<Settings, String> {
        Settings::from_env_pairs(None, [(name.to_owned(), value.to_owned())])
            .map_err(|fault| fault.to_string())
    }

    #[test]
    fn the_shipped_files_are_complete_and_sound() {
        with("").unwrap();
        let production = include_str!("../../../config/production.toml");
        assert_eq!(with(production).unwrap().process.environment, Environment::Production);
    }

    #[test]
    fn an_unknown_key_is_refused_by_name() {
        let fault = with("[smtp]\nhots = \"x\"\n").unwrap_err();
        assert!(fault.contains("hots"), "{fault}");
        let fault = with("[smpt]\nhost = \"x\"\n").unwrap_err();
        assert!(fault.contains("smpt"), "{fault}");
    }

    #[test]
    fn production_refuses_the_sandbox_and_unencrypted_mail() {
        let production = "[process]\nenvironment = \"production\"\n";
        assert!(
            with(&format!("{production}[sandbox]\nenabled = true\n"))
                .unwrap_err()
                .contains("sandbox.enabled")
        );
        assert!(with(&format!("{production}[smtp]\ntls = \"none\"\n")).unwrap_err().contains("smtp.tls"));
    }

    #[test]
    fn customers_reach_the_pages_as_set_or_as_all_others_do_and_in_production_over_https() {
        assert_eq!(with("").unwrap().pages_url(), "http://127.0.0.1:8080");
        assert_eq!(
            with("[http]\npublic_url = \"https://a.example/\"\n").unwrap().pages_url(),
            "https://a.example"
        );
        let production = "[process]\nenvironment = \"production\"\n";
        for (address, site) in [
            ("http://127.0.0.1:8080/", Some("http://127.0.0.1:8080")),
            ("http://localhost:8080", Some("http://localhost:8080")),
            ("https://Bevaka.Bank.example:443/", Some("https://bevaka.bank.example")),
            ("http://bevaka.bank.example", None),
            ("https://bank.example/bevaka", None),
            ("https://me@bank.example", None),
            ("ftp://bank.example", None),
            ("bank.example", None),
        ] {
            for (section, url) in [
                ("pages", Settings::pages_url as fn(&Settings) -> String),
                ("operator_sign_in", Settings::operators_url),
            ] {
                let settings = with(&format!("[{section}]\npublic_url = \"{address}\"\n"));
                match site {
                    Some(site) => assert_eq!(url(&settings.unwrap()), site),
                    None => {
                        assert!(
                            settings.unwrap_err().contains(&format!("{section}.public_url")),
                            "{address}"
                        );
                    }
                }
            }
        }
        let local = format!("{production}[pages]\npublic_url = \"http://127.0.0.1:8080\"\n");
        assert!(with(&local).unwrap_err().contains("pages.public_url"));
    }

    #[test]
    fn operators_sign_in_by_a_provider_that_nobody_can_play() {
        let named = "[operator_sign_in]\nissuer = \"http://127.0.0.1:1\"\nclient_id = \"bevaka\"\n";
        assert!(with(named).is_ok());
        let production = "[process]\nenvironment = \"production\"\n[smtp]\ntls = \"starttls\"\n";
        for (refused, key) in [
            (format!("{production}{named}"), "operator_sign_in.issuer"),
            (named.replace("http:", "ftp:"), "operator_sign_in.issuer"),
            (named.replace("bevaka", ""), "operator_sign_in.client_id"),
        ] {
            assert!(with(&refused).unwrap_err().contains(key), "{refused}");
        }
    }

    #[test]
    fn faults_never_show_a_secret() {
        let fault = with("[sms]\nreport_secret = \"hunter2\"\n").unwrap_err();
        assert!(fault.contains("sms.report_secret") && !fault.contains("hunter2"), "{fault}");
        let fault = with("[smtp]\npassword = 4711\n").unwrap_err();
        assert!(fault.contains("smtp.password") && !fault.contains("4711"), "{fault}");
        let shown = format!("{:?}", with("[smtp]\npassword = \"hunter2\"\n").unwrap());
        assert!(!shown.contains("hunter2"));
    }

    #[test]
    fn a_lease_and_a_stop_must_outlast_a_send() {
        assert!(with("[dispatch]\nlease_s = 59\n").unwrap_err().contains("dispatch.lease_s"));
        assert!(with("[process]\nshutdown_s = 29\n").unwrap_err().contains("process.shutdown_s"));
        assert!(with("[dispatch]\nlease_s = 10\n").unwrap_err().contains("dispatch.lease_s"));
    }

    #[test]
    fn variables_override_single_values_and_are_refused_by_name() {
        let settings = with_variable("BEVAKA__DISPATCH__RETRY__FIRST_DELAY_S", "7").unwrap();
        assert_eq!((settings.dispatch.retry.first_delay_s, settings.smtp.port), (7, 25));
        assert_eq!(with_variable("BEVAKA__HTTP__LISTEN", "0.0.0.0:81").unwrap().http.listen.port(), 81);
        assert!(with_variable("BEVAKA__SANDBOX__ENABLED", "true").unwrap().sandbox.enabled);
        for (name, value, told) in [
            ("BEVAKA__SMTP__HOTS", "x", "hots"),
            ("BEVAKA__SMPT__HOST", "x", "smpt"),
            ("BEVAKA__SMTP__PORT", "high", "BEVAKA__SMTP__PORT"),
            ("BEVAKA__BUS__KIND", "amqps", "BEVAKA__BUS__KIND"),
            ("BEVAKA__SMTP", "x", "BEVAKA__SMTP"),
        ] {
            let fault = with_variable(name, value).unwrap_err();
            assert!(fault.contains(told), "{fault}");
        }
        with_variable("BEVAKA_CONFIG_DIR", "/etc/bevaka").unwrap();
    }

    #[test]
    fn a_text_from_a_variable_is_taken_as_it_stands() {
        for text in ["12345678", "0123", "true", "\"quoted\"", "[1, 2]", "{a=1}", " blanks ", "+46701740605"]
        {
            let settings = with_variable("BEVAKA__SMTP__PASSWORD", text).unwrap();
            assert_eq!(settings.smtp.password.expose_secret(), text);
        }
        let fault = with_variable("BEVAKA__SMTP__PORT", "hunter2").unwrap_err();
        assert!(!fault.contains("hunter2"), "{fault}");
    }
}
