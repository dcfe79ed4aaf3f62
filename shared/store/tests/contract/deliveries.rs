use crate::world::*;
use bevaka_domain::{
    clock::Timestamp,
    delivery::{Delivery, Entry, Outcome, Report, State},
    entitlement::Reason,
    ids::DeliveryId,
    retry::RetryPolicy,
    watch::Channel,
};
use bevaka_store::{Db, StoreError, Tx, deliveries, deliveries::Settled};
use std::{collections::HashSet, time::Duration};

crate::on_both_engines! {
    new_alerts_come_back_as_they_were_stored
    a_contact_point_gets_one_alert_of_an_event
    every_state_comes_back_as_it_was_saved
    an_outcome_is_stored_under_its_lease
    an_outcome_under_another_lease_changes_nothing
    an_outcome_that_comes_after_a_report_changes_nothing
    outcomes_of_one_batch_are_stored_or_not_one_by_one
    due_alerts_are_those_waiting_and_those_whose_lease_ran_out
    due_alerts_come_by_channel_and_up_to_the_limit
    leases_run_out_when_they_are_freed_and_waiting_alerts_keep_their_time
    alerts_are_listed_by_event_and_by_state
    an_empty_batch_is_no_fault
}

const POLICY: RetryPolicy =
    RetryPolicy { first_delay_s: 2, factor: 4.0, max_delay_s: 3_600, jitter: 0.0, unknown_delay_s: 30 };

async fn insert(db: &Db, new: &[Delivery]) {
    let mut tx = db.begin().await.unwrap();
    insert_alerts(&mut tx, new, NOW).await.unwrap();
    tx.commit().await.unwrap();
}

async fn find(db: &Db, n: u128) -> Delivery {
    let mut tx = db.begin_read().await.unwrap();
    deliveries::find(&mut tx, id(n)).await.unwrap().unwrap()
}

async fn settle(db: &Db, settled: &[Settled]) -> HashSet<DeliveryId> {
    let mut tx = db.begin().await.unwrap();
    let stored = deliveries::settle(&mut tx, settled, NOW).await.unwrap();
    tx.commit().await.unwrap();
    stored
}

async fn save(db: &Db, delivery: &Delivery) {
    let mut tx = db.begin().await.unwrap();
    deliveries::save(&mut tx, std::slice::from_ref(delivery), NOW).await.unwrap();
    tx.commit().await.unwrap();
}

async fn due(tx: &mut Tx, now: Timestamp, limit: usize) -> Vec<u128> {
    let due = deliveries::due(tx, Channel::Sms, now, limit).await.unwrap();
    due.iter().map(|delivery| delivery.id.0.as_u128()).collect()
}

fn accepted() -> Outcome {
    Outcome::Accepted { reference: Some("provider-1".to_owned()) }
}

/// The alert after an attempt made under the lease it has now.
fn attempted(delivery: Delivery, outcome: Outcome) -> Settled {
    let lease_until = delivery.state.due_at().unwrap();
    Settled { delivery: delivery.after_attempt(outcome, &POLICY, NOW, 0.5), lease_until }
}

fn waiting(n: u128, event: bevaka_domain::ids::EventId, next_attempt_at: Timestamp) -> Delivery {
    let state = State::Waiting { next_attempt_at, cause: "smtp_451".to_owned() };
    Delivery { state, ..alert(n, event, NOW) }
}

async fn new_alerts_come_back_as_they_were_stored(db: &Db) {
    let event = stored_event(db, 1).await;
    let by_email = Delivery { channel: Channel::Email, user: id(5), ..alert(2, event, after(60)) };
    let suppressed = Delivery { state: State::Suppressed(Reason::EventExpired), ..alert(3, event, NOW) };
    let new = [alert(1, event, after(60)), by_email, suppressed];
    insert(db, &new).await;
    for (n, delivery) in (1..).zip(&new) {
        assert_eq!(&find(db, n).await, delivery);
    }
    let mut tx = db.begin().await.unwrap();
    assert_eq!(deliveries::find_for_update(&mut tx, id(1)).await.unwrap().as_ref(), Some(&new[0]));
    assert_eq!(deliveries::find_for_update(&mut tx, id(99)).await.unwrap(), None);
    assert_eq!(deliveries::find(&mut tx, id(99)).await.unwrap(), None);
}

async fn a_contact_point_gets_one_alert_of_an_event(db: &Db) {
    let (one, two) = (stored_event(db, 1).await, stored_event(db, 2).await);
    let first = alert(1, one, NOW);
    let again = Delivery { contact: first.contact, ..alert(2, one, NOW) };
    let of_another_event = Delivery { contact: first.contact, ..alert(3, two, NOW) };
    insert(db, &[first, of_another_event]).await;

    let mut tx = db.begin().await.unwrap();
    let refused = insert_alerts(&mut tx, &[again], NOW).await;
    assert!(matches!(refused, Err(StoreError::Database(_))), "{refused:?}");
    drop(tx);

    let mut tx = db.begin_read().await.unwrap();
    assert_eq!(deliveries::of_event(&mut tx, one).await.unwrap().len(), 1);
}

