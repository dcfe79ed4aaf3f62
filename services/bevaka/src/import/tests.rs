//! Whole files into a database.

use super::*;
use bevaka_domain::{
    event::Kind,
    language::Language,
    trail::{Writer, chain::Link},
    user::{Permission, UserState},
};
use bevaka_store::{
    agreements, by_key, members,
    standing::{self, Companies},
};
use std::path::Path;

pub(super) const FILE: &str = include_str!("../../../../config/demonstration.jsonl");

pub(super) async fn database(directory: &tempfile::TempDir) -> (Db, Catalogue) {
    let url = format!("sqlite:{}", directory.path().join("test.sqlite").display());
    let db = Db::connect(&url.into(), 2, bevaka_store::Role::Owner).await.unwrap();
    db.migrate().await.unwrap();
    let events = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/events");
    (db, Catalogue::load(&events).unwrap())
}

pub(super) fn vault() -> Vault {
    Vault::new(&"a".repeat(64).into()).unwrap()
}

pub(super) async fn import(db: &Db, catalogue: &Catalogue, text: &str, seed: u64) -> Result<(), Faults> {
    let vault = Some(&vault());
    let checked = check(db, catalogue, vault, text.as_bytes()).await.unwrap()?;
    let now = Timestamp::from_micros(1_800_000_000_000_000);
    write(db, &checked, vault, &Entropy::seeded(seed), now).await.unwrap();
    Ok(())
}

async fn standing(db: &Db, kind: &str) -> Companies {
    let number = OrganisationNumber::parse("556016-0680").unwrap();
    let mut tx = db.begin_read().await.unwrap();
    standing::load(&mut tx, &[(number, Kind::parse(kind).unwrap())].into()).await.unwrap()
}

#[tokio::test]
async fn the_same_file_again_doubles_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let (db, catalogue) = database(&directory).await;
    import(&db, &catalogue, FILE, 1).await.unwrap();
    let first = format!(
        "{:?}",
        standing(&db, "payment.rejected").await.values().map(|c| &c.standing).collect::<Vec<_>>()
    );
    import(&db, &catalogue, FILE, 2).await.unwrap();
    let second = standing(&db, "payment.rejected").await;
    assert_eq!(format!("{:?}", second.values().map(|c| &c.standing).collect::<Vec<_>>()), first);
    let company = second.values().next().unwrap();
    assert_eq!((company.standing.users.len(), company.standing.agreement.as_ref().unwrap().version), (6, 1));
}

#[tokio::test]
async fn r18_another_scope_is_another_version() {
    let directory = tempfile::tempdir().unwrap();
    let (db, catalogue) = database(&directory).await;
    import(&db, &catalogue, FILE, 1).await.unwrap();
    let less = r#"{"type": "agreement", "company": "556016-0680", "kinds": ["message.received"]}"#;
    import(&db, &catalogue, less, 2).await.unwrap();
    let companies = standing(&db, "payment.rejected").await;
    let agreement = companies.values().next().unwrap().standing.agreement.clone().unwrap();
    assert_eq!((agreement.version, agreement.scope.len()), (2, 1));
}

#[tokio::test]
async fn one_fault_and_nothing_is_written() {
    let directory = tempfile::tempdir().unwrap();
    let (db, catalogue) = database(&directory).await;
    let faulty = format!("{FILE}{{\"type\": \"company\"}}\n");
    let faults = import(&db, &catalogue, &faulty, 1).await.unwrap_err();
    assert_eq!((faults.len(), faults[0].line), (1, FILE.lines().count() + 1));
    assert!(standing(&db, "payment.rejected").await.is_empty());
}

/// What the trail says, chain by chain.
pub(super) async fn trail_of(db: &Db) -> Vec<(Writer, Link)> {
    let mut tx = db.begin_snapshot().await.unwrap();
    let mut all = Vec::new();
    for head in trail::heads(&mut tx).await.unwrap() {
        let chain = head.chain;
        assert!(trail::verify(&mut tx, head, &[], |_| {}).await.unwrap().is_ok());
        for link in trail::page(&mut tx, chain, 0, 1_000).await.unwrap() {
            assert_eq!(link.actor, "import");
            assert!(link.organisation.is_some() || link.action == "token_assigned");
            all.push((chain, link));
        }
    }
    all
}

