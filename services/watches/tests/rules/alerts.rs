use crate::house::*;
use bevaka_domain::{
    delivery::{Delivery, Entry, State},
    entitlement::Reason,
    ids::{DeliveryId, ParcelId},
    watch::Channel,
};
use bevaka_store::{alerts as stored, deliveries};
use bevaka_watches::{
    commands::{contacts::remove, switch, test::send_test},
    queries::{
        self,
        alerts::{Listed, Page, Told},
        check::Checked,
    },
};

async fn page(house: &House) -> Page {
    queries::alerts(&house.app, house.anna, None).await.unwrap()
}

/// Channels and places of what was sent, or why not.
fn outcome(listed: &Listed) -> Result<Vec<(Channel, Option<&str>)>, Reason> {
    match &listed.outcome {
        Told::Sent { alerts, .. } => {
            Ok(alerts.iter().map(|alert| (alert.channel, alert.to.as_deref())).collect())
        }
        Told::NotSent(reason) => Err(*reason),
    }
}

#[tokio::test]
async fn a_user_sees_what_was_sent_where_and_why_not_newest_first() {
    let house = House::open().await;
    let sms = house.contact(house.anna, "0701740605", true).await;
    let email = house.contact(house.anna, "anna@exempelbolaget.se", true).await;
    house.saves(house.anna, &[choice(PAYMENT, Some(sms), Some(email))]).await;
    house.happens(PAYMENT, house.now()).await;
    switch::off(&house.app, house.anna.user, &[kind(PAYMENT)].into()).await.unwrap();
    house.clock.advance(minutes(1));
    house.happens(PAYMENT, house.now()).await;
    let page = page(&house).await;
    assert_eq!((page.alerts.len(), page.next, page.folded.len()), (2, None, 0));
    assert_eq!(outcome(&page.alerts[0]), Err(Reason::WatchOff));
    let told = outcome(&page.alerts[1]).unwrap();
    assert!(told.contains(&(Channel::Sms, Some("•••• 06 05"))), "{told:?}");
    assert!(told.contains(&(Channel::Email, Some("a•••@exempelbolaget.se"))), "{told:?}");
    assert_eq!((page.alerts[1].name.as_str(), page.alerts[1].is_test), ("Avvisad betalning", false));
    let Told::Sent { alerts, .. } = &page.alerts[1].outcome else { panic!() };
    assert!(alerts.iter().all(|alert| alert.state == State::Delivered));
    remove(&house.app, house.anna, sms).await.unwrap();
    let after = self::page(&house).await;
    assert!(outcome(&after.alerts[1]).unwrap().contains(&(Channel::Sms, None)), "shown as removed");
}

#[tokio::test]
async fn what_never_concerned_the_user_is_summed_up() {
    let house = House::open().await;
    let email = house.contact(house.anna, "anna@exempelbolaget.se", true).await;
    house.saves(house.anna, &[choice(PAYMENT, None, Some(email))]).await;
    for _ in 0..3 {
        house.happens(INVOICE, house.now()).await;
    }
    house.happens_with(PAYMENT, house.now(), |event| event.recipient = Some("Maja".to_owned())).await;
    house.happens(MESSAGE, house.now()).await;
    let before = page(&house).await;
    assert!(before.alerts.is_empty());
    let folded: Vec<_> = before.folded.iter().map(|sum| (sum.kind.as_str(), sum.reason, sum.count)).collect();
    assert_eq!(
        folded,
        [
            (INVOICE, Reason::NoWatch, 3),
            (MESSAGE, Reason::KindNotInScope, 1),
            (PAYMENT, Reason::NotAddressed, 1),
        ]
    );
    house.set_scope(&[INVOICE]).await;
    house.happens(PAYMENT, house.now()).await;
    let lost = page(&house).await;
    assert_eq!(outcome(&lost.alerts[0]), Err(Reason::KindNotInScope), "R15: it was watched");
}

