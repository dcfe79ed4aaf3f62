//! The sections of *Hjälp*, each linked from its pages (R43).

use crate::paths;

/// A section of the help page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// Connect.
    Connect,
    /// View or change my watches.
    Watches,
    /// Change the agreement.
    Change,
    /// End the agreement.
    End,
}

impl Section {
    /// All sections in their order.
    pub const ALL: [Self; 4] = [Self::Connect, Self::Watches, Self::Change, Self::End];

    /// The section's `id` in the page.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Connect => "anslut",
            Self::Watches => "mina-bevakningar",
            Self::Change => "andra-avtal",
            Self::End => "avsluta-avtal",
        }
    }

    /// The section's address.
    pub fn href(self) -> String {
        format!("{}#{}", paths::HELP, self.id())
    }

    pub(crate) const fn link_text(self) -> &'static str {
        match self {
            Self::Connect => "help-link-connect",
            Self::Watches => "help-link-watches",
            Self::Change => "help-link-change",
            Self::End => "help-link-end",
        }
    }
}
