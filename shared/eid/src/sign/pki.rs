//! Certificates as BankID's: a root, a bank, its authority for customers, persons, a responder for OCSP.

use super::SignFault;
use base64::{Engine, prelude::BASE64_STANDARD};
use graviola::signing::rsa::{KeySize, SigningKey as RsaKey};
use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, PKCS_RSA_SHA256,
};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, pem::PemObject};
use secrecy::{ExposeSecret, SecretString};
use time::OffsetDateTime;
use x509_cert::{
    Certificate,
    der::{Decode, Encode, asn1::ObjectIdentifier},
    ext::pkix::certpolicy::{CertificatePolicies, PolicyInformation},
};
use zeroize::Zeroizing;

/// Longer than any 2,048 bit key in PKCS#8, in bytes.
const KEY_BUFFER: usize = 4096;

/// From when until when a certificate holds.
#[derive(Clone, Copy, Debug)]
pub struct Validity {
    /// From this second on.
    pub from: OffsetDateTime,
    /// Until this second, included.
    pub until: OffsetDateTime,
}

/// Whose certificate it is.
#[derive(Clone, Copy)]
pub struct Person<'a> {
    /// Twelve digits.
    pub personal_number: &'a str,
    /// The given name.
    pub given_name: &'a str,
    /// The surname.
    pub surname: &'a str,
}

/// Something that issues certificates.
pub struct Authority {
    key: KeyPair,
    certificate: CertificateDer<'static>,
    /// What is sent along with certificates that this one issues: its own and those above, without the root.
    above: Vec<CertificateDer<'static>>,
}

/// A person's key with its certificates, the person's own first, without the root.
pub struct Signer {
    pub(super) key: KeyPair,
    pub(super) chain: Vec<CertificateDer<'static>>,
}

/// What answers for the authority whether a certificate is revoked.
pub struct Responder {
    pub(super) key: KeyPair,
    pub(super) certificate: CertificateDer<'static>,
}

impl Authority {
    /// A new root.
    ///
    /// # Errors
    /// [`SignFault`] where the certificate cannot be made.
    pub fn root(name: &str, validity: Validity) -> Result<Self, SignFault> {
        let key = KeyPair::generate()?;
        let certificate = authority(name, validity).self_signed(&key)?.der().clone();
        Ok(Self { key, certificate, above: Vec::new() })
    }

    /// A new authority below this one.
    ///
    /// # Errors
    /// [`SignFault`] where the certificate cannot be made.
    pub fn subordinate(&self, name: &str, validity: Validity) -> Result<Self, SignFault> {
        let key = KeyPair::generate()?;
        let certificate = authority(name, validity).signed_by(&key, &self.issuer()?)?.der().clone();
        let above = self.chain_of(certificate.clone());
        Ok(Self { key, certificate, above })
    }

    /// A person's new key, with a certificate that carries a policy.
    ///
    /// # Errors
    /// [`SignFault`] where the policy is no object identifier or the certificate cannot be made.
    pub fn person(&self, person: &Person<'_>, policy: &str, validity: Validity) -> Result<Signer, SignFault> {
        let key = rsa_key()?;
        let mut params = named(&format!("{} {}", person.given_name, person.surname), validity);
        params.distinguished_name.push(DnType::from_oid(&[2, 5, 4, 4]), person.surname);
        params.distinguished_name.push(DnType::from_oid(&[2, 5, 4, 42]), person.given_name);
        params.distinguished_name.push(DnType::from_oid(&[2, 5, 4, 5]), person.personal_number);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.custom_extensions = vec![certificate_policies(policy)?];
        let certificate = params.signed_by(&key, &self.issuer()?)?.der().clone();
        Ok(Signer { key, chain: self.chain_of(certificate) })
    }

    /// What answers OCSP for this authority. `may_answer` false leaves out the purpose `OCSPSigning`.
    ///
    /// # Errors
    /// [`SignFault`] where the certificate cannot be made.
    pub fn responder(
        &self,
        name: &str,
        validity: Validity,
        may_answer: bool,
    ) -> Result<Responder, SignFault> {
        let key = KeyPair::generate()?;
        let mut params = named(name, validity);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages =
            may_answer.then_some(ExtendedKeyUsagePurpose::OcspSigning).into_iter().collect();
        let certificate = params.signed_by(&key, &self.issuer()?)?.der().clone();
        Ok(Responder { key, certificate })
    }

    /// The authority's own certificate, in DER.
    pub fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    /// The authority's own certificate, in PEM.
    pub fn certificate_pem(&self) -> String {
        certificate_pem(&self.certificate)
    }

    /// Everything that [`Authority::from_pem`] needs: the certificates, its own first, and the key.
    pub fn to_pem(&self) -> SecretString {
        let mut text = Zeroizing::new(self.certificate_pem());
        for certificate in self.above.iter().skip(1) {
            text.push_str(&certificate_pem(certificate));
        }
        text.push_str(&Zeroizing::new(self.key.serialize_pem()));
        SecretString::from(text.as_str())
    }

