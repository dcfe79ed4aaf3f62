use crate::world::*;
use bevaka_domain::{
    contact::{Address, ContactPoint},
    ids::{ContactId, UserId},
    watch::Channel,
};
use bevaka_store::{
    Db, Tx,
    contact_codes::{self, Code},
    contacts::{self, Stored},
    sendings::{self, Sent},
    watch_sets, watches,
};

crate::on_both_engines! {
    contact_points_come_back_numbers_first_and_an_address_is_there_once
    a_contact_point_is_confirmed_once_and_takes_the_watches_of_another
    r28_of_two_wrong_answers_at_once_both_count
    r28_a_new_code_replaces_the_old_one_and_goes_with_its_contact_point
    sendings_are_counted_by_user_and_by_address_each_of_its_sort
    two_users_who_send_to_one_address_at_once_see_each_other
}

fn new(user: UserId, n: u128, address: Address, replaces: Option<ContactId>) -> Stored {
    let point = ContactPoint { id: id(n), user, address, verified_at: None };
    Stored { point, replaces, created_at: NOW }
}

async fn kim(tx: &mut Tx) -> UserId {
    let organisation = company(tx, 1).await;
    user(tx, organisation, 1).await
}

async fn contact_points_come_back_numbers_first_and_an_address_is_there_once(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let user = kim(&mut tx).await;
    let email = new(user, 10, mailbox(), None);
    let sms = new(user, 11, mobile(), None);
    let other = Address::parse(Channel::Sms, "+46701740606").unwrap();
    let second = new(user, 12, other, Some(id(11)));
    for contact in [&email, &sms, &second] {
        contacts::add(&mut tx, contact).await.unwrap();
    }
    assert_eq!(contacts::of(&mut tx, user).await.unwrap(), [sms, second, email]);
    assert_eq!(contacts::of(&mut tx, id(2)).await.unwrap(), []);
    assert!(contacts::add(&mut tx, &new(user, 13, mobile(), None)).await.is_err());
}

async fn a_contact_point_is_confirmed_once_and_takes_the_watches_of_another(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let user = kim(&mut tx).await;
    let old = contact(&mut tx, user, 10, &mobile(), true).await;
    let email = contact(&mut tx, user, 11, &mailbox(), true).await;
    watch(&mut tx, user, rejected(), &[(Channel::Sms, old), (Channel::Email, email)]).await;
    let address = Address::parse(Channel::Sms, "+46701740606").unwrap();
    contacts::add(&mut tx, &new(user, 12, address, Some(old))).await.unwrap();
    assert!(contacts::confirm(&mut tx, id(12), after(1)).await.unwrap());
    assert!(!contacts::confirm(&mut tx, id(12), after(2)).await.unwrap());
    assert_eq!(contacts::move_watches(&mut tx, old, id(12), after(1)).await.unwrap(), 1);
    watches::remove_contact(&mut tx, old).await.unwrap();
    let watch = &watch_sets::of(&mut tx, user).await.unwrap()[0];
    assert_eq!(watch.channels, [(Channel::Sms, Some(id(12))), (Channel::Email, Some(email))].into());
    let confirmed = contacts::of(&mut tx, user).await.unwrap();
    assert_eq!((confirmed[0].point.verified_at, confirmed[0].replaces), (Some(after(1)), None));
}

fn code(n: u128, tries_left: u32) -> Code {
    Code { id: id(n), hash: vec![1, 2], sent_at: NOW, expires_at: after(1_800), tries_left }
}

async fn r28_of_two_wrong_answers_at_once_both_count(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let user = kim(&mut tx).await;
    contacts::add(&mut tx, &new(user, 10, mobile(), None)).await.unwrap();
    contact_codes::put(&mut tx, id(10), &code(1, 3)).await.unwrap();
    tx.commit().await.unwrap();
    let wrong = async || {
        let mut tx = db.begin().await.unwrap();
        let left = contact_codes::take_try(&mut tx, id(10), id(1)).await.unwrap();
        tx.commit().await.unwrap();
        left
    };
    let (a, b, c, d) = tokio::join!(wrong(), wrong(), wrong(), wrong());
    let mut left = [a, b, c, d];
    left.sort_unstable();
    assert_eq!(left, [None, Some(0), Some(1), Some(2)]);
}

