//! What has just been repaired, or why it was not, for the next page to tell; and the reason that every repair needs.

use bevaka_domain::operator::{InvalidJustification, Justification};
use bevaka_portal::{FieldFault, Message};
use bevaka_web::layout::Tone;

/// The field of the reason, in every form.
pub(super) const BECAUSE: &str = "because";

/// What has just been done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum News {
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
        /// Dealt with.
        done: usize,
        /// Still open.
        left: usize,
    },
    /// An alert is tried again.
    Retried,
    /// An alert was stopped.
    Cancelled,
    /// So many alerts were changed, and so many were not.
    Alerts {
        /// Changed, with those that go along.
        changed: usize,
        /// As they were.
        unchanged: usize,
    },
}

impl News {
    const PLAIN: [(&'static str, Self); 7] = [
        ("requeued", Self::Requeued),
        ("repeated", Self::Repeated),
        ("discarded", Self::Discarded),
        ("ended", Self::AlreadyEnded),
        ("count", Self::CountChanged),
        ("retried", Self::Retried),
        ("cancelled", Self::Cancelled),
    ];

    /// On top of the page.
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

impl bevaka_portal::News for News {
    fn text(&self) -> String {
        match self {
            Self::Letters { done, left } => format!("repair.letters.{done}.{left}"),
            Self::Alerts { changed, unchanged } => format!("repair.alerts.{changed}.{unchanged}"),
            plain => {
                let name = Self::PLAIN.iter().find(|(_, news)| news == plain).map(|(name, _)| *name);
                format!("repair.{}", name.unwrap_or_default())
            }
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let text = text.strip_prefix("repair.")?;
        if let Some((_, news)) = Self::PLAIN.iter().find(|(name, _)| *name == text) {
            return Some(*news);
        }
        let (what, counts) = text.split_once('.')?;
        let (first, second) = counts.split_once('.')?;
        let (first, second) = (first.parse().ok()?, second.parse().ok()?);
        match what {
            "letters" => Some(Self::Letters { done: first, left: second }),
            "alerts" => Some(Self::Alerts { changed: first, unchanged: second }),
            _ => None,
        }
    }
}

/// The reason, or what is wrong with it.
pub(super) fn because(text: &str) -> Result<Justification, FieldFault> {
    Justification::parse(text).map_err(|fault| {
        let key = match fault {
            InvalidJustification::Length => "repaired-because-length",
            InvalidJustification::Address => "repaired-because-address",
            InvalidJustification::Number => "repaired-because-number",
        };
        FieldFault::new(BECAUSE, key)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use bevaka_portal::News as _;

    #[test]
    fn news_are_read_as_they_were_written() {
        let counted = [News::Letters { done: 3, left: 1 }, News::Alerts { changed: 0, unchanged: 12 }];
        for news in News::PLAIN.into_iter().map(|(_, news)| news).chain(counted) {
            assert_eq!(News::parse(&news.text()), Some(news));
        }
        for text in ["", "repair.", "repair.letters.x.1", "repair.letters.1", "requeued"] {
            assert_eq!(News::parse(text), None, "{text}");
        }
    }
}
