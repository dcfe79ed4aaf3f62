use crate::world::*;
use bevaka_domain::{
    entitlement::{Decision, Deliver, Reason, Verdict},
    event::{Account, Amount, Facts, Origin},
    ids::EventId,
    notice::{Content, SOURCE},
    watch::Channel,
};
use bevaka_store::{
    Db, deliveries, events,
    events::{Decided, Envelope},
};
use std::collections::HashSet;
use uuid::Uuid;

crate::on_both_engines! {
    a_notice_comes_back_with_whom_it_names
    an_event_comes_back_as_it_was_decided
    an_event_seen_before_is_left_as_it_is
    an_event_twice_in_one_batch_is_stored_once
    the_same_id_from_another_source_is_another_event
    two_transactions_at_once_store_an_event_once
    two_batches_in_opposite_order_both_end_well
    the_latest_events_come_first
    an_empty_batch_is_no_fault
    alerts_are_stored_with_their_events_and_not_with_events_seen_before
    r37_an_event_keeps_by_what_it_came_in_and_is_found_by_it
}

async fn r37_an_event_keeps_by_what_it_came_in_and_is_found_by_it(db: &Db) {
    let [injection, letter] = [Origin::Injection(Uuid::from_u128(1)), Origin::DeadLetter(Uuid::from_u128(1))];
    let from = |n, origin| {
        let mut decided = event(n);
        decided.event.origin = Some(origin);
        decided
    };
    let batch = [from(1, injection), event(2), from(3, letter), from(4, injection), from(5, injection)];
    insert(db, &batch).await;

    let mut tx = db.begin_read().await.unwrap();
    let [first, _, _, second, third] = batch;
    let found = events::of_origin(&mut tx, injection, None, 2).await.unwrap();
    assert_eq!(found, [first, second]);
    assert_eq!(events::of_origin(&mut tx, injection, Some(id(4)), 2).await.unwrap(), [third]);
    assert_eq!(events::count_of_origin(&mut tx, injection).await.unwrap(), 3);
    assert_eq!(events::count_of_origin(&mut tx, Origin::Injection(Uuid::nil())).await.unwrap(), 0);

    let keys = [("/payments", "external-2"), ("/payments", "external-3"), ("/loans", "external-1")];
    let known = events::known(&mut tx, &keys).await.unwrap();
    let key = |n| ("/payments".to_owned(), format!("external-{n}"));
    assert_eq!(known.len(), 2);
    assert_eq!((known[&key(2)], known[&key(3)]), ((id(2), None), (id(3), Some(letter))));
}

/// The event number `n` under the key of another one.
fn under_key_of(n: u128, key: u128) -> Decided {
    let mut decided = event(n);
    decided.event.external_id = event(key).event.external_id;
    decided
}

async fn insert(db: &Db, batch: &[Decided]) -> HashSet<EventId> {
    let mut tx = db.begin().await.unwrap();
    let new = events::record(&mut tx, batch, &[], NOW).await.unwrap();
    tx.commit().await.unwrap();
    new
}

async fn an_event_comes_back_as_it_was_decided(db: &Db) {
    let verdicts = [
        Verdict::Deliver(Deliver { to: vec![id(10), id(11)], ..Deliver::default() }),
        Verdict::Deliver(Deliver {
            to: vec![id(12)],
            silent: vec![(Channel::Sms, Reason::ContactNotVerified)],
            ..Deliver::default()
        }),
    ];
    let suppressed = Reason::ALL.into_iter().map(Verdict::Suppressed);
    let decisions = (1..)
        .zip(verdicts.into_iter().chain(suppressed))
        .map(|(n, verdict)| Decision { user: id(n), verdict })
        .collect();
    let mut full = event(1);
    full.organisation = Some(id(7));
    full.agreement_version = Some(3);
    full.decisions = decisions;
    full.event.recipient = Some("user-7 åäö".to_owned());
    full.event.facts = Facts {
        amount: Some(Amount::parse("10000.50").unwrap()),
        currency: Some("SEK".to_owned()),
        account: Some(Account::parse("8327-9, 123 456").unwrap()),
    };
    full.event.data = "{ \"b\" : 1,\n \"a\":\"\\u0000 ö 🙂\", \"a\":1.0 }".into();
    let bare = event(2);
    insert(db, &[full.clone(), bare.clone()]).await;

    let mut tx = db.begin_read().await.unwrap();
    assert_eq!(events::find(&mut tx, id(1)).await.unwrap(), Some(full.clone()));
    let external = events::find_external(&mut tx, "/payments", "external-1").await.unwrap();
    assert_eq!(external, Some(full));
    assert_eq!(events::find(&mut tx, id(2)).await.unwrap(), Some(bare));
    assert_eq!(events::find(&mut tx, id(3)).await.unwrap(), None);
    assert_eq!(events::find_external(&mut tx, "/loans", "external-1").await.unwrap(), None);
}

