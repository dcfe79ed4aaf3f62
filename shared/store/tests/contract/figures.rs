use crate::world::*;
use bevaka_store::{
    Db,
    figures::{self, Figure, Joins},
};
use std::time::Duration;

crate::on_both_engines! {
    figures_of_a_minute_add_up_and_the_greatest_stays
    old_minutes_are_forgotten
}

fn figure(seconds: u64, name: &str, value: u64) -> Figure {
    Figure { minute: NOW.plus(Duration::from_secs(seconds)), name: name.to_owned(), value }
}

async fn figures_of_a_minute_add_up_and_the_greatest_stays(db: &Db) {
    for (added, lag) in [(3, 70), (4, 90), (0, 80)] {
        let mut tx = db.begin().await.unwrap();
        figures::join(&mut tx, &figure(0, "events", added), Joins::Sum).await.unwrap();
        figures::join(&mut tx, &figure(0, "lag", lag), Joins::Greatest).await.unwrap();
        figures::join(&mut tx, &figure(60, "events", 1), Joins::Sum).await.unwrap();
        tx.commit().await.unwrap();
    }
    let mut tx = db.begin_read().await.unwrap();
    let all = figures::since(&mut tx, NOW).await.unwrap();
    assert_eq!(all, [figure(0, "events", 7), figure(0, "lag", 90), figure(60, "events", 3)]);
    assert_eq!(figures::since(&mut tx, figure(60, "", 0).minute).await.unwrap(), all[2..]);
}

async fn old_minutes_are_forgotten(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    for seconds in [0, 60, 120] {
        figures::join(&mut tx, &figure(seconds, "events", 1), Joins::Sum).await.unwrap();
    }
    assert_eq!(figures::forget(&mut tx, figure(120, "", 0).minute).await.unwrap(), 2);
    assert_eq!(figures::since(&mut tx, NOW).await.unwrap(), [figure(120, "events", 1)]);
}
