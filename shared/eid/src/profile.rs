//! Which signatures count: trust anchors, and the policies of each kind of BankID, from a TOML file.

mod file;

use crate::bankid::Method;
use rustls::pki_types::CertificateDer;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use time::OffsetDateTime;

/// How far the anchors of a profile reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trust {
    /// BankID as persons use it.
    Production,
    /// BankID's own test environment. Refused in production.
    Test,
    /// The sandbox's own authority. Refused in production.
    Sandbox,
}

/// Which signatures count.
#[derive(Clone, Debug)]
pub struct Profile {
    /// How far the anchors reach.
    pub trust: Trust,
    anchors: Vec<Anchor>,
    policies: Policies,
}

/// A certificate that is trusted because the operator says so.
#[derive(Clone, Debug)]
pub struct Anchor {
    /// In DER.
    pub certificate: CertificateDer<'static>,
    /// Signatures made after this time do not count; those made before it do, whenever they are verified.
    pub accepted_until: Option<OffsetDateTime>,
}

/// The certificate policies of each kind of BankID, as object identifiers.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policies {
    /// Those of cards.
    pub on_card: Vec<String>,
    /// Those of mobile telephones.
    pub mobile: Vec<String>,
}

/// What is wrong with a profile: which file, where in it, and what would be right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProfileError {
    /// A file cannot be read.
    #[error("{}: {reason}", file.display())]
    Read {
        /// Which file.
        file: PathBuf,
        /// Why, as the system says.
        reason: String,
    },
    /// The file is no TOML, or lacks a key, or has one too many.
    #[error("{}:{line}: {reason}", file.display())]
    Toml {
        /// Which file.
        file: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What is wrong, and what would be right.
        reason: String,
    },
    /// A value is not what its key asks for.
    #[error("{}: {key}: {reason}", file.display())]
    Value {
        /// Which file.
        file: PathBuf,
        /// Which key, as a path.
        key: String,
        /// What would be right.
        reason: String,
    },
}

impl Profile {
    /// Reads a profile and the certificates it names, relative to its own place.
    ///
    /// # Errors
    /// [`ProfileError`] names the file, the key and what would be right.
    pub fn load(path: &Path) -> Result<Self, ProfileError> {
        file::load(path)
    }

    /// A profile of values that are at hand.
    pub fn new(trust: Trust, anchors: Vec<Anchor>, policies: Policies) -> Self {
        Self { trust, anchors, policies }
    }

    /// The certificate policies of a kind of BankID: what an order asks for, and what its signature must carry.
    pub fn policies(&self, method: Method) -> &[String] {
        match method {
            Method::OnCard => &self.policies.on_card,
            Method::Mobile => &self.policies.mobile,
        }
    }

    /// The trusted certificates.
    pub fn anchors(&self) -> &[Anchor] {
        &self.anchors
    }
}
