//! Users of a company, and their rights.

use crate::{
    ids::{OrganisationId, UserId},
    language::Language,
};
use serde::{Deserialize, Serialize};
use strum::{EnumString, IntoStaticStr, VariantArray};

/// How far a user's access reaches by itself (R19, R20).
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, EnumString, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Access {
    /// *Obegränsad behörighet*: the agreement alone gives access.
    Unrestricted,
    /// *Begränsad behörighet*: needs [`Permission::ManageWatches`].
    Restricted,
}

/// What a permission administrator can grant.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, EnumString, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Permission {
    /// *Hantera Bevaka ärenden*.
    ManageWatches,
    /// *Behörighetsadministratör*: may grant and remove the permissions of others (R21).
    AdministerPermissions,
}

/// The state of a user (R23). Only an active one is told anything.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, EnumString, IntoStaticStr, VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum UserState {
    /// May use the service.
    Active,
    /// Stopped by an administrator.
    Blocked,
    /// Not approved within 30 days.
    Denied,
    /// The access has run out.
    Expired,
}

/// One person's access to one company.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Our id.
    pub id: UserId,
    /// The company.
    pub organisation: OrganisationId,
    /// The bank's own key of this user, unique within the company.
    pub reference: String,
    /// The person's name.
    pub name: String,
    /// The language of pages and alerts.
    pub language: Language,
    /// Unrestricted or restricted.
    pub access: Access,
    /// What has been granted.
    pub permissions: Vec<Permission>,
    /// Active or why not.
    pub state: UserState,
}