async fn every_state_comes_back_as_it_was_saved(db: &Db) {
    let event = stored_event(db, 1).await;
    insert(db, &[alert(1, event, NOW)]).await;
    let cause = || "smtp_451 åäö".to_owned();
    let mut states = vec![
        State::Sending { lease_until: after(30) },
        State::Waiting { next_attempt_at: after(2), cause: cause() },
        State::Waiting { next_attempt_at: after(2), cause: String::new() },
        State::Accepted { reference: Some("provider-1".to_owned()) },
        State::Accepted { reference: Some(String::new()) },
        State::Accepted { reference: None },
        State::Delivered,
        State::Failed { cause: cause() },
        State::Expired { cause: cause() },
    ];
    states.extend(Reason::ALL.map(State::Suppressed));
    for (attempts, state) in (0..).zip(states) {
        let history = vec![
            Entry { at: NOW, what: "retry".to_owned(), cause: Some(cause()) },
            Entry { at: after(1), what: "taken_over".to_owned(), cause: None },
        ];
        let mut delivery = alert(1, event, NOW);
        delivery.possible_duplicate = attempts % 2 == 0;
        (delivery.state, delivery.attempts, delivery.history) = (state, attempts, history);
        save(db, &delivery).await;
        assert_eq!(find(db, 1).await, delivery);
    }
}

async fn an_outcome_is_stored_under_its_lease(db: &Db) {
    let event = stored_event(db, 1).await;
    for (n, outcome) in (1..).zip([
        accepted(),
        Outcome::Accepted { reference: None },
        Outcome::Retry { cause: "smtp_451".to_owned(), after: None },
        Outcome::Rejected { cause: "smtp_550".to_owned() },
        Outcome::Unknown { cause: "timeout".to_owned() },
        Outcome::ChannelDown { cause: "connection".to_owned() },
    ]) {
        let delivery = alert(n, event, after(30));
        insert(db, std::slice::from_ref(&delivery)).await;
        let settled = attempted(delivery, outcome);
        assert_eq!(settle(db, std::slice::from_ref(&settled)).await, HashSet::from([id(n)]));
        assert_eq!(find(db, n).await, settled.delivery);
        assert_eq!(settle(db, &[settled]).await, HashSet::new(), "its lease is over");
    }
}

async fn an_outcome_under_another_lease_changes_nothing(db: &Db) {
    let event = stored_event(db, 1).await;
    let delivery = alert(1, event, after(30));
    insert(db, std::slice::from_ref(&delivery)).await;
    let slow = attempted(delivery.clone(), accepted());
    let taken_over = delivery.take_over(after(30), after(60));
    save(db, &taken_over).await;
    assert_eq!(settle(db, &[slow]).await, HashSet::new());
    assert_eq!(find(db, 1).await, taken_over);
}

async fn an_outcome_that_comes_after_a_report_changes_nothing(db: &Db) {
    let event = stored_event(db, 1).await;
    let delivery = alert(1, event, after(30));
    insert(db, std::slice::from_ref(&delivery)).await;
    let late = attempted(delivery.clone(), accepted());
    let reported = delivery.after_report(Report::Delivered, None, NOW);
    save(db, &reported).await;
    assert_eq!(settle(db, &[late]).await, HashSet::new());
    assert_eq!(find(db, 1).await, reported);
}

async fn outcomes_of_one_batch_are_stored_or_not_one_by_one(db: &Db) {
    let event = stored_event(db, 1).await;
    let alerts: Vec<_> = (1..=3).map(|n| alert(n, event, after(30))).collect();
    insert(db, &alerts).await;
    let mut settled: Vec<_> = alerts.iter().map(|delivery| attempted(delivery.clone(), accepted())).collect();
    settled[1].lease_until = after(31);
    settled.push(attempted(alert(99, event, after(30)), accepted()));
    assert_eq!(settle(db, &settled).await, HashSet::from([id(1), id(3)]));
    assert_eq!(find(db, 2).await, alerts[1]);
    assert_eq!(find(db, 3).await, settled[2].delivery);
}

async fn due_alerts_are_those_waiting_and_those_whose_lease_ran_out(db: &Db) {
    let event = stored_event(db, 1).await;
    let settled = |n, state| Delivery { state, ..alert(n, event, NOW) };
    insert(
        db,
        &[
            alert(1, event, after(30)),
            waiting(2, event, after(10)),
            alert(3, event, after(5)),
            waiting(4, event, after(31)),
            settled(5, State::Accepted { reference: None }),
            settled(6, State::Delivered),
            settled(7, State::Failed { cause: "x".to_owned() }),
        ],
    )
    .await;
    let mut tx = db.begin().await.unwrap();
    assert_eq!(due(&mut tx, after(4), 10).await, [0; 0]);
    assert_eq!(due(&mut tx, after(30), 10).await, [3, 2, 1], "the longest due first");
    assert_eq!(due(&mut tx, after(31), 10).await, [3, 2, 1, 4]);
}

