//! Finding events and alerts among a million stored alerts (R39): each search for its first page and for one in the middle,
//! beside a look by primary key.

use crate::{
    data::{self, organisation_number},
    stage::COMPANIES,
};
use anyhow::{Context, Result};
use bevaka_domain::{
    clock::Timestamp,
    ids::{ContactId, DeliveryId, EventId},
    organisation::OrganisationNumber,
};
use bevaka_rig::Postgres;
use bevaka_store::{
    Db, Role, deliveries,
    search::{self, Company, DeliveryFilter, DeliveryKey, EventFilter, Span},
};
use serde_json::{Value, json};
use sqlx::postgres::PgPoolOptions;
use std::{fmt::Write, time::Duration};
use tokio::time::Instant;
use uuid::Uuid;

/// Two alerts each.
const EVENTS: i64 = 500_000;
/// How often each search is made.
const TIMES: usize = 21;
/// Rows of a page.
const PAGE: usize = 50;
/// The longest that any search may take, in milliseconds.
const GOAL_MS: f64 = 1_000.0;
/// The first event; one follows every 16 seconds, so that they fill 90 days.
const FIRST_MS: i64 = 1_790_000_000_000;
const STEP_MS: i64 = 16_000;

/// A tenth of all events are one company's, and one in 5,000 is of a rare kind. Decisions and data are as long as usual.
const STORED_EVENTS: &str = r#"
    INSERT INTO events (id, source, external_id, kind, organisation_number, organisation_id, occurred_at, received_at,
        expires_at, data, decisions, origin)
    SELECT (lpad(to_hex($3 + n * $4), 12, '0') || '70008000' || lpad(to_hex(n), 12, '0'))::uuid, '/payments', 's-' || n,
        CASE WHEN n % 5000 = 17 THEN 'loan.overdue' WHEN n % 3 = 0 THEN 'payment.rejected'
             WHEN n % 3 = 1 THEN 'einvoice.received' ELSE 'message.received' END,
        o.number, o.id, t.at, t.at, t.at + interval '1 day',
        '{"payment_id":"p' || n || '","reason":"insufficient_funds","amount":"1250.00","currency":"SEK"}',
        (SELECT json_agg(json_build_object('user', ('00000002-0000-0000-0000-' ||
            lpad(to_hex(c.company * 5 + s), 12, '0')), 'suppressed', 'no_watch'))::text
         FROM generate_series(2, 4) s),
        CASE WHEN n % 1000 = 3 THEN 'injection:018bcfe5-0000-7000-8000-000000000001' END
    FROM generate_series($1, $2) n,
        LATERAL (SELECT CASE WHEN n % 10 = 0 THEN 0 ELSE (n * 7919) % 10000 END AS company) c,
        LATERAL (SELECT to_timestamp(($3 + n * $4) / 1000.0) AS at) t
        JOIN organisations o ON true
    WHERE o.id = ('00000001-0000-0000-0000-' || lpad(to_hex(c.company), 12, '0'))::uuid"#;
const STORED_ALERTS: &str = r#"
    INSERT INTO deliveries (id, event_id, user_id, contact_id, channel, expires_at, state, cause, attempts,
        possible_duplicate, due_at, history, created_at, changed_at)
    SELECT (lpad(to_hex($3 + n * $4), 12, '0') || '70009000' || lpad(to_hex(n * 2 + s), 12, '0'))::uuid,
        (lpad(to_hex($3 + n * $4), 12, '0') || '70008000' || lpad(to_hex(n), 12, '0'))::uuid,
        ('00000002-0000-0000-0000-' || lpad(to_hex(c.company * 5 + s), 12, '0'))::uuid,
        ('00000003-0000-0000-0000-' || lpad(to_hex(c.company * 5 + s), 12, '0'))::uuid,
        'sms', t.at + interval '1 day', f.state,
        CASE f.state WHEN 'failed' THEN 'gateway_400' WHEN 'expired' THEN 'gateway_503' WHEN 'suppressed' THEN 'paused'
                     WHEN 'waiting' THEN 'gateway_503' END,
        1, false, CASE f.state WHEN 'waiting' THEN t.at + interval '1 hour' END,
        '[{"at":"2026-11-21T13:02:00.000000Z","what":"accepted"}]', t.at, t.at
    FROM generate_series($1, $2) n, generate_series(0, 1) s,
        LATERAL (SELECT CASE WHEN n % 10 = 0 THEN 0 ELSE (n * 7919) % 10000 END AS company) c,
        LATERAL (SELECT to_timestamp(($3 + n * $4) / 1000.0) AS at) t,
        LATERAL (SELECT CASE WHEN n % 200 = 1 THEN 'failed' WHEN n % 1000 = 2 THEN 'expired'
            WHEN n % 500 = 4 THEN 'suppressed' WHEN n % 2000 = 6 THEN 'waiting' WHEN n % 3 = 0 THEN 'delivered'
            ELSE 'accepted' END AS state) f"#;
