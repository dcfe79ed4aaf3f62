//! How the databases find what is searched for (R39): along an index that gives the order too, never by reading or sorting
//! a table.

use super::{
    BUDGET, Company, DeliveryFilter, EventFilter, deliveries::STATEMENTS as OF_ALERTS,
    events::STATEMENTS as OF_EVENTS,
};
use crate::{Db, Role, Tx, sql::Engine};
use bevaka_domain::{ids::EventId, organisation::OrganisationNumber};
use sqlx::{AssertSqlSafe, Row};
use uuid::Uuid;

const EVENTS: usize = 30_000;
/// The kind of one in a thousand.
const RARE: &str = "loan.overdue";

enum Value {
    Id(Uuid),
    Many(Vec<Uuid>),
    Number(i64),
    Text(&'static str),
}

/// An id as SQL, by its leading milliseconds and its number.
fn id(db: &Db, millis: &str, n: &str) -> String {
    match db {
        Db::Pg(_) => format!(
            "(lpad(to_hex(({millis})::bigint), 12, '0') || '70008000' || lpad(to_hex(({n})::bigint), 12, '0'))::uuid"
        ),
        Db::Lite { .. } => format!("unhex(printf('%012x70008000%012x', {millis}, {n}))"),
    }
}

fn id_of(millis: u128, n: u128) -> Uuid {
    Uuid::from_u128((millis << 80) | (0x7000_8000 << 48) | n)
}

/// Two events in each millisecond, two alerts of each event; nine of ten events are one company's.
async fn fill(db: &Db) {
    let numbers = format!(
        "WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < {})",
        EVENTS - 1
    );
    let (event, at) = (id(db, "1800000000000 + n / 2", "n"), "'2027-01-15T08:00:00.000000Z'");
    let organisation = id(db, "1", "CASE WHEN n % 10 = 9 THEN n % 1000 ELSE 0 END");
    let events = format!(
        "INSERT INTO events (id, source, external_id, kind, organisation_number, organisation_id, recipient, occurred_at,
            received_at, expires_at, data, decisions, origin)
         {numbers} SELECT {event}, '/payments', 'external-' || n,
            CASE WHEN n % 1000 = 0 THEN '{RARE}' WHEN n % 2 = 0 THEN 'payment.rejected' ELSE 'message.received' END,
            '5560160680', CASE WHEN n % 50 = 7 THEN NULL ELSE {organisation} END, NULL, {at}, {at}, {at}, '{{}}', '[]',
            CASE WHEN n % 500 = 3 THEN 'injection:018bcfe5-0000-7000-8000-000000000001' END
         FROM numbers"
    );
    let (delivery, user, contact) = (
        id(db, "1800000000000 + n / 2", "n * 2 + s"),
        id(db, "2", "(n * 7 + s) % 500"),
        id(db, "3", "n * 2 + s"),
    );
    let parcel = id(db, "4", "n / 4");
    let alerts = format!(
        "INSERT INTO deliveries (id, event_id, user_id, contact_id, channel, expires_at, state, cause, attempts,
            possible_duplicate, due_at, history, created_at, changed_at, parcel)
         {numbers}, sides (s) AS (SELECT 0 UNION ALL SELECT 1)
         SELECT {delivery}, {event}, {user}, {contact}, CASE s WHEN 0 THEN 'sms' ELSE 'email' END, {at},
            CASE WHEN n % 300 = 0 THEN 'failed' WHEN n % 1000 = 1 THEN 'waiting' ELSE 'accepted' END,
            CASE WHEN n % 300 = 0 THEN 'smtp_550' END, 1, false, CASE WHEN n % 1000 = 1 AND n % 300 <> 0 THEN {at} END,
            '[]', {at}, {at}, CASE WHEN n % 100 < 4 THEN {parcel} END
         FROM numbers, sides"
    );
    // The casts that a union of types needs on PostgreSQL alone.
    let adapted = |sql: String| match db {
        Db::Pg(_) => sql.replace(at, &format!("{at}::timestamptz")),
        Db::Lite { .. } => sql,
    };
    for sql in [adapted(events), adapted(alerts), "ANALYZE".to_owned()] {
        let sql = AssertSqlSafe(sql);
        match db {
            Db::Pg(pool) => drop(sqlx::raw_sql(sql).execute(pool).await.unwrap()),
            Db::Lite { write, .. } => drop(sqlx::raw_sql(sql).execute(write).await.unwrap()),
        }
    }
}

