//! Why a command about agreements is refused.

use serde::{Deserialize, Serialize};
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

/// Why something may not be done. Each has a page and a problem answer of its own (R46).
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    Display,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Refusal {
    /// The person has no mandate to sign for the company (R1, R2, R3).
    NoMandate,
    /// No kind was chosen (R8).
    NothingChosen,
    /// A chosen kind is not in the catalogue (R7).
    UnknownKind,
    /// A sole trader must choose the internet bank that holds the agreement (R5).
    ChannelMissing,
    /// Only sole traders choose the internet bank that holds the agreement (R5).
    ChannelNotAsked,
    /// The agreement is held through the other internet bank (R6).
    OtherChannel,
    /// The company has an agreement in force already.
    AlreadyConnected,
    /// The company has no agreement in force.
    NotConnected,
    /// The choice is what is in force already (R14).
    NoChange,
    /// The agreement was changed by someone else meanwhile (R14).
    ChangedMeanwhile,
    /// The same person has signed the order already (R13).
    AlreadySigned,
    /// The order is completed, taken back, refused or expired.
    OrderOver,
    /// The order was not signed within 30 days (R13).
    OrderExpired,
    /// Only whoever placed an order takes it back.
    NotYours,
    /// The person is no permission administrator (R21).
    NotAdministrator,
    /// Nobody changes their own permissions (R21).
    OwnPermissions,
    /// An unrestricted user needs no permission (R19).
    NotNeeded,
    /// The user is denied or expired; only a new order brings them back (R23).
    NotActive,
    /// A user with that reference is there already.
    UserExists,
}

impl std::error::Error for Refusal {}
