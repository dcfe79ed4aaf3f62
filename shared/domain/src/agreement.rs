//! The agreement of a company: which event kinds are in scope, version by version.

use crate::{
    clock::Timestamp,
    event::Kind,
    ids::{AgreementId, OrganisationId},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// The event kinds that an agreement covers.
pub type Scope = BTreeSet<Kind>;

/// Which internet bank the agreement is held through (R5, R6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeldThrough {
    /// The private person's internet bank; only sole traders can choose it.
    Private,
    /// The corporate internet bank.
    Corporate,
}

/// Whether alerts may be sent under the agreement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum AgreementState {
    /// In force.
    Active {
        /// Since when.
        since: Timestamp,
    },
    /// Over; from this moment nothing is sent (R17).
    Ended {
        /// Since when.
        at: Timestamp,
    },
}

/// An agreement in its latest version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreement {
    /// Our id.
    pub id: AgreementId,
    /// The company.
    pub organisation: OrganisationId,
    /// Counts from 1 and grows with each change; every version stays readable (R18).
    pub version: u32,
    /// Which kinds are in scope.
    pub scope: Scope,
    /// Through which internet bank.
    pub held_through: HeldThrough,
    /// In force or ended.
    pub state: AgreementState,
}
