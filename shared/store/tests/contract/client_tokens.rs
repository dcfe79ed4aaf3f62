use crate::world::*;
use bevaka_domain::operator::Role;
use bevaka_store::{
    Db,
    client_tokens::{self, ClientToken},
};
use uuid::Uuid;

crate::on_both_engines! {
    a_token_comes_back_by_its_hash_whether_it_counts_or_not
    two_tokens_that_count_never_have_one_name
    the_newest_tokens_are_listed_first
}

fn token(n: u128, name: &str) -> ClientToken {
    ClientToken {
        id: id(n),
        name: name.to_owned(),
        owner: "karin.ek".to_owned(),
        roles: [Role::Auditor, Role::Operator].into(),
        created_at: NOW,
        expires_at: after(60),
        revoked_at: None,
    }
}

async fn a_token_comes_back_by_its_hash_whether_it_counts_or_not(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let stored = token(1, "nightly");
    client_tokens::insert(&mut tx, &stored, b"one").await.unwrap();
    assert_eq!(client_tokens::find(&mut tx, b"two").await.unwrap(), None);
    let found = client_tokens::find(&mut tx, b"one").await.unwrap().unwrap();
    assert_eq!(found, stored);
    let operator = found.clone().operator(after(59)).unwrap();
    assert_eq!((operator.person.as_str(), operator.client.as_deref()), ("karin.ek", Some("nightly")));
    assert_eq!(operator.roles, stored.roles);
    assert_eq!(found.operator(after(60)), None);

    assert_eq!(client_tokens::named(&mut tx, "nightly").await.unwrap(), Some(stored));
    assert_eq!(client_tokens::revoke(&mut tx, "nightly", after(5)).await.unwrap(), Some(id(1)));
    assert_eq!(client_tokens::revoke(&mut tx, "nightly", after(6)).await.unwrap(), None);
    assert_eq!(client_tokens::named(&mut tx, "nightly").await.unwrap(), None);
    let revoked = client_tokens::find(&mut tx, b"one").await.unwrap().unwrap();
    assert_eq!(revoked.revoked_at, Some(after(5)));
    assert_eq!(revoked.operator(NOW), None);
}

async fn two_tokens_that_count_never_have_one_name(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    client_tokens::insert(&mut tx, &token(1, "nightly"), b"one").await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = db.begin().await.unwrap();
    assert!(client_tokens::insert(&mut tx, &token(2, "nightly"), b"two").await.is_err());
    drop(tx);
    let mut tx = db.begin().await.unwrap();
    assert!(client_tokens::insert(&mut tx, &token(2, "daily"), b"one").await.is_err(), "the same token");
    drop(tx);
    let mut tx = db.begin().await.unwrap();
    client_tokens::revoke(&mut tx, "nightly", NOW).await.unwrap();
    client_tokens::insert(&mut tx, &token(2, "nightly"), b"two").await.unwrap();
    assert_eq!(client_tokens::named(&mut tx, "nightly").await.unwrap().unwrap().id, id::<Uuid>(2));
}

async fn the_newest_tokens_are_listed_first(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    for (n, name) in [(1, "a"), (2, "b"), (3, "c")] {
        client_tokens::insert(&mut tx, &token(n, name), name.as_bytes()).await.unwrap();
    }
    client_tokens::revoke(&mut tx, "b", NOW).await.unwrap();
    let listed = client_tokens::list(&mut tx, 2).await.unwrap();
    let names: Vec<_> = listed.iter().map(|token| (token.name.as_str(), token.revoked_at)).collect();
    assert_eq!(names, [("c", None), ("b", Some(NOW))]);
}
