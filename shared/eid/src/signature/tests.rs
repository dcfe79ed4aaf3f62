use super::*;
use crate::{
    profile::{Anchor, Policies, Trust},
    sign::{
        Content,
        ocsp::{Answer, Status},
        pki::{Authority, Person, Responder, Signer, Validity},
    },
};
use base64::{Engine, prelude::BASE64_STANDARD};
use rustls::pki_types::CertificateDer;
use time::{Duration, macros::datetime};

mod golden;
mod wrapping;

const TEXT: &str = "Anslut Exempelbolaget AB, 556016-0680. Order 0199.";
const HIDDEN: &[u8] = b"\x00\xffhash";
const CARD: &str = "1.2.3.4.10";
const MOBILE: &str = "1.2.3.4.25";
const AT: OffsetDateTime = datetime!(2026-06-01 12:00 UTC);
const VALIDITY: Validity =
    Validity { from: datetime!(2026-01-01 0:00 UTC), until: datetime!(2027-01-01 0:00 UTC) };
const TOLVAN: Person<'_> =
    Person { personal_number: "191212121212", given_name: "Tolvan", surname: "Tolvansson" };
const OTHER: Person<'_> = Person { personal_number: "197001010000", given_name: "Eva", surname: "Exempel" };
const EXPECTED: Expected<'_> = Expected {
    purpose: Purpose::Signing,
    method: Method::Mobile,
    signatory: Signatory::Person(TOLVAN.personal_number),
    visible: Some(TEXT),
    non_visible: Some(HIDDEN),
};
const CONTENT: Content<'_> = Content {
    purpose: Purpose::Signing,
    visible: Some(TEXT),
    non_visible: Some(HIDDEN),
    relying_party: "Sparbanken Exempel",
    nonce: b"nonce",
    policies: &[],
};
const GOOD: Answer<'_> = Answer { status: Status::Good, produced_at: AT, known_since: AT, nonce: b"" };

/// Authorities as BankID's, and what they issued.
struct World {
    root: Authority,
    bank: Authority,
    customers: Authority,
    responder: Responder,
    signer: Signer,
}

impl World {
    fn new() -> Self {
        let root = Authority::root("Root", VALIDITY).unwrap();
        let bank = root.subordinate("Bank", VALIDITY).unwrap();
        let customers = bank.subordinate("Customers", VALIDITY).unwrap();
        let responder = customers.responder("OCSP", VALIDITY, true).unwrap();
        let signer = customers.person(&TOLVAN, MOBILE, VALIDITY).unwrap();
        Self { root, bank, customers, responder, signer }
    }

    fn profile(&self) -> Profile {
        profile(&self.root, None)
    }

    /// Everything as it should be, but for what a test changes.
    fn completion(&self) -> Completion {
        completed(&self.signer, &CONTENT, &self.responder, &GOOD)
    }

    fn verify(&self, completion: &Completion, expected: &Expected<'_>) -> Result<Verified, SignatureFault> {
        verify(completion, expected, &self.profile())
    }

    /// What comes of a right signature with another OCSP answer.
    fn with_answer(&self, responder: &Responder, answer: &Answer<'_>) -> SignatureFault {
        let completion = completed(&self.signer, &CONTENT, responder, answer);
        failing(self.verify(&completion, &EXPECTED))
    }

    /// What comes of another content signed.
    fn with_content(&self, content: &Content<'_>) -> SignatureFault {
        let completion = completed(&self.signer, content, &self.responder, &GOOD);
        failing(self.verify(&completion, &EXPECTED))
    }
}

fn profile(root: &Authority, accepted_until: Option<OffsetDateTime>) -> Profile {
    let certificate = CertificateDer::from(root.certificate().to_vec());
    let policies = Policies { on_card: vec![CARD.to_owned()], mobile: vec![MOBILE.to_owned()] };
    Profile::new(Trust::Sandbox, vec![Anchor { certificate, accepted_until }], policies)
}

fn completed(
    signer: &Signer,
    content: &Content<'_>,
    responder: &Responder,
    answer: &Answer<'_>,
) -> Completion {
    let (xml, ocsp) = (signer.sign(content).unwrap(), responder.answer(signer, answer).unwrap());
    completion(&xml, &ocsp, TOLVAN.personal_number)
}