#[tokio::test]
async fn pages_follow_each_other_while_more_comes_and_end_after_ninety_days() {
    let house = House::open().await;
    let email = house.contact(house.anna, "anna@exempelbolaget.se", true).await;
    house.saves(house.anna, &[choice(PAYMENT, None, Some(email))]).await;
    let begun = house.now();
    let mut happened = Vec::new();
    for n in (0..120).rev() {
        happened.push(house.happens(PAYMENT, begun.minus(minutes(n))).await);
        if n % 2 == 0 {
            house.happens(INVOICE, begun.minus(minutes(n))).await;
        }
    }
    house.happens(PAYMENT, begun.minus(days(91))).await;
    let (mut listed, mut folded, mut before) = (Vec::new(), 0, None);
    for pages in 1.. {
        let page = queries::alerts(&house.app, house.anna, before).await.unwrap();
        listed.extend(page.alerts.iter().map(|listed| listed.event));
        folded += page.folded.iter().map(|sum| sum.count).sum::<u32>();
        house.happens(PAYMENT, house.now()).await;
        house.clock.advance(minutes(1));
        before = page.next;
        if before.is_none() {
            assert_eq!(pages, 3);
            break;
        }
    }
    happened.reverse();
    assert_eq!((listed, folded), (happened, 60));
}

#[tokio::test]
async fn notices_are_not_listed_but_for_tests() {
    let house = House::open().await;
    let sms = house.contact(house.anna, "0701740605", true).await;
    bevaka_watches::commands::contacts::add(&house.app, house.anna, Channel::Email, "a@x.se", None)
        .await
        .unwrap();
    send_test(&house.app, house.anna, sms).await.unwrap();
    for notice in house.notices().await {
        house.arrives(&notice).await;
    }
    let shown = page(&house).await;
    assert_eq!((shown.alerts.len(), shown.folded.len()), (1, 0));
    assert!(shown.alerts[0].is_test);
    assert_eq!(outcome(&shown.alerts[0]), Ok(vec![(Channel::Sms, Some("•••• 06 05"))]));
    let others = queries::alerts(&house.app, house.maja, None).await.unwrap();
    assert!(others.alerts.is_empty() && others.folded.is_empty(), "{others:?}");
}

async fn ids(house: &House) -> Vec<DeliveryId> {
    let mut tx = house.db.begin_read().await.unwrap();
    let from = stored::first_id(house.now().minus(days(90)));
    stored::ids(&mut tx, house.anna.user, from).await.unwrap().into_iter().map(|(id, _)| id).collect()
}

#[tokio::test]
async fn a_code_tells_its_recipient_and_nobody_else_that_an_alert_is_genuine() {
    let house = House::open().await;
    let sms = house.contact(house.anna, "0701740605", true).await;
    house.saves(house.anna, &[choice(PAYMENT, Some(sms), None)]).await;
    house.happens(PAYMENT, house.now()).await;
    let code = house.app.proofs.alert_code(ids(&house).await[0].0);
    for typed in [code.clone(), code.to_lowercase(), code.replace('-', " ")] {
        let checked = queries::check(&house.app, house.anna, &typed).await.unwrap();
        let Checked::Ours(genuine) = checked else { panic!("{typed}") };
        let [(of, name, occurred_at)] = genuine.alerts.as_slice() else { panic!() };
        assert_eq!((of.as_str(), name.as_str(), *occurred_at), (PAYMENT, "Avvisad betalning", house.now()));
        assert_eq!((genuine.channel, genuine.to.as_deref()), (Channel::Sms, Some("•••• 06 05")));
        assert!(!genuine.is_digest);
    }
    for (caller, typed) in [(house.maja, code.as_str()), (house.anna, "0000-0000"), (house.anna, "")] {
        let checked = queries::check(&house.app, caller, typed).await.unwrap();
        assert!(matches!(checked, Checked::NotOurs), "{typed}");
    }
    house.clock.advance(days(91));
    let old = queries::check(&house.app, house.anna, &code).await.unwrap();
    assert!(matches!(old, Checked::NotOurs));
}

