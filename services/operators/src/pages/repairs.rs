//! What has just been repaired, or why it was not, for the next page to say.

use bevaka_web::{cookies::Flash, layout::Tone, page::Message};
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Done {
    /// A dead letter was sent in again.
    Requeued,
    /// The same, but its event was stored already.
    Repeated,
    /// A dead letter was given up.
    Discarded,
    /// Somebody was faster; the page says who.
    AlreadyEnded,
    /// There were others than in the preview.
    CountChanged,
    /// So many dead letters were dealt with, and so many stay open.
    Letters {
        done: usize,
        left: usize,
    },
    Retried,
    Cancelled,
    /// So many alerts were changed, and so many were not.
    Alerts {
        /// Changed, with those that go along.
        changed: usize,
        unchanged: usize,
    },
}

impl Done {
    pub(super) fn message(self) -> Message {
        let (tone, key) = match self {
            Self::Requeued => (Tone::Success, "repaired-requeued"),
            Self::Repeated => (Tone::Warning, "repaired-repeated"),
            Self::Discarded => (Tone::Success, "repaired-discarded"),
            Self::AlreadyEnded => (Tone::Error, "repaired-ended"),
            Self::CountChanged => (Tone::Error, "repaired-count"),
            Self::Letters { left: 0, .. } => (Tone::Success, "repaired-letters"),
            Self::Letters { .. } => (Tone::Warning, "repaired-letters"),
            Self::Retried => (Tone::Success, "repaired-retried"),
            Self::Cancelled => (Tone::Success, "repaired-cancelled"),
            Self::Alerts { unchanged: 0, .. } => (Tone::Success, "repaired-alerts"),
            Self::Alerts { .. } => (Tone::Warning, "repaired-alerts"),
        };
        let message = Message::new(tone, key);
        match self {
            Self::Letters { done, left } => {
                message.with("done", done.to_string()).with("left", left.to_string())
            }
            Self::Alerts { changed, unchanged } => {
                message.with("done", changed.to_string()).with("left", unchanged.to_string())
            }
            _ => message,
        }
    }
}

impl Flash for Done {
    const NAME: &'static str = "repair";
}