    /// Reads what [`Authority::to_pem`] wrote.
    ///
    /// # Errors
    /// [`SignFault`] where a certificate or the key is missing or cannot be read.
    pub fn from_pem(text: &SecretString) -> Result<Self, SignFault> {
        let text = text.expose_secret().as_bytes();
        let key = PrivatePkcs8KeyDer::from_pem_slice(text).map_err(|_| SignFault::Key)?;
        let key = KeyPair::try_from(&key).map_err(|_| SignFault::Key)?;
        let certificates: Vec<_> = CertificateDer::pem_slice_iter(text)
            .collect::<Result<_, _>>()
            .map_err(|error| SignFault::Certificate(error.to_string()))?;
        let Some(certificate) = certificates.first().cloned() else {
            return Err(SignFault::Certificate("there is none".to_owned()));
        };
        let parsed = Certificate::from_der(&certificate)?.tbs_certificate;
        let above = if parsed.subject == parsed.issuer { Vec::new() } else { certificates };
        Ok(Self { key, certificate, above })
    }

    fn issuer(&self) -> Result<Issuer<'static, &KeyPair>, SignFault> {
        Ok(Issuer::from_ca_cert_der(&self.certificate, &self.key)?)
    }

    fn chain_of(&self, certificate: CertificateDer<'static>) -> Vec<CertificateDer<'static>> {
        std::iter::once(certificate).chain(self.above.iter().cloned()).collect()
    }
}

impl Signer {
    /// The certificates, the person's own first, without the root.
    pub fn chain(&self) -> impl Iterator<Item = &[u8]> {
        self.chain.iter().map(AsRef::as_ref)
    }
}

/// A new RSA key: BankID signs with RSA, and ring makes no such keys.
fn rsa_key() -> Result<KeyPair, SignFault> {
    let mut buffer = Zeroizing::new([0; KEY_BUFFER]);
    let key = RsaKey::generate(KeySize::Rsa2048).map_err(|_| SignFault::Key)?;
    let der = key.to_pkcs8_der(buffer.as_mut_slice()).map_err(|_| SignFault::Key)?;
    Ok(KeyPair::from_pkcs8_der_and_sign_algo(&PrivatePkcs8KeyDer::from(der), &PKCS_RSA_SHA256)?)
}

fn named(name: &str, validity: Validity) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CountryName, "SE");
    params.distinguished_name.push(DnType::OrganizationName, "Bevaka sandbox");
    params.distinguished_name.push(DnType::CommonName, name);
    (params.not_before, params.not_after) = (validity.from, validity.until);
    params.use_authority_key_identifier_extension = true;
    params
}

fn authority(name: &str, validity: Validity) -> CertificateParams {
    let mut params = named(name, validity);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

/// Textual encoding (RFC 7468).
fn certificate_pem(certificate: &[u8]) -> String {
    let lines = BASE64_STANDARD.encode(certificate).into_bytes();
    let lines = lines.chunks(64).map(String::from_utf8_lossy).collect::<Vec<_>>().join("\n");
    format!("-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n")
}

/// The extension of RFC 5280, 4.2.1.4.
fn certificate_policies(policy: &str) -> Result<CustomExtension, SignFault> {
    let policy = PolicyInformation { policy_identifier: object_identifier(policy)?, policy_qualifiers: None };
    let content = CertificatePolicies(vec![policy]).to_der()?;
    Ok(CustomExtension::from_oid_content(&[2, 5, 29, 32], content))
}

pub(super) fn object_identifier(text: &str) -> Result<ObjectIdentifier, SignFault> {
    ObjectIdentifier::new(text).map_err(|_| SignFault::Policy)
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    const VALIDITY: Validity =
        Validity { from: datetime!(2026-01-01 0:00 UTC), until: datetime!(2027-01-01 0:00 UTC) };
    const PERSON: Person<'_> =
        Person { personal_number: "191212121212", given_name: "Tolvan", surname: "Tolvansson" };

    #[test]
    fn an_authority_read_back_issues_the_same_chains() {
        let root = Authority::root("Root", VALIDITY).unwrap();
        let bank = Authority::from_pem(&root.to_pem()).unwrap().subordinate("Bank", VALIDITY).unwrap();
        let customers = bank.subordinate("Customers", VALIDITY).unwrap();
        let customers = Authority::from_pem(&customers.to_pem()).unwrap();
        let signer = customers.person(&PERSON, "1.2.3.4.10", VALIDITY).unwrap();
        let above: Vec<&[u8]> = signer.chain().skip(1).collect();
        assert_eq!(above, [customers.certificate(), bank.certificate()]);
    }

    #[test]
    fn a_policy_that_is_no_object_identifier_is_refused() {
        let root = Authority::root("Root", VALIDITY).unwrap();
        assert!(matches!(root.person(&PERSON, "<value>", VALIDITY), Err(SignFault::Policy)));
    }
}
