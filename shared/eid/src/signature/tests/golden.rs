//! The test signature that BankID published: made 2022 by a test person with a BankID on file.
//!
//! The file holds the signer's certificate, the bank's authority for customers and the bank's own; the root of BankID's
//! test environment is not in it. The bank's own certificate is therefore the anchor here. There is no OCSP answer to it
//! either, so the check of revocation is left out and the time is given.

use super::*;

const XML: &str = include_str!("../../../tests/vectors/bankid-signature.xml");
const ON_FILE: &str = "1.2.3.4.5";
const SIGNED: OffsetDateTime = datetime!(2022-10-01 12:00 UTC);
const EXPECTED: Expected<'_> = Expected {
    purpose: Purpose::Identification,
    method: Method::Mobile,
    signatory: Signatory::Person("191212121212"),
    visible: Some("signeringstext"),
    non_visible: Some(b"ej synlig"),
};

fn golden_profile(policy: &str) -> Profile {
    let certificate = document::read(XML.as_bytes()).unwrap().certificates[2].clone();
    let policies = Policies { on_card: vec![CARD.to_owned()], mobile: vec![policy.to_owned()] };
    Profile::new(Trust::Test, vec![Anchor { certificate, accepted_until: None }], policies)
}

fn judged(xml: &str, at: OffsetDateTime, expected: &Expected<'_>) -> Result<Verified, SignatureFault> {
    let document = document::read(xml.as_bytes())?;
    let judged = judge(&document, at, "191212121212", expected, &golden_profile(ON_FILE))?;
    Ok(judged.verified)
}

#[test]
fn it_holds_while_its_certificate_did() {
    let verified = judged(XML, SIGNED, &EXPECTED).unwrap();
    assert_eq!((verified.personal_number.as_str(), verified.policy.as_str()), ("191212121212", ON_FILE));
    for at in [datetime!(2026-06-01 0:00 UTC), datetime!(2022-09-01 0:00 UTC)] {
        assert_eq!(failing(judged(XML, at, &EXPECTED)), ChainFault::Time.into());
    }
}

#[test]
fn it_is_no_signature_of_another_text_person_kind_or_purpose() {
    for (expected, fault) in [
        (Expected { visible: Some("signeringstexT"), ..EXPECTED }, SignatureFault::Visible),
        (Expected { non_visible: None, ..EXPECTED }, SignatureFault::NonVisible),
        (Expected { signatory: Signatory::Person("191212121213"), ..EXPECTED }, SignatureFault::Signatory),
        (Expected { method: Method::OnCard, ..EXPECTED }, SignatureFault::Policy),
        (Expected { purpose: Purpose::Signing, ..EXPECTED }, SignatureFault::Purpose),
    ] {
        assert_eq!(failing(judged(XML, SIGNED, &expected)), fault);
    }
}

#[test]
fn one_altered_character_of_its_text_breaks_it() {
    let altered = XML.replace("c2lnbmVyaW5nc3RleHQ=", "c2lnbmVyaW5nc3RleHU=");
    assert_eq!(failing(judged(&altered, SIGNED, &EXPECTED)), DocumentFault::Digest("the signed data").into());
    let (first, second) = XML.split_once("</X509Certificate>").unwrap();
    let swapped = format!("{}A</X509Certificate>{second}", &first[..first.len() - 1]);
    assert_eq!(
        failing(judged(&swapped, SIGNED, &EXPECTED)),
        DocumentFault::Digest("the certificates").into()
    );
    let altered = XML.replace("<SignatureValue>f", "<SignatureValue>g");
    assert_eq!(failing(judged(&altered, SIGNED, &EXPECTED)), DocumentFault::Signature.into());
}

#[test]
fn no_character_of_it_can_be_altered() {
    let from = XML.find("<Signature").unwrap();
    for place in (from..XML.len()).step_by(11) {
        let mut bytes = XML.as_bytes().to_vec();
        bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
        assert!(document::read(&bytes).is_err(), "byte {place}");
    }
}
