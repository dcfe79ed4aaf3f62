//! The signer's certificate, and whether it leads to a trusted one.

use crate::profile::{Anchor, Profile};
use rustls::pki_types::{CertificateDer, UnixTime};
use std::time::Duration;
use time::OffsetDateTime;
use webpki::{
    ALL_VERIFICATION_ALGS, EndEntityCert, ExtendedKeyUsageValidator, KeyPurposeIdIter,
    anchor_from_trusted_cert,
};
use x509_cert::{
    Certificate,
    der::{
        Decode,
        asn1::{ObjectIdentifier, PrintableStringRef, Utf8StringRef},
    },
    ext::pkix::{CertificatePolicies, KeyUsage},
};

/// The attribute that holds the personal number (RFC 4519, 2.31).
const SERIAL_NUMBER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.5");

/// Why certificates are not trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ChainFault {
    /// A certificate cannot be read.
    #[error("a certificate cannot be read, or lacks what BankID's have")]
    Unreadable,
    /// A certificate had expired, or did not hold yet.
    #[error("a certificate did not hold at the time of signing")]
    Time,
    /// No path to an anchor.
    #[error("the certificates lead to no trusted one")]
    Untrusted,
    /// The anchor is no longer accepted.
    #[error("the certificates lead to one that was not accepted any more at the time of signing")]
    AnchorRetired,
    /// The certificate is not for signatures.
    #[error("the signer's certificate is not for signatures")]
    Usage,
}

/// What the signer's certificate says.
pub struct Leaf {
    /// Twelve digits.
    pub personal_number: String,
    /// The kinds of BankID it is, as object identifiers.
    pub policies: Vec<String>,
}

impl Leaf {
    /// Reads the signer's certificate.
    pub fn parse(der: &[u8]) -> Result<Self, ChainFault> {
        let certificate = parse(der)?.tbs_certificate;
        let usage = certificate.get::<KeyUsage>().map_err(|_| ChainFault::Unreadable)?;
        if !usage.is_some_and(|(_, usage)| usage.digital_signature() || usage.non_repudiation()) {
            return Err(ChainFault::Usage);
        }
        let policies = certificate.get::<CertificatePolicies>().map_err(|_| ChainFault::Unreadable)?;
        let policies = policies.map(|(_, policies)| policies.0).unwrap_or_default();
        let mut numbers = certificate
            .subject
            .0
            .iter()
            .flat_map(|part| part.0.iter())
            .filter(|attribute| attribute.oid == SERIAL_NUMBER);
        let (Some(number), None) = (numbers.next(), numbers.next()) else {
            return Err(ChainFault::Unreadable);
        };
        let value = &number.value;
        let text = value
            .decode_as::<PrintableStringRef<'_>>()
            .map(|text| text.as_str().to_owned())
            .or_else(|_| value.decode_as::<Utf8StringRef<'_>>().map(|text| text.as_str().to_owned()));
        Ok(Self {
            personal_number: text.map_err(|_| ChainFault::Unreadable)?,
            policies: policies.iter().map(|policy| policy.policy_identifier.to_string()).collect(),
        })
    }
}

/// Follows the certificates, the signer's own first, to an anchor; all are judged at the time of signing. Answers with
/// the certificate of what issued the signer's.
pub fn judge(
    certificates: &[CertificateDer<'static>],
    profile: &Profile,
    at: OffsetDateTime,
) -> Result<Vec<u8>, ChainFault> {
    for certificate in certificates {
        must_hold(certificate, at)?;
    }
    let [leaf, above @ ..] = certificates else { return Err(ChainFault::Unreadable) };
    let mut fault = ChainFault::Untrusted;
    for anchor in profile.anchors() {
        let Ok(issuer) = path(leaf, above, anchor, at) else { continue };
        if anchor.accepted_until.is_none_or(|until| at <= until) {
            must_hold(&anchor.certificate, at)?;
            return Ok(issuer);
        }
        fault = ChainFault::AnchorRetired;
    }
    Err(fault)
}

fn path(
    leaf: &CertificateDer<'static>,
    above: &[CertificateDer<'static>],
    anchor: &Anchor,
    at: OffsetDateTime,
) -> Result<Vec<u8>, webpki::Error> {
    let trusted = [anchor_from_trusted_cert(&anchor.certificate)?];
    let leaf = EndEntityCert::try_from(leaf)?;
    let path =
        leaf.verify_for_usage(ALL_VERIFICATION_ALGS, &trusted, above, unix(at), AnyUsage, None, None)?;
    let issuer = path.intermediate_certificates().next().map(|issuer| issuer.der().to_vec());
    Ok(issuer.unwrap_or_else(|| anchor.certificate.to_vec()))
}

fn must_hold(certificate: &[u8], at: OffsetDateTime) -> Result<(), ChainFault> {
    let validity = parse(certificate)?.tbs_certificate.validity;
    let at = Duration::from_secs(u64::try_from(at.unix_timestamp()).map_err(|_| ChainFault::Time)?);
    let is_within =
        validity.not_before.to_unix_duration() <= at && at <= validity.not_after.to_unix_duration();
    if is_within { Ok(()) } else { Err(ChainFault::Time) }
}

fn parse(der: &[u8]) -> Result<Certificate, ChainFault> {
    Certificate::from_der(der).map_err(|_| ChainFault::Unreadable)
}

/// A time as the chain's judge wants it; none before 1970 holds.
pub fn unix(at: OffsetDateTime) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(at.unix_timestamp()).unwrap_or(0)))
}

/// Persons' certificates have no extended usage; [`Leaf::parse`] asks for the plain one.
struct AnyUsage;

impl ExtendedKeyUsageValidator for AnyUsage {
    fn validate(&self, _: KeyPurposeIdIter<'_, '_>) -> Result<(), webpki::Error> {
        Ok(())
    }
}
