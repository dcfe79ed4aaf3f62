//! What operators use is written by the dispatcher alone; on PostgreSQL the grants say so.

use crate::{
    open,
    roles::{denied, inhabited, is_denied},
    world::*,
};
use bevaka_domain::operator::{self, Operator};
use bevaka_store::{
    Db, Role,
    client_tokens::{self, ClientToken},
    operator_sessions,
};

/// Whether each statement is denied; `true` for all, `false` for none of them.
async fn all_denied(db: &Db, statements: &[&'static str]) -> bool {
    let Db::Pg(pool) = db else { panic!("not PostgreSQL") };
    let mut denied = Vec::new();
    for statement in statements {
        let done = sqlx::query(*statement).execute(pool).await;
        denied.push(done.map_or_else(|fault| is_denied::<()>(Err(fault.into())), |_| false));
    }
    assert!(
        denied.iter().all(|is| *is == denied[0]),
        "{:?}",
        statements.iter().zip(denied).collect::<Vec<_>>()
    );
    denied[0]
}

#[tokio::test]
async fn r37_the_operators_tables_are_the_dispatchers_alone_on_postgres() {
    let url = inhabited().await;
    let dispatcher = open(&url, Role::Dispatcher).await;
    let mut tx = dispatcher.begin().await.unwrap();
    let karin = Operator {
        person: "karin.ek".to_owned(),
        client: None,
        name: "Karin Ek".to_owned(),
        roles: operator::Role::ALL.into(),
    };
    operator_sessions::insert(&mut tx, b"one", &karin, NOW).await.unwrap();
    operator_sessions::touch(&mut tx, b"one", after(1)).await.unwrap();
    operator_sessions::delete(&mut tx, b"one").await.unwrap();
    let token = ClientToken {
        id: id(1),
        name: "nightly".to_owned(),
        owner: "karin.ek".to_owned(),
        roles: operator::Role::ALL.into(),
        created_at: NOW,
        expires_at: after(1),
        revoked_at: None,
    };
    client_tokens::insert(&mut tx, &token, b"one").await.unwrap();
    client_tokens::revoke(&mut tx, "nightly", NOW).await.unwrap();
    tx.commit().await.unwrap();
    let own = [
        "UPDATE injections SET state = state",
        "DELETE FROM injections",
        "UPDATE channel_pauses SET paused_by = paused_by",
        "DELETE FROM channel_pauses",
        "UPDATE figures SET value = value",
        "DELETE FROM figures",
        "SELECT 1 FROM contact_lookups",
    ];
    assert!(!all_denied(&dispatcher, &own).await);
    let lookups = ["UPDATE contact_lookups SET user_id = user_id", "DELETE FROM contact_lookups"];
    assert!(all_denied(&dispatcher, &lookups).await, "what is looked for is written by the watches service");
    for role in [Role::Agreements, Role::Watches] {
        let db = open(&url, role).await;
        let denied = denied!(
            db,
            async |tx| client_tokens::find(tx, b"one").await,
            async |tx| client_tokens::insert(tx, &token, b"two").await,
            async |tx| client_tokens::revoke(tx, "nightly", NOW).await,
            async |tx| operator_sessions::find(tx, b"one").await,
            async |tx| operator_sessions::insert(tx, b"two", &karin, NOW).await,
            async |tx| operator_sessions::delete(tx, b"one").await,
        );
        assert_eq!(denied, [true; 6], "{role:?}");
        let others = ["SELECT 1 FROM injections", "SELECT 1 FROM channel_pauses", "SELECT 1 FROM figures"];
        assert!(all_denied(&db, &others).await, "{role:?}");
        assert_eq!(all_denied(&db, &lookups[..1]).await, matches!(role, Role::Agreements));
    }
}
