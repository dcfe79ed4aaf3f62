//! *Stäng av en bevakning* from a mail, without signing in.

use super::{Place, Section, View};
use bevaka_domain::clock::Timestamp;
use serde::Serialize;

/// The page that a mail links to: one button, `POST` to the same address.
#[derive(Clone, Serialize)]
pub struct Stop {
    /// The company's name; of a sole trader only as much as the recipient needs to know it again.
    pub company: String,
    /// The names of the kinds.
    pub kinds: Vec<String>,
    /// How far it is.
    pub step: StopStep,
    /// [`crate::paths::unsubscribe`].
    pub action: String,
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum StopStep {
    /// The button has not been pressed.
    Ask,
    /// It is off, by this press or an earlier one.
    Off {
        /// Since when.
        at: Timestamp,
    },
}

/// The address is not one that a mail of ours holds, or the watch is gone since.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct StopUnknown {}

impl std::fmt::Debug for Stop {
    /// The address switches the watch off, so it is left out.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stop").field("step", &self.step).finish_non_exhaustive()
    }
}

impl View for Stop {
    const TEMPLATE: &'static str = "stop";

    fn title(&self) -> &'static str {
        match self.step {
            StopStep::Ask => "stop-title",
            StopStep::Off { .. } => "stop-title-off",
        }
    }

    fn place(&self) -> Place {
        Place::Outside
    }

    fn help(&self) -> Section {
        Section::Watches
    }
}

impl View for StopUnknown {
    const TEMPLATE: &'static str = "stop_unknown";

    fn title(&self) -> &'static str {
        "stop-title-unknown"
    }

    fn place(&self) -> Place {
        Place::Outside
    }

    fn help(&self) -> Section {
        Section::Watches
    }
}
