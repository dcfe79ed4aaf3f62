use crate::world::*;
use bevaka_domain::{
    clock::Timestamp,
    delivery::{Delivery, Entry, State},
    entitlement::{Decision, Reason, Verdict},
    event::{Amount, Facts},
    ids::{EventId, OrganisationId, ParcelId, UserId},
    notice,
};
use bevaka_store::{Db, Tx, alerts, deliveries, events, events::Decided};
use uuid::Uuid;

crate::on_both_engines! {
    a_companys_events_come_back_newest_first_and_paging_stays_right_while_more_come
    a_users_alerts_are_those_about_the_events_asked_for
    ids_of_alerts_come_with_those_of_their_parcels
    only_alerts_that_left_are_counted_and_notices_are_none
}

/// The id of the event number `n` of a moment.
fn at(moment: Timestamp, n: u128) -> EventId {
    EventId(Uuid::from_u128(alerts::first_id(moment).0.as_u128() + n))
}

async fn happens(tx: &mut Tx, organisation: OrganisationId, event: EventId, told: &[Delivery]) {
    let mut decided: Decided = self::event(event.0.as_u128());
    decided.organisation = Some(organisation);
    decided.event.facts = Facts { amount: Some(Amount::parse("7").unwrap()), ..Facts::NONE };
    decided.decisions = vec![Decision { user: id(1), verdict: Verdict::Suppressed(Reason::NoWatch) }];
    events::record(tx, &[decided], told, NOW).await.unwrap();
}

fn told(n: u128, event: EventId, user: UserId) -> Delivery {
    Delivery { user, state: State::Delivered, ..alert(n, event, NOW) }
}

async fn a_companys_events_come_back_newest_first_and_paging_stays_right_while_more_come(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let (organisation, other) = (company(&mut tx, 1).await, company(&mut tx, 2).await);
    for n in 0..5 {
        happens(&mut tx, organisation, at(after(n), 1), &[]).await;
    }
    happens(&mut tx, other, at(after(2), 2), &[]).await;
    let ids = |events: Vec<alerts::Happened>| events.into_iter().map(|event| event.id).collect::<Vec<_>>();
    let from = alerts::first_id(after(1));
    let page = alerts::happened(&mut tx, organisation, from, None, 2).await.unwrap();
    let first = &page[0];
    assert_eq!((&first.kind, first.received_at), (&rejected(), NOW));
    assert_eq!(first.facts.amount, Some(Amount::parse("7").unwrap()));
    let decision = Decision { user: id(1), verdict: Verdict::Suppressed(Reason::NoWatch) };
    assert_eq!(first.decision(id(1)).unwrap(), Some(decision));
    assert_eq!(first.decision(id(2)).unwrap(), None);
    assert_eq!(ids(page), [at(after(4), 1), at(after(3), 1)]);
    happens(&mut tx, organisation, at(after(9), 1), &[]).await;
    let before = Some(at(after(3), 1));
    let page = alerts::happened(&mut tx, organisation, from, before, 9).await.unwrap();
    let again = alerts::to_decide(&mut tx, organisation, from, before, 9).await.unwrap();
    for (event, to_decide) in page.iter().zip(&again) {
        assert_eq!((to_decide.id, &to_decide.kind, &to_decide.facts), (event.id, &event.kind, &event.facts));
        assert_eq!((to_decide.received_at, to_decide.expires_at), (event.received_at, event.expires_at));
        assert_eq!(to_decide.recipient, event.recipient);
    }
    assert_eq!(again.len(), 2);
    assert_eq!(ids(page), [at(after(2), 1), at(after(1), 1)]);
}

async fn a_users_alerts_are_those_about_the_events_asked_for(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let organisation = company(&mut tx, 1).await;
    let events: Vec<_> = (0..4).map(|n| at(after(n), 1)).collect();
    for (n, event) in (1..).zip(&events) {
        let alerts = [told(n, *event, id(1)), told(10 + n, *event, id(2))];
        happens(&mut tx, organisation, *event, &alerts).await;
    }
    let range = (events[1], events[2]);
    let found = alerts::told(&mut tx, (organisation, id(1)), range).await.unwrap();
    assert_eq!(found.iter().map(|alert| alert.id).collect::<Vec<_>>(), [id(2), id(3)]);
    assert_eq!(found[0].state, State::Delivered);
    assert_eq!(alerts::told(&mut tx, (id(9), id(1)), range).await.unwrap(), []);
}

async fn ids_of_alerts_come_with_those_of_their_parcels(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let organisation = company(&mut tx, 1).await;
    for n in 1..=3 {
        let event = at(after(n), 1);
        happens(&mut tx, organisation, event, &[told(n.into(), event, id(1))]).await;
    }
    let parcel = ParcelId(Uuid::from_u128(0x77));
    let gathered = Delivery { parcel: Some(parcel), ..told(3, at(after(3), 1), id(1)) };
    deliveries::save(&mut tx, &[gathered], NOW).await.unwrap();
    let mut found = alerts::ids(&mut tx, id(1), alerts::first_id(after(2))).await.unwrap();
    found.sort();
    assert_eq!(found, [(id(2), None), (id(3), Some(parcel))]);
}

async fn only_alerts_that_left_are_counted_and_notices_are_none(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let organisation = company(&mut tx, 1).await;
    let parcel = ParcelId(Uuid::from_u128(0x77));
    let taken = Entry { at: NOW, what: "accepted".to_owned(), cause: None };
    let told = [
        told(1, at(after(1), 1), id(1)),
        Delivery {
            state: State::Accepted { reference: None },
            parcel: Some(parcel),
            history: vec![taken.clone()],
            ..told(2, at(after(2), 1), id(1))
        },
        told(3, at(after(2), 2), id(1)),
        Delivery { state: State::Failed { cause: "refused".to_owned() }, ..told(4, at(after(3), 1), id(1)) },
        told(5, at(after(3), 2), id(2)),
    ];
    for alert in &told {
        happens(&mut tx, organisation, alert.event, std::slice::from_ref(alert)).await;
    }
    deliveries::save(&mut tx, &told, NOW).await.unwrap();
    let notice = at(after(4), 1);
    let mut decided = self::event(notice.0.as_u128());
    decided.organisation = Some(organisation);
    decided.event.source = notice::SOURCE.to_owned();
    events::record(&mut tx, &[decided], &[self::told(6, notice, id(1))], NOW).await.unwrap();
    let from = alerts::first_id(after(2));
    let mut left = alerts::left_since(&mut tx, (organisation, id(1)), from).await.unwrap();
    left.sort_by_key(|alert| alert.parcel);
    let alone = alerts::Left { parcel: None, history: Vec::new() };
    assert_eq!(left, [alone, alerts::Left { parcel: Some(parcel), history: vec![taken] }]);
}
