//! What BankID makes: signatures, certificates and OCSP answers, for the sandbox and tests (feature `sandbox`).
//!
//! It stands beside the verification so that the two cannot drift apart. Nothing that is made here is trusted in
//! production: its anchors are the sandbox's own.

pub mod ocsp;
pub mod pki;
mod xml;

pub use xml::Content;

/// Why something could not be made. Holds no secret.
#[derive(Debug, thiserror::Error)]
pub enum SignFault {
    /// A key could not be made, read or used.
    #[error("the key cannot be made, read or used")]
    Key,
    /// A certificate could not be made or read.
    #[error("the certificate cannot be made or read: {0}")]
    Certificate(String),
    /// A text that is no object identifier, such as `1.2.3.4.10`.
    #[error("a certificate policy is an object identifier such as 1.2.3.4.10")]
    Policy,
    /// A part of an OCSP answer could not be encoded.
    #[error("the OCSP answer cannot be encoded")]
    Encoding,
}

impl From<rcgen::Error> for SignFault {
    fn from(error: rcgen::Error) -> Self {
        Self::Certificate(error.to_string())
    }
}

impl From<x509_cert::der::Error> for SignFault {
    fn from(_: x509_cert::der::Error) -> Self {
        Self::Encoding
    }
}
