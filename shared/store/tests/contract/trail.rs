use crate::world::*;
use bevaka_domain::{
    ids::OrganisationId,
    trail::{
        Action, Actor, Entry, Writer,
        chain::{Broken, Fault, Head},
    },
};
use bevaka_store::{
    Db, Tx,
    trail::{self, Filter, Place},
};
use proptest::{prelude::*, sample::Index, strategy::ValueTree, test_runner::TestRunner};
use serde_json::json;

crate::on_both_engines! {
    r41_entries_are_chained_each_writers_for_themselves
    r41_an_entry_of_a_transaction_that_failed_leaves_no_gap
    r41_nothing_can_be_altered_or_removed
    r41_what_was_altered_all_the_same_is_named
    r41_what_was_removed_all_the_same_is_named
    r41_a_head_that_was_noted_is_found_again
    r41_a_chain_longer_than_a_page_is_checked_to_its_end
    r41_whatever_is_done_to_an_entry_is_found_and_the_first_named
    r41_entries_are_found_by_company_subject_actor_action_and_time
    r41_a_search_goes_on_where_it_stopped_while_entries_are_appended
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
    let head = appended(db, Writer::Operators, 1..=2_001).await;
    let mut tx = db.begin_snapshot().await.unwrap();
    let mut steps = Vec::new();
    let whole = trail::verify(&mut tx, head.clone(), &[], |step| steps.push(step)).await.unwrap();
    assert_eq!((whole.unwrap(), steps), (head, vec![1_000, 1_000, 1]));
}

async fn in_transaction(tx: &mut Tx, sql: &str) {
    let sql = sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned()));
    match tx {
        Tx::Pg(tx) => drop(sql.execute(&mut **tx).await.unwrap()),
        Tx::Lite(tx) => drop(sql.execute(&mut **tx).await.unwrap()),
    }
}

