use crate::world::*;
use bevaka_domain::operator::{Operator, Role};
use bevaka_store::{
    Db,
    operator_sessions::{self, OperatorSession},
};

crate::on_both_engines! {
    r44_an_operators_session_comes_back_by_its_hash_until_it_ends
    r44_its_use_is_noted_forwards_alone_and_the_unused_are_forgotten
}

fn operator() -> Operator {
    Operator {
        person: "karin.ek".to_owned(),
        client: None,
        name: "Karin Ek".to_owned(),
        roles: [Role::Operator, Role::Viewer].into(),
    }
}

async fn r44_an_operators_session_comes_back_by_its_hash_until_it_ends(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    for hash in [b"one", b"two"] {
        operator_sessions::insert(&mut tx, hash, &operator(), NOW).await.unwrap();
    }
    let session = Some(OperatorSession { operator: operator(), created_at: NOW, last_used_at: NOW });
    assert_eq!(operator_sessions::find(&mut tx, b"one").await.unwrap(), session);
    assert_eq!(operator_sessions::find(&mut tx, b"three").await.unwrap(), None);
    operator_sessions::delete(&mut tx, b"one").await.unwrap();
    assert_eq!(operator_sessions::find(&mut tx, b"one").await.unwrap(), None);
    assert_eq!(operator_sessions::find(&mut tx, b"two").await.unwrap(), session);
}

async fn r44_its_use_is_noted_forwards_alone_and_the_unused_are_forgotten(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    for hash in [b"one", b"two"] {
        operator_sessions::insert(&mut tx, hash, &operator(), NOW).await.unwrap();
    }
    operator_sessions::touch(&mut tx, b"one", after(10)).await.unwrap();
    operator_sessions::touch(&mut tx, b"one", after(5)).await.unwrap();
    let used = operator_sessions::find(&mut tx, b"one").await.unwrap().unwrap();
    assert_eq!((used.created_at, used.last_used_at), (NOW, after(10)));
    assert_eq!(operator_sessions::delete_unused_since(&mut tx, NOW).await.unwrap(), 0);
    assert_eq!(operator_sessions::delete_unused_since(&mut tx, after(10)).await.unwrap(), 1);
    assert!(operator_sessions::find(&mut tx, b"one").await.unwrap().is_some());
    assert!(operator_sessions::find(&mut tx, b"two").await.unwrap().is_none());
}
