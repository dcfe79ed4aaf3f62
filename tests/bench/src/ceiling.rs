//! The ceiling program: the least that does the same work as durably. It reads a batch, finds the recipients by
//! one join, stores events and deliveries in one transaction, acknowledges, posts each alert and records what was
//! sent, many at a time. It has no decisions, leases, retries, checks, reports, templates, metrics or logs, and it
//! believes what the bus says.

use crate::{
    broker::Broker,
    data::{fresh_id, now},
    http::Client,
    sink::{SEND, Sink},
};
use anyhow::{Context, Result, ensure};
use bevaka_bus::Envelope;
use bevaka_domain::clock::Timestamp;
use bevaka_store::Time;
use futures_util::{FutureExt, StreamExt};
use lapin::{Consumer, message::Delivery as Read, options::BasicAckOptions};
use sqlx::{PgConnection, PgPool};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{
        Semaphore,
        mpsc::{self, Receiver, Sender},
    },
    task::JoinSet,
};
use uuid::Uuid;

/// As Bevaka's defaults.
pub const BATCH: usize = 200;
pub const SENDS: usize = 256;
const WAITING: usize = 1_024;
const OUTCOMES: usize = 500;
const LEASE: Duration = Duration::from_mins(1);

const RECIPIENTS: &str = "
    SELECT q.n, o.name, u.id, c.id, c.address
    FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS q (number, kind, n)
    JOIN organisations o ON o.number = q.number
    JOIN agreements a ON a.organisation_id = o.id AND a.state = 'active'
    JOIN users u ON u.organisation_id = o.id AND u.state = 'active'
    JOIN watches w ON w.user_id = u.id AND w.kind = q.kind AND w.sms
    JOIN contact_points c ON c.id = w.sms_contact_id AND c.verified_at IS NOT NULL
    LEFT JOIN user_permissions p ON p.user_id = u.id AND p.permission = 'manage_watches'
    WHERE u.access = 'unrestricted' OR p.user_id IS NOT NULL";
const RECORD: &str = "
    WITH new AS (
        INSERT INTO events (id, source, external_id, kind, organisation_number, occurred_at, received_at,
            expires_at, data, decisions)
        SELECT id, source, external_id, kind, number, at, $7, $7, data, '[]'
        FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $8::text[])
            AS e (id, source, external_id, kind, number, at, data)
        ON CONFLICT (source, external_id) DO NOTHING RETURNING id)
    INSERT INTO deliveries (id, event_id, user_id, contact_id, channel, expires_at, state, attempts,
        possible_duplicate, due_at, history, created_at, changed_at)
    SELECT d.id, d.event_id, d.user_id, d.contact_id, 'sms', $7, 'sending', 0, false, $13, '[]', $7, $7
    FROM unnest($9::uuid[], $10::uuid[], $11::uuid[], $12::uuid[]) AS d (id, event_id, user_id, contact_id)
    JOIN new ON new.id = d.event_id";
/// As in Bevaka, CASE keeps the planner from reading all that is due for each batch.
const DONE: &str = "
    UPDATE deliveries d SET state = 'accepted', attempts = 1, due_at = NULL, changed_at = $2
    FROM unnest($1::uuid[], $3::text[]) AS u (id, held)
    WHERE d.id = u.id AND CASE WHEN d.state = u.held THEN true ELSE false END";

type Recipient = (i64, String, Uuid, Uuid, String);

/// An alert on its way.
struct Alert {
    delivery: Uuid,
    company: String,
    address: String,
}

/// The running program; it stops when this is dropped.
#[derive(Debug)]
pub struct Ceiling(JoinSet<Result<()>>);

impl Ceiling {
    /// Starts it.
    pub async fn start(broker: &Broker, pool: &PgPool, sink: &Sink) -> Result<Self> {
        let (alerts, waiting) = mpsc::channel(WAITING);
        let (sent, outcomes) = mpsc::channel(4 * WAITING);
        let (_, consumer) = broker.consumer(u16::try_from(2 * BATCH)?).await?;
        let mut tasks = JoinSet::new();
        tasks.spawn(intake(consumer, pool.clone(), alerts));
        tasks.spawn(deliver(waiting, Client::new(sink.address), sent));
        tasks.spawn(record_outcomes(outcomes, pool.clone()));
        Ok(Self(tasks))
    }

    /// Stops it, and tells the fault if it broke.
    pub async fn stop(mut self) -> Result<()> {
        while let Some(ended) = self.0.try_join_next() {
            ended.context("the ceiling program")??;
        }
        self.0.shutdown().await;
        Ok(())
    }
}

async fn intake(mut consumer: Consumer, pool: PgPool, alerts: Sender<Alert>) -> Result<()> {
    while let Some(first) = consumer.next().await {
        let mut batch = vec![first?];
        while batch.len() < BATCH
            && let Some(Some(Ok(next))) = consumer.next().now_or_never()
        {
            batch.push(next);
        }
        let recorded = record(&pool, &batch).await?;
        if let Some(last) = batch.last() {
            last.ack(BasicAckOptions { multiple: true }).await?;
        }
        for alert in recorded {
            alerts.send(alert).await.context("the senders are gone")?;
        }
    }
    Ok(())
}

