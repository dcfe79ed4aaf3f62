//! The answer whether the signer's certificate was revoked, which also tells when it was signed (RFC 6960).

use super::certificates;
use rustls::pki_types::CertificateDer;
use sha1::{Digest, Sha1};
use sha2::Sha256;
use time::OffsetDateTime;
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, KeyUsage, anchor_from_trusted_cert};
use x509_cert::{
    Certificate,
    der::{Decode, Encode, asn1::ObjectIdentifier},
};
use x509_ocsp::{
    BasicOcspResponse, CertId, CertStatus, OcspGeneralizedTime, OcspResponse, OcspResponseStatus, ResponderId,
};

const BASIC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.1");
const SHA1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.14.3.2.26");
const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
/// The purpose `OCSPSigning`, 1.3.6.1.5.5.7.3.9, in the encoding of DER without its header (RFC 6960, 4.2.2.2).
const OCSP_SIGNING: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 9];

/// Why it is not known that the certificate was not revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OcspFault {
    /// No answer that says anything.
    #[error("the OCSP answer cannot be read")]
    Unreadable,
    /// The answer is about another certificate.
    #[error("the OCSP answer is about another certificate than the signer's")]
    OtherCertificate,
    /// Who answered may not.
    #[error(
        "the OCSP answer is by somebody whom the issuer of the signer's certificate did not entrust with it"
    )]
    Responder,
    /// The answer was altered.
    #[error("the signature of the OCSP answer does not hold")]
    Signature,
    /// The answer was not current when it was given.
    #[error("the OCSP answer was not current at its own time")]
    Stale,
    /// The certificate was revoked.
    #[error("the signer's certificate was revoked")]
    Revoked,
    /// The responder does not know the certificate.
    #[error("the responder does not know the signer's certificate")]
    Unknown,
}

/// An answer, read but not yet judged.
pub struct Answer {
    basic: BasicOcspResponse,
    /// When it was made, which is when the person signed.
    pub produced_at: OffsetDateTime,
}

impl Answer {
    /// Reads an answer in DER.
    pub fn parse(der: &[u8]) -> Result<Self, OcspFault> {
        let response = OcspResponse::from_der(der).map_err(|_| OcspFault::Unreadable)?;
        let bytes = response.response_bytes.filter(|bytes| bytes.response_type == BASIC);
        if response.response_status != OcspResponseStatus::Successful {
            return Err(OcspFault::Unreadable);
        }
        let bytes = bytes.ok_or(OcspFault::Unreadable)?;
        let basic =
            BasicOcspResponse::from_der(bytes.response.as_bytes()).map_err(|_| OcspFault::Unreadable)?;
        let seconds = i64::try_from(seconds(basic.tbs_response_data.produced_at));
        let produced_at = seconds.ok().and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok());
        Ok(Self { basic, produced_at: produced_at.ok_or(OcspFault::Unreadable)? })
    }

    /// Whether the answer says, about this certificate and on behalf of its issuer, that it was not revoked.
    pub fn judge(&self, leaf: &[u8], issuer: &[u8]) -> Result<(), OcspFault> {
        self.judge_responder(&CertificateDer::from(issuer))?;
        let data = &self.basic.tbs_response_data;
        let [single] = data.responses.as_slice() else { return Err(OcspFault::OtherCertificate) };
        if !is_about(&single.cert_id, &parse(leaf)?, &parse(issuer)?).ok_or(OcspFault::OtherCertificate)? {
            return Err(OcspFault::OtherCertificate);
        }
        let produced = seconds(data.produced_at);
        let was_over = single.next_update.is_some_and(|until| seconds(until) < produced);
        if was_over || seconds(single.this_update) > produced {
            return Err(OcspFault::Stale);
        }
        match single.cert_status {
            CertStatus::Good(_) => Ok(()),
            CertStatus::Revoked(_) => Err(OcspFault::Revoked),
            CertStatus::Unknown(_) => Err(OcspFault::Unknown),
        }
    }

    /// The answer is signed by a responder whose certificate the issuer itself made, for this purpose. What is hashed is
    /// encoded anew from what is read, so nothing can be signed but what is judged.
    fn judge_responder(&self, issuer: &CertificateDer<'_>) -> Result<(), OcspFault> {
        let data = &self.basic.tbs_response_data;
        let mut named = self.basic.certs.iter().flatten().filter(|own| is_named(&data.responder_id, own));
        let (Some(responder), None) = (named.next(), named.next()) else { return Err(OcspFault::Responder) };
        let der = CertificateDer::from(responder.to_der().map_err(|_| OcspFault::Unreadable)?);
        let entity = EndEntityCert::try_from(&der).map_err(|_| OcspFault::Responder)?;
        let anchor = [anchor_from_trusted_cert(issuer).map_err(|_| OcspFault::Responder)?];
        let usage = KeyUsage::required(OCSP_SIGNING);
        let at = certificates::unix(self.produced_at);
        entity
            .verify_for_usage(ALL_VERIFICATION_ALGS, &anchor, &[], at, usage, None, None)
            .map_err(|_| OcspFault::Responder)?;
        let signed = data.to_der().map_err(|_| OcspFault::Unreadable)?;
        let signature = self.basic.signature.as_bytes().ok_or(OcspFault::Signature)?;
        let algorithm = self.basic.signature_algorithm.to_der().map_err(|_| OcspFault::Unreadable)?;
        let holds = ALL_VERIFICATION_ALGS
            .iter()
            .filter(|known| is_algorithm(&algorithm, known.signature_alg_id().as_ref()))
            .any(|known| entity.verify_signature(*known, &signed, signature).is_ok());
        if holds { Ok(()) } else { Err(OcspFault::Signature) }
    }
}

/// Whether an algorithm identifier in DER is this one, which has no header of its own.
fn is_algorithm(der: &[u8], known: &[u8]) -> bool {
    der.split_at_checked(2).is_some_and(|(header, content)| header[0] == 0x30 && content == known)
}

fn is_named(id: &ResponderId, certificate: &Certificate) -> bool {
    let certificate = &certificate.tbs_certificate;
    match id {
        ResponderId::ByName(name) => *name == certificate.subject,
        ResponderId::ByKey(hash) => {
            let key = certificate.subject_public_key_info.subject_public_key.raw_bytes();
            hash.as_bytes() == Sha1::digest(key).as_slice()
        }
    }
}

/// Whether the id is of this certificate by this issuer. Nothing where it is hashed in another way than SHA-1 or SHA-256;
/// SHA-1 serves here as a name, and the serial number is the issuer's own.
fn is_about(id: &CertId, leaf: &Certificate, issuer: &Certificate) -> Option<bool> {
    let hash = |bytes: &[u8]| match id.hash_algorithm.oid {
        SHA1 => Some(Sha1::digest(bytes).to_vec()),
        SHA256 => Some(Sha256::digest(bytes).to_vec()),
        _ => None,
    };
    let issuer = &issuer.tbs_certificate;
    let name = hash(&issuer.subject.to_der().ok()?)?;
    let key = hash(issuer.subject_public_key_info.subject_public_key.raw_bytes())?;
    Some(
        id.issuer_name_hash.as_bytes() == name
            && id.issuer_key_hash.as_bytes() == key
            && id.serial_number == leaf.tbs_certificate.serial_number,
    )
}

fn parse(der: &[u8]) -> Result<Certificate, OcspFault> {
    Certificate::from_der(der).map_err(|_| OcspFault::OtherCertificate)
}

/// Seconds since 1970.
fn seconds(time: OcspGeneralizedTime) -> u64 {
    time.0.to_unix_duration().as_secs()
}
