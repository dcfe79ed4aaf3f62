//! What operators use is written by their console alone, and of alerts and dead letters it changes what repairs need; on
//! PostgreSQL the grants say so.

use crate::{
    open,
    roles::{denied, inhabited, is_denied},
    world::*,
};
use bevaka_domain::{
    delivery::Delivery,
    operator::{self, Operator},
};
use bevaka_store::{
    Db, Role,
    client_tokens::{self, ClientToken},
    dead_letters, deliveries, events, operator_sessions,
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
async fn r37_the_operators_tables_are_the_consoles_alone_on_postgres() {
    let url = inhabited().await;
    let console = open(&url, Role::Operators).await;
    let mut tx = console.begin().await.unwrap();
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
        "SELECT 1 FROM figures",
        "SELECT 1 FROM channel_health",
        "SELECT 1 FROM contact_lookups",
    ];
    assert!(!all_denied(&console, &own).await);
    let lookups = ["UPDATE contact_lookups SET user_id = user_id", "DELETE FROM contact_lookups"];
    assert!(all_denied(&console, &lookups).await, "what is looked for is written by the watches service");
    for role in [Role::Agreements, Role::Watches, Role::Dispatcher] {
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
        assert!(
            all_denied(&db, &["SELECT 1 FROM injections", "DELETE FROM channel_pauses"]).await,
            "{role:?}"
        );
        let kept =
            ["UPDATE dead_letters SET state = state", "UPDATE events SET data = data", "DELETE FROM events"];
        assert!(all_denied(&db, &kept).await, "{role:?}");
        let counted = ["SELECT 1 FROM channel_pauses", "UPDATE figures SET value = value"];
        assert_eq!(all_denied(&db, &counted).await, role != Role::Dispatcher, "{role:?}");
        assert_eq!(all_denied(&db, &lookups[..1]).await, role != Role::Watches);
    }
}

#[tokio::test]
async fn r40_the_console_repairs_alerts_and_dead_letters_and_writes_nothing_else_of_the_dispatchers_on_postgres()
 {
    let console = open(&inhabited().await, Role::Operators).await;
    let mut tx = console.begin().await.unwrap();
    let alert = deliveries::find_for_update(&mut tx, id(1)).await.unwrap().unwrap();
    deliveries::save(&mut tx, std::slice::from_ref(&alert), NOW).await.unwrap();
    let other = Delivery { id: id(9), contact: id(9), ..alert };
    assert!(deliveries::insert_if_absent(&mut tx, &other, NOW).await.unwrap());
    assert!(dead_letters::find_for_update(&mut tx, id(1)).await.unwrap().is_none());
    assert!(events::find(&mut tx, id(1)).await.unwrap().is_some());
    tx.commit().await.unwrap();
    let repairs = [
        "UPDATE dead_letters SET state = state, ended_by = ended_by, mended_body = mended_body",
        "SELECT 1 FROM events, organisations, users, agreements, watches, contact_points",
    ];
    assert!(!all_denied(&console, &repairs).await);
    let others = [
        "UPDATE deliveries SET user_id = user_id",
        "UPDATE deliveries SET contact_id = contact_id",
        "UPDATE deliveries SET expires_at = expires_at",
        "DELETE FROM deliveries",
        "UPDATE dead_letters SET body = body",
        "INSERT INTO dead_letters DEFAULT VALUES",
        "DELETE FROM dead_letters",
        "UPDATE events SET data = data",
        "INSERT INTO events DEFAULT VALUES",
        "UPDATE figures SET value = value",
        "UPDATE channel_health SET cause = cause",
        "UPDATE watches SET kind = kind",
        "UPDATE contact_points SET address = address",
        "UPDATE users SET name = name",
        "SELECT 1 FROM sessions",
        "SELECT 1 FROM order_signatures",
    ];
    assert!(all_denied(&console, &others).await);
}
