//! Each table is written by one service; on PostgreSQL the grants say so.

use crate::{open, world::*};
use bevaka_domain::{
    agreement::HeldThrough,
    language::Language,
    signing::{Content, Mandate, Method, Order, OrderState, Signature},
    trail::{Action, Actor, Entry, Writer},
    user::{Permission, UserState},
    watch::Channel,
};
use bevaka_store::{
    Db, Role, StoreError, Tx, agreements, attempts,
    contact_codes::{self, Code},
    coverage, dead_letters,
    dead_letters::DeadLetter,
    deliveries, events, members, orders, outbox, persons, queue,
    sendings::{self, Sent},
    sessions::{self, Session},
    standing, trail, watch_sets, watches,
};
use std::collections::HashSet;

/// The code of "permission denied".
const DENIED: &str = "42501";

/// A company with a watching user, whom event 1 has told by alert 1.
pub(crate) async fn inhabited() -> String {
    let url = bevaka_rig::postgres_database("roles");
    let owner = open(&url, Role::Owner).await;
    owner.migrate().await.unwrap();
    let mut tx = owner.begin().await.unwrap();
    let company = company(&mut tx, 1).await;
    let user = user(&mut tx, company, 1).await;
    agreement(&mut tx, company, &["payment.rejected"]).await;
    let sms = contact(&mut tx, user, 10, &mobile(), true).await;
    watch(&mut tx, user, rejected(), &[(Channel::Sms, sms)]).await;
    let person = person(&mut tx, 1).await;
    let session = Session {
        person,
        user: Some(user),
        channel: HeldThrough::Corporate,
        method: Method::Mobile,
        created_at: NOW,
        last_used_at: NOW,
    };
    sessions::insert(&mut tx, b"one", &session).await.unwrap();
    events::record(&mut tx, &[event(1)], &[], NOW).await.unwrap();
    insert_alerts(&mut tx, &[alert(1, id(1), NOW)], NOW).await.unwrap();
    tx.commit().await.unwrap();
    owner.close().await;
    url
}

pub(crate) fn is_denied<T>(outcome: Result<T, StoreError>) -> bool {
    match outcome {
        Err(StoreError::Database(sqlx::Error::Database(fault))) => fault.code().as_deref() == Some(DENIED),
        _ => false,
    }
}

/// Gives whether each statement is denied to the role, each in a transaction of its own.
macro_rules! denied {
    ($db:expr, $($call:expr),+ $(,)?) => {
        [$({
            let mut tx = $db.begin().await.unwrap();
            is_denied($call(&mut tx).await)
        }),+]
    };
}

pub(crate) use denied;

async fn works_with_the_bus(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    queue::publish(&mut tx, "a", "1", b"", None, NOW).await.unwrap();
    let read = queue::read(&mut tx, "a", NOW, after(60), 1).await.unwrap();
    queue::remove(&mut tx, &[read[0].id]).await.unwrap();
}

/// Its own rows of the outbox and its own chain, and no other's.
async fn writes_its_own_of_what_all_write(db: &Db, own: Writer) {
    let entry = Entry {
        at: NOW,
        actor: Actor::System,
        action: Action::UserExpired,
        organisation: None,
        subject: String::new(),
        detail: serde_json::Value::Null,
    };
    let mut tx = db.begin().await.unwrap();
    outbox::add(&mut tx, own, id(1), b"", NOW).await.unwrap();
    let claimed = outbox::claim(&mut tx, own, NOW, after(60), 10).await.unwrap();
    assert_eq!(claimed.len(), 1);
    outbox::remove(&mut tx, &claimed).await.unwrap();
    let head = trail::append(&mut tx, own, &entry).await.unwrap();
    assert_eq!(trail::heads(&mut tx).await.unwrap().len(), 3, "everybody may check every chain");
    assert!(trail::verify(&mut tx, head, &[], |_| {}).await.unwrap().is_ok());
    tx.commit().await.unwrap();
    for other in Writer::ALL.into_iter().filter(|writer| *writer != own) {
        let mut tx = db.begin().await.unwrap();
        assert!(is_denied(outbox::add(&mut tx, other, id(2), b"", NOW).await), "{own} for {other}");
        let mut tx = db.begin().await.unwrap();
        assert!(trail::append(&mut tx, other, &entry).await.is_err(), "{own} for {other}");
        drop(tx);
        let Db::Pg(pool) = db else { panic!("not PostgreSQL") };
        let forged =
            sqlx::query("INSERT INTO trail SELECT $1, 9, at, actor, action, NULL, '', '', '', '' FROM trail")
                .bind(other.as_str())
                .execute(pool)
                .await;
        assert!(is_denied(forged.map_err(StoreError::from)), "{own} for {other}");
    }
    let Db::Pg(pool) = db else { panic!("not PostgreSQL") };
    for statement in
        ["UPDATE trail SET actor = 'x'", "DELETE FROM trail", "TRUNCATE trail", "DELETE FROM trail_heads"]
    {
        let done = sqlx::query(statement).execute(pool).await;
        assert!(is_denied(done.map_err(StoreError::from)), "{own}: {statement}");
    }
}

