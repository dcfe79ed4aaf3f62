use crate::world::*;
use bevaka_domain::ids::{ContactId, UserId};
use bevaka_store::{Db, people, watches};

crate::on_both_engines! {
    people_and_addresses_that_still_exist_are_found
}

async fn people_and_addresses_that_still_exist_are_found(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let company = company(&mut tx, 1).await;
    let user = user(&mut tx, company, 1).await;
    let sms = contact(&mut tx, user, 10, &mobile(), true).await;
    let email = contact(&mut tx, user, 11, &mailbox(), false).await;

    let users = people::users(&mut tx, [user, UserId(id(99))].into_iter()).await.unwrap();
    assert_eq!(users.into_iter().collect::<Vec<_>>(), [(user, ("user-1".to_owned(), "Kim 1".to_owned()))]);

    let companies = people::companies(&mut tx, [company, company, id(99)].into_iter()).await.unwrap();
    let named = (number(1).as_str().to_owned(), "Exempelbolaget 1".to_owned());
    assert_eq!(companies.into_iter().collect::<Vec<_>>(), [(company, named)]);

    let asked = || [sms, email, ContactId(id(99))].into_iter();
    let contacts = people::contacts(&mut tx, asked()).await.unwrap();
    assert_eq!((contacts.len(), &contacts[&sms], &contacts[&email]), (2, &mobile(), &mailbox()));
    watches::remove_contact(&mut tx, sms).await.unwrap();
    let contacts = people::contacts(&mut tx, asked()).await.unwrap();
    assert_eq!(contacts.into_keys().collect::<Vec<_>>(), [email]);
}