/// What somebody with all rights does to the stored trail.
#[derive(Clone, Debug)]
enum Tampering {
    Alter(Index, &'static str),
    Blank(Index),
    Remove(Index),
    Swap(Index, Index),
    SwapContents(Index, Index),
    Add(Index),
}

fn tampering() -> impl Strategy<Value = (Index, Tampering)> {
    let columns = ["at", "actor", "action", "organisation_id", "subject", "detail", "prev_hash", "hash"];
    let what = prop_oneof![
        4 => (any::<Index>(), prop::sample::select(columns.to_vec())).prop_map(|(n, column)| Tampering::Alter(n, column)),
        1 => any::<Index>().prop_map(Tampering::Blank),
        2 => any::<Index>().prop_map(Tampering::Remove),
        2 => any::<(Index, Index)>().prop_map(|(one, two)| Tampering::Swap(one, two)),
        2 => any::<(Index, Index)>().prop_map(|(one, two)| Tampering::SwapContents(one, two)),
        1 => any::<Index>().prop_map(Tampering::Add),
    ];
    (any::<Index>(), what)
}

impl Tampering {
    /// As SQL on a chain of so many entries, with the first entry that is wrong then.
    fn on(&self, chain: Writer, length: usize) -> Option<(String, Broken)> {
        let seq = |index: &Index| index.index(length) as u64 + 1;
        let two = |one, two| (seq(one) != seq(two)).then(|| (seq(one).min(seq(two)), seq(one).max(seq(two))));
        let of = |seq: u64| format!("WHERE chain = '{chain}' AND seq = {seq}");
        let broken = |seq, what| Broken { chain, seq, what };
        Some(match self {
            Self::Alter(n, column) => (
                format!("UPDATE trail SET {column} = coalesce({column}, '') || 'x' {}", of(seq(n))),
                broken(seq(n), Fault::Hash),
            ),
            Self::Blank(n) => {
                // Where no company stands, an empty one is hashed the same.
                let n = seq(n) | 1;
                (format!("UPDATE trail SET organisation_id = '' {}", of(n)), broken(n, Fault::Hash))
            }
            Self::Remove(n) => (format!("DELETE FROM trail {}", of(seq(n))), broken(seq(n), Fault::Missing)),
            Self::Swap(one, other) => {
                let (first, second) = two(one, other)?;
                let to = |from, to| format!("UPDATE trail SET seq = {to} {};", of(from));
                (
                    format!("{}{}{}", to(first, 1_000_000), to(second, first), to(1_000_000, second)),
                    broken(first, Fault::Hash),
                )
            }
            Self::SwapContents(one, other) => {
                let (first, second) = two(one, other)?;
                let columns = "at, actor, action, organisation_id, subject, detail, prev_hash, hash";
                let exchange = format!(
                    "CREATE TEMPORARY TABLE kept AS SELECT * FROM trail {};
                     UPDATE trail SET ({columns}) = (SELECT {columns} FROM trail {}) {};
                     UPDATE trail SET ({columns}) = (SELECT {columns} FROM kept) {};",
                    of(first),
                    of(second),
                    of(first),
                    of(second)
                );
                (exchange, broken(first, Fault::Hash))
            }
            Self::Add(n) => (
                format!(
                    "INSERT INTO trail SELECT chain, {}, at, actor, action, organisation_id, subject, detail,
                        prev_hash, hash FROM trail {}",
                    length + 1,
                    of(seq(n))
                ),
                broken(length as u64 + 1, Fault::Extra),
            ),
        })
    }
}

async fn r41_whatever_is_done_to_an_entry_is_found_and_the_first_named(db: &Db) {
    const LENGTH: u32 = 9;
    for chain in Writer::ALL {
        appended(db, chain, 1..=LENGTH).await;
    }
    drop_the_guards(db).await;
    let (mut runner, mut tried) = (TestRunner::deterministic(), 0);
    while tried < 120 {
        let (chain, tampering) = tampering().new_tree(&mut runner).unwrap().current();
        let chain = Writer::ALL[chain.index(3)];
        let Some((sql, expected)) = tampering.on(chain, LENGTH as usize) else { continue };
        let mut tx = db.begin().await.unwrap();
        in_transaction(&mut tx, &sql).await;
        let mut found = Vec::new();
        for head in trail::heads(&mut tx).await.unwrap() {
            found.extend(trail::verify(&mut tx, head, &[], |_| {}).await.unwrap().err());
        }
        assert_eq!(found, [expected], "{sql}");
        tried += 1;
    }
    for chain in Writer::ALL {
        assert!(verify(db, chain, &[]).await.is_ok(), "nothing of it was committed");
    }
}

async fn r41_entries_are_found_by_company_subject_actor_action_and_time(db: &Db) {
    appended(db, Writer::Agreements, 1..=4).await;
    appended(db, Writer::Watches, 4..=5).await;
    let mut tx = db.begin().await.unwrap();
    let other = Entry { actor: Actor::Operator("karin".into()), action: Action::EventRead, ..entry(6) };
    trail::append(&mut tx, Writer::Operators, &other).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = db.begin_read().await.unwrap();
    let of = |chain: &str, n: u32| (chain.to_owned(), format!("user-{n}"));
    let all = Filter::default();
    let cases = [
        (all.clone(), vec![of("operators", 6), of("watches", 5), of("watches", 4), of("agreements", 4)]),
        (
            Filter { from: Some(after(2)), until: Some(after(4)), ..all.clone() },
            vec![of("agreements", 3), of("agreements", 2)],
        ),
        (
            Filter { organisation: Some(OrganisationId(uuid::Uuid::from_u128(4))), ..all.clone() },
            vec![of("watches", 4), of("agreements", 4)],
        ),
        (Filter { subject: Some("user-3".into()), ..all.clone() }, vec![of("agreements", 3)]),
        (Filter { actor: Some("operator:karin".into()), ..all.clone() }, vec![of("operators", 6)]),
        (Filter { action: Some("event_read".into()), ..all.clone() }, vec![of("operators", 6)]),
        (
            Filter {
                organisation: Some(OrganisationId(uuid::Uuid::from_u128(4))),
                subject: Some("user-4".into()),
                actor: Some("user:00000000-0000-0000-0000-000000000007".into()),
                action: Some("user_blocked".into()),
                from: Some(after(4)),
                until: Some(after(5)),
            },
            vec![of("watches", 4), of("agreements", 4)],
        ),
        (Filter { subject: Some("user-4".into()), action: Some("event_read".into()), ..all }, vec![]),
    ];
    for (filter, expected) in cases {
        let found = trail::search(&mut tx, &filter, None, 4).await.unwrap();
        let found: Vec<_> = found.into_iter().map(|entry| (entry.chain, entry.link.subject)).collect();
        assert_eq!(found, expected, "{filter:?}");
    }
}

async fn r41_a_search_goes_on_where_it_stopped_while_entries_are_appended(db: &Db) {
    // Three chains with entries of the same times: only all three parts of the order tell them apart.
    for chain in Writer::ALL {
        appended(db, chain, 1..=5).await;
    }
    let (filter, mut behind, mut seen) = (Filter::default(), None::<Place>, Vec::new());
    loop {
        let mut tx = db.begin_read().await.unwrap();
        let found = trail::search(&mut tx, &filter, behind.as_ref(), 2).await.unwrap();
        drop(tx);
        let Some(last) = found.last() else { break };
        behind = Some(last.place());
        seen.extend(found.iter().map(|entry| (entry.link.at.clone(), entry.chain.clone(), entry.link.seq)));
        appended(db, Writer::Watches, 9..=9).await;
    }
    let mut sorted = seen.clone();
    sorted.sort_by(|one, two| two.cmp(one));
    sorted.dedup();
    assert_eq!((seen.len(), &seen), (15, &sorted), "each once, in order, and nothing that came meanwhile");
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