async fn r28_a_new_code_replaces_the_old_one_and_goes_with_its_contact_point(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let user = kim(&mut tx).await;
    contacts::add(&mut tx, &new(user, 10, mobile(), None)).await.unwrap();
    assert_eq!(contact_codes::find(&mut tx, id(10)).await.unwrap(), None);
    contact_codes::put(&mut tx, id(10), &code(1, 5)).await.unwrap();
    contact_codes::put(&mut tx, id(10), &code(2, 5)).await.unwrap();
    assert_eq!(contact_codes::take_try(&mut tx, id(10), id(1)).await.unwrap(), None, "of the old one");
    assert_eq!(contact_codes::find(&mut tx, id(10)).await.unwrap(), Some(code(2, 5)));
    assert_eq!(contact_codes::of(&mut tx, user).await.unwrap(), [(id(10), code(2, 5))].into());
    contact_codes::forget(&mut tx, id(10)).await.unwrap();
    assert_eq!(contact_codes::find(&mut tx, id(10)).await.unwrap(), None);
    contact_codes::put(&mut tx, id(10), &code(3, 5)).await.unwrap();
    watches::remove_contact(&mut tx, id(10)).await.unwrap();
    assert_eq!(contact_codes::find(&mut tx, id(10)).await.unwrap(), None);
}

async fn sendings_are_counted_by_user_and_by_address_each_of_its_sort(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let organisation = company(&mut tx, 1).await;
    let (kim, mio) = (user(&mut tx, organisation, 1).await, user(&mut tx, organisation, 2).await);
    for (n, user, address, what, at) in [
        (1, kim, b"a", Sent::Code, after(3)),
        (2, kim, b"b", Sent::Code, after(1)),
        (3, kim, b"a", Sent::Test, after(2)),
        (4, mio, b"a", Sent::Code, after(4)),
    ] {
        sendings::record(&mut tx, id(n), user, address, what, at).await.unwrap();
    }
    assert_eq!(sendings::by_user(&mut tx, kim, Sent::Code, NOW).await.unwrap(), [after(1), after(3)]);
    assert_eq!(sendings::by_user(&mut tx, kim, Sent::Code, after(1)).await.unwrap(), [after(3)]);
    assert_eq!(sendings::by_user(&mut tx, kim, Sent::Test, NOW).await.unwrap(), [after(2)]);
    assert_eq!(sendings::to_address(&mut tx, b"a", Sent::Code, NOW).await.unwrap(), [after(3), after(4)]);
    sendings::forget(&mut tx, kim, after(2)).await.unwrap();
    assert_eq!(sendings::by_user(&mut tx, kim, Sent::Code, NOW).await.unwrap(), [after(3)]);
    assert_eq!(sendings::by_user(&mut tx, kim, Sent::Test, NOW).await.unwrap(), []);
}

async fn two_users_who_send_to_one_address_at_once_see_each_other(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let organisation = company(&mut tx, 1).await;
    let users = [user(&mut tx, organisation, 1).await, user(&mut tx, organisation, 2).await];
    tx.commit().await.unwrap();
    let send = async |n: u128, user| {
        let mut tx = db.begin().await.unwrap();
        let before = sendings::to_address(&mut tx, b"address", Sent::Code, NOW).await.unwrap();
        sendings::record(&mut tx, id(n), user, b"address", Sent::Code, after(1)).await.unwrap();
        tx.commit().await.unwrap();
        before.len()
    };
    let (one, other) = tokio::join!(send(1, users[0]), send(2, users[1]));
    assert_eq!(one + other, 1, "one saw none, the other saw that one");
}
