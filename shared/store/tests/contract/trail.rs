use crate::world::*;
use bevaka_domain::{
    clock::Timestamp,
    ids::OrganisationId,
    trail::{
        Action, Actor, Entry, Writer,
        chain::{Broken, Fault, Head},
    },
};
use bevaka_store::{Db, Tx, trail, trail::About};
use serde_json::json;

crate::on_both_engines! {
    r41_entries_are_chained_each_writers_for_themselves
    r41_an_entry_of_a_transaction_that_failed_leaves_no_gap
    r41_nothing_can_be_altered_or_removed
    r41_what_was_altered_all_the_same_is_named
    r41_what_was_removed_all_the_same_is_named
    r41_a_head_that_was_noted_is_found_again
    r41_a_chain_longer_than_a_page_is_checked_to_its_end
    r41_entries_are_listed_by_company_subject_and_time
}

fn entry(n: u32) -> Entry {
    Entry {
        at: after(u64::from(n)),
        actor: Actor::User(id(7)),
        action: Action::UserBlocked,
        organisation: n.is_multiple_of(2).then(|| id(n.into())),
        subject: format!("user-{n}"),
        detail: json!({"n": n, "åäö": "\u{0}"}),
    }
}

async fn appended(db: &Db, chain: Writer, entries: std::ops::RangeInclusive<u32>) -> Head {
    let mut tx = db.begin().await.unwrap();
    let head = trail::append_all(&mut tx, chain, &entries.map(entry).collect::<Vec<_>>()).await.unwrap();
    tx.commit().await.unwrap();
    head
}

async fn verify(db: &Db, chain: Writer, noted: &[Head]) -> Result<Head, Broken> {
    let mut tx = db.begin_snapshot().await.unwrap();
    let head = trail::heads(&mut tx).await.unwrap().into_iter().find(|head| head.chain == chain).unwrap();
    trail::verify(&mut tx, head, noted, |_| {}).await.unwrap()
}

async fn drop_the_guards(db: &Db) {
    let guards: &[&str] = match db {
        Db::Pg(_) => &["DROP TRIGGER trail_is_append_only ON trail"],
        Db::Lite { .. } => &["DROP TRIGGER trail_is_not_updated", "DROP TRIGGER trail_is_not_deleted"],
    };
    assert!(by_hand(db, guards).await);
}

async fn r41_entries_are_chained_each_writers_for_themselves(db: &Db) {
    for chain in Writer::ALL {
        let head = verify(db, chain, &[]).await.unwrap();
        assert_eq!(head, Head::empty(chain), "before the first entry");
    }
    let mut tx = db.begin().await.unwrap();
    let one = trail::append(&mut tx, Writer::Agreements, &entry(1)).await.unwrap();
    let other = trail::append(&mut tx, Writer::Watches, &entry(1)).await.unwrap();
    let two = trail::append(&mut tx, Writer::Agreements, &entry(2)).await.unwrap();
    let same = trail::append_all(&mut tx, Writer::Agreements, &[]).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!((one.seq, two.seq, other.seq, &same), (1, 2, 1, &two));
    assert_ne!(one.hash, other.hash, "the chain's name is hashed too");
    assert_eq!(verify(db, Writer::Agreements, &[]).await.unwrap(), two);
    assert_eq!(verify(db, Writer::Watches, &[]).await.unwrap(), other);

    let mut tx = db.begin_read().await.unwrap();
    let links = trail::page(&mut tx, Writer::Agreements, 1, 10).await.unwrap();
    let link = &links[0];
    assert_eq!((links.len(), link.seq, &link.prev_hash), (1, 2, &one.hash));
    assert_eq!(
        (link.actor.as_str(), link.action.as_str()),
        ("user:00000000-0000-0000-0000-000000000007", "user_blocked")
    );
    assert_eq!(link.at, after(2).to_string());
    assert_eq!(link.organisation.as_deref(), Some("00000000-0000-0000-0000-000000000002"));
    assert_eq!(link.detail, json!({"n": 2, "åäö": "\u{0}"}).to_string());
}

