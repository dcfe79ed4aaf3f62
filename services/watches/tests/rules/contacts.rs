use crate::house::*;
use bevaka_domain::{ids::ContactId, watch::Channel};
use bevaka_watches::{
    commands::{
        contacts::{add, confirm, remove, send_code},
        save::save,
        test::send_test,
    },
    fault::{Fault, Limit},
    queries::{self, losses::Loss},
};
use serde_json::{Value, json};
use std::num::NonZeroUsize;

/// Topic and contact points of notices.
fn told(notices: &[Value]) -> Vec<(&str, Vec<&str>)> {
    notices
        .iter()
        .map(|notice| {
            let contacts = notice["data"]["contacts"].as_array().unwrap();
            (notice["type"].as_str().unwrap(), contacts.iter().map(|id| id.as_str().unwrap()).collect())
        })
        .collect()
}

#[tokio::test]
async fn an_address_is_read_in_any_spelling_and_a_user_has_it_once() {
    let house = House::open().await;
    let spelt = [
        (Channel::Sms, "08-506 390 00", "not_mobile"),
        (Channel::Sms, "anna@exempelbolaget.se", "not_a_number"),
        (Channel::Email, "anna", "not_an_email"),
    ];
    for (channel, text, code) in spelt {
        let faults = broken(add(&house.app, house.anna, channel, text, None).await);
        assert_eq!(faults, [("address".to_owned(), code)]);
    }
    add(&house.app, house.anna, Channel::Sms, "070-174 06 05", None).await.unwrap();
    let again = add(&house.app, house.anna, Channel::Sms, "+46 (0)70 174 06 05", None).await;
    assert_eq!(broken(again), [("address".to_owned(), "taken")]);
    add(&house.app, house.maja, Channel::Sms, "0701740605", None).await.unwrap();
    assert_eq!(house.mine(house.anna).await.contacts.len(), 1);
}

#[tokio::test]
async fn a_user_has_a_limited_number_of_contact_points_and_may_replace_one_all_the_same() {
    let house = House::open_with(|settings| {
        settings.contacts.max_contacts = NonZeroUsize::new(2).unwrap();
    })
    .await;
    let old = house.contact(house.anna, "anna1@x.se", true).await;
    house.contact(house.anna, "anna2@x.se", true).await;
    let third = add(&house.app, house.anna, Channel::Email, "anna3@x.se", None).await;
    assert_eq!(broken(third), [("address".to_owned(), "too_many_contacts")]);
    add(&house.app, house.anna, Channel::Email, "anna3@x.se", Some(old)).await.unwrap();
    let fourth = add(&house.app, house.anna, Channel::Email, "anna4@x.se", Some(old)).await;
    assert_eq!(broken(fourth), [("address".to_owned(), "too_many_contacts")]);
}

#[tokio::test]
async fn others_of_the_user_are_told_when_a_contact_point_comes_or_goes_and_nobody_else() {
    let house = House::open().await;
    let email = house.contact(house.anna, "anna@exempelbolaget.se", true).await;
    house.contact(house.anna, "anna2@exempelbolaget.se", false).await;
    house.contact(house.maja, "maja@exempelbolaget.se", true).await;
    let sms = add(&house.app, house.anna, Channel::Sms, "0701740605", None).await.unwrap();
    let notices = house.notices().await;
    let (before, after) = (email.to_string(), sms.to_string());
    let expected = [("contact.added", vec![before.as_str()]), ("contact.code", vec![after.as_str()])];
    assert_eq!(told(&notices), expected);
    assert_eq!(notices[0]["data"]["users"], json!([house.anna.user]));
    assert!(!notices[0].to_string().contains("701740605"));
    confirm(&house.app, house.anna, sms, &house.code_in(&notices[1])).await.unwrap();
    assert!(house.notices().await.is_empty(), "they were told when it was added");
    remove(&house.app, house.anna, email).await.unwrap();
    assert_eq!(told(&house.notices().await), [("contact.removed", vec![sms.to_string().as_str()])]);
    remove(&house.app, house.anna, sms).await.unwrap();
    assert!(house.notices().await.is_empty(), "none is left that is confirmed");
}

#[tokio::test]
async fn what_was_never_confirmed_goes_without_a_word() {
    let house = House::open().await;
    house.contact(house.anna, "anna@exempelbolaget.se", true).await;
    let sms = add(&house.app, house.anna, Channel::Sms, "0701740605", None).await.unwrap();
    house.notices().await;
    remove(&house.app, house.anna, sms).await.unwrap();
    assert!(house.notices().await.is_empty());
    assert_eq!(house.trail().await, ["contact_added", "contact_removed"]);
}

#[tokio::test]
async fn a_replacement_takes_over_when_it_is_confirmed_and_not_before() {
    let house = House::open().await;
    let old = house.contact(house.anna, "0701740606", true).await;
    let email = house.contact(house.anna, "anna@exempelbolaget.se", true).await;
    house
        .saves(house.anna, &[choice(PAYMENT, Some(old), Some(email)), choice(INVOICE, None, Some(email))])
        .await;
    let wrong = add(&house.app, house.anna, Channel::Sms, "0701740605", Some(email)).await;
    assert_eq!(broken(wrong), [("replaces".to_owned(), "other_channel")]);
    let new = add(&house.app, house.anna, Channel::Sms, "0701740605", Some(old)).await.unwrap();
    let code = house.code().await;
    let mine = house.mine(house.anna).await;
    let view = |id: ContactId| mine.contacts.iter().find(|view| view.id == id).unwrap();
    assert_eq!((view(new).replaces, view(old).used_for.len()), (Some(old), 1));
    confirm(&house.app, house.anna, new, &code).await.unwrap();
    let mine = house.mine(house.anna).await;
    assert_eq!(mine.contacts.iter().map(|view| view.id).collect::<Vec<_>>(), [new, email]);
    assert_eq!(mine.contacts[0].used_for, [kind(PAYMENT)]);
    assert_eq!(mine.version.number, 2, "who has the page open is told");
    let notices = house.notices().await;
    assert_eq!(told(&notices), [("contact.removed", vec![email.to_string().as_str()])]);
    let (_, detail) = house.trail_detail("contact_removed").await;
    assert_eq!(detail["replaced_by"], json!(new));
}