#[tokio::test]
async fn the_dispatcher_reads_everything_and_writes_only_its_own_on_postgres() {
    let db = open(&inhabited().await, Role::Dispatcher).await;
    let mut tx = db.begin().await.unwrap();
    let asked = HashSet::from([(number(1), rejected())]);
    assert_eq!(standing::load(&mut tx, &asked).await.unwrap().len(), 1);
    events::record(&mut tx, &[event(2)], &[], NOW).await.unwrap();
    insert_alerts(&mut tx, &[alert(2, id(2), NOW)], NOW).await.unwrap();
    let due = deliveries::due(&mut tx, Channel::Sms, NOW, 10).await.unwrap();
    deliveries::save(&mut tx, &due[..1], NOW).await.unwrap();
    deliveries::free_leases(&mut tx, NOW).await.unwrap();
    let letter = DeadLetter {
        id: id(1),
        message_id: String::new(),
        reason: String::new(),
        detail: String::new(),
        body: vec![],
        received_at: NOW,
    };
    dead_letters::insert(&mut tx, &letter).await.unwrap();
    tx.commit().await.unwrap();
    works_with_the_bus(&db).await;

    let denied = denied!(
        db,
        // It publishes nothing of its own and changes nothing that the trail tells.
        async |tx| outbox::add(tx, Writer::Operators, id(1), b"", NOW).await,
        async |tx| trail::heads(tx).await,
    );
    assert_eq!(denied, [true; 2]);
    let denied = denied!(
        db,
        async |tx| watches::remove_watch(tx, id(1), &rejected()).await,
        async |tx| watches::remove_contact(tx, id(10)).await,
        async |tx| watches::upsert_contact(tx, id(11), id(1), &mailbox(), None, NOW).await,
        async |tx| agreements::set_user_state(tx, id(1), UserState::Blocked).await,
        async |tx| agreements::set_permissions(tx, id(1), &[Permission::ManageWatches], NOW).await,
        async |tx| agreements::end(tx, id(1), NOW).await,
    );
    assert_eq!(denied, [true; 6]);
    assert!(knows_nothing_of_signing(&db).await);
    let denied = denied!(
        db,
        async |tx| members::clauses(tx, id(1)).await,
        async |tx| sessions::find(tx, b"one").await,
        async |tx| sessions::touch(tx, b"one", after(1)).await,
    );
    assert_eq!(denied, [true; 3]);
}

