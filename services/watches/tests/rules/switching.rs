use crate::house::*;
use bevaka_domain::ids::UserId;
use bevaka_watches::{
    commands::{save::save, switch},
    fault::Fault,
};
use std::collections::BTreeSet;

async fn off_at(house: &House, name: &str) -> Option<bevaka_domain::clock::Timestamp> {
    let mine = house.mine(house.anna).await;
    mine.kinds.into_iter().find(|view| view.kind.as_str() == name).unwrap().watch.unwrap().off_at
}

async fn watching() -> House {
    let house = House::open().await;
    let email = Some(house.contact(house.anna, "anna@exempelbolaget.se", true).await);
    house.saves(house.anna, &[choice(PAYMENT, None, email), choice(INVOICE, None, email)]).await;
    house
}

#[tokio::test]
async fn the_link_in_a_mail_switches_its_kinds_off_and_its_user_switches_them_on_again() {
    let house = watching().await;
    let token = house.app.proofs.unsubscribe_token(house.anna.user, &[kind(PAYMENT)].into());
    let (user, kinds) = house.app.proofs.read_unsubscribe(&token).unwrap();
    switch::off(&house.app, user, &kinds).await.unwrap();
    let since = house.now();
    assert_eq!((off_at(&house, PAYMENT).await, off_at(&house, INVOICE).await), (Some(since), None));
    let stale = save(&house.app, house.anna, 1, &[]).await;
    assert!(matches!(stale, Err(Fault::Stale(_))), "who has the page open is told: {stale:?}");
    let (actor, detail) = house.trail_detail("watch_switched_off").await;
    assert_eq!((actor.as_str(), detail), ("person", serde_json::json!({"kind": PAYMENT})));
    switch::on(&house.app, house.anna, &kind(PAYMENT)).await.unwrap();
    assert_eq!(off_at(&house, PAYMENT).await, None);
    let (actor, _) = house.trail_detail("watch_switched_on").await;
    assert_eq!(actor, format!("user:{}", house.anna.user));
}

#[tokio::test]
async fn off_again_and_on_again_change_nothing() {
    let house = watching().await;
    let kinds: BTreeSet<_> = [kind(PAYMENT), kind(INVOICE), kind(MESSAGE)].into();
    switch::off(&house.app, house.anna.user, &kinds).await.unwrap();
    let (version, since) = (house.mine(house.anna).await.version, house.now());
    house.clock.advance(hours(1));
    switch::off(&house.app, house.anna.user, &kinds).await.unwrap();
    assert_eq!((off_at(&house, PAYMENT).await, house.mine(house.anna).await.version), (Some(since), version));
    switch::on(&house.app, house.anna, &kind(PAYMENT)).await.unwrap();
    switch::on(&house.app, house.anna, &kind(PAYMENT)).await.unwrap();
    let switched = house.trail().await.split_off(2);
    assert_eq!(switched, ["watch_switched_off", "watch_switched_off", "watch_switched_on"]);
    let unwatched = switch::on(&house.app, house.anna, &kind(MESSAGE)).await;
    assert!(matches!(unwatched, Err(Fault::NotFound)), "{unwatched:?}");
}

#[tokio::test]
async fn the_link_tells_nobody_whether_there_is_such_a_user() {
    let house = watching().await;
    house.remove_user(house.maja).await;
    let unknown = UserId(uuid::Uuid::from_u128(1));
    for user in [unknown, house.maja.user, house.erik.user] {
        switch::off(&house.app, user, &[kind(PAYMENT)].into()).await.unwrap();
    }
    assert_eq!(house.trail().await, ["watch_changed"; 2]);
    house.end_agreement().await;
    switch::off(&house.app, house.anna.user, &[kind(PAYMENT)].into()).await.unwrap();
    assert_eq!(house.trail().await.last().unwrap(), "watch_switched_off");
}

#[tokio::test]
async fn saving_a_watch_that_is_off_switches_it_on() {
    let house = watching().await;
    switch::off(&house.app, house.anna.user, &[kind(PAYMENT), kind(INVOICE)].into()).await.unwrap();
    let email = house.mine(house.anna).await.contacts[0].id;
    house.saves(house.anna, &[choice(PAYMENT, None, Some(email))]).await;
    assert_eq!(off_at(&house, PAYMENT).await, None);
    assert!(off_at(&house, INVOICE).await.is_some(), "not named, so as it was");
}