fn completion(xml: &str, ocsp: &[u8], personal_number: &str) -> Completion {
    let raw = serde_json::json!({
        "orderRef": "131daac9-16c6-4618-beb0-365768f37288",
        "status": "complete",
        "completionData": {
            "user": {
                "personalNumber": personal_number, "name": "Tolvan Tolvansson",
                "givenName": "Tolvan", "surname": "Tolvansson",
            },
            "device": { "ipAddress": "192.0.2.1", "uhi": "giCsUsVYgZEg96P" },
            "bankIdIssueDate": "2026-01-01",
            "signature": BASE64_STANDARD.encode(xml),
            "ocspResponse": BASE64_STANDARD.encode(ocsp),
        }
    });
    Completion::parse(raw.to_string()).unwrap()
}

/// The fault, where it is told under a check of its own.
fn failing(result: Result<Verified, SignatureFault>) -> SignatureFault {
    result.map(|_| ()).unwrap_err()
}

#[test]
fn r09_a_signature_as_it_should_be_holds_and_tells_who_when_and_how() {
    let world = World::new();
    let verified = world.verify(&world.completion(), &EXPECTED).unwrap();
    assert_eq!(
        verified,
        Verified {
            personal_number: TOLVAN.personal_number.to_owned(),
            signed_at: AT,
            policy: MOBILE.to_owned()
        }
    );
    assert!(!format!("{verified:?} {:?}", world.completion()).contains("1212"));
}

#[test]
fn a_person_who_signs_in_is_who_the_certificate_says() {
    let world = World::new();
    let content = Content { purpose: Purpose::Identification, visible: None, non_visible: None, ..CONTENT };
    let expected = Expected {
        purpose: Purpose::Identification,
        signatory: Signatory::Anyone,
        visible: None,
        non_visible: None,
        ..EXPECTED
    };
    let completion = completed(&world.signer, &content, &world.responder, &GOOD);
    let verified = world.verify(&completion, &expected).unwrap();
    assert_eq!(verified.personal_number, TOLVAN.personal_number);
}

#[test]
fn r09_the_other_kind_of_bankid_is_refused_both_ways() {
    let world = World::new();
    let on_card = Expected { method: Method::OnCard, ..EXPECTED };
    let fault = failing(world.verify(&world.completion(), &on_card));
    assert_eq!((fault.check(), fault), (Check::Policy, SignatureFault::Policy));

    let card = world.customers.person(&TOLVAN, CARD, VALIDITY).unwrap();
    let completion = completed(&card, &CONTENT, &world.responder, &GOOD);
    assert_eq!(failing(world.verify(&completion, &EXPECTED)), SignatureFault::Policy);
    assert!(world.verify(&completion, &on_card).is_ok());
}

#[test]
fn another_persons_signature_is_refused() {
    let world = World::new();
    let expected = Expected { signatory: Signatory::Person(OTHER.personal_number), ..EXPECTED };
    let fault = failing(world.verify(&world.completion(), &expected));
    assert_eq!((fault.check(), fault), (Check::Signatory, SignatureFault::Signatory));
}

#[test]
fn a_certificate_of_somebody_else_than_bankid_names_is_refused() {
    let world = World::new();
    let right = world.completion();
    let xml = String::from_utf8(right.signature().unwrap()).unwrap();
    let completion = completion(&xml, &right.ocsp_response().unwrap(), OTHER.personal_number);
    for signatory in [Signatory::Person(OTHER.personal_number), Signatory::Anyone, EXPECTED.signatory] {
        let fault = failing(world.verify(&completion, &Expected { signatory, ..EXPECTED }));
        assert_eq!(fault, SignatureFault::Signatory);
    }
}

#[test]
fn other_content_than_was_to_be_signed_is_refused() {
    let world = World::new();
    let other_text = TEXT.replace("0199", "0198");
    for (content, expected) in [
        (Content { visible: Some(&other_text), ..CONTENT }, SignatureFault::Visible),
        (Content { visible: None, ..CONTENT }, SignatureFault::Visible),
        (Content { non_visible: Some(b"other"), ..CONTENT }, SignatureFault::NonVisible),
        (Content { non_visible: None, ..CONTENT }, SignatureFault::NonVisible),
        (Content { purpose: Purpose::Identification, ..CONTENT }, SignatureFault::Purpose),
    ] {
        let fault = world.with_content(&content);
        assert_eq!((fault.check(), fault), (Check::Content, expected));
    }
}