async fn due_alerts_come_by_channel_and_up_to_the_limit(db: &Db) {
    let event = stored_event(db, 1).await;
    let mut alerts: Vec<_> =
        (1..=5).zip(1..).map(|(n, early)| waiting(n, event, after(10 - early))).collect();
    alerts[3].channel = Channel::Email;
    insert(db, &alerts).await;
    let mut tx = db.begin().await.unwrap();
    assert_eq!(due(&mut tx, after(10), 3).await, [5, 3, 2]);
    assert_eq!(due(&mut tx, after(10), 0).await, [0; 0]);
    assert_eq!(due(&mut tx, after(10), usize::MAX).await, [5, 3, 2, 1]);
    let email = deliveries::due(&mut tx, Channel::Email, after(10), 10).await.unwrap();
    assert_eq!(email, [alerts[3].clone()]);
}

async fn leases_run_out_when_they_are_freed_and_waiting_alerts_keep_their_time(db: &Db) {
    let event = stored_event(db, 1).await;
    insert(
        db,
        &[
            alert(1, event, after(600)),
            alert(2, event, after(900)),
            alert(3, event, NOW.minus(Duration::from_secs(1))),
            waiting(4, event, after(600)),
        ],
    )
    .await;
    let mut tx = db.begin().await.unwrap();
    assert_eq!(deliveries::free_leases(&mut tx, NOW).await.unwrap(), 2);
    assert_eq!(due(&mut tx, NOW, 10).await.into_iter().collect::<HashSet<_>>(), HashSet::from([1, 2, 3]));
    assert_eq!(due(&mut tx, after(600), 10).await.len(), 4);
}

async fn alerts_are_listed_by_event_and_by_state(db: &Db) {
    let (one, two) = (stored_event(db, 1).await, stored_event(db, 2).await);
    insert(db, &[alert(2, one, NOW), waiting(1, one, NOW), alert(3, two, NOW)]).await;
    let mut tx = db.begin_read().await.unwrap();
    let ids = |found: Vec<Delivery>| found.iter().map(|d| d.id.0.as_u128()).collect::<Vec<_>>();
    assert_eq!(ids(deliveries::of_event(&mut tx, one).await.unwrap()), [1, 2]);
    assert_eq!(ids(deliveries::latest(&mut tx, None, 2).await.unwrap()), [3, 2]);
    assert_eq!(ids(deliveries::latest(&mut tx, Some("sending"), 10).await.unwrap()), [3, 2]);
    assert_eq!(ids(deliveries::latest(&mut tx, Some("accepted"), 10).await.unwrap()), [0; 0]);
}

async fn an_empty_batch_is_no_fault(db: &Db) {
    insert(db, &[]).await;
    assert_eq!(settle(db, &[]).await, HashSet::new());
}

/// Two dispatchers never send the same alert. On SQLite there is one writer, so it cannot happen.
#[tokio::test]
async fn two_transactions_never_get_the_same_due_alert_on_postgres() {
    crate::on_postgres(async |db| {
        let event = stored_event(db, 1).await;
        insert(db, &(1..=6).zip(1..).map(|(n, late)| waiting(n, event, after(late))).collect::<Vec<_>>())
            .await;
        let (mut one, mut two) = (db.begin().await.unwrap(), db.begin().await.unwrap());
        assert_eq!(due(&mut one, after(60), 2).await, [1, 2]);
        assert_eq!(due(&mut two, after(60), 3).await, [3, 4, 5], "neither the same ones nor a wait for them");
        assert_eq!(due(&mut one, after(60), 10).await, [1, 2, 6]);
        one.commit().await.unwrap();
        assert_eq!(due(&mut two, after(60), 10).await, [1, 2, 3, 4, 5, 6]);
    })
    .await;
}

/// A report and an outcome of the same alert are decided one after the other.
#[tokio::test]
async fn an_alert_found_for_update_is_kept_from_other_writers_on_postgres() {
    crate::on_postgres(async |db| {
        let event = stored_event(db, 1).await;
        let delivery = alert(1, event, after(30));
        insert(db, std::slice::from_ref(&delivery)).await;
        let mut reporting = db.begin().await.unwrap();
        let found = deliveries::find_for_update(&mut reporting, id(1)).await.unwrap().unwrap();
        let (other, outcome) = (db.clone(), attempted(delivery, accepted()));
        let settling = tokio::spawn(async move { settle(&other, &[outcome]).await });
        let mut two = db.begin().await.unwrap();
        assert_eq!(due(&mut two, after(60), 10).await, [0; 0]);
        drop(two);
        let reported = found.after_report(Report::Delivered, None, NOW);
        deliveries::save(&mut reporting, std::slice::from_ref(&reported), NOW).await.unwrap();
        reporting.commit().await.unwrap();
        assert_eq!(settling.await.unwrap(), HashSet::new(), "the outcome came second");
        assert_eq!(find(db, 1).await, reported);
    })
    .await;
}
