use super::*;
use crate::{
    ocra::challenge,
    profile::{Anchor, Policies, Trust},
    sign::{
        Content,
        ocsp::{Answer, Status},
        pki::{Authority, Person, Validity},
    },
    signature::Check,
};
use rustls::pki_types::CertificateDer;
use strum::VariantArray as _;
use time::macros::datetime;

const TEXT: &str = "Anslut Exempelbolaget AB.\n\tRad två: “å”\u{a0}.";
const HIDDEN: &[u8] = &[0, 159, 146, 150];
const POLICY: &str = "1.2.3.4.25";
const AT: OffsetDateTime = datetime!(2026-06-01 12:00 UTC);
const VALIDITY: Validity =
    Validity { from: datetime!(2026-01-01 0:00 UTC), until: datetime!(2027-01-01 0:00 UTC) };
const TOLVAN: Person<'_> =
    Person { personal_number: "191212121212", given_name: "Tolvan", surname: "Tolvansson" };

fn bundle(proof: Proof) -> Bundle {
    Bundle::new(Record {
        order: "0199d5a0-0000-7000-8000-000000000001",
        signatory: TOLVAN.personal_number,
        text: TEXT,
        recorded_at: AT,
        address: "192.0.2.1",
        proof,
    })
}

/// A bundle with a BankID signature, and the profile that trusts it.
fn signed() -> (Bundle, Profile) {
    let root = Authority::root("Root", VALIDITY).unwrap();
    let customers = root.subordinate("Bank", VALIDITY).unwrap().subordinate("Customers", VALIDITY).unwrap();
    let signer = customers.person(&TOLVAN, POLICY, VALIDITY).unwrap();
    let content = Content {
        purpose: Purpose::Signing,
        visible: Some(TEXT),
        non_visible: Some(HIDDEN),
        relying_party: "Sparbanken Exempel",
        nonce: b"nonce",
        policies: &[POLICY.to_owned()],
    };
    let answer = Answer { status: Status::Good, produced_at: AT, known_since: AT, nonce: b"" };
    let ocsp = customers.responder("OCSP", VALIDITY, true).unwrap().answer(&signer, &answer).unwrap();
    let raw = serde_json::json!({
        "orderRef": "131daac9", "status": "complete",
        "completionData": {
            "user": {
                "personalNumber": "191212121212", "name": "T T", "givenName": "T", "surname": "T",
            },
            "device": { "ipAddress": "192.0.2.1" },
            "signature": BASE64_STANDARD.encode(signer.sign(&content).unwrap()),
            "ocspResponse": BASE64_STANDARD.encode(ocsp),
        },
    });
    let proof = Proof::BankId {
        method: Method::Mobile,
        non_visible: Some(NonVisible(HIDDEN.to_vec())),
        completion: Box::new(Completion::parse(raw.to_string()).unwrap()),
    };
    let certificate = CertificateDer::from(root.certificate().to_vec());
    let policies = Policies { on_card: vec!["1.2.3.4.10".to_owned()], mobile: vec![POLICY.to_owned()] };
    let profile = Profile::new(Trust::Sandbox, vec![Anchor { certificate, accepted_until: None }], policies);
    (bundle(proof), profile)
}

fn by_token() -> Bundle {
    bundle(Proof::SecurityToken {
        serial: "12-3456789-0".to_owned(),
        suite: Suite::SIGN.as_str().to_owned(),
        challenge: challenge("556016-0680", TEXT),
        response: "12345678".to_owned(),
        at: AT,
        note: Note,
    })
}

fn failing(report: &Report) -> Vec<Point> {
    let failing = report.lines.iter().filter(|line| matches!(line.outcome, Outcome::Fails(_)));
    failing.map(|line| line.point).collect()
}

#[test]
fn r10_a_bundle_is_proved_by_itself_and_the_anchors_alone() {
    let (bundle, profile) = signed();
    let json = bundle.to_json().unwrap();
    let read = Bundle::parse(&json).unwrap();
    assert_eq!(read, bundle);
    let report = read.verify(&profile);
    assert!(
        matches!(report.verdict, Verdict::Proved(ref verified) if verified.signed_at == AT),
        "{report:?}"
    );
    assert_eq!(report.lines.len(), 1 + Check::VARIANTS.len());
    assert!(report.lines.iter().all(|line| line.outcome == Outcome::Holds));
    assert!(!format!("{bundle:?}").contains("1212"));
}

