//! Electronic identities: who signed what, by BankID or a security token.

#![warn(missing_docs, clippy::missing_errors_doc)]

pub mod bankid;
pub mod evidence;
pub mod ocra;
pub mod profile;
#[cfg(feature = "sandbox")]
pub mod sign;
pub mod signature;
