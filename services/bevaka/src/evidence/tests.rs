use super::*;
use base64::{Engine, prelude::BASE64_STANDARD};
use bevaka_eid::{
    bankid::{Completion, Method},
    evidence::{Note, Record},
    ocra::{Suite, challenge},
    sign::{
        Content,
        ocsp::{Answer, Status},
        pki::{self, Authority, Validity},
    },
    signature,
};
use serde_json::Value;
use tempfile::TempDir;
use time::macros::datetime;

const TEXT: &str = "Anslutning av Exempelbolaget AB\n\n- Avvisad betalning";
const POLICY: &str = "1.2.3.4.25";
const AT: OffsetDateTime = datetime!(2026-06-01 12:00 UTC);
const VALIDITY: Validity =
    Validity { from: datetime!(2026-01-01 0:00 UTC), until: datetime!(2027-01-01 0:00 UTC) };
const TOLVAN: pki::Person<'_> =
    pki::Person { personal_number: "191212121212", given_name: "Tolvan", surname: "Tolvansson" };

/// A directory with `profile.toml` and its anchor, and the authority whose signatures it trusts.
fn trusted() -> (TempDir, Authority) {
    let directory = tempfile::tempdir().unwrap();
    let root = Authority::root("Root", VALIDITY).unwrap();
    fs::write(directory.path().join("root.pem"), root.certificate_pem()).unwrap();
    let profile = format!(
        "trust = \"sandbox\"\n[[anchors]]\nfile = \"root.pem\"\n[policies]\non_card = [\"1.2.3.4.10\"]\nmobile = [\"{POLICY}\"]\n"
    );
    fs::write(directory.path().join("profile.toml"), profile).unwrap();
    (directory, root)
}

fn bundle(proof: Proof) -> String {
    let record = Record {
        order: "0199d5a0-0000-7000-8000-000000000001",
        signatory: TOLVAN.personal_number,
        text: TEXT,
        recorded_at: AT,
        address: "192.0.2.1",
        proof,
    };
    Bundle::new(record).to_json().unwrap()
}

fn by_bankid(root: &Authority) -> String {
    let customers = root.subordinate("Bank", VALIDITY).unwrap().subordinate("Customers", VALIDITY).unwrap();
    let signer = customers.person(&TOLVAN, POLICY, VALIDITY).unwrap();
    let content = Content {
        purpose: signature::Purpose::Signing,
        visible: Some(TEXT),
        non_visible: None,
        relying_party: "Sparbanken Exempel",
        nonce: b"nonce",
        policies: &[POLICY.to_owned()],
    };
    let answer = Answer { status: Status::Good, produced_at: AT, known_since: AT, nonce: b"" };
    let ocsp = customers.responder("OCSP", VALIDITY, true).unwrap().answer(&signer, &answer).unwrap();
    let user =
        json!({ "personalNumber": TOLVAN.personal_number, "name": "T T", "givenName": "T", "surname": "T" });
    let raw = json!({
        "orderRef": "131daac9", "status": "complete",
        "completionData": {
            "user": user,
            "device": { "ipAddress": "192.0.2.1" },
            "signature": BASE64_STANDARD.encode(signer.sign(&content).unwrap()),
            "ocspResponse": BASE64_STANDARD.encode(ocsp),
        },
    });
    let completion = Box::new(Completion::parse(raw.to_string()).unwrap());
    bundle(Proof::BankId { method: Method::Mobile, non_visible: None, completion })
}

fn by_token() -> String {
    bundle(Proof::SecurityToken {
        serial: "1002-0001".to_owned(),
        suite: Suite::SIGN.as_str().to_owned(),
        challenge: challenge("556016-0680", TEXT),
        response: "12345678".to_owned(),
        at: AT,
        note: Note,
    })
}

/// The exit code for a document, with the profile of this directory.
fn code(directory: &TempDir, document: &str) -> u8 {
    let file = directory.path().join("evidence.json");
    fs::write(&file, document).unwrap();
    let profile = directory.path().join("profile.toml");
    let codes = [true, false]
        .map(|json| run(&Args { file: file.clone(), profile: profile.clone(), json }).unwrap().code());
    assert_eq!(codes[0], codes[1]);
    codes[0]
}

fn told(directory: &TempDir, document: &str) -> Value {
    let (bundle, profile) =
        (Bundle::parse(document).unwrap(), Profile::load(&directory.path().join("profile.toml")).unwrap());
    serde_json::to_value(found(&bundle, &profile, &bundle.verify(&profile))).unwrap()
}

#[test]
fn r10_a_signature_is_proved_with_the_document_and_the_anchors_alone() {
    let (directory, root) = trusted();
    let document = by_bankid(&root);
    assert_eq!(code(&directory, &document), 0);
    let told = told(&directory, &document);
    assert_eq!(
        (&told["verdict"], &told["trust"], &told["method"]),
        (&json!("proved"), &json!("sandbox"), &json!("mobile"))
    );
    assert_eq!((&told["signed_at"], &told["policy"]), (&json!("2026-06-01T12:00:00Z"), &json!(POLICY)));
    let checks = told["checks"].as_array().unwrap();
    let names: Vec<_> = checks.iter().map(|check| check["check"].as_str().unwrap()).collect();
    let expected = ["text_hash", "document", "time", "chain", "policy", "signatory", "content", "revocation"];
    assert_eq!(names, expected);
    assert!(checks.iter().all(|check| check["outcome"] == "holds"));
}

#[test]
fn r10_another_text_another_person_and_another_root_are_refuted_with_the_check_that_fails() {
    let (directory, root) = trusted();
    let document = by_bankid(&root);
    let failing = |directory: &TempDir, document: &str| {
        assert_eq!(code(directory, document), 1);
        let told = told(directory, document);
        assert_eq!(told["verdict"], "refuted");
        let checks = told["checks"].as_array().unwrap();
        let failing = checks.iter().filter(|check| check["outcome"] == "fails" && check["why"].is_string());
        failing.map(|check| check["check"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(failing(&directory, &document.replace("Avvisad", "Avvisat")), ["text_hash", "content"]);
    let other = document.replacen("191212121212", "198504129811", 1);
    assert_eq!(failing(&directory, &other), ["signatory"]);
    assert_eq!(failing(&directory, &document.replace("\"mobile\"", "\"on_card\"")), ["policy"]);
    let (elsewhere, _) = trusted();
    assert_eq!(failing(&elsewhere, &document), ["chain"]);
}

#[test]
fn r10_a_tokens_code_is_recorded_and_not_proved() {
    let (directory, _) = trusted();
    assert_eq!(code(&directory, &by_token()), 3);
    assert_eq!(told(&directory, &by_token())["verdict"], "recorded");
    assert_eq!(code(&directory, &by_token().replace("12345678", "1234567")), 1);
}

#[test]
fn what_cannot_be_read_is_neither_proved_nor_refuted() {
    let (directory, root) = trusted();
    let document = by_bankid(&root);
    for damaged in
        ["", "{}", &document[..document.len() - 2], &document.replace("\"version\": 1", "\"version\": 2")]
    {
        assert_eq!(code(&directory, damaged), 2);
    }
    fs::remove_file(directory.path().join("root.pem")).unwrap();
    assert_eq!(code(&directory, &document), 2);
}