#[test]
fn a_revoked_or_unknown_certificate_is_refused() {
    let world = World::new();
    for (status, expected) in
        [(Status::Revoked(AT - Duration::DAY), OcspFault::Revoked), (Status::Unknown, OcspFault::Unknown)]
    {
        let fault = world.with_answer(&world.responder, &Answer { status, ..GOOD });
        assert_eq!((fault.check(), fault), (Check::Revocation, expected.into()));
    }
}

#[test]
fn an_answer_by_somebody_who_may_not_give_it_is_refused() {
    let world = World::new();
    let of_bank = world.bank.responder("OCSP", VALIDITY, true).unwrap();
    let without_purpose = world.customers.responder("OCSP", VALIDITY, false).unwrap();
    let past = Validity { until: AT - Duration::DAY, ..VALIDITY };
    let expired = world.customers.responder("OCSP", past, true).unwrap();
    let of_stranger = World::new().responder;
    for responder in [of_bank, without_purpose, expired, of_stranger] {
        let fault = world.with_answer(&responder, &GOOD);
        assert_eq!((fault.check(), fault), (Check::Revocation, OcspFault::Responder.into()));
    }
}

#[test]
fn an_answer_about_another_certificate_is_refused() {
    let world = World::new();
    let xml = world.signer.sign(&CONTENT).unwrap();
    let other = world.customers.person(&TOLVAN, MOBILE, VALIDITY).unwrap();
    let ocsp = world.responder.answer(&other, &GOOD).unwrap();
    let completion = completion(&xml, &ocsp, TOLVAN.personal_number);
    let fault = failing(world.verify(&completion, &EXPECTED));
    assert_eq!((fault.check(), fault), (Check::Revocation, OcspFault::OtherCertificate.into()));
}

#[test]
fn an_altered_answer_is_refused() {
    let world = World::new();
    let right = world.completion();
    let xml = String::from_utf8(right.signature().unwrap()).unwrap();
    let der = right.ocsp_response().unwrap();
    for place in (0..der.len()).step_by(5) {
        let mut altered = der.clone();
        altered[place] ^= 1;
        let completion = completion(&xml, &altered, TOLVAN.personal_number);
        assert!(world.verify(&completion, &EXPECTED).is_err(), "byte {place} of {}", der.len());
    }
}

#[test]
fn an_answer_from_before_it_was_known_is_refused() {
    let world = World::new();
    let answer = Answer { known_since: AT + Duration::SECOND, ..GOOD };
    assert_eq!(world.with_answer(&world.responder, &answer), OcspFault::Stale.into());
}

#[test]
fn a_certificate_that_had_expired_or_did_not_hold_yet_is_refused() {
    let world = World::new();
    for validity in [
        Validity { until: AT - Duration::SECOND, ..VALIDITY },
        Validity { from: AT + Duration::SECOND, ..VALIDITY },
    ] {
        let signer = world.customers.person(&TOLVAN, MOBILE, validity).unwrap();
        let completion = completed(&signer, &CONTENT, &world.responder, &GOOD);
        let fault = failing(world.verify(&completion, &EXPECTED));
        assert_eq!((fault.check(), fault), (Check::Time, ChainFault::Time.into()));
    }
}

#[test]
fn a_root_that_is_not_pinned_is_refused() {
    let world = World::new();
    let stranger = World::new();
    let fault = failing(verify(&world.completion(), &EXPECTED, &stranger.profile()));
    assert_eq!((fault.check(), fault), (Check::Chain, ChainFault::Untrusted.into()));
    // The same names, another key: what the document brings along is not trusted.
    let completion = stranger.completion();
    assert_eq!(failing(world.verify(&completion, &EXPECTED)), ChainFault::Untrusted.into());
}

#[test]
fn an_anchor_counts_for_signatures_made_while_it_was_accepted() {
    let world = World::new();
    let verified = |until| verify(&world.completion(), &EXPECTED, &profile(&world.root, Some(until)));
    assert!(verified(AT).is_ok());
    let fault = failing(verified(AT - Duration::SECOND));
    assert_eq!((fault.check(), fault), (Check::Chain, ChainFault::AnchorRetired.into()));
}

#[test]
fn a_certificate_that_is_not_for_signatures_is_refused() {
    let world = World::new();
    assert_eq!(certificates::Leaf::parse(world.bank.certificate()).err(), Some(ChainFault::Usage));
}