async fn r41_an_entry_of_a_transaction_that_failed_leaves_no_gap(db: &Db) {
    appended(db, Writer::Agreements, 1..=1).await;
    let mut tx = db.begin().await.unwrap();
    trail::append(&mut tx, Writer::Agreements, &entry(2)).await.unwrap();
    drop(tx);
    let head = appended(db, Writer::Agreements, 3..=3).await;
    assert_eq!(head.seq, 2);
    assert_eq!(verify(db, Writer::Agreements, &[]).await.unwrap(), head);
}

async fn r41_nothing_can_be_altered_or_removed(db: &Db) {
    let head = appended(db, Writer::Agreements, 1..=3).await;
    for statement in [
        "UPDATE trail SET actor = 'system' WHERE seq = 2",
        "DELETE FROM trail WHERE seq = 3",
        "DELETE FROM trail",
    ] {
        assert!(!by_hand(db, &[statement]).await, "{statement}");
    }
    let (first, second) = match db {
        Db::Pg(_) => ("TRUNCATE trail", "TRUNCATE trail CASCADE"),
        Db::Lite { .. } => (
            "INSERT OR REPLACE INTO trail SELECT * FROM trail WHERE seq = 1",
            "REPLACE INTO trail (chain, seq, at, actor, action, subject, detail, prev_hash, hash)
             SELECT chain, seq, at, 'system', action, subject, detail, prev_hash, hash FROM trail",
        ),
    };
    assert!(!by_hand(db, &[first]).await && !by_hand(db, &[second]).await);
    assert_eq!(verify(db, Writer::Agreements, &[]).await.unwrap(), head);
}

async fn r41_what_was_altered_all_the_same_is_named(db: &Db) {
    appended(db, Writer::Agreements, 1..=5).await;
    let watches = appended(db, Writer::Watches, 1..=5).await;
    drop_the_guards(db).await;
    for (seq, column) in [(5, "hash"), (4, "detail"), (3, "organisation_id"), (2, "at"), (1, "subject")] {
        let alter = format!(
            "UPDATE trail SET {column} = coalesce({column}, '') || 'x' WHERE seq = {seq} AND chain = 'agreements'"
        );
        assert!(by_hand(db, &[&alter]).await);
        let broken = verify(db, Writer::Agreements, &[]).await.unwrap_err();
        assert_eq!(broken, Broken { chain: Writer::Agreements, seq, what: Fault::Hash }, "{column}");
    }
    assert_eq!(verify(db, Writer::Watches, &[]).await.unwrap(), watches);
    if let Db::Lite { .. } = db {
        // SQLite holds anything anywhere.
        assert!(
            by_hand(db, &["UPDATE trail SET actor = x'ff00ff' WHERE seq = 2 AND chain = 'watches'"]).await
        );
        let broken = verify(db, Writer::Watches, &[]).await.unwrap_err();
        assert_eq!((broken.seq, broken.what), (2, Fault::Hash));
    }
}

async fn r41_what_was_removed_all_the_same_is_named(db: &Db) {
    appended(db, Writer::Agreements, 1..=5).await;
    drop_the_guards(db).await;
    for seq in [5, 3, 1] {
        assert!(by_hand(db, &[&format!("DELETE FROM trail WHERE seq = {seq}")]).await);
        let broken = verify(db, Writer::Agreements, &[]).await.unwrap_err();
        assert_eq!((broken.seq, broken.what), (seq, Fault::Missing));
    }
    assert!(by_hand(db, &["DELETE FROM trail_heads WHERE chain = 'agreements'"]).await);
    let broken = verify(db, Writer::Agreements, &[]).await.unwrap_err();
    assert_eq!((broken.seq, broken.what), (2, Fault::Extra));
    // With the entries gone as well, only what was noted elsewhere tells of it.
    assert!(by_hand(db, &["DELETE FROM trail"]).await);
    assert_eq!(verify(db, Writer::Agreements, &[]).await.unwrap(), Head::empty(Writer::Agreements));
}

