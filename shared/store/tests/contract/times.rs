use crate::world::*;
use bevaka_domain::{clock::Timestamp, delivery::State, watch::Channel};
use bevaka_store::{Db, deliveries};
use std::time::Duration;

crate::on_both_engines! {
    an_instant_comes_back_to_the_microsecond
    a_range_ends_at_exactly_its_boundary
    instants_sort_as_they_follow_each_other
}

/// Fractions whose shortest texts differ in length, and the ends of what can be stored.
fn instants() -> Vec<Timestamp> {
    let second = 1_800_000_000_000_000;
    let mut instants: Vec<_> =
        [0, 1, 10, 100_000, 123_456, 900_000, 999_999].map(|n| Timestamp::from_micros(second + n)).into();
    instants.insert(0, Timestamp::from_micros(0));
    instants.push(Timestamp::from_micros(i64::MAX));
    instants
}

async fn an_instant_comes_back_to_the_microsecond(db: &Db) {
    let event = stored_event(db, 1).await;
    let mut tx = db.begin().await.unwrap();
    for (n, instant) in (1..).zip(instants()) {
        let delivery = alert(n, event, instant);
        insert_alerts(&mut tx, std::slice::from_ref(&delivery), NOW).await.unwrap();
        assert_eq!(deliveries::find(&mut tx, id(n)).await.unwrap(), Some(delivery));
    }
}

async fn a_range_ends_at_exactly_its_boundary(db: &Db) {
    let event = stored_event(db, 1).await;
    let micro = Duration::from_micros(1);
    for (n, instant) in (1..).zip(instants()) {
        let mut tx = db.begin().await.unwrap();
        insert_alerts(&mut tx, &[alert(n, event, instant)], NOW).await.unwrap();
        let mut due = async |now| deliveries::due(&mut tx, Channel::Sms, now, 10).await.unwrap().len();
        assert_eq!(due(instant).await, 1, "{instant} is due at {instant}");
        if instant > instant.minus(micro) {
            assert_eq!(due(instant.minus(micro)).await, 0, "{instant} is not due a microsecond earlier");
        }
        assert_eq!(due(instant.plus(micro)).await, 1, "{instant} is due a microsecond later");
    }
}

async fn instants_sort_as_they_follow_each_other(db: &Db) {
    let event = stored_event(db, 1).await;
    let mut tx = db.begin().await.unwrap();
    // Stored in the opposite order, so that neither ids nor insertion give it away.
    let alerts: Vec<_> =
        (1..).zip(instants().into_iter().rev()).map(|(n, instant)| alert(n, event, instant)).collect();
    insert_alerts(&mut tx, &alerts, NOW).await.unwrap();
    let due = deliveries::due(&mut tx, Channel::Sms, Timestamp::from_micros(i64::MAX), 100).await.unwrap();
    let sorted: Vec<_> = due.iter().filter_map(|delivery| delivery.state.due_at()).collect();
    assert_eq!(sorted, instants());
}

/// Every text has the same length: SQLite compares texts, and `…00.2Z` comes after `…00.25Z`.
#[tokio::test]
async fn a_time_is_a_text_with_six_fraction_digits_on_sqlite() {
    crate::on_sqlite(async |db| {
        let event = stored_event(db, 1).await;
        let mut tx = db.begin().await.unwrap();
        let lease_until = Timestamp::parse("2027-01-15T08:00:00.2Z").unwrap();
        let delivery = alert(1, event, lease_until);
        assert_eq!(delivery.state, State::Sending { lease_until });
        insert_alerts(&mut tx, &[delivery], NOW).await.unwrap();
        tx.commit().await.unwrap();
        let Db::Lite { read, .. } = db else { panic!("not SQLite") };
        let (text,): (String,) =
            sqlx::query_as("SELECT due_at FROM deliveries").fetch_one(read).await.unwrap();
        assert_eq!(text, "2027-01-15T08:00:00.200000Z");
    })
    .await;
}
