//! Whether a signature by BankID holds.

/// What a person did with their BankID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// They identified themselves.
    Identification,
    /// They signed a text.
    Signing,
}

impl Purpose {
    /// The name that a BankID signature has for it (`funcId`).
    pub fn func_id(self) -> &'static str {
        match self {
            Self::Identification => "Identification",
            Self::Signing => "Signing",
        }
    }
}