#[tokio::test]
async fn the_watches_service_reads_alerts_and_writes_only_its_own_on_postgres() {
    let db = open(&inhabited().await, Role::Watches).await;
    let mut tx = db.begin().await.unwrap();
    let email = contact(&mut tx, id(1), 11, &mailbox(), true).await;
    watch(&mut tx, id(1), rejected(), &[(Channel::Email, email)]).await;
    watches::remove_contact(&mut tx, email).await.unwrap();
    watches::remove_watch(&mut tx, id(1), &rejected()).await.unwrap();
    let organisation = agreements::find_organisation(&mut tx, &number(1)).await.unwrap().unwrap();
    watch_sets::lock(&mut tx, id(1), NOW).await.unwrap();
    watch_sets::grow(&mut tx, id(1), NOW).await.unwrap();
    let code = Code { id: id(1), hash: vec![1], sent_at: NOW, expires_at: after(1), tries_left: 5 };
    contact_codes::put(&mut tx, id(10), &code).await.unwrap();
    assert_eq!(contact_codes::take_try(&mut tx, id(10), id(1)).await.unwrap(), Some(4));
    contact_codes::forget(&mut tx, id(10)).await.unwrap();
    sendings::record(&mut tx, id(1), id(1), b"address", Sent::Code, NOW).await.unwrap();
    sendings::forget(&mut tx, id(1), NOW).await.unwrap();
    coverage::add_review(&mut tx, id(1), organisation, id(1), NOW).await.unwrap();
    assert!(coverage::last_review(&mut tx, organisation).await.unwrap().is_some());
    assert_eq!(members::organisation_of(&mut tx, id(1)).await.unwrap(), Some(organisation));
    members::authority(&mut tx, organisation, &[]).await.unwrap();
    assert!(deliveries::find(&mut tx, id(1)).await.unwrap().is_some());
    assert!(events::find(&mut tx, id(1)).await.unwrap().is_some());
    drop(tx);
    works_with_the_bus(&db).await;
    writes_its_own_of_what_all_write(&db, Writer::Watches).await;

    let alert = &alert(1, id(1), NOW);
    let denied = denied!(
        db,
        async |tx| deliveries::save(tx, std::slice::from_ref(alert), NOW).await,
        async |tx| insert_alerts(tx, std::slice::from_ref(alert), NOW).await,
        async |tx| deliveries::free_leases(tx, NOW).await,
        async |tx| events::record(tx, &[event(2)], &[], NOW).await,
        async |tx| dead_letters::latest(tx, 1).await,
        async |tx| agreements::set_user_state(tx, id(1), UserState::Blocked).await,
    );
    assert_eq!(denied, [true; 6]);
}

#[tokio::test]
async fn the_watches_service_notes_that_a_session_is_used_and_nothing_else_of_it_on_postgres() {
    let db = open(&inhabited().await, Role::Watches).await;
    let mut tx = db.begin().await.unwrap();
    sessions::touch(&mut tx, b"one", after(1)).await.unwrap();
    let session = sessions::find(&mut tx, b"one").await.unwrap().unwrap();
    assert_eq!(session.last_used_at, after(1));
    assert!(reads_whose_page_it_is(&mut tx, &session).await);
    tx.commit().await.unwrap();
    let denied = denied!(
        db,
        async |tx| sessions::insert(tx, b"two", &session).await,
        async |tx| sessions::choose(tx, b"one", id(1)).await,
        async |tx| sessions::delete(tx, b"one").await,
        async |tx| sessions::delete_unused_since(tx, after(9)).await,
    );
    assert_eq!(denied, [true; 4]);
    assert!(knows_nothing_of_signing(&db).await);
}

/// Everything that a page says of the person signed in and of the company.
async fn reads_whose_page_it_is(tx: &mut Tx, session: &Session) -> bool {
    assert_eq!(persons::name_of(tx, session.person).await.unwrap().as_deref(), Some("Kim 1"));
    persons::memberships(tx, session.person).await.unwrap();
    let organisation = id(1);
    members::organisation(tx, organisation).await.unwrap();
    let members = members::of(tx, organisation).await.unwrap();
    members::authority(tx, organisation, &members).await.unwrap();
    agreements::ever(tx, organisation).await.unwrap()
}

/// Neither reads nor writes persons, orders, tokens and attempts, and links no user.
async fn knows_nothing_of_signing(db: &Db) -> bool {
    let denied = denied!(
        db,
        async |tx| persons::by_id(tx, id(1)).await,
        async |tx| persons::tokens_of(tx, id(1)).await,
        async |tx| persons::upsert_token(tx, "1", id(1), b"key").await,
        async |tx| persons::set_mandate(tx, id(1), Some(Mandate::Alone)).await,
        async |tx| members::set_clauses(tx, id(1), &[], NOW).await,
        async |tx| members::remove(tx, id(1), NOW).await,
        async |tx| members::set_language(tx, id(1), Language::English).await,
        async |tx| orders::find(tx, id(1)).await,
        async |tx| orders::evidence(tx, id(1)).await,
        async |tx| attempts::find(tx, id(1)).await,
        async |tx| attempts::delete_over(tx, NOW).await,
    );
    denied.iter().all(|denied| *denied)
}

