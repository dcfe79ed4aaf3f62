use crate::world::*;
use bevaka_domain::{
    delivery::{Delivery, State, operated::RetryableState},
    ids::DeliveryId,
    watch::Channel,
};
use bevaka_store::{Db, Tx, deliveries, deliveries::Filter};
use uuid::Uuid;

crate::on_both_engines! {
    r40_alerts_that_wait_or_failed_are_found_by_what_is_asked_for
    r40_alerts_made_within_a_time_are_found_by_their_ids
    r40_an_alert_is_kept_with_all_that_leave_with_it
}

fn waiting(cause: &str) -> State {
    State::Waiting { next_attempt_at: after(60), cause: cause.to_owned() }
}

fn failed(cause: &str) -> State {
    State::Failed { cause: cause.to_owned() }
}

async fn stored(db: &Db, alerts: &[Delivery]) {
    let mut tx = db.begin().await.unwrap();
    insert_alerts(&mut tx, alerts, NOW).await.unwrap();
    deliveries::save(&mut tx, alerts, NOW).await.unwrap();
    tx.commit().await.unwrap();
}

fn of(state: RetryableState) -> Filter {
    Filter {
        state,
        channel: None,
        cause: None,
        kind: None,
        organisation: None,
        event: None,
        from: None,
        until: None,
    }
}

async fn found(tx: &mut Tx, filter: Filter) -> Vec<u128> {
    let found = deliveries::matching(tx, &filter, None, 100).await.unwrap();
    found.iter().map(|id| id.0.as_u128()).collect()
}

async fn r40_alerts_that_wait_or_failed_are_found_by_what_is_asked_for(db: &Db) {
    let (one, two) = (stored_event(db, 1).await, stored_event(db, 2).await);
    let alerts = [
        Delivery { state: failed("smtp_550"), channel: Channel::Email, ..alert(1, one, NOW) },
        Delivery { state: failed("dlr_2"), ..alert(2, one, NOW) },
        Delivery { state: failed("dlr_2"), ..alert(3, two, NOW) },
        Delivery { state: waiting("smtp_451"), channel: Channel::Email, ..alert(4, two, NOW) },
        Delivery { state: State::Delivered, ..alert(5, two, NOW) },
        alert(6, two, after(60)),
    ];
    stored(db, &alerts).await;
    let mut tx = db.begin_read().await.unwrap();
    let tx = &mut tx;
    let failed = || of(RetryableState::Failed);
    assert_eq!(found(tx, failed()).await, [1, 2, 3]);
    assert_eq!(found(tx, of(RetryableState::Waiting)).await, [4]);
    assert_eq!(found(tx, Filter { channel: Some(Channel::Sms), ..failed() }).await, [2, 3]);
    assert_eq!(found(tx, Filter { cause: Some("smtp_550".into()), ..failed() }).await, [1]);
    assert_eq!(found(tx, Filter { event: Some(one), ..failed() }).await, [1, 2]);
    assert_eq!(found(tx, Filter { kind: Some(rejected()), ..failed() }).await, [1, 2, 3]);
    assert!(found(tx, Filter { kind: Some(kind("message.received")), ..failed() }).await.is_empty());
    assert_eq!(found(tx, Filter { organisation: Some(number(1)), ..of(RetryableState::Waiting) }).await, [4]);
    assert!(found(tx, Filter { organisation: Some(number(2)), ..failed() }).await.is_empty());
    let through = deliveries::matching(tx, &failed(), Some(id(2)), 100).await.unwrap();
    assert_eq!(through, [id(1), id(2)]);
    assert_eq!(deliveries::matching(tx, &failed(), None, 1).await.unwrap(), [id(1)]);
}

async fn r40_alerts_made_within_a_time_are_found_by_their_ids(db: &Db) {
    let event = stored_event(db, 1).await;
    let made = |seconds: u64| {
        let millis = u128::try_from(after(seconds).as_millis()).unwrap();
        let id = DeliveryId(Uuid::from_u128((millis << 80) | 7));
        Delivery { id, contact: id_of(seconds), state: failed("x"), ..alert(1, event, NOW) }
    };
    stored(db, &[made(10), made(20), made(30)]).await;
    let mut tx = db.begin_read().await.unwrap();
    let filter = Filter { from: Some(after(20)), until: Some(after(30)), ..of(RetryableState::Failed) };
    let found = deliveries::matching(&mut tx, &filter, None, 100).await.unwrap();
    assert_eq!(found, [made(20).id], "the end is not included");
}

fn id_of(seconds: u64) -> bevaka_domain::ids::ContactId {
    id(u128::from(seconds))
}

async fn r40_an_alert_is_kept_with_all_that_leave_with_it(db: &Db) {
    let events = [stored_event(db, 1).await, stored_event(db, 2).await, stored_event(db, 3).await];
    let in_parcel = |n: u128, parcel: u128| Delivery {
        parcel: Some(id(parcel)),
        state: failed("x"),
        ..alert(n, events[0], NOW)
    };
    let alone = Delivery { state: failed("x"), ..alert(5, events[0], NOW) };
    stored(db, &[in_parcel(1, 1), in_parcel(2, 1), in_parcel(3, 2), in_parcel(4, 2), alone]).await;
    let ids = |held: Vec<Delivery>| held.iter().map(|held| held.id.0.as_u128()).collect::<Vec<_>>();
    let mut tx = db.begin().await.unwrap();
    assert_eq!(ids(deliveries::together(&mut tx, id(2)).await.unwrap()), [1, 2]);
    assert_eq!(ids(deliveries::together(&mut tx, id(5)).await.unwrap()), [5]);
    assert!(deliveries::together(&mut tx, id(6)).await.unwrap().is_empty());
    let many = deliveries::lock(&mut tx, &[id(1), id(3), id(5), id(6)]).await.unwrap();
    assert_eq!(ids(many), [1, 2, 3, 4, 5]);
}

#[tokio::test]
async fn r40_what_another_works_on_is_left_out_with_all_that_leave_with_it_on_postgres() {
    crate::on_postgres(async |db: &Db| {
        let event = stored_event(db, 1).await;
        let in_parcel =
            |n: u128| Delivery { parcel: Some(id(9)), state: failed("x"), ..alert(n, event, NOW) };
        let alone = |n| Delivery { state: failed("x"), ..alert(n, event, NOW) };
        stored(db, &[in_parcel(1), in_parcel(2), alone(3), alone(4)]).await;
        let mut other = db.begin().await.unwrap();
        for n in [2, 4] {
            deliveries::find_for_update(&mut other, id(n)).await.unwrap();
        }
        let mut tx = db.begin().await.unwrap();
        let held = deliveries::lock(&mut tx, &[id(1), id(3), id(4)]).await.unwrap();
        assert_eq!(held.iter().map(|held| held.id).collect::<Vec<_>>(), [id(3)]);
    })
    .await;
}
