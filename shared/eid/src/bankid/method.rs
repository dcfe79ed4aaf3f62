//! Which kind of BankID a person uses (R9).

use serde::{Deserialize, Serialize};

/// A kind of BankID that can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// BankID on a smart card, *BankID på kort*.
    OnCard,
    /// BankID in a mobile telephone, *mobilt BankID*.
    Mobile,
}

impl Method {
    /// The reader that an order asks for. One for a card names the lowest class; without it BankID leaves open what
    /// happens.
    pub(super) fn card_reader(self) -> Option<&'static str> {
        match self {
            Self::OnCard => Some("class1"),
            Self::Mobile => None,
        }
    }
}