async fn r41_a_head_that_was_noted_is_found_again(db: &Db) {
    let noted = appended(db, Writer::Agreements, 1..=3).await;
    appended(db, Writer::Agreements, 4..=5).await;
    assert!(verify(db, Writer::Agreements, std::slice::from_ref(&noted)).await.is_ok());
    let other = Head { seq: 4, ..noted.clone() };
    let broken = verify(db, Writer::Agreements, &[noted.clone(), other]).await.unwrap_err();
    assert_eq!((broken.seq, broken.what), (4, Fault::Noted));
    let later = Head { seq: 6, ..noted };
    let broken = verify(db, Writer::Agreements, &[later]).await.unwrap_err();
    assert_eq!((broken.seq, broken.what), (6, Fault::Missing));
}

async fn r41_a_chain_longer_than_a_page_is_checked_to_its_end(db: &Db) {
    let head = appended(db, Writer::Dispatcher, 1..=2_001).await;
    let mut tx = db.begin_snapshot().await.unwrap();
    let mut steps = Vec::new();
    let whole = trail::verify(&mut tx, head.clone(), &[], |step| steps.push(step)).await.unwrap();
    assert_eq!((whole.unwrap(), steps), (head, vec![1_000, 1_000, 1]));
}

async fn r41_entries_are_listed_by_company_subject_and_time(db: &Db) {
    appended(db, Writer::Agreements, 1..=4).await;
    appended(db, Writer::Watches, 4..=5).await;
    let mut tx = db.begin_read().await.unwrap();
    let listed = async |tx: &mut Tx, about: About, from: Timestamp, until: Timestamp, limit: u32| {
        let found = trail::list(tx, &about, from, until, limit).await.unwrap();
        found.into_iter().map(|entry| (entry.chain, entry.link.subject)).collect::<Vec<_>>()
    };
    let of = |chain: &str, n: u32| (chain.to_owned(), format!("user-{n}"));
    let end = Timestamp::from_micros(i64::MAX);
    assert_eq!(
        listed(&mut tx, About::Everything, NOW, end, 3).await,
        [of("watches", 5), of("agreements", 4), of("watches", 4)]
    );
    assert_eq!(
        listed(&mut tx, About::Everything, after(2), after(4), 9).await,
        [of("agreements", 3), of("agreements", 2)]
    );
    let company = About::Organisation(OrganisationId(uuid::Uuid::from_u128(4)));
    assert_eq!(listed(&mut tx, company, NOW, end, 9).await, [of("agreements", 4), of("watches", 4)]);
    let subject = About::Subject("user-3".to_owned());
    assert_eq!(listed(&mut tx, subject, NOW, end, 9).await, [of("agreements", 3)]);
}

/// Two processes of one service append to one chain. On SQLite there is one writer.
#[tokio::test]
async fn r41_processes_that_append_at_once_make_one_chain_on_postgres() {
    crate::on_postgres(async |db| {
        let append = async |n: u32| {
            let mut tx = db.begin().await.unwrap();
            trail::append(&mut tx, Writer::Agreements, &entry(n)).await.unwrap();
            tx.commit().await.unwrap();
        };
        let one = async {
            for n in 0..40 {
                append(n).await;
            }
        };
        let two = async {
            for n in 40..80 {
                append(n).await;
            }
        };
        tokio::join!(one, two);
        assert_eq!(verify(db, Writer::Agreements, &[]).await.unwrap().seq, 80);
    })
    .await;
}

/// What is appended while a chain is checked does not disturb the check.
#[tokio::test]
async fn r41_a_check_sees_the_chain_as_it_stood_when_it_began_on_postgres() {
    crate::on_postgres(async |db| {
        let head = appended(db, Writer::Agreements, 1..=3).await;
        let mut tx = db.begin_snapshot().await.unwrap();
        let heads = trail::heads(&mut tx).await.unwrap();
        appended(db, Writer::Agreements, 4..=6).await;
        let first = heads.into_iter().find(|head| head.chain == Writer::Agreements).unwrap();
        assert_eq!(trail::verify(&mut tx, first, &[], |_| {}).await.unwrap().unwrap(), head);
    })
    .await;
}
