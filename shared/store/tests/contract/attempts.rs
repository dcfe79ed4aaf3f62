use crate::world::*;
use bevaka_domain::clock::Timestamp;
use bevaka_store::{
    Db, Tx,
    attempts::{self, Attempt},
};

crate::on_both_engines! {
    an_attempt_comes_back_as_it_was_stored
    due_are_those_whose_time_has_come_the_longest_waiting_first
    no_other_transaction_gets_what_is_looked_after
    only_what_is_over_is_forgotten
}

fn attempt(n: u128, due_at: Option<Timestamp>) -> Attempt {
    Attempt {
        id: id(n),
        browser_hash: vec![0, 255],
        purpose: "{\"for\": \"sign_in\"}".to_owned(),
        way_sealed: vec![1, 0, 2],
        state: "{}".to_owned(),
        open: due_at.is_some(),
        started_at: NOW,
        expires_at: after(180),
        due_at,
    }
}

async fn an_attempt_comes_back_as_it_was_stored(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let first = attempt(1, Some(after(2)));
    attempts::insert(&mut tx, &first).await.unwrap();
    assert_eq!(attempts::find(&mut tx, id(1)).await.unwrap(), Some(first.clone()));
    let over = Attempt {
        state: "{\"state\": \"used\"}".to_owned(),
        way_sealed: vec![3],
        open: false,
        due_at: None,
        ..first
    };
    attempts::save(&mut tx, &over).await.unwrap();
    assert_eq!(attempts::find_for_update(&mut tx, id(1)).await.unwrap(), Some(over));
    assert_eq!(attempts::find(&mut tx, id(2)).await.unwrap(), None);
}

async fn due(tx: &mut Tx, now: Timestamp, limit: u32) -> Vec<u128> {
    let due = attempts::due(tx, now, limit).await.unwrap();
    due.into_iter().map(|attempt| attempt.id.0.as_u128()).collect()
}

async fn due_are_those_whose_time_has_come_the_longest_waiting_first(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    for (n, due_at) in [(1, Some(after(3))), (2, Some(after(1))), (3, None), (4, Some(after(2)))] {
        attempts::insert(&mut tx, &attempt(n, due_at)).await.unwrap();
    }
    assert_eq!(due(&mut tx, NOW, 10).await, []);
    assert_eq!(due(&mut tx, after(2), 10).await, [2, 4]);
    assert_eq!(due(&mut tx, after(9), 2).await, [2, 4]);
    assert_eq!(due(&mut tx, after(9), 10).await, [2, 4, 1]);
}

async fn no_other_transaction_gets_what_is_looked_after(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    for n in [1, 2] {
        attempts::insert(&mut tx, &attempt(n, Some(NOW))).await.unwrap();
    }
    tx.commit().await.unwrap();
    let mut one = db.begin().await.unwrap();
    let mine = attempts::due(&mut one, NOW, 1).await.unwrap().remove(0);
    // On SQLite nobody else writes meanwhile at all.
    if matches!(one, Tx::Pg(_)) {
        let mut other = db.begin().await.unwrap();
        let theirs = due(&mut other, NOW, 10).await;
        assert_eq!(theirs, if mine.id == id(1) { [2] } else { [1] });
    }
    attempts::save(&mut one, &Attempt { due_at: Some(after(20)), ..mine.clone() }).await.unwrap();
    one.commit().await.unwrap();
    let mut other = db.begin().await.unwrap();
    let left = due(&mut other, after(19), 10).await;
    assert!(left.len() == 1 && left[0] != mine.id.0.as_u128());
    assert_eq!(due(&mut other, after(20), 10).await.len(), 2, "whoever held it may have died");
}

async fn only_what_is_over_is_forgotten(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    attempts::insert(&mut tx, &attempt(1, Some(NOW))).await.unwrap();
    attempts::insert(&mut tx, &attempt(2, None)).await.unwrap();
    assert_eq!(attempts::delete_over(&mut tx, after(180)).await.unwrap(), 0);
    assert_eq!(attempts::delete_over(&mut tx, after(181)).await.unwrap(), 1);
    assert!(attempts::find(&mut tx, id(1)).await.unwrap().is_some());
}