const HASHES: &str = "
    INSERT INTO contact_lookups (contact_id, user_id, address_hash)
    SELECT id, user_id, sha256(address::bytea) FROM contact_points";
/// Statements that insert so many events are no larger than this.
const TOGETHER: i64 = 50_000;

enum Asked {
    Events(EventFilter),
    Alerts(DeliveryFilter),
    /// By the hash of this number, as the API finds it.
    Contact(&'static str),
}

/// How long a search took, in milliseconds.
#[derive(Clone, Debug)]
struct Took {
    name: String,
    rows: usize,
    /// Half are faster.
    p50: f64,
    max: f64,
}

/// Fills a database and makes every search; gives the table or JSON, and whether the goal is met.
pub async fn run(as_json: bool) -> Result<(String, bool)> {
    let postgres = tokio::task::spawn_blocking(|| Postgres::start().context("PostgreSQL")).await??;
    let url = postgres.url("postgres");
    let db = Db::connect(&url.clone().into(), 4, Role::Owner).await?;
    db.migrate().await?;
    fill(&url).await?;
    let mut all = vec![by_primary_key(&db).await?];
    for (name, asked) in searches()? {
        for (page, in_the_middle) in [("first page", false), ("middle", true)] {
            let name = format!("{name}, {page}");
            all.push(measure(&db, name, &asked, in_the_middle).await?);
        }
    }
    db.close().await;
    let is_met = all.iter().all(|took| took.max <= GOAL_MS);
    Ok((if as_json { format!("{:#}\n", as_value(&all)) } else { table(&all) }, is_met))
}

async fn fill(url: &str) -> Result<()> {
    let pool = PgPoolOptions::new().max_connections(2).connect(url).await?;
    eprintln!("loading {COMPANIES} companies, {EVENTS} events and {} alerts", EVENTS * 2);
    data::load(&pool, 0, COMPANIES).await?;
    for first in (0..EVENTS).step_by(usize::try_from(TOGETHER)?) {
        for statement in [STORED_EVENTS, STORED_ALERTS] {
            let last = (first + TOGETHER).min(EVENTS) - 1;
            let query = sqlx::query(statement).bind(first).bind(last).bind(FIRST_MS).bind(STEP_MS);
            query.execute(&pool).await?;
        }
    }
    sqlx::query(HASHES).execute(&pool).await?;
    sqlx::query("VACUUM ANALYZE").execute(&pool).await?;
    pool.close().await;
    Ok(())
}

fn company(n: usize) -> Result<Company> {
    let id = Uuid::from_u128((1 << 96) | n as u128);
    Ok(Company { id: Some(id.into()), number: OrganisationNumber::parse(&organisation_number(n))? })
}

const fn user(n: u128) -> Uuid {
    Uuid::from_u128((2 << 96) | n)
}

const fn millis_of(n: i64) -> i64 {
    FIRST_MS + n * STEP_MS
}

fn event_of(n: i64) -> EventId {
    let millis = u128::try_from(millis_of(n)).unwrap_or(0);
    let n = u128::try_from(n).unwrap_or(0);
    EventId(Uuid::from_u128((millis << 80) | (0x7000_8000 << 48) | n))
}

fn delivery_of(n: i64) -> DeliveryId {
    let millis = u128::try_from(millis_of(n)).unwrap_or(0);
    let n = u128::try_from(n * 2).unwrap_or(0);
    DeliveryId(Uuid::from_u128((millis << 80) | (0x7000_9000 << 48) | n))
}

fn searches() -> Result<Vec<(&'static str, Asked)>> {
    let (large, small) = (company(0)?, company(7_919)?);
    let day = Span {
        from: Some(Timestamp::from_micros(millis_of(100_000) * 1_000)),
        until: Some(Timestamp::from_micros(millis_of(105_400) * 1_000)),
    };
    let (rare, common) = ("loan.overdue".parse()?, "message.received".parse()?);
    let events = EventFilter::default;
    let alerts = DeliveryFilter::default;
    let state = |state: &str| Some(state.to_owned());
    Ok(vec![
        ("events: all", Asked::Events(events())),
        ("events: our id", Asked::Events(EventFilter { id: Some(event_of(123_456)), ..events() })),
        (
            "events: publisher's id",
            Asked::Events(EventFilter { external_id: Some("s-123456".to_owned()), ..events() }),
        ),
        (
            "events: company of 50,000",
            Asked::Events(EventFilter { company: Some(large.clone()), ..events() }),
        ),
        ("events: company of 50", Asked::Events(EventFilter { company: Some(small.clone()), ..events() })),
        ("events: common kind", Asked::Events(EventFilter { kind: Some(common), ..events() })),
        ("events: rare kind", Asked::Events(EventFilter { kind: Some(rare), ..events() })),
        (
            "events: large company, rare kind",
            Asked::Events(EventFilter {
                company: Some(large.clone()),
                kind: Some("loan.overdue".parse()?),
                ..events()
            }),
        ),
        ("events: a day", Asked::Events(EventFilter { span: day, ..events() })),
        ("events: injected", Asked::Events(EventFilter { came_by: Some(search::CameBy::Any), ..events() })),
        (
            "events: no such publisher",
            Asked::Events(EventFilter { source: Some("/loans".to_owned()), ..events() }),
        ),
        ("alerts: all", Asked::Alerts(alerts())),
        ("alerts: our id", Asked::Alerts(DeliveryFilter { id: Some(delivery_of(123_456)), ..alerts() })),
        ("alerts: event", Asked::Alerts(DeliveryFilter { event: Some(event_of(123_456)), ..alerts() })),
        (
            "alerts: company of 50,000",
            Asked::Alerts(DeliveryFilter { company: Some(large.clone()), ..alerts() }),
        ),
        ("alerts: company of 50", Asked::Alerts(DeliveryFilter { company: Some(small), ..alerts() })),
        (
            "alerts: user with 50,000",
            Asked::Alerts(DeliveryFilter { users: Some([user(0).into()].into()), ..alerts() }),
        ),
        (
            "alerts: user with 50",
            Asked::Alerts(DeliveryFilter { users: Some([user(7_919 * 5).into()].into()), ..alerts() }),
        ),
        ("alerts: contact point with 50,000", Asked::Contact("+46700000000")),
        ("alerts: contact point with 50", Asked::Contact("+46700039595")),
        (
            "alerts: rare kind",
            Asked::Alerts(DeliveryFilter { kind: Some("loan.overdue".parse()?), ..alerts() }),
        ),
        ("alerts: accepted", Asked::Alerts(DeliveryFilter { state: state("accepted"), ..alerts() })),
        ("alerts: failed", Asked::Alerts(DeliveryFilter { state: state("failed"), ..alerts() })),
        ("alerts: waiting", Asked::Alerts(DeliveryFilter { state: state("waiting"), ..alerts() })),
        (
            "alerts: sending, of which there is none",
            Asked::Alerts(DeliveryFilter { state: state("sending"), ..alerts() }),
        ),
        (
            "alerts: large company, expired",
            Asked::Alerts(DeliveryFilter { company: Some(large), state: state("expired"), ..alerts() }),
        ),
        (
            "alerts: a day, failed",
            Asked::Alerts(DeliveryFilter { span: day, state: state("failed"), ..alerts() }),
        ),
        (
            "alerts: user with 50,000, failed",
            Asked::Alerts(DeliveryFilter {
                users: Some([user(0).into()].into()),
                state: state("failed"),
                ..alerts()
            }),
        ),
    ])
}

async fn measure(db: &Db, name: String, asked: &Asked, in_the_middle: bool) -> Result<Took> {
    let (mut times, mut rows) = (Vec::with_capacity(TIMES), 0);
    for _ in 0..TIMES {
        let begun = Instant::now();
        let mut tx = db.begin_read().await?;
        let middle = event_of(EVENTS / 2);
        let after: Option<DeliveryKey> = in_the_middle.then_some((middle, ContactId(Uuid::nil())));
        rows = match asked {
            Asked::Events(filter) => {
                let page = search::events(&mut tx, filter, in_the_middle.then_some(middle), PAGE).await?;
                let ids: Vec<_> = page.rows.iter().map(|event| event.id).collect();
                search::weigh(&mut tx, &ids, &[].into()).await?;
                ids.len()
            }
            Asked::Alerts(filter) => search::deliveries(&mut tx, filter, after, PAGE).await?.rows.len(),
            Asked::Contact(number) => {
                let hash = hash(&mut tx, number).await?;
                let contacts = Some(search::contacts(&mut tx, &hash).await?);
                let filter = DeliveryFilter { contacts, ..DeliveryFilter::default() };
                search::deliveries(&mut tx, &filter, after, PAGE).await?.rows.len()
            }
        };
        drop(tx);
        times.push(begun.elapsed());
    }
    Ok(took(name, rows, times))
}

/// As the data has it: the real one is keyed, which takes as long.
async fn hash(tx: &mut bevaka_store::Tx, number: &str) -> Result<Vec<u8>> {
    let bevaka_store::Tx::Pg(pg) = tx else { anyhow::bail!("the benchmark is for PostgreSQL") };
    Ok(sqlx::query_scalar("SELECT sha256($1::text::bytea)").bind(number).fetch_one(&mut **pg).await?)
}

/// What nothing can be faster than: one row by its primary key.
async fn by_primary_key(db: &Db) -> Result<Took> {
    let mut times = Vec::with_capacity(TIMES);
    for n in 0..TIMES {
        let begun = Instant::now();
        let mut tx = db.begin_read().await?;
        let id = delivery_of(i64::try_from(n)? * 20_011);
        deliveries::find(&mut tx, id).await?.context("an alert is missing")?;
        drop(tx);
        times.push(begun.elapsed());
    }
    Ok(took("raw: one alert by its primary key".to_owned(), 1, times))
}

fn took(name: String, rows: usize, mut times: Vec<Duration>) -> Took {
    times.sort();
    let millis = |time: Option<&Duration>| time.map_or(0.0, |time| time.as_secs_f64() * 1_000.0);
    Took { name, rows, p50: millis(times.get(times.len() / 2)), max: millis(times.last()) }
}

fn table(all: &[Took]) -> String {
    let mut text = format!(
        "{:<52} {:>5} {:>9} {:>9}\n",
        format!("searches over {} alerts, ms", EVENTS * 2),
        "rows",
        "p50",
        "max"
    );
    for Took { name, rows, p50, max } in all {
        let _ = writeln!(text, "{name:<52} {rows:>5} {p50:>9.2} {max:>9.2}");
    }
    let slowest = all.iter().map(|took| took.max).fold(0.0, f64::max);
    let _ = writeln!(text, "\nslowest: {slowest:.0} ms, goal <= {GOAL_MS:.0}");
    text
}

fn as_value(all: &[Took]) -> Value {
    let searches: Vec<_> = all
        .iter()
        .map(|took| json!({"search": took.name, "rows": took.rows, "p50_ms": took.p50, "max_ms": took.max}))
        .collect();
    json!({"alerts": EVENTS * 2, "goal_ms": GOAL_MS, "searches": searches})
}
