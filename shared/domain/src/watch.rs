//! A user's choice to be told about one event kind.

mod settings;
mod timing;

pub use settings::{Digest, Interval, Pause, QuietHours, Settings, StandIn};
#[cfg(test)]
pub(crate) use timing::tests::any_timing;
pub use timing::{Because, Later};

use crate::{
    clock::Timestamp,
    event::Kind,
    ids::{ContactId, UserId, WatchId},
    word::unknown,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use strum::{Display, EnumString, IntoStaticStr, VariantArray};

/// A way to reach a person.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    Display,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case", parse_err_ty = UnknownChannel, parse_err_fn = unknown)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Channel {
    /// A text message to a mobile number.
    Sms,
    /// An e-mail.
    Email,
}

/// A channel name that does not exist.
#[derive(Debug, Clone, Default, PartialEq, Eq, thiserror::Error)]
#[error("unknown channel; known are sms, email")]
pub struct UnknownChannel;

/// A watch: per chosen channel, the contact point to use. A channel without one was chosen, but its
/// contact point is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Watch {
    /// Our id.
    pub id: WatchId,
    /// Whose choice.
    pub user: UserId,
    /// About what.
    pub kind: Kind,
    /// By which ways, exactly these (R27).
    pub channels: BTreeMap<Channel, Option<ContactId>>,
    /// What it is narrowed to, and when its alerts leave.
    pub settings: Settings,
    /// Since when it is switched off from a mail; its choices are kept.
    pub off_at: Option<Timestamp>,
}
