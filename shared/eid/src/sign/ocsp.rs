//! The answer whether a certificate is revoked, as BankID sends it along with a signature (RFC 6960).

use super::{
    SignFault,
    pki::{Responder, Signer},
};
use rcgen::SigningKey;
use sha1::{Digest, Sha1};
use time::OffsetDateTime;
use x509_cert::{
    Certificate,
    der::{
        DateTime, Decode, Encode,
        asn1::{BitString, Null, ObjectIdentifier, OctetString},
    },
    ext::Extension,
    spki::AlgorithmIdentifierOwned,
};
use x509_ocsp::{
    BasicOcspResponse, CertId, CertStatus, OcspGeneralizedTime, OcspResponse, ResponderId, ResponseData,
    RevokedInfo, SingleResponse, Version,
};

const SHA1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.14.3.2.26");
const ECDSA_WITH_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
const OCSP_NONCE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1.2");

/// How the certificate stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Not revoked.
    Good,
    /// Revoked at this time.
    Revoked(OffsetDateTime),
    /// The responder does not know the certificate.
    Unknown,
}

/// What an answer says.
#[derive(Clone, Copy)]
pub struct Answer<'a> {
    /// How the certificate stands.
    pub status: Status,
    /// When the answer was made, which is when the person signed.
    pub produced_at: OffsetDateTime,
    /// Since when it is known that the certificate stands so; not later than the answer itself.
    pub known_since: OffsetDateTime,
    /// What ties the answer to one signature.
    pub nonce: &'a [u8],
}

impl Responder {
    /// An answer about a signer's own certificate, in DER; in `completionData.ocspResponse` it stands in base64.
    ///
    /// # Errors
    /// [`SignFault`] where a certificate cannot be read, a time not be told, or the key not be used.
    pub fn answer(&self, signer: &Signer, answer: &Answer<'_>) -> Result<Vec<u8>, SignFault> {
        let [leaf, issuer, ..] = signer.chain.as_slice() else {
            return Err(SignFault::Certificate("the chain has no issuer".to_owned()));
        };
        let (leaf, issuer) = (Certificate::from_der(leaf)?, Certificate::from_der(issuer)?);
        let own = Certificate::from_der(&self.certificate)?;
        let produced_at = time(answer.produced_at)?;
        let data = ResponseData {
            version: Version::V1,
            responder_id: ResponderId::ByName(own.tbs_certificate.subject.clone()),
            produced_at,
            responses: vec![SingleResponse {
                cert_id: cert_id(&leaf, &issuer)?,
                cert_status: answer.status.encoded()?,
                this_update: time(answer.known_since)?,
                next_update: None,
                single_extensions: None,
            }],
            response_extensions: Some(vec![nonce(answer.nonce)?]),
        };
        let signature = self.key.sign(&data.to_der()?).map_err(|_| SignFault::Key)?;
        let basic = BasicOcspResponse {
            tbs_response_data: data,
            signature_algorithm: AlgorithmIdentifierOwned { oid: ECDSA_WITH_SHA256, parameters: None },
            signature: BitString::from_bytes(&signature)?,
            certs: Some(vec![own]),
        };
        Ok(OcspResponse::successful(basic)?.to_der()?)
    }
}

impl Status {
    fn encoded(self) -> Result<CertStatus, SignFault> {
        Ok(match self {
            Self::Good => CertStatus::good(),
            Self::Unknown => CertStatus::unknown(),
            Self::Revoked(at) => {
                CertStatus::revoked(RevokedInfo { revocation_time: time(at)?, revocation_reason: None })
            }
        })
    }
}

fn cert_id(leaf: &Certificate, issuer: &Certificate) -> Result<CertId, SignFault> {
    let issuer = &issuer.tbs_certificate;
    Ok(CertId {
        hash_algorithm: AlgorithmIdentifierOwned { oid: SHA1, parameters: Some(Null.into()) },
        issuer_name_hash: OctetString::new(Sha1::digest(issuer.subject.to_der()?).to_vec())?,
        issuer_key_hash: OctetString::new(
            Sha1::digest(issuer.subject_public_key_info.subject_public_key.raw_bytes()).to_vec(),
        )?,
        serial_number: leaf.tbs_certificate.serial_number.clone(),
    })
}

fn nonce(bytes: &[u8]) -> Result<Extension, SignFault> {
    let value = OctetString::new(bytes)?.to_der()?;
    Ok(Extension { extn_id: OCSP_NONCE, critical: false, extn_value: OctetString::new(value)? })
}

fn time(at: OffsetDateTime) -> Result<OcspGeneralizedTime, SignFault> {
    let seconds = u64::try_from(at.unix_timestamp()).map_err(|_| SignFault::Encoding)?;
    Ok(DateTime::from_unix_duration(std::time::Duration::from_secs(seconds))?.into())
}