#[tokio::test]
async fn the_code_of_a_gathering_tells_all_that_it_holds() {
    let house = House::open().await;
    let sms = house.contact(house.anna, "0701740605", true).await;
    house.saves(house.anna, &[choice(PAYMENT, Some(sms), None), choice(INVOICE, Some(sms), None)]).await;
    house.happens(PAYMENT, house.now()).await;
    house.clock.advance(minutes(1));
    house.happens(INVOICE, house.now()).await;
    let parcel = ParcelId(uuid::Uuid::from_u128(0x77));
    let mut tx = house.db.begin().await.unwrap();
    let mut gathered = deliveries::latest(&mut tx, None, 10).await.unwrap();
    for alert in &mut gathered {
        alert.parcel = Some(parcel);
    }
    deliveries::save(&mut tx, &gathered, house.now()).await.unwrap();
    tx.commit().await.unwrap();
    let code = house.app.proofs.alert_code(parcel.0);
    let checked = queries::check(&house.app, house.anna, &code).await.unwrap();
    let Checked::Ours(genuine) = checked else { panic!() };
    let kinds: Vec<_> = genuine.alerts.iter().map(|(of, ..)| of.as_str()).collect();
    assert_eq!((genuine.is_digest, kinds), (true, vec![PAYMENT, INVOICE]));
    let of_one = house.app.proofs.alert_code(ids(&house).await[0].0);
    let checked = queries::check(&house.app, house.anna, &of_one).await.unwrap();
    assert!(matches!(checked, Checked::NotOurs), "that code was in no message");
}

/// Puts the caller's alerts, the latest first, into one parcel, each as `change` leaves it.
async fn gathers(house: &House, parcel: ParcelId, change: impl Fn(usize, &mut Delivery)) {
    let mut tx = house.db.begin().await.unwrap();
    let mut gathered = deliveries::latest(&mut tx, None, 10).await.unwrap();
    gathered.sort_by_key(|alert| std::cmp::Reverse(alert.id));
    for (n, alert) in gathered.iter_mut().enumerate() {
        alert.parcel = Some(parcel);
        change(n, alert);
    }
    deliveries::save(&mut tx, &gathered, house.now()).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn what_was_withdrawn_from_a_gathering_is_no_part_of_the_genuine_message() {
    let house = House::open().await;
    let sms = house.contact(house.anna, "0701740605", true).await;
    house.saves(house.anna, &[choice(PAYMENT, Some(sms), None), choice(INVOICE, Some(sms), None)]).await;
    for name in [PAYMENT, INVOICE, INVOICE] {
        house.happens(name, house.now()).await;
        house.clock.advance(minutes(1));
    }
    let (parcel, taken_at) = (ParcelId(uuid::Uuid::from_u128(0x77)), house.now());
    let withdrawn = |alert: &mut Delivery| {
        (alert.state, alert.attempts) = (State::Suppressed(Reason::NoWatch), 0);
        alert.history.clear();
    };
    let left = |n, alert: &mut Delivery| match n {
        1 => {
            let taken = Entry { at: taken_at, what: "accepted".to_owned(), cause: None };
            (alert.state, alert.history) = (State::Accepted { reference: None }, vec![taken]);
        }
        _ => withdrawn(alert),
    };
    gathers(&house, parcel, left).await;
    let code = house.app.proofs.alert_code(parcel.0);
    let Checked::Ours(genuine) = queries::check(&house.app, house.anna, &code).await.unwrap() else {
        panic!()
    };
    let kinds: Vec<_> = genuine.alerts.iter().map(|(of, ..)| of.as_str()).collect();
    assert_eq!((kinds, genuine.sent_at), (vec![INVOICE], Some(taken_at)));
    gathers(&house, parcel, |_, alert| withdrawn(alert)).await;
    let checked = queries::check(&house.app, house.anna, &code).await.unwrap();
    assert!(matches!(checked, Checked::NotOurs), "no message left");
    let unsure = |n, alert: &mut Delivery| {
        withdrawn(alert);
        alert.possible_duplicate = n == 0;
    };
    gathers(&house, parcel, unsure).await;
    let Checked::Ours(genuine) = queries::check(&house.app, house.anna, &code).await.unwrap() else {
        panic!()
    };
    assert_eq!((genuine.alerts.len(), genuine.sent_at), (1, None), "it may have left");
}