async fn record(pool: &PgPool, batch: &[Read]) -> Result<Vec<Alert>> {
    let envelopes: Vec<_> = batch.iter().map(|read| Envelope::parse(&read.data)).collect::<Result<_, _>>()?;
    let mut tx = pool.begin().await?;
    let recipients: Vec<Recipient> = sqlx::query_as(RECIPIENTS)
        .bind(envelopes.iter().map(|e| e.subject.as_str()).collect::<Vec<_>>())
        .bind(envelopes.iter().map(|e| e.kind.as_str()).collect::<Vec<_>>())
        .fetch_all(&mut *tx)
        .await?;
    let alerts = store(&mut tx, &envelopes, recipients).await?;
    tx.commit().await?;
    Ok(alerts)
}

/// Stores events and deliveries by one statement.
async fn store(
    connection: &mut PgConnection,
    envelopes: &[Envelope],
    recipients: Vec<Recipient>,
) -> Result<Vec<Alert>> {
    let now = now();
    let ids: Vec<_> = envelopes.iter().map(|_| fresh_id(now)).collect();
    let times: Vec<_> =
        envelopes.iter().map(|e| Timestamp::parse(&e.time).map(Time)).collect::<Result<_, _>>()?;
    let event_of = |recipient: &Recipient| usize::try_from(recipient.0 - 1).map(|n| ids[n]);
    let events: Vec<_> = recipients.iter().map(event_of).collect::<Result<_, _>>()?;
    let deliveries: Vec<_> = recipients.iter().map(|_| fresh_id(now)).collect();
    sqlx::query(RECORD)
        .bind(&ids)
        .bind(envelopes.iter().map(|e| e.source.as_str()).collect::<Vec<_>>())
        .bind(envelopes.iter().map(|e| e.id.as_str()).collect::<Vec<_>>())
        .bind(envelopes.iter().map(|e| e.kind.as_str()).collect::<Vec<_>>())
        .bind(envelopes.iter().map(|e| e.subject.as_str()).collect::<Vec<_>>())
        .bind(times)
        .bind(Time(now))
        .bind(envelopes.iter().map(|e| e.data.as_ref().map_or("{}", |d| d.get())).collect::<Vec<_>>())
        .bind(&deliveries)
        .bind(events)
        .bind(recipients.iter().map(|recipient| recipient.2).collect::<Vec<_>>())
        .bind(recipients.iter().map(|recipient| recipient.3).collect::<Vec<_>>())
        .bind(Time(now.plus(LEASE)))
        .execute(connection)
        .await?;
    let alert = |(delivery, (_, company, _, _, address))| Alert { delivery, company, address };
    Ok(deliveries.into_iter().zip(recipients).map(alert).collect())
}

async fn deliver(mut waiting: Receiver<Alert>, client: Client, sent: Sender<Uuid>) -> Result<()> {
    let slots = Arc::new(Semaphore::new(SENDS));
    while let Some(alert) = waiting.recv().await {
        let slot = slots.clone().acquire_owned().await?;
        let (client, sent) = (client.clone(), sent.clone());
        tokio::spawn(async move {
            if client.post(SEND, &form(&alert)).await.is_ok() {
                let _ = sent.send(alert.delivery).await;
            }
            drop(slot);
        });
    }
    Ok(())
}

fn form(alert: &Alert) -> String {
    let Alert { delivery, company, address } = alert;
    let company = company.replace(' ', "+");
    let to = address.trim_start_matches('+');
    format!(
        "from=Bevaka&id={delivery}&message=Avvisad+betalning+f%C3%B6r+{company}+2026-11-21+13%3A02.\
         +Se+internetbanken.&to=%2B{to}"
    )
}

async fn record_outcomes(mut sent: Receiver<Uuid>, pool: PgPool) -> Result<()> {
    let mut batch = Vec::with_capacity(OUTCOMES);
    while sent.recv_many(&mut batch, OUTCOMES).await > 0 {
        let held = vec!["sending"; batch.len()];
        let done = sqlx::query(DONE).bind(&batch).bind(Time(now())).bind(held).execute(&pool).await?;
        ensure!(
            usize::try_from(done.rows_affected()).ok() == Some(batch.len()),
            "an outcome found no delivery"
        );
        batch.clear();
    }
    Ok(())
}

/// Stores a batch of events with two deliveries each, as the program does: for the figure of raw inserts.
pub async fn insert(pool: &PgPool, envelopes: &[Envelope], contacts: &[[Uuid; 2]]) -> Result<()> {
    let mut recipients = Vec::with_capacity(2 * envelopes.len());
    for (n, pair) in (1..).zip(contacts) {
        recipients.extend(pair.map(|contact| (n, String::new(), contact, contact, String::new())));
    }
    let mut connection = pool.acquire().await?;
    store(&mut connection, envelopes, recipients).await?;
    Ok(())
}