#[tokio::test]
async fn the_agreements_service_writes_only_its_own_on_postgres() {
    let db = open(&inhabited().await, Role::Agreements).await;
    let mut tx = db.begin().await.unwrap();
    let organisation = company(&mut tx, 2).await;
    let user = user(&mut tx, organisation, 2).await;
    agreement(&mut tx, organisation, &["payment.rejected"]).await;
    agreements::set_permissions(&mut tx, user, &[], NOW).await.unwrap();
    assert!(agreements::end(&mut tx, organisation, NOW).await.unwrap());
    let kim = person(&mut tx, 2).await;
    persons::upsert_token(&mut tx, "1", kim, b"key").await.unwrap();
    persons::set_mandate(&mut tx, user, Some(Mandate::Alone)).await.unwrap();
    members::set_clauses(&mut tx, organisation, &[], NOW).await.unwrap();
    assert!(members::remove(&mut tx, user, NOW).await.unwrap());
    assert!(orders::open(&mut tx, organisation).await.unwrap().is_empty());
    assert_eq!(attempts::delete_over(&mut tx, NOW).await.unwrap(), 0);
    sessions::delete(&mut tx, b"one").await.unwrap();
    assert_eq!(watches::find_contact(&mut tx, id(1), &mobile()).await.unwrap(), Some(id(10)));
    drop(tx);
    works_with_the_bus(&db).await;
    writes_its_own_of_what_all_write(&db, Writer::Agreements).await;

    let denied = denied!(
        db,
        async |tx| watches::remove_watch(tx, id(1), &rejected()).await,
        async |tx| watches::remove_contact(tx, id(10)).await,
        async |tx| deliveries::find(tx, id(1)).await,
        async |tx| deliveries::free_leases(tx, NOW).await,
        async |tx| events::latest(tx, 1).await,
    );
    assert_eq!(denied, [true; 5]);
}

#[tokio::test]
async fn r10_the_agreements_service_adds_signatures_and_changes_no_signed_order_on_postgres() {
    let db = open(&inhabited().await, Role::Agreements).await;
    let mut order = Order {
        id: id(1),
        organisation: id(1),
        content: Content::RemoveUser { user: id(9), name: "Åke".to_owned(), number_masked: None },
        text: "Text".to_owned(),
        placed_by: id(1),
        placed_at: NOW,
        state: OrderState::Open,
        signatures: Vec::new(),
    };
    let mut tx = db.begin().await.unwrap();
    orders::insert(&mut tx, &order).await.unwrap();
    let signature = Signature { id: id(1), user: id(1), person: id(1), method: Method::Token, at: NOW };
    orders::add_signature(&mut tx, id(1), &signature, b"sealed").await.unwrap();
    order.state = OrderState::Completed { at: NOW };
    assert!(orders::find_for_update(&mut tx, id(1)).await.unwrap().is_some());
    orders::save(&mut tx, &order).await.unwrap();
    tx.commit().await.unwrap();
    let Db::Pg(pool) = &db else { panic!("not PostgreSQL") };
    for statement in [
        "UPDATE order_signatures SET evidence_sealed = ''",
        "DELETE FROM order_signatures",
        "TRUNCATE order_signatures",
        "UPDATE orders SET signed_text = ''",
        "UPDATE orders SET content = ''",
        "UPDATE orders SET state = '', placed_by = placed_by",
        "DELETE FROM orders",
    ] {
        let done = sqlx::query(statement).execute(pool).await;
        assert!(is_denied(done.map_err(StoreError::from)), "{statement}");
    }
}

/// One login owns the tables and serves every service: it takes a role and lays it down again.
#[tokio::test]
async fn the_owner_may_take_every_role_on_postgres() {
    let Db::Pg(pool) = open(&inhabited().await, Role::Owner).await else { panic!("not PostgreSQL") };
    let mut connection = pool.acquire().await.unwrap();
    for take in ["SET ROLE bevaka_agreements", "SET ROLE bevaka_watches", "SET ROLE bevaka_dispatcher"] {
        sqlx::query(take).execute(&mut *connection).await.unwrap();
        let (role,): (String,) =
            sqlx::query_as("SELECT current_user::text").fetch_one(&mut *connection).await.unwrap();
        assert!(take.ends_with(&role), "{role}");
        sqlx::query("RESET ROLE").execute(&mut *connection).await.unwrap();
    }
}

#[tokio::test]
async fn the_console_writes_its_own_of_what_all_write_on_postgres() {
    let db = open(&inhabited().await, Role::Operators).await;
    works_with_the_bus(&db).await;
    writes_its_own_of_what_all_write(&db, Writer::Operators).await;
    assert!(knows_nothing_of_signing(&db).await);
}