macro_rules! explained {
    ($tx:expr, $sql:expr, $values:expr, $column:expr) => {{
        let mut query = sqlx::query(AssertSqlSafe($sql));
        for value in $values {
            query = match value {
                Value::Id(id) => query.bind(*id),
                Value::Number(number) => query.bind(*number),
                Value::Text(text) => query.bind(*text),
                Value::Many(_) => query,
            };
        }
        let rows = query.fetch_all(&mut **$tx).await.unwrap();
        rows.iter().map(|row| row.get::<String, _>($column)).collect::<Vec<_>>()
    }};
}

async fn plan(tx: &mut Tx, sql: &str, values: &[Value]) -> Vec<String> {
    match tx {
        Tx::Pg(pg) => {
            let sql = format!("EXPLAIN {sql}");
            if let [Value::Many(ids)] = values {
                let rows = sqlx::query(AssertSqlSafe(sql)).bind(ids).fetch_all(&mut **pg).await.unwrap();
                return rows.iter().map(|row| row.get::<String, _>(0)).collect();
            }
            explained!(pg, sql, values, 0)
        }
        Tx::Lite(lite) => explained!(lite, format!("EXPLAIN QUERY PLAN {sql}"), values, "detail"),
    }
}

/// What each statement is given: the values of a page in the middle.
fn values(name: &str) -> Vec<Value> {
    let (before, first, limit) = (id_of(1_800_000_010_000, 20_000), id_of(1_800_000_000_100, 0), 51);
    let stretch = |last: Value| vec![Value::Id(before), Value::Id(first), Value::Number(limit), last];
    let keys = |last: Option<Value>| {
        let contact = Value::Id(id_of(3, 5));
        let mut keys = vec![Value::Id(before), contact, Value::Id(first), Value::Number(limit)];
        keys.extend(last);
        keys
    };
    match name {
        "EXTERNAL" => vec![Value::Text("external-17"), Value::Number(20_000)],
        "events ALL" | "NOT_BY_PUBLISHER" => {
            vec![Value::Id(before), Value::Id(first), Value::Number(limit)]
        }
        "COMPANY" | "COMPANY_GOES_ON" => stretch(Value::Id(id_of(1, 0))),
        "UNKNOWN" => stretch(Value::Text("5560160680")),
        "KIND" | "KIND_GOES_ON" => stretch(Value::Text(RARE)),
        "ORIGIN" => stretch(Value::Text("injection:018bcfe5-0000-7000-8000-000000000001")),
        "ALERTS_PG" | "DECISIONS_PG" | "OF_EVENTS_PG" => {
            vec![Value::Many((0..50).map(|n| id_of(1_800_000_000_000 + n / 2, n)).collect())]
        }
        "events ONE" | "deliveries ONE" | "ALERTS" | "DECISIONS" | "OF_EVENT" => vec![Value::Id(before)],
        "PARCEL" => vec![Value::Id(id_of(4, 1)), Value::Number(limit)],
        "deliveries ALL" => keys(None),
        "USER" => keys(Some(Value::Id(id_of(2, 7)))),
        "STATE" | "STATE_GOES_ON" => keys(Some(Value::Text("failed"))),
        "DUE_ALERTS" | "DUE_GOES_ON" => vec![Value::Text("sms"), Value::Number(limit)],
        other => panic!("no values for {other}"),
    }
}

/// What no plan may hold, as far as events and alerts are concerned.
fn is_costly(name: &str, line: &str) -> bool {
    let reads_a_table = ["Seq Scan on events", "Seq Scan on deliveries"].iter().any(|bad| line.contains(bad))
        || line.starts_with("SCAN");
    // Counting the alerts of a page's events may sort those few.
    let sorts = !name.starts_with("ALERTS")
        && (line.contains("Sort") && !line.contains("Sort Key") || line.contains("TEMP B-TREE"));
    reads_a_table || sorts
}

