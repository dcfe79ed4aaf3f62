//! Persons, mandates, clauses and tokens, from a file into a database.

use crate::import::{
    Faults, check,
    tests::{FILE, database, import, trail_of, vault},
};
use bevaka_agreements::numbers;
use bevaka_domain::{
    ids::OrganisationId,
    organisation::OrganisationNumber,
    person::PersonalNumber,
    signing::{Mandate, Rule, authority::Role},
};
use bevaka_store::{
    Db, agreements,
    by_key::{self, Signing},
    members,
    persons::{self, Person},
};
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::Value;
use std::path::Path;

const COMPANY: &str =
    r#"{"type": "company", "number": "556016-0680", "name": "Exempelbolaget AB", "form": "limited_company"}"#;
const OTHER: &str =
    r#"{"type": "company", "number": "969999-0009", "name": "Vik & Rask", "form": "partnership"}"#;

/// A line of the user `anna` with these fields besides.
fn anna(company: &str, more: &str) -> String {
    format!(
        r#"{{"type": "user", "company": "{company}", "reference": "anna", "name": "Anna Lind", "access": "unrestricted"{more}}}"#
    )
}

async fn company(db: &Db, number: &str) -> OrganisationId {
    let mut tx = db.begin_read().await.unwrap();
    let number = OrganisationNumber::parse(number).unwrap();
    agreements::find_organisation(&mut tx, &number).await.unwrap().unwrap()
}

async fn signing(db: &Db, number: &str) -> Signing {
    let organisation = company(db, number).await;
    let mut tx = db.begin_read().await.unwrap();
    let user = agreements::find_user(&mut tx, organisation, "anna").await.unwrap().unwrap();
    by_key::signing(&mut tx, user).await.unwrap()
}

async fn person(db: &Db, number: &str) -> Option<Person> {
    let number = PersonalNumber::parse(number).unwrap();
    let mut tx = db.begin_read().await.unwrap();
    persons::by_number(&mut tx, &numbers::hash(&vault(), &number)).await.unwrap()
}

#[tokio::test]
async fn a_person_is_one_in_all_companies_and_sealed_in_the_database() {
    let directory = tempfile::tempdir().unwrap();
    let (db, catalogue) = database(&directory).await;
    let number = r#", "personal_number": "19121212-1212""#;
    let lines = [COMPANY, OTHER, &anna("556016-0680", number), &anna("969999-0009", number)].join("\n");
    for seed in 1..3 {
        import(&db, &catalogue, &lines, seed).await.unwrap();
    }
    let anna = person(&db, "19121212-1212").await.unwrap();
    assert_eq!(numbers::of(&vault(), &anna).unwrap().reveal(), "191212121212");
    assert!(!anna.number_sealed.windows(6).any(|window| window == b"191212"));
    for number in ["556016-0680", "969999-0009"] {
        assert_eq!(signing(&db, number).await.person, Some(anna.id));
    }
    let mut tx = db.begin_read().await.unwrap();
    assert_eq!(persons::memberships(&mut tx, anna.id).await.unwrap().len(), 2);
}

