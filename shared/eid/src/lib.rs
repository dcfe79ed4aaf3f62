//! Electronic identities: who signed what, by BankID or a security token.

pub mod ocra;
#[cfg(feature = "sandbox")]
pub mod sign;
pub mod signature;
