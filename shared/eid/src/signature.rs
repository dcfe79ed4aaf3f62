//! Whether a signature by BankID holds: the seven checks.
//!
//! The time at which everything is judged is the one in the OCSP answer, so a signature that held on its day holds
//! years later. Nothing here asks a clock or a network.

mod certificates;
mod document;
mod ocsp;
#[cfg(test)]
mod tests;

use crate::{
    bankid::{Completion, InvalidCompletion, Method},
    profile::Profile,
};
pub use certificates::ChainFault;
pub use document::DocumentFault;
pub use ocsp::OcspFault;
use serde::{Deserialize, Serialize};
use std::fmt;
use subtle::ConstantTimeEq;
use time::OffsetDateTime;

/// What a person did with their BankID.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
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

/// Who must have signed.
#[derive(Clone, Copy)]
pub enum Signatory<'a> {
    /// The person with these twelve digits.
    Person(&'a str),
    /// Whoever did: somebody signs in, and who it is, is what the answer tells.
    Anyone,
}

/// What must have been signed, by whom, how.
#[derive(Clone, Copy)]
pub struct Expected<'a> {
    /// What the person was asked to do.
    pub purpose: Purpose,
    /// Which kind of BankID was asked for (R9).
    pub method: Method,
    /// Who must have signed.
    pub signatory: Signatory<'a>,
    /// The text that was to be shown, byte for byte.
    pub visible: Option<&'a str>,
    /// What was to be signed along with it.
    pub non_visible: Option<&'a [u8]>,
}

/// A signature that holds.
#[derive(Clone, PartialEq, Eq)]
pub struct Verified {
    /// Who signed: twelve digits.
    pub personal_number: String,
    /// When.
    pub signed_at: OffsetDateTime,
    /// Under which policy, as an object identifier.
    pub policy: String,
}

/// What a signature is judged by, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, strum::VariantArray)]
#[serde(rename_all = "snake_case")]
pub enum Check {
    /// The document is laid out as BankID's are, and its digests and its signature hold.
    Document,
    /// The OCSP answer tells when it was signed, and every certificate holds at that time.
    Time,
    /// The certificates lead to a trusted one that is accepted at that time.
    Chain,
    /// The kind of BankID is the one that was asked for.
    Policy,
    /// The certificate is the expected person's.
    Signatory,
    /// The signed data are those that were to be signed.
    Content,
    /// The certificate was not revoked, says a responder of its issuer.
    Revocation,
}

impl Check {
    /// What is checked, as a phrase for reports.
    pub fn told(self) -> &'static str {
        match self {
            Self::Document => "the signed document is unaltered and signed with the key of its certificate",
            Self::Time => "every certificate held at the time of signing",
            Self::Chain => "the certificates lead to a trusted one",
            Self::Policy => "the kind of BankID is the one that was asked for",
            Self::Signatory => "the certificate is the expected person's",
            Self::Content => "what was signed is what was to be signed",
            Self::Revocation => "the certificate was not revoked",
        }
    }
}

/// Why a signature does not hold. Holds nothing of what was signed, or by whom.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureFault {
    /// BankID's answer cannot be read.
    #[error(transparent)]
    Answer(#[from] InvalidCompletion),
    /// The document is not one of BankID's, or was altered.
    #[error(transparent)]
    Document(#[from] DocumentFault),
    /// The certificates are not trusted, or not at that time.
    #[error(transparent)]
    Chain(#[from] ChainFault),
    /// Another kind of BankID was used than the one asked for.
    #[error("the certificate has none of the policies of the kind of BankID that was asked for")]
    Policy,
    /// The certificate is another person's.
    #[error("the certificate is another person's than the expected one, or than the one BankID names")]
    Signatory,
    /// The person did something else.
    #[error("the person did something else with their BankID than they were asked to")]
    Purpose,
    /// The person saw another text.
    #[error("the text that was signed is not the text that was to be signed")]
    Visible,
    /// Other data were signed along with the text.
    #[error("the data signed along with the text are not those that were to be signed")]
    NonVisible,
    /// Whether the certificate was revoked is not known, or it was.
    #[error(transparent)]
    Ocsp(#[from] OcspFault),
}

impl SignatureFault {
    /// Which of the checks failed.
    pub fn check(&self) -> Check {
        match self {
            Self::Answer(_) | Self::Document(_) => Check::Document,
            Self::Chain(ChainFault::Time) | Self::Ocsp(OcspFault::Unreadable) => Check::Time,
            Self::Chain(_) => Check::Chain,
            Self::Policy => Check::Policy,
            Self::Signatory => Check::Signatory,
            Self::Purpose | Self::Visible | Self::NonVisible => Check::Content,
            Self::Ocsp(_) => Check::Revocation,
        }
    }
}

/// Verifies a signature, by the seven steps of BankID's documentation.
///
/// The nonce of the OCSP answer is not judged: how BankID forms it is not published.
///
/// # Errors
/// [`SignatureFault`] tells the first check that failed.
pub fn verify(
    completion: &Completion,
    expected: &Expected<'_>,
    profile: &Profile,
) -> Result<Verified, SignatureFault> {
    let document = document::read(&completion.signature()?)?;
    let answer = ocsp::Answer::parse(&completion.ocsp_response()?)?;
    let named = completion.user().personal_number.as_str();
    let judged = judge(&document, answer.produced_at, named, expected, profile)?;
    answer.judge(document.leaf(), &judged.issuer)?;
    Ok(judged.verified)
}

/// A signature that holds unless its certificate was revoked.
struct Judged {
    verified: Verified,
    /// The certificate of what issued the person's, in DER.
    issuer: Vec<u8>,
}

/// All checks but that of revocation. `named` is whom BankID says to have signed.
fn judge(
    document: &document::Document,
    at: OffsetDateTime,
    named: &str,
    expected: &Expected<'_>,
    profile: &Profile,
) -> Result<Judged, SignatureFault> {
    let issuer = certificates::judge(&document.certificates, profile, at)?;
    let leaf = certificates::Leaf::parse(document.leaf())?;
    let policy = leaf.policies.iter().find(|policy| profile.policies(expected.method).contains(policy));
    let policy = policy.ok_or(SignatureFault::Policy)?.clone();
    let is_expected = match expected.signatory {
        Signatory::Person(number) => number == leaf.personal_number,
        Signatory::Anyone => true,
    };
    if !is_expected || named != leaf.personal_number {
        return Err(SignatureFault::Signatory);
    }
    if document.data.func_id != expected.purpose.func_id() {
        return Err(SignatureFault::Purpose);
    }
    if !is_same(document.data.visible.as_deref(), expected.visible.map(str::as_bytes)) {
        return Err(SignatureFault::Visible);
    }
    if !is_same(document.data.non_visible.as_deref(), expected.non_visible) {
        return Err(SignatureFault::NonVisible);
    }
    Ok(Judged { verified: Verified { personal_number: leaf.personal_number, signed_at: at, policy }, issuer })
}

fn is_same(signed: Option<&[u8]>, expected: Option<&[u8]>) -> bool {
    match (signed, expected) {
        (Some(signed), Some(expected)) => signed.ct_eq(expected).into(),
        (None, None) => true,
        _ => false,
    }
}

impl fmt::Debug for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Verified");
        shown.field("signed_at", &self.signed_at).field("policy", &self.policy).finish_non_exhaustive()
    }
}
