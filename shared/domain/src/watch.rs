//! A user's choice to be told about one event kind.

mod settings;
mod timing;

pub use settings::{Digest, Pause, QuietHours, Settings, StandIn};
#[cfg(test)]
pub(crate) use timing::tests::any_timing;
pub use timing::{Because, Later};

use crate::{
    clock::Timestamp,
    event::Kind,
    ids::{ContactId, UserId, WatchId},
};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, fmt, str::FromStr};

/// A way to reach a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// A text message to a mobile number.
    Sms,
    /// An e-mail.
    Email,
}

/// A channel name that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown channel; known are sms, email")]
pub struct UnknownChannel;

impl Channel {
    /// Both channels.
    pub const ALL: [Self; 2] = [Self::Sms, Self::Email];

    /// The name in storage, in files and in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sms => "sms",
            Self::Email => "email",
        }
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Channel {
    type Err = UnknownChannel;

    fn from_str(text: &str) -> Result<Self, UnknownChannel> {
        Self::ALL.into_iter().find(|channel| channel.as_str() == text).ok_or(UnknownChannel)
    }
}

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
