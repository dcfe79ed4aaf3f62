use crate::world::*;
use bevaka_domain::{
    clock::Timestamp,
    injection::{Decided, State},
};
use bevaka_store::{
    Db,
    injections::{self, Injection},
};
use uuid::Uuid;

crate::on_both_engines! {
    r37_an_injection_comes_back_as_it_was_stored
    r37_an_id_is_taken_once
    r37_what_is_decided_is_decided_once_and_its_events_are_forgotten
    r37_of_two_who_decide_at_once_one_does
    r37_injections_are_listed_newest_first_and_nothing_moves_a_page
    r37_what_a_person_has_published_is_added_up
    r37_what_nobody_approved_in_time_is_found
}

fn injection(n: u128, proposed_at: Timestamp, state: State) -> Injection {
    Injection {
        id: Uuid::from_u128(n),
        proposed_by: "karin (nightly)".to_owned(),
        person: "karin".to_owned(),
        proposed_at,
        because: "INC-1 åäö".to_owned(),
        events: 3,
        recipients: 7,
        kinds: [("payment.rejected".to_owned(), 2), ("message.received".to_owned(), 1)].into(),
        state,
    }
}

fn waiting() -> State {
    State::Waiting { expires_at: after(60) }
}

fn by(name: &str) -> Decided {
    Decided { by: name.to_owned(), at: after(5) }
}

async fn store(db: &Db, injection: &Injection) -> bool {
    let mut tx = db.begin().await.unwrap();
    let is_new = injections::insert(&mut tx, injection, b"hash", Some("[1]")).await.unwrap();
    tx.commit().await.unwrap();
    is_new
}

async fn find(db: &Db, n: u128) -> Injection {
    let mut tx = db.begin_read().await.unwrap();
    injections::find(&mut tx, Uuid::from_u128(n)).await.unwrap().unwrap()
}

async fn decide(db: &Db, n: u128, state: &State) -> bool {
    let mut tx = db.begin().await.unwrap();
    let decided = injections::decide(&mut tx, Uuid::from_u128(n), state).await.unwrap();
    tx.commit().await.unwrap();
    decided
}

async fn r37_an_injection_comes_back_as_it_was_stored(db: &Db) {
    for (n, state) in [(1, waiting()), (2, State::Published { approved: None })] {
        let stored = injection(n, NOW, state);
        assert!(store(db, &stored).await);
        assert_eq!(find(db, n).await, stored);
    }
    let mut tx = db.begin_read().await.unwrap();
    let missing = Uuid::from_u128(3);
    assert_eq!(injections::find(&mut tx, missing).await.unwrap(), None);
    assert_eq!(injections::request_hash(&mut tx, missing).await.unwrap(), None);
    let hash = injections::request_hash(&mut tx, Uuid::from_u128(1)).await.unwrap();
    assert_eq!(hash.as_deref(), Some(&b"hash"[..]));
}

async fn r37_an_id_is_taken_once(db: &Db) {
    let first = injection(1, NOW, waiting());
    assert!(store(db, &first).await);
    assert!(!store(db, &Injection { events: 4, ..first.clone() }).await);
    assert_eq!(find(db, 1).await, first);
}

async fn r37_what_is_decided_is_decided_once_and_its_events_are_forgotten(db: &Db) {
    let published = State::Published { approved: Some(by("erik")) };
    let rejected = State::Rejected { by: by("erik"), because: "INC-2".to_owned() };
    for (n, state) in (1..).zip([published, rejected, State::Expired { at: after(60) }]) {
        store(db, &injection(n, NOW, waiting())).await;
        let mut tx = db.begin_read().await.unwrap();
        let bodies = injections::bodies(&mut tx, Uuid::from_u128(n)).await.unwrap();
        assert_eq!(bodies.as_deref(), Some("[1]"));
        drop(tx);
        assert!(decide(db, n, &state).await);
        assert!(!decide(db, n, &State::Expired { at: after(61) }).await);
        assert_eq!(find(db, n).await.state, state);
        let mut tx = db.begin_read().await.unwrap();
        assert_eq!(injections::bodies(&mut tx, Uuid::from_u128(n)).await.unwrap(), None);
    }
}

async fn r37_of_two_who_decide_at_once_one_does(db: &Db) {
    store(db, &injection(1, NOW, waiting())).await;
    let approved = |name| State::Published { approved: Some(by(name)) };
    let (erik, maja) = (approved("erik"), approved("maja"));
    let (first, second) = tokio::join!(decide(db, 1, &erik), decide(db, 1, &maja));
    assert!(first != second, "exactly one");
    assert_eq!(find(db, 1).await.state, if first { erik } else { maja });
}

async fn r37_injections_are_listed_newest_first_and_nothing_moves_a_page(db: &Db) {
    let list = async |state, before, limit| {
        let mut tx = db.begin_read().await.unwrap();
        injections::latest(&mut tx, state, before, limit).await.unwrap()
    };
    for (n, second) in [(5, 1), (2, 2), (9, 2), (1, 3)] {
        let state = if n == 9 { waiting() } else { State::Published { approved: None } };
        store(db, &injection(n, after(second), state)).await;
    }
    let ids = |all: &[Injection]| all.iter().map(|one| one.id.as_u128()).collect::<Vec<_>>();
    let first = list(None, None, 2).await;
    assert_eq!(ids(&first), [1, 9]);
    store(db, &injection(7, after(4), waiting())).await;
    let last = first.last().unwrap();
    assert_eq!(ids(&list(None, Some((last.proposed_at, last.id)), 2).await), [2, 5]);
    assert_eq!(ids(&list(Some("waiting"), None, 10).await), [7, 9]);
    assert_eq!(ids(&list(Some("waiting"), Some((after(4), Uuid::from_u128(7))), 10).await), [9]);
    assert_eq!(ids(&list(Some("rejected"), None, 10).await), [0; 0]);
}

async fn r37_what_a_person_has_published_is_added_up(db: &Db) {
    let published = State::Published { approved: None };
    for (n, second) in [(1, 0), (2, 10), (3, 20)] {
        store(db, &injection(n, after(second), published.clone())).await;
    }
    store(db, &injection(4, after(20), waiting())).await;
    let other = Injection { person: "erik".to_owned(), ..injection(5, after(20), published) };
    store(db, &other).await;
    let mut tx = db.begin().await.unwrap();
    assert_eq!(injections::recipients(&mut tx, "karin", after(0)).await.unwrap(), 14);
    assert_eq!(injections::recipients(&mut tx, "karin", after(20)).await.unwrap(), 0);
    assert_eq!(injections::recipients(&mut tx, "maja", after(0)).await.unwrap(), 0);
}

async fn r37_what_nobody_approved_in_time_is_found(db: &Db) {
    store(db, &injection(1, NOW, waiting())).await;
    store(db, &injection(2, NOW, State::Waiting { expires_at: after(90) })).await;
    store(db, &injection(3, NOW, State::Published { approved: None })).await;
    let mut tx = db.begin_read().await.unwrap();
    assert!(injections::overdue(&mut tx, after(59), 10).await.unwrap().is_empty());
    assert_eq!(injections::overdue(&mut tx, after(60), 10).await.unwrap(), [Uuid::from_u128(1)]);
    assert_eq!(injections::overdue(&mut tx, after(90), 1).await.unwrap(), [Uuid::from_u128(1)]);
    assert_eq!(injections::count_waiting(&mut tx, after(59)).await.unwrap(), 2);
    assert_eq!(injections::count_waiting(&mut tx, after(60)).await.unwrap(), 1);
}