#[test]
fn r10_a_bundle_that_was_altered_is_refuted_and_says_where() {
    let (bundle, profile) = signed();
    let other = format!("{TEXT}!");
    let content = Point::Signature(Check::Content);
    for (altered, expected) in [
        (Bundle { text: other.clone(), ..bundle.clone() }, vec![Point::TextHash, content]),
        (Bundle { text_sha256: sha256(&other), text: other, ..bundle.clone() }, vec![content]),
        (Bundle { text_sha256: String::new(), ..bundle.clone() }, vec![Point::TextHash]),
        (
            Bundle { signatory: "197001010000".to_owned(), ..bundle.clone() },
            vec![Point::Signature(Check::Signatory)],
        ),
        (with_method(&bundle, Method::OnCard), vec![Point::Signature(Check::Policy)]),
    ] {
        let report = altered.verify(&profile);
        assert_eq!((report.verdict.clone(), failing(&report)), (Verdict::Refuted, expected));
    }
}

fn with_method(bundle: &Bundle, method: Method) -> Bundle {
    let Proof::BankId { non_visible, completion, .. } = bundle.proof.clone() else { panic!("another proof") };
    Bundle { proof: Proof::BankId { method, non_visible, completion }, ..bundle.clone() }
}

#[test]
fn what_comes_after_a_point_that_fails_was_not_looked_at() {
    let (bundle, _) = signed();
    let (_, stranger) = signed();
    let report = bundle.verify(&stranger);
    let outcomes: Vec<&str> = report
        .lines
        .iter()
        .map(|line| match line.outcome {
            Outcome::Holds => "holds",
            Outcome::Fails(_) => "fails",
            Outcome::NotReached => "not reached",
        })
        .collect();
    let rest = "not reached";
    assert_eq!(outcomes, ["holds", "holds", "holds", "fails", rest, rest, rest, rest]);
    assert_eq!(failing(&report), [Point::Signature(Check::Chain)]);
}

#[test]
fn a_code_of_a_security_token_is_recorded_and_never_proved() {
    let (_, profile) = signed();
    let json = by_token().to_json().unwrap();
    assert!(json.contains("cannot be proved without the bank's key"));
    let read = Bundle::parse(&json).unwrap();
    let report = read.verify(&profile);
    assert_eq!((report.verdict.clone(), failing(&report)), (Verdict::Recorded, vec![]));
    assert!(report.verdict.to_string().contains("cannot be proved"));

    let altered = Bundle { text_sha256: sha256("x"), text: "x".to_owned(), ..by_token() };
    let report = altered.verify(&profile);
    assert_eq!((report.verdict.clone(), failing(&report)), (Verdict::Refuted, vec![Point::Challenge]));

    let json = by_token().to_json().unwrap().replace("12345678\"", "1234567\"");
    let report = Bundle::parse(&json).unwrap().verify(&profile);
    assert_eq!((report.verdict.clone(), failing(&report)), (Verdict::Refuted, vec![Point::Response]));
}

#[test]
fn a_document_of_another_kind_or_version_is_told_apart_from_a_damaged_one() {
    let json = by_token().to_json().unwrap();
    let fault = |json: &str| Bundle::parse(json).unwrap_err();
    assert_eq!(fault(&json.replace("\"bevaka-evidence\"", "\"other\"")), InvalidBundle::Format);
    assert_eq!(fault(&json.replace("\"version\": 1", "\"version\": 2")), InvalidBundle::Version(2));
    for damaged in [
        json[..json.len() - 5].to_owned(),
        json.replace("\"order\"", "\"oder\""),
        json.replace("\"security_token\"", "\"seal\""),
        json.replace("T12:00:00Z", ""),
    ] {
        assert!(matches!(fault(&damaged), InvalidBundle::Json { .. }));
    }
}

#[test]
fn the_hash_is_sha_256_of_the_text_in_utf_8() {
    assert_eq!(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}
