//! The agreement of the session's company.

pub(super) mod current;
pub(super) mod end;
pub(super) mod preview;
pub(super) mod versions;

use super::described;
use bevaka_domain::{
    agreement::{Agreement, AgreementState, HeldThrough, Scope},
    clock::Timestamp,
    ids::AgreementId,
};
use serde::Serialize;
use utoipa::ToSchema;

/// The agreement in force.
#[derive(Serialize, ToSchema)]
pub(super) struct AgreementView {
    /// Our id.
    #[schema(value_type = String, format = Uuid)]
    agreement: AgreementId,
    /// Counts from 1 and grows with each change.
    version: u32,
    /// The kinds in scope.
    #[schema(value_type = Vec<String>)]
    kinds: Scope,
    #[schema(schema_with = described::channel)]
    held_through: HeldThrough,
    /// When it came into force.
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
}

impl From<&Agreement> for AgreementView {
    fn from(agreement: &Agreement) -> Self {
        let (AgreementState::Active { since } | AgreementState::Ended { at: since }) = agreement.state;
        Self {
            agreement: agreement.id,
            version: agreement.version,
            kinds: agreement.scope.clone(),
            held_through: agreement.held_through,
            since,
        }
    }
}