async fn every_search_goes_along_an_index(db: &Db) {
    fill(db).await;
    let mut tx = db.begin_read().await.unwrap();
    let left_out = if matches!(tx, Tx::Pg(_)) { Engine::lite } else { Engine::pg };
    let mut seen = 0;
    for (of, statements) in [("events", OF_EVENTS), ("deliveries", OF_ALERTS)] {
        for (name, engine, sql) in statements.iter().filter(|(_, engine, _)| *engine != left_out) {
            let full = format!("{of} {name}");
            let name = if ["ONE", "ALL"].contains(name) { full.as_str() } else { name };
            let plan = plan(&mut tx, sql, &values(name)).await;
            assert!(!plan.iter().any(|line| is_costly(name, line)), "{full} ({engine:?}): {plan:#?}");
            assert!(plan.iter().any(|line| line.to_lowercase().contains("index")), "{full}: {plan:#?}");
            seen += 1;
        }
    }
    assert!(seen > 18, "{seen}");
}

/// Everything that fits a filter, and how many pages it took.
async fn all(db: &Db, filter: &EventFilter) -> (Vec<EventId>, usize) {
    let mut tx = db.begin_read().await.unwrap();
    let (mut found, mut pages, mut after) = (Vec::new(), 0, None);
    loop {
        let page = super::events(&mut tx, filter, after, 50).await.unwrap();
        found.extend(page.rows.iter().map(|event| event.id));
        pages += 1;
        after = page.next;
        if after.is_none() {
            return (found, pages);
        }
    }
}

/// What is rare and has no index is found as well, a bounded stretch at a time; what has one is found at once.
async fn a_page_looks_through_no_more_than_its_budget(db: &Db) {
    fill(db).await;
    let elsewhere = EventFilter { source: Some("/loans".to_owned()), ..EventFilter::default() };
    assert_eq!(all(db, &elsewhere).await, (Vec::new(), EVENTS.div_ceil(BUDGET)));
    let number = OrganisationNumber::parse("5560160680").unwrap();
    let company = Company { id: Some(id_of(1, 0).into()), number };
    let rare = EventFilter {
        company: Some(company.clone()),
        kind: Some(RARE.parse().unwrap()),
        ..EventFilter::default()
    };
    let (found, pages) = all(db, &rare).await;
    assert_eq!((found.len(), pages), (EVENTS / 1_000, 1), "by the kind, as the company has too many");
    let (company, state) = (Some(company), Some("failed".to_owned()));
    let failed = DeliveryFilter { company, state, ..DeliveryFilter::default() };
    let mut tx = db.begin_read().await.unwrap();
    let page = super::deliveries(&mut tx, &failed, None, 500).await.unwrap();
    assert_eq!((page.rows.len(), page.next), (2 * EVENTS / 300, None));
    assert!(page.rows.iter().all(|alert| alert.cause.as_deref() == Some("smtp_550")));
}

async fn on_sqlite(check: impl AsyncFnOnce(&Db)) {
    let directory = tempfile::tempdir().unwrap();
    on(format!("sqlite:{}", directory.path().join("plans.sqlite").display()), check).await;
}

async fn on_postgres(check: impl AsyncFnOnce(&Db)) {
    on(bevaka_rig::postgres_database("plans"), check).await;
}

async fn on(url: String, check: impl AsyncFnOnce(&Db)) {
    let db = Db::connect(&url.into(), 2, Role::Owner).await.unwrap();
    db.migrate().await.unwrap();
    check(&db).await;
    db.close().await;
}

#[tokio::test]
async fn r39_every_search_goes_along_an_index_on_sqlite() {
    on_sqlite(every_search_goes_along_an_index).await;
}

#[tokio::test]
async fn r39_every_search_goes_along_an_index_on_postgres() {
    on_postgres(every_search_goes_along_an_index).await;
}

#[tokio::test]
async fn r39_a_page_looks_through_no_more_than_its_budget_on_sqlite() {
    on_sqlite(a_page_looks_through_no_more_than_its_budget).await;
}

#[tokio::test]
async fn r39_a_page_looks_through_no_more_than_its_budget_on_postgres() {
    on_postgres(a_page_looks_through_no_more_than_its_budget).await;
}