async fn an_event_seen_before_is_left_as_it_is(db: &Db) {
    assert_eq!(insert(db, &[event(1)]).await, HashSet::from([id(1)]));
    let mut again = under_key_of(2, 1);
    again.event.data = "{\"amount\":1}".into();
    assert_eq!(insert(db, &[again, event(3)]).await, HashSet::from([id(3)]));

    let mut tx = db.begin_read().await.unwrap();
    assert_eq!(events::find(&mut tx, id(1)).await.unwrap(), Some(event(1)));
    assert_eq!(events::find(&mut tx, id(2)).await.unwrap(), None);
}

async fn an_event_twice_in_one_batch_is_stored_once(db: &Db) {
    let batch = [under_key_of(5, 1), event(1), under_key_of(2, 1), event(3)];
    assert_eq!(insert(db, &batch).await, HashSet::from([id(5), id(3)]), "the first of them is kept");
}

async fn the_same_id_from_another_source_is_another_event(db: &Db) {
    let mut other = under_key_of(2, 1);
    other.event.source = "/loans".into();
    assert_eq!(insert(db, &[event(1), other]).await.len(), 2);
}

async fn two_transactions_at_once_store_an_event_once(db: &Db) {
    let mut first = db.begin().await.unwrap();
    let mut new = events::record(&mut first, &[event(1)], &[], NOW).await.unwrap();
    let (other, batch) = (db.clone(), [under_key_of(2, 1), event(3)]);
    // Waits for the first on either engine; whichever way the two fall, the event is new to one of them.
    let second = tokio::spawn(async move { insert(&other, &batch).await });
    tokio::task::yield_now().await;
    first.commit().await.unwrap();
    new.extend(second.await.unwrap());
    assert_eq!(new, HashSet::from([id(1), id(3)]));

    let mut tx = db.begin_read().await.unwrap();
    assert_eq!(events::latest(&mut tx, 10).await.unwrap(), [event(3), event(1)]);
}

/// Two processes may read the same messages again, each in its own order.
async fn two_batches_in_opposite_order_both_end_well(db: &Db) {
    const ROUND: u128 = 400;
    for round in 0..10 {
        let forwards: Vec<_> = (0..ROUND).map(|n| event(round * ROUND + n)).collect();
        let backwards: Vec<_> = (0..ROUND)
            .rev()
            .map(|n| under_key_of(1_000_000 + round * ROUND + n, round * ROUND + n))
            .collect();
        let (one, two) = (db.clone(), db.clone());
        let first = tokio::spawn(async move { insert(&one, &forwards).await });
        let second = tokio::spawn(async move { insert(&two, &backwards).await });
        let new = first.await.unwrap().len() + second.await.unwrap().len();
        assert_eq!(new, usize::try_from(ROUND).unwrap());
    }
}

async fn the_latest_events_come_first(db: &Db) {
    insert(db, &[event(2), event(1), event(3)]).await;
    let mut tx = db.begin_read().await.unwrap();
    assert_eq!(events::latest(&mut tx, 2).await.unwrap(), [event(3), event(2)]);
}

async fn an_empty_batch_is_no_fault(db: &Db) {
    assert_eq!(insert(db, &[]).await, HashSet::new());
}

async fn alerts_are_stored_with_their_events_and_not_with_events_seen_before(db: &Db) {
    let (first, second) = (event(1), under_key_of(2, 1));
    let (told, told_again) = (alert(1, first.event.id, NOW), alert(2, second.event.id, NOW));
    let mut tx = db.begin().await.unwrap();
    let new = events::record(&mut tx, std::slice::from_ref(&first), std::slice::from_ref(&told), NOW)
        .await
        .unwrap();
    assert_eq!(new, HashSet::from([first.event.id]));
    let fresh = event(3);
    let told_fresh = alert(3, fresh.event.id, NOW);
    let batch = [second.clone(), fresh.clone()];
    let new = events::record(&mut tx, &batch, &[told_again, told_fresh.clone()], NOW).await.unwrap();
    assert_eq!(new, HashSet::from([fresh.event.id]));
    assert_eq!(deliveries::of_event(&mut tx, first.event.id).await.unwrap(), [told]);
    assert_eq!(deliveries::of_event(&mut tx, second.event.id).await.unwrap(), []);
    assert_eq!(deliveries::of_event(&mut tx, fresh.event.id).await.unwrap(), [told_fresh]);
}

async fn a_notice_comes_back_with_whom_it_names(db: &Db) {
    let mut notice = event(1);
    notice.event.source = SOURCE.to_owned();
    notice.event.data = format!("{{ \"users\": [\"{}\"]}}", uuid::Uuid::from_u128(7));
    notice.event.notice = Some(Content::parse(&notice.event.data).unwrap().into());
    let mut payment = event(2);
    payment.event.data = notice.event.data.clone();
    insert(db, &[notice.clone(), payment.clone()]).await;
    let mut tx = db.begin_read().await.unwrap();
    for stored in [notice, payment] {
        assert_eq!(events::find(&mut tx, stored.event.id).await.unwrap().as_ref(), Some(&stored));
        let id = stored.event.id;
        let envelopes = events::envelopes(&mut tx, &[id].into()).await.unwrap();
        assert_eq!(envelopes, [(id, Envelope::from(&stored.event))].into());
    }
}
