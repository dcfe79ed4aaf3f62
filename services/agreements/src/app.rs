//! What the parts of the service share.

use crate::{identity::rate_limit::RateLimit, numbers, pages, paths};
use anyhow::{Context, bail};
use bevaka_chassis::{
    process::Chassis,
    settings::{BankId as BankIdSettings, Environment},
    vault::Vault,
};
use bevaka_domain::{
    clock::Timestamp,
    ids::OrganisationId,
    person::PersonalNumber,
    trail::{Action, Actor, Entry},
};
use bevaka_eid::{
    bankid::{Config, ConfigError, RelyingParty},
    profile::{Profile, Trust},
};
use bevaka_portal::Site;
use bevaka_store::persons::Person;
use bevaka_web::pages::Pages;
use serde_json::Value;
use std::{fmt::Display, fs, ops::Deref, sync::Arc, time::Duration};
use tokio::sync::Notify;

/// The version of BankID's API that is spoken here.
const API: &str = "/rp/v6.0";

/// The agreements service. Clones share everything.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// The parts.
pub struct Parts {
    /// Database, clock, chance, settings.
    pub chassis: Chassis,
    /// What seals personal numbers and keys.
    pub vault: Vault,
    /// BankID, where it is offered.
    pub bankid: Option<BankId>,
    /// Templates and texts.
    pub pages: Pages,
    /// Who has tried how often.
    pub(crate) rate_limit: RateLimit,
    /// Wakes whoever looks after attempts.
    pub(crate) attempts: Notify,
}

/// BankID as this service uses it.
pub struct BankId {
    /// Who asks.
    pub client: RelyingParty,
    /// Which signatures count.
    pub profile: Profile,
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl App {
    /// The service, with everything that it needs checked.
    ///
    /// # Errors
    /// Names the setting or file that cannot be used.
    pub fn new(chassis: Chassis) -> anyhow::Result<Self> {
        let vault = Vault::new(&chassis.settings.vault.key)?;
        let bankid = bankid(&chassis.settings.bankid, chassis.settings.process.environment)?;
        let pages = pages::pages()?;
        let rate_limit = RateLimit::new(chassis.settings.sign_in.tries_per_minute);
        Ok(Self(Arc::new(Parts { chassis, vault, bankid, pages, rate_limit, attempts: Notify::new() })))
    }

    /// Now, as the service's clock has it.
    pub fn now(&self) -> Timestamp {
        self.chassis.clock.now()
    }
}

impl Site for App {
    fn chassis(&self) -> &Chassis {
        &self.chassis
    }

    fn pages(&self) -> &Pages {
        &self.pages
    }

    fn takes_forms_only(route: &str) -> bool {
        paths::takes_forms_only(route)
    }
}

impl Parts {
    /// A personal number as it is stored: the hash that finds it, and sealed.
    pub fn sealed_number(&self, number: &PersonalNumber) -> (Vec<u8>, Vec<u8>) {
        numbers::sealed(&self.vault, number, &self.chassis.entropy)
    }

    /// The hash that finds the person with a number.
    pub fn number_hash(&self, number: &PersonalNumber) -> Vec<u8> {
        numbers::hash(&self.vault, number)
    }

    /// The personal number of a stored person.
    ///
    /// # Errors
    /// If it was sealed with another key.
    pub fn number_of(&self, person: &Person) -> anyhow::Result<PersonalNumber> {
        Ok(numbers::of(&self.vault, person)?)
    }
}

/// An entry of the trail about a company.
pub(crate) fn entry(
    (actor, action): (Actor, Action),
    organisation: Option<OrganisationId>,
    subject: impl Display,
    detail: Value,
    at: Timestamp,
) -> Entry {
    Entry { at, actor, action, organisation, subject: subject.to_string(), detail }
}

fn bankid(settings: &BankIdSettings, environment: Environment) -> anyhow::Result<Option<BankId>> {
    if settings.url.is_empty() {
        return Ok(None);
    }
    let profile = Profile::load(&settings.profile).context("settings: bankid.profile")?;
    if environment == Environment::Production && profile.trust != Trust::Production {
        bail!("settings: bankid.profile: only the trust of production is accepted in production");
    }
    let read = |key: &str, path: &std::path::Path| {
        fs::read_to_string(path)
            .with_context(|| format!("settings: bankid.{key}: reading {}", path.display()))
    };
    let config = Config {
        url: format!("{}{API}", settings.url.trim_end_matches('/')),
        identity_pem: read("identity_file", &settings.identity_file)?.into(),
        ca_pem: read("ca_file", &settings.ca_file)?,
        timeout: Duration::from_millis(settings.timeout_ms),
    };
    let client = RelyingParty::new(&config).map_err(|fault| {
        let key = match fault {
            ConfigError::Url => "url",
            ConfigError::Identity => "identity_file",
            ConfigError::Authority => "ca_file",
        };
        anyhow::Error::new(fault).context(format!("settings: bankid.{key}"))
    })?;
    Ok(Some(BankId { client, profile }))
}