#[tokio::test]
async fn the_only_contact_point_is_told_that_it_is_to_be_replaced_before_the_code_leaves() {
    let house = House::open().await;
    let old = house.contact(house.anna, "0701740606", true).await;
    let new = add(&house.app, house.anna, Channel::Sms, "0701740605", Some(old)).await.unwrap();
    let notices = house.notices().await;
    let (before, after) = (old.to_string(), new.to_string());
    let expected = [("contact.added", vec![before.as_str()]), ("contact.code", vec![after.as_str()])];
    assert_eq!(told(&notices), expected);
    confirm(&house.app, house.anna, new, &house.code_in(&notices[1])).await.unwrap();
    assert!(house.notices().await.is_empty(), "none is left but the new one");
}

#[tokio::test]
async fn a_replacement_of_what_is_gone_is_an_addition() {
    let house = House::open().await;
    let old = house.contact(house.anna, "0701740606", true).await;
    let new = add(&house.app, house.anna, Channel::Sms, "0701740605", Some(old)).await.unwrap();
    let code = house.code().await;
    remove(&house.app, house.anna, old).await.unwrap();
    confirm(&house.app, house.anna, new, &code).await.unwrap();
    assert_eq!(house.mine(house.anna).await.contacts.len(), 1);
    assert_eq!(house.trail().await, ["contact_added", "contact_removed", "contact_confirmed"]);
}

#[tokio::test]
async fn removing_says_which_watches_lose_their_channel_and_takes_only_that() {
    let house = House::open().await;
    let sms = house.contact(house.anna, "0701740605", true).await;
    let email = house.contact(house.anna, "anna@exempelbolaget.se", true).await;
    house
        .saves(house.anna, &[choice(PAYMENT, Some(sms), Some(email)), choice(INVOICE, Some(sms), None)])
        .await;
    let losses = queries::losses(&house.app, house.anna, sms).await.unwrap();
    let loss = |name: &str, text: &str, is_last| Loss {
        kind: kind(name),
        name: text.to_owned(),
        channel: Channel::Sms,
        is_last,
    };
    assert_eq!(
        losses,
        [loss(INVOICE, "Inkommen e-faktura", true), loss(PAYMENT, "Avvisad betalning", false)]
    );
    remove(&house.app, house.anna, sms).await.unwrap();
    let mine = house.mine(house.anna).await;
    let channels: Vec<_> =
        mine.kinds.iter().filter_map(|view| view.watch.as_ref()).map(|watch| &watch.channels).collect();
    assert_eq!(channels[0], &[(Channel::Sms, None)].into());
    assert_eq!(channels[1], &[(Channel::Sms, None), (Channel::Email, Some(email))].into());
    assert_eq!(mine.version.number, 2);
    let (_, detail) = house.trail_detail("contact_removed").await;
    assert_eq!(detail["kinds"], json!([INVOICE, PAYMENT]));
    let stale = save(&house.app, house.anna, 1, &[]).await;
    assert!(matches!(stale, Err(Fault::Stale(_))), "{stale:?}");
}

#[tokio::test]
async fn nobody_touches_a_contact_point_of_another() {
    let house = House::open().await;
    let strange = house.contact(house.maja, "0701740605", false).await;
    let (app, anna) = (&house.app, house.anna);
    for outcome in [
        send_code(app, anna, strange).await,
        confirm(app, anna, strange, "123456").await,
        remove(app, anna, strange).await,
        send_test(app, anna, strange).await,
        queries::losses(app, anna, strange).await.map(drop),
    ] {
        assert!(matches!(outcome, Err(Fault::NotFound)), "{outcome:?}");
    }
    let replaced = add(app, anna, Channel::Sms, "0701740606", Some(strange)).await;
    assert_eq!(broken(replaced), [("replaces".to_owned(), "not_yours")]);
    assert_eq!(house.mine(house.maja).await.contacts.len(), 1);
}

#[tokio::test]
async fn r28_a_test_goes_to_a_confirmed_contact_point_only_and_a_limited_number_of_times() {
    let house = House::open().await;
    let sms = house.contact(house.anna, "0701740605", true).await;
    let unconfirmed = house.contact(house.anna, "anna@exempelbolaget.se", false).await;
    let refused = send_test(&house.app, house.anna, unconfirmed).await;
    assert!(matches!(refused, Err(Fault::NotConfirmed)), "{refused:?}");
    for _ in 0..5 {
        send_test(&house.app, house.anna, sms).await.unwrap();
    }
    let notices = house.notices().await;
    assert_eq!(told(&notices), vec![("watch.test", vec![sms.to_string().as_str()]); 5]);
    let sixth = send_test(&house.app, house.anna, sms).await;
    let Err(Fault::TooMany { limit: Limit::Tests, most: 5, until, .. }) = sixth else { panic!("{sixth:?}") };
    assert_eq!(until, house.now().plus(hours(1)));
    add(&house.app, house.anna, Channel::Sms, "0701740606", None).await.unwrap();
    house.clock.set(until);
    send_test(&house.app, house.anna, sms).await.unwrap();
}
