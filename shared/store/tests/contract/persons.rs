use crate::world::*;
use bevaka_domain::{signing::Mandate, user::UserState};
use bevaka_store::{
    Db, agreements,
    by_key::{self, Signing},
    members,
    persons::{self, Person, Token},
};
use std::collections::BTreeSet;

crate::on_both_engines! {
    a_person_is_found_by_the_hash_and_is_one_whoever_brings_them
    memberships_are_told_by_company_with_the_state_in_each
    a_token_keeps_its_tries_and_its_lock_when_its_key_is_replaced
    who_a_user_is_comes_back_by_the_user
}

async fn a_person_is_found_by_the_hash_and_is_one_whoever_brings_them(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let first = Person { id: id(1), number_sealed: vec![0, 1, 255], name: "Kim".to_owned() };
    let again = Person { id: id(2), number_sealed: vec![9], name: "Kim Ek".to_owned() };
    assert_eq!(persons::upsert_person(&mut tx, &first, b"hash", NOW).await.unwrap(), first.id);
    assert_eq!(persons::upsert_person(&mut tx, &again, b"hash", NOW).await.unwrap(), first.id);
    let stored = Person { name: "Kim Ek".to_owned(), ..first };
    assert_eq!(persons::by_number(&mut tx, b"hash").await.unwrap(), Some(stored.clone()));
    assert_eq!(persons::by_id(&mut tx, stored.id).await.unwrap(), Some(stored));
    assert_eq!(persons::by_number(&mut tx, b"hash2").await.unwrap(), None);
    assert_eq!(persons::by_id(&mut tx, id(2)).await.unwrap(), None);
}

async fn memberships_are_told_by_company_with_the_state_in_each(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let kim = person(&mut tx, 1).await;
    for n in [2, 1] {
        let organisation = company(&mut tx, n).await;
        let user = user(&mut tx, organisation, n.into()).await;
        persons::link_user(&mut tx, user, Some(kim), None, &BTreeSet::new(), &BTreeSet::new()).await.unwrap();
    }
    agreements::set_user_state(&mut tx, id(2), UserState::Blocked).await.unwrap();
    let of = persons::memberships(&mut tx, kim).await.unwrap();
    let told: Vec<_> = of.iter().map(|at| (at.organisation.name.as_str(), at.user, at.state)).collect();
    assert_eq!(
        told,
        [("Exempelbolaget 1", id(1), UserState::Active), ("Exempelbolaget 2", id(2), UserState::Blocked)]
    );
}

async fn a_token_keeps_its_tries_and_its_lock_when_its_key_is_replaced(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let (kim, robin) = (person(&mut tx, 1).await, person(&mut tx, 2).await);
    for serial in ["2", "1"] {
        persons::upsert_token(&mut tx, serial, kim, b"key").await.unwrap();
    }
    let tokens = persons::tokens_of(&mut tx, kim).await.unwrap();
    assert_eq!(tokens.iter().map(|token| token.serial.as_str()).collect::<Vec<_>>(), ["1", "2"]);
    let locked = Token { failed_tries: 5, locked_at: Some(NOW), ..tokens[0].clone() };
    persons::save_token(&mut tx, &locked).await.unwrap();
    persons::upsert_token(&mut tx, "1", robin, b"another").await.unwrap();
    let expected = Token { key_sealed: b"another".to_vec(), ..locked };
    assert_eq!(persons::tokens_of(&mut tx, robin).await.unwrap(), [expected]);
    assert_eq!(persons::tokens_of(&mut tx, kim).await.unwrap(), tokens[1..]);
}

async fn who_a_user_is_comes_back_by_the_user(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let organisation = company(&mut tx, 1).await;
    let user = user(&mut tx, organisation, 1).await;
    assert_eq!(by_key::signing(&mut tx, user).await.unwrap(), Signing::default());
    let kim = person(&mut tx, 1).await;
    let signing = Signing {
        person: Some(kim),
        mandate: Some(Mandate::Alone),
        groups: ["A".to_owned()].into(),
        ..Signing::default()
    };
    persons::link_user(&mut tx, user, signing.person, signing.mandate, &signing.roles, &signing.groups)
        .await
        .unwrap();
    assert_eq!(by_key::signing(&mut tx, user).await.unwrap(), signing);
    assert!(!by_key::is_removed(&mut tx, organisation, "user-1").await.unwrap());
    members::remove(&mut tx, user, NOW).await.unwrap();
    assert!(by_key::is_removed(&mut tx, organisation, "user-1").await.unwrap());
    assert!(!by_key::is_removed(&mut tx, organisation, "user-2").await.unwrap());
}
