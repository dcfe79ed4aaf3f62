use crate::world::*;
use bevaka_domain::{agreement::HeldThrough, signing::Method};
use bevaka_store::{
    Db,
    sessions::{self, Session},
};

crate::on_both_engines! {
    r44_a_session_comes_back_by_its_hash_until_it_ends
    r44_use_is_noted_forwards_alone_and_the_unused_are_forgotten
}

fn session(user: Option<u128>) -> Session {
    Session {
        person: id(1),
        user: user.map(id),
        channel: HeldThrough::Private,
        method: Method::OnCard,
        created_at: NOW,
        last_used_at: NOW,
    }
}

async fn r44_a_session_comes_back_by_its_hash_until_it_ends(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    person(&mut tx, 1).await;
    let organisation = company(&mut tx, 1).await;
    let user = user(&mut tx, organisation, 1).await;
    sessions::insert(&mut tx, b"one", &session(None)).await.unwrap();
    sessions::insert(&mut tx, b"two", &session(Some(1))).await.unwrap();
    assert!(sessions::find(&mut tx, b"three").await.unwrap().is_none());
    assert_eq!(sessions::find(&mut tx, b"one").await.unwrap(), Some(session(None)));
    sessions::choose(&mut tx, b"one", user).await.unwrap();
    assert_eq!(sessions::find(&mut tx, b"one").await.unwrap(), Some(session(Some(1))));
    sessions::delete(&mut tx, b"one").await.unwrap();
    assert_eq!(sessions::find(&mut tx, b"one").await.unwrap(), None);
    assert_eq!(sessions::find(&mut tx, b"two").await.unwrap(), Some(session(Some(1))));
}

async fn r44_use_is_noted_forwards_alone_and_the_unused_are_forgotten(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    person(&mut tx, 1).await;
    for hash in [b"one", b"two"] {
        sessions::insert(&mut tx, hash, &session(None)).await.unwrap();
    }
    sessions::touch(&mut tx, b"one", after(10)).await.unwrap();
    sessions::touch(&mut tx, b"one", after(5)).await.unwrap();
    assert_eq!(sessions::find(&mut tx, b"one").await.unwrap().unwrap().last_used_at, after(10));
    assert_eq!(sessions::delete_unused_since(&mut tx, NOW).await.unwrap(), 0);
    assert_eq!(sessions::delete_unused_since(&mut tx, after(10)).await.unwrap(), 1);
    assert!(sessions::find(&mut tx, b"one").await.unwrap().is_some());
    assert!(sessions::find(&mut tx, b"two").await.unwrap().is_none());
}
