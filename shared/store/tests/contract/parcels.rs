//! Alerts that leave together with others.

use crate::world::*;
use bevaka_domain::{
    clock::Timestamp,
    delivery::{Delivery, State},
    ids::{ContactId, EventId, ParcelId},
    watch::Channel,
};
use bevaka_store::{Db, Tx, deliveries};
use std::collections::BTreeSet;
use uuid::Uuid;

crate::on_both_engines! {
    what_is_gathered_comes_by_contact_point_and_not_with_the_others
    so_many_contact_points_come_as_there_is_room_for
    a_parcel_comes_whole_when_one_of_it_is_due
}

/// An alert to contact point `contact` that waits to be gathered.
fn gathered(n: u128, event: EventId, contact: u128, at: Timestamp) -> Delivery {
    let state = State::Waiting { next_attempt_at: at, cause: "digest".to_owned() };
    Delivery { state, contact: ContactId(Uuid::from_u128(contact)), ..alert(n, event, NOW) }
}

/// The alert numbers, group by group.
async fn groups(tx: &mut Tx, limit: usize) -> Vec<Vec<u128>> {
    let groups = deliveries::gathered(tx, Channel::Sms, NOW, limit).await.unwrap();
    groups.iter().map(|group| group.iter().map(|delivery| delivery.id.0.as_u128()).collect()).collect()
}

async fn due(tx: &mut Tx) -> BTreeSet<u128> {
    let due = deliveries::due(tx, Channel::Sms, NOW, 10).await.unwrap();
    due.iter().map(|delivery| delivery.id.0.as_u128()).collect()
}

async fn events(db: &Db, count: u128) {
    for n in 1..=count {
        stored_event(db, n).await;
    }
}

async fn what_is_gathered_comes_by_contact_point_and_not_with_the_others(db: &Db) {
    events(db, 8).await;
    let mut tx = db.begin().await.unwrap();
    let by_email = Delivery { channel: Channel::Email, ..gathered(5, id(5), 3, NOW) };
    let tried = State::Waiting { next_attempt_at: NOW, cause: "smtp_451".to_owned() };
    let new = [
        gathered(1, id(1), 2, NOW),
        gathered(2, id(2), 1, NOW),
        gathered(3, id(3), 2, NOW),
        gathered(4, id(4), 2, after(1)),
        by_email,
        Delivery { state: tried, ..gathered(6, id(6), 2, NOW) },
        alert(7, id(7), NOW),
        gathered(8, id(8), 2, NOW),
    ];
    insert_alerts(&mut tx, &new, NOW).await.unwrap();
    let left = Delivery { parcel: Some(id(9)), ..new[7].clone() };
    deliveries::save(&mut tx, &[left], NOW).await.unwrap();
    assert_eq!(groups(&mut tx, 10).await, [vec![2], vec![1, 3]]);
    assert_eq!(due(&mut tx).await, BTreeSet::from([6, 7]));
}

async fn so_many_contact_points_come_as_there_is_room_for(db: &Db) {
    events(db, 4).await;
    let mut tx = db.begin().await.unwrap();
    let new = [1, 2, 3, 4].map(|n| gathered(n, id(n), n % 3, NOW));
    insert_alerts(&mut tx, &new, NOW).await.unwrap();
    assert_eq!(groups(&mut tx, 0).await, Vec::<Vec<u128>>::new());
    assert_eq!(groups(&mut tx, 2).await.len(), 2);
    assert_eq!(groups(&mut tx, 3).await.concat().len(), 4);
}

async fn a_parcel_comes_whole_when_one_of_it_is_due(db: &Db) {
    events(db, 5).await;
    let mut tx = db.begin().await.unwrap();
    let in_parcel = |n: u128, parcel: u128, at: Timestamp| {
        let state = State::Waiting { next_attempt_at: at, cause: "busy".to_owned() };
        Delivery { state, parcel: Some(id(parcel)), ..alert(n, id(n), NOW) }
    };
    let settled = Delivery { state: State::Delivered, parcel: Some(id(1)), ..alert(3, id(3), NOW) };
    let parcels = [
        in_parcel(1, 1, NOW),
        in_parcel(2, 1, after(9)),
        settled,
        in_parcel(4, 2, after(9)),
        Delivery { state: State::Sending { lease_until: NOW }, ..in_parcel(5, 3, NOW) },
    ];
    insert_alerts(&mut tx, &parcels, NOW).await.unwrap();
    deliveries::save(&mut tx, &parcels, NOW).await.unwrap();
    let found = deliveries::due_parcels(&mut tx, Channel::Sms, NOW, 10).await.unwrap();
    assert_eq!(found, [ParcelId(Uuid::from_u128(1)), ParcelId(Uuid::from_u128(3))].into());
    assert_eq!(deliveries::due_parcels(&mut tx, Channel::Sms, NOW, 1).await.unwrap().len(), 1);
    assert!(deliveries::due_parcels(&mut tx, Channel::Email, NOW, 10).await.unwrap().is_empty());
    assert_eq!(deliveries::of_parcel(&mut tx, id(1)).await.unwrap(), parcels[..3]);
    assert!(due(&mut tx).await.is_empty());
}