#[tokio::test]
async fn r41_every_change_by_a_file_is_in_the_trail_and_nothing_else() {
    let directory = tempfile::tempdir().unwrap();
    let (db, catalogue) = database(&directory).await;
    import(&db, &catalogue, FILE, 1).await.unwrap();
    let first = trail_of(&db).await;
    let count = |what: &str| first.iter().filter(|(_, link)| link.action == what).count();
    let lines =
        |what: &str| FILE.lines().filter(|line| line.contains(&format!("\"type\": \"{what}\""))).count();
    assert_eq!(
        (count("company_added"), count("user_added"), count("agreement_connected")),
        (lines("company"), lines("user"), lines("agreement"))
    );
    assert_eq!((count("contact_added"), count("watch_changed")), (lines("contact"), lines("watch")));
    let mandates = FILE.lines().filter(|line| line.contains("\"mandate\"")).count();
    assert_eq!((count("token_assigned"), count("mandate_granted")), (lines("token"), mandates));
    assert!(lines("watch") > 0 && count("permission_granted") > 0 && count("contact_confirmed") > 0);
    import(&db, &catalogue, FILE, 2).await.unwrap();
    assert_eq!(trail_of(&db).await, first, "the same file again changes nothing");

    let changes = r#"
        {"type": "company", "number": "556016-0680", "name": "Nya namnet AB", "form": "limited_company"}
        {"type": "agreement", "company": "556016-0680", "kinds": ["message.received"]}
        {"type": "user", "company": "556016-0680", "reference": "anna", "name": "Anna", "access": "restricted",
         "permissions": ["manage_watches"], "state": "blocked"}
        {"type": "contact", "company": "556016-0680", "user": "anna", "address": "ny@x.example", "verified": false}
        {"type": "watch", "company": "556016-0680", "user": "anna", "kind": "einvoice.received", "email": "ny@x.example"}"#
        .replace(",\n         ", ", ");
    import(&db, &catalogue, &changes, 3).await.unwrap();
    let all = trail_of(&db).await;
    let new: Vec<_> = all
        .iter()
        .filter(|entry| !first.contains(entry))
        .map(|(writer, link)| (writer.as_str(), link.action.as_str()))
        .collect();
    let details: String = all.iter().map(|(_, link)| link.detail.as_str()).collect();
    assert_eq!(
        new,
        [
            ("agreements", "company_changed"),
            ("agreements", "scope_changed"),
            ("agreements", "user_changed"),
            ("agreements", "user_blocked"),
            ("agreements", "permission_granted"),
            ("agreements", "permission_revoked"),
            ("watches", "contact_added"),
            ("watches", "watch_changed"),
        ]
    );
    for personal in ["Nya namnet", "Anna", "anna", "example", "1740605", "5560160680"] {
        assert!(!details.contains(personal), "{personal} in {details}");
    }

    let back = r#"{"type": "user", "company": "556016-0680", "reference": "anna", "name": "Anna", "access": "restricted",
         "permissions": [], "state": "active"}
        {"type": "contact", "company": "556016-0680", "user": "anna", "address": "ny@x.example", "verified": true}"#
        .replace(",\n         ", ", ");
    import(&db, &catalogue, &back, 4).await.unwrap();
    let latest: Vec<_> = trail_of(&db).await.into_iter().filter(|entry| !all.contains(entry)).collect();
    let latest: Vec<_> = latest.iter().map(|(_, link)| link.action.as_str()).collect();
    assert_eq!(latest, ["user_unblocked", "permission_revoked", "contact_confirmed"]);
}

#[tokio::test]
async fn r21_a_file_again_undoes_nothing_that_an_administrator_or_the_user_did() {
    let directory = tempfile::tempdir().unwrap();
    let (db, catalogue) = database(&directory).await;
    import(&db, &catalogue, FILE, 1).await.unwrap();
    let company = OrganisationNumber::parse("556016-0680").unwrap();
    let mut tx = db.begin().await.unwrap();
    let company = by_key::organisation(&mut tx, &company).await.unwrap().unwrap().id;
    let erik = by_key::user(&mut tx, company, "erik").await.unwrap().unwrap();
    assert_eq!((erik.state, erik.permissions.len()), (UserState::Active, 0));
    agreements::set_user_state(&mut tx, erik.id, UserState::Blocked).await.unwrap();
    let granted = [Permission::ManageWatches];
    agreements::set_permissions(&mut tx, erik.id, &granted, Timestamp::from_micros(0)).await.unwrap();
    assert!(members::set_language(&mut tx, erik.id, Language::English).await.unwrap());
    tx.commit().await.unwrap();
    let trail = trail_of(&db).await;

    import(&db, &catalogue, FILE, 2).await.unwrap();
    let mut tx = db.begin_read().await.unwrap();
    let erik = by_key::user(&mut tx, company, "erik").await.unwrap().unwrap();
    assert_eq!((erik.state, erik.permissions.as_slice()), (UserState::Blocked, &granted[..]));
    assert_eq!(erik.language, Language::English);
    drop(tx);
    assert_eq!(trail_of(&db).await, trail);
}

#[tokio::test]
async fn r26_no_line_can_agree_on_a_notice_or_watch_one() {
    let directory = tempfile::tempdir().unwrap();
    let (db, catalogue) = database(&directory).await;
    let notices = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/notices");
    let catalogue = catalogue.with_notices(&notices).unwrap();
    import(&db, &catalogue, FILE, 1).await.unwrap();
    for line in [
        r#"{"type": "agreement", "company": "556016-0680", "kinds": ["agreement.ended"]}"#,
        r#"{"type": "watch", "company": "556016-0680", "user": "anna", "kind": "agreement.ended", "email": "a@x.example"}"#,
    ] {
        let faults = import(&db, &catalogue, line, 2).await.unwrap_err();
        assert!(faults.iter().any(|fault| fault.problem.contains("is not in the catalogue")), "{faults:?}");
    }
}
