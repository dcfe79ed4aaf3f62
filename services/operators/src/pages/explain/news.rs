//! What has just been done, for the next page to tell.

/// An event was sent again, and so many alerts are on their way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SentAgain(pub usize);

impl bevaka_portal::News for SentAgain {
    fn text(&self) -> String {
        format!("again.{}", self.0)
    }

    fn parse(text: &str) -> Option<Self> {
        text.strip_prefix("again.")?.parse().ok().map(Self)
    }
}