#[tokio::test]
async fn r41_what_a_line_leaves_out_stays_and_what_it_changes_is_in_the_trail() {
    let directory = tempfile::tempdir().unwrap();
    let (db, catalogue) = database(&directory).await;
    let all =
        r#", "personal_number": "19121212-1212", "mandate": "alone", "roles": ["chair"], "groups": ["A"]"#;
    import(&db, &catalogue, &[COMPANY, &anna("556016-0680", all)].join("\n"), 1).await.unwrap();
    let first = signing(&db, "556016-0680").await;
    assert_eq!((first.mandate, &first.roles), (Some(Mandate::Alone), &[Role::Chair].into()));
    assert_eq!(first.groups, ["A".to_owned()].into());

    let before = trail_of(&db).await;
    import(&db, &catalogue, &anna("556016-0680", ""), 2).await.unwrap();
    assert_eq!((signing(&db, "556016-0680").await, trail_of(&db).await), (first, before.clone()));

    let less = r#", "mandate": "two_jointly", "roles": [], "groups": []"#;
    import(&db, &catalogue, &anna("556016-0680", less), 3).await.unwrap();
    let second = signing(&db, "556016-0680").await;
    assert!(second.person.is_some() && second.roles.is_empty() && second.groups.is_empty());
    import(&db, &catalogue, &anna("556016-0680", r#", "mandate": "none""#), 4).await.unwrap();
    assert_eq!(signing(&db, "556016-0680").await, Signing { mandate: None, ..second });
    let new: Vec<_> = trail_of(&db).await[before.len()..]
        .iter()
        .map(|(_, link)| (link.action.clone(), link.detail.clone()))
        .collect();
    let expected = [
        ("user_changed", r#"{"changed":["roles","groups"]}"#),
        ("mandate_revoked", r#"{"mandate":"alone"}"#),
        ("mandate_granted", r#"{"mandate":"two_jointly"}"#),
        ("mandate_revoked", r#"{"mandate":"two_jointly"}"#),
    ];
    assert_eq!(new, expected.map(|(action, detail)| (action.to_owned(), detail.to_owned())));
}

#[tokio::test]
async fn r22_whom_the_company_has_removed_an_import_does_not_bring_back() {
    let directory = tempfile::tempdir().unwrap();
    let (db, catalogue) = database(&directory).await;
    let line = anna("556016-0680", r#", "personal_number": "19121212-1212", "mandate": "alone""#);
    import(&db, &catalogue, &[COMPANY, &line].join("\n"), 1).await.unwrap();
    let organisation = company(&db, "556016-0680").await;
    let mut tx = db.begin().await.unwrap();
    let user = agreements::find_user(&mut tx, organisation, "anna").await.unwrap().unwrap();
    let now = bevaka_domain::clock::Timestamp::from_micros(1_800_000_000_000_000);
    assert!(members::remove(&mut tx, user, now).await.unwrap());
    tx.commit().await.unwrap();
    let before = trail_of(&db).await;
    import(&db, &catalogue, &line, 2).await.unwrap();
    let mut tx = db.begin_read().await.unwrap();
    assert!(members::of(&mut tx, organisation).await.unwrap().is_empty());
    drop(tx);
    assert_eq!((signing(&db, "556016-0680").await.mandate, trail_of(&db).await), (None, before));
}

#[tokio::test]
async fn clauses_of_the_register_are_replaced_as_a_whole() {
    let directory = tempfile::tempdir().unwrap();
    let (db, catalogue) = database(&directory).await;
    let rule = |clauses: &str| {
        format!(r#"{{"type": "signing_rule", "company": "556016-0680", "clauses": [{clauses}]}}"#)
    };
    let two =
        r#"{"source": "Firman tecknas två i förening av ledamöterna", "valid_from": "2026-01-01T00:00:00Z",
        "seats": [{"who": {"role": "board_member"}, "count": 2}]},
        {"source": "Firman tecknas på annat sätt", "not_understood": null}"#
            .replace("\n        ", "");
    import(&db, &catalogue, &[COMPANY, &rule(&two)].join("\n"), 1).await.unwrap();
    let organisation = company(&db, "556016-0680").await;
    let clauses = async || {
        let mut tx = db.begin_read().await.unwrap();
        members::clauses(&mut tx, organisation).await.unwrap()
    };
    assert_eq!(clauses().await.len(), 2);
    assert_eq!(clauses().await[1].rule, Rule::NotUnderstood);
    let before = trail_of(&db).await;
    import(&db, &catalogue, &rule(&two), 2).await.unwrap();
    assert_eq!(trail_of(&db).await, before);
    import(&db, &catalogue, &rule(""), 3).await.unwrap();
    assert!(clauses().await.is_empty());
    assert_eq!(trail_of(&db).await.last().unwrap().1.action, "signing_rule_changed");
}

#[tokio::test]
async fn a_token_is_replaced_by_its_serial_and_belongs_to_a_known_person() {
    let directory = tempfile::tempdir().unwrap();
    let (db, catalogue) = database(&directory).await;
    let token = |secret: &str| {
        let secret = secret.repeat(16);
        format!(
            r#"{{"type": "token", "personal_number": "191212121212", "serial": "1", "secret": "{secret}"}}"#
        )
    };
    let user = anna("556016-0680", r#", "personal_number": "19121212-1212""#);
    let unknown = import(&db, &catalogue, &token("0a"), 1).await.unwrap_err();
    assert_eq!(unknown[0].problem, "personal_number: is on no user line and not in the database");
    import(&db, &catalogue, &[COMPANY, &user, &token("0a")].join("\n"), 1).await.unwrap();
    let before = trail_of(&db).await;
    import(&db, &catalogue, &token("0A"), 2).await.unwrap();
    assert_eq!(trail_of(&db).await, before, "the same key again changes nothing");
    import(&db, &catalogue, &token("0b"), 3).await.unwrap();
    assert_eq!(trail_of(&db).await.len(), before.len() + 1);
    let anna = person(&db, "19121212-1212").await.unwrap();
    let mut tx = db.begin_read().await.unwrap();
    let tokens = persons::tokens_of(&mut tx, anna.id).await.unwrap();
    assert_eq!(tokens.len(), 1);
    assert_eq!(numbers::key_of(&vault(), &tokens[0]).unwrap().expose_secret(), [0x0b; 16]);
}

async fn faults(db: &Db, catalogue: &bevaka_catalogue::Catalogue, lines: &[&str]) -> Vec<String> {
    let faults: Faults = import(db, catalogue, &lines.join("\n"), 9).await.unwrap_err();
    faults.into_iter().map(|fault| format!("{}: {}", fault.line, fault.problem)).collect()
}

#[tokio::test]
async fn faults_of_persons_name_lines_and_fields_and_never_a_number() {
    let directory = tempfile::tempdir().unwrap();
    let (db, catalogue) = database(&directory).await;
    let number = r#", "personal_number": "19121212-1212""#;
    let first = anna("556016-0680", number);
    let second = first.replace("\"anna\"", "\"annas\"");
    let rule = |clause: &str| {
        format!(
            r#"{{"type": "signing_rule", "company": "556016-0680", "clauses": [{{"source": "x", {clause}}}]}}"#
        )
    };
    let person = r#""seats": [{"who": {"person": "00000000-0000-0000-0000-000000000001"}}]"#;
    let lines = [
        COMPANY,
        &first,
        &second,
        &anna("556016-0680", r#", "personal_number": "191212121213""#),
        &anna("556016-0680", r#", "personal_number": 191212121212"#),
        &anna("556016-0680", r#", "mandate": "both""#),
        &rule(r#""seats": []"#),
        &rule(person),
        &rule(
            r#""seats": [{"who": "whole_board"}], "valid_from": "2026-01-01T00:00:00Z", "valid_to": "2026-01-01T00:00:00Z""#,
        ),
        r#"{"type": "token", "personal_number": "191212121212", "serial": "1 2", "secret": "00112233445566778899aabbccddeeff"}"#,
        r#"{"type": "token", "personal_number": "191212121212", "serial": "1", "secret": "001122"}"#,
    ];
    let found = faults(&db, &catalogue, &lines).await;
    for (fault, expected) in found.iter().zip([
        "3: personal_number: is that of the user on line 2",
        "4: the last digit of the personal number",
        "5: expected a string",
        "6: expected one of `none`, `alone`, `two_jointly`",
        "7: clauses: a clause has 1 to 20 seats",
        "8: clauses: a single person is named by a group",
        "9: clauses: valid_to must be later",
        "10: serial must have 1 to 40",
        "11: secret must have 16 to 64 bytes",
    ]) {
        assert!(fault.starts_with(expected) && !fault.contains("1212"), "{fault} / {expected}");
    }
    assert_eq!(found.len(), 9, "{found:?}");

    import(&db, &catalogue, &[COMPANY, &first].join("\n"), 1).await.unwrap();
    let taken = faults(&db, &catalogue, &[&second]).await;
    assert_eq!(taken, ["1: personal_number: another user of the company has it"]);
}

#[tokio::test]
async fn without_a_key_numbers_are_refused_by_the_name_of_the_setting_and_all_else_is_taken() {
    let directory = tempfile::tempdir().unwrap();
    let (db, catalogue) = database(&directory).await;
    let refused = check(&db, &catalogue, None, FILE.as_bytes()).await.unwrap_err();
    assert!(refused.to_string().contains("vault.key"), "{refused}");
    let plain = [COMPANY, &anna("556016-0680", r#", "mandate": "alone""#)].join("\n");
    assert!(check(&db, &catalogue, None, plain.as_bytes()).await.unwrap().is_ok());
}

#[derive(Deserialize)]
struct Persons {
    person: Vec<TestPerson>,
}

#[derive(Deserialize)]
struct TestPerson {
    id: String,
    given_name: String,
    surname: String,
    personal_number: String,
    token: Option<TestToken>,
}

#[derive(Deserialize)]
struct TestToken {
    serial: String,
    secret: String,
}

#[test]
fn the_demonstration_knows_the_persons_and_tokens_of_the_sandbox() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/sandbox/persons.toml");
    let persons: Persons = toml::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let lines: Vec<Value> = FILE.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |kind: &'static str| lines.iter().filter(move |line| line["type"] == kind);
    for user in of("user") {
        let person = persons.person.iter().find(|person| user["reference"] == person.id.as_str()).unwrap();
        let name = format!("{} {}", person.given_name, person.surname);
        assert_eq!(
            (&user["name"], &user["personal_number"]),
            (&name.into(), &person.personal_number.as_str().into())
        );
    }
    for person in &persons.person {
        let tokens: Vec<_> =
            of("token").filter(|token| token["personal_number"] == person.personal_number.as_str()).collect();
        let expected = person.token.iter().map(|token| (token.serial.as_str(), token.secret.as_str()));
        let found =
            tokens.iter().map(|token| (token["serial"].as_str().unwrap(), token["secret"].as_str().unwrap()));
        assert!(expected.eq(found), "the tokens of {}", person.id);
    }
    assert!(of("user").all(|user| user["reference"] != "vera"), "she is nobody that the bank knows");
}
