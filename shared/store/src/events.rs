//! Events with their decisions. Written by the dispatcher alone.

use crate::{
    Result, StoreError, Time, Tx, deliveries,
    text::{Json, Word, json},
};
use bevaka_domain::{
    clock::Timestamp,
    delivery::Delivery,
    entitlement::{Audience, Decision, Subject},
    event::{Event, Facts, Kind, Origin},
    ids::{EventId, OrganisationId},
    notice::{self, Content},
    organisation::OrganisationNumber,
};
use sqlx::FromRow;
use std::{
    collections::{BTreeSet, HashMap, HashSet},
    sync::Arc,
};
use uuid::Uuid;

macro_rules! insert_events {
    ($rows:literal) => {
        concat!(
            "INSERT INTO events (id, source, external_id, kind, organisation_number, organisation_id, recipient,
                occurred_at, received_at, expires_at, data, facts, agreement_version, decisions, origin) ",
            $rows,
            " ON CONFLICT (source, external_id) DO NOTHING RETURNING id"
        )
    };
}

macro_rules! select_event {
    ($where:literal) => {
        concat!(
            "SELECT id, source, external_id, kind, organisation_number, organisation_id, recipient, occurred_at,
                received_at, expires_at, data, facts, agreement_version, decisions, origin FROM events ",
            $where
        )
    };
}

macro_rules! select_envelopes {
    ($where:literal) => {
        concat!(
            "SELECT id, kind, organisation_number, recipient, occurred_at, received_at, expires_at, facts,
                CASE WHEN source = $2 THEN data END AS notice FROM events ",
            $where
        )
    };
}

statements! {
    // In the order of their keys: two batches that hold the same events in another order would wait for each other.
    // `IS TRUE` keeps the subquery a hash table; as a join it would compare every alert with every event of the batch.
    pg RECORD_PG = concat!("WITH recorded AS (", insert_events!(
        "SELECT id, source, external_id, kind, organisation_number, organisation_id, recipient,
                occurred_at, received_at, expires_at, data, facts, agreement_version, decisions, origin
         FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::text[],
            $8::timestamptz[], $9::timestamptz[], $10::timestamptz[], $11::text[], $12::text[], $13::bigint[],
            $14::text[], $15::text[])
            WITH ORDINALITY AS new (id, source, external_id, kind, organisation_number, organisation_id, recipient,
                occurred_at, received_at, expires_at, data, facts, agreement_version, decisions, origin, place)
         ORDER BY source, external_id, place"), "), planned AS (
            INSERT INTO deliveries (id, event_id, user_id, contact_id, channel, expires_at, state, cause, attempts,
                possible_duplicate, due_at, history, created_at, changed_at)
            SELECT new.id, new.event_id, user_id, contact_id, channel, expires_at, state, cause, 0, false, due_at, '[]',
                $25, $25
            FROM unnest($16::uuid[], $17::uuid[], $18::uuid[], $19::uuid[], $20::text[], $21::timestamptz[], $22::text[],
                $23::text[], $24::timestamptz[])
                AS new (id, event_id, user_id, contact_id, channel, expires_at, state, cause, due_at)
            WHERE (new.event_id IN (SELECT id FROM recorded)) IS TRUE)
        SELECT id FROM recorded");
    both INSERT_EVENT = insert_events!(
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)");
    both SELECT_EVENT = select_event!("WHERE id = $1");
    both SELECT_EXTERNAL = select_event!("WHERE external_id = $1 AND source = $2");
    pg ENVELOPES_PG = select_envelopes!("WHERE id = ANY($1)");
    both ENVELOPE = select_envelopes!("WHERE id = $1");
    both SELECT_LATEST = select_event!("ORDER BY id DESC LIMIT $1");
    both OF_ORIGIN = select_event!("WHERE origin = $1 AND id > $2 ORDER BY id LIMIT $3");
    both COUNT_OF_ORIGIN = "SELECT count(*) FROM events WHERE origin = $1";
    pg KNOWN_PG = "
        SELECT e.source, e.external_id, e.id, e.origin FROM unnest($1::text[], $2::text[]) AS asked (source, external_id)
        JOIN events e ON e.source = asked.source AND e.external_id = asked.external_id";
    both KNOWN = "SELECT source, external_id, id, origin FROM events WHERE source = $1 AND external_id = $2";
}

/// An event with what was decided about it (R31).
#[derive(Clone, Debug, PartialEq)]
pub struct Decided {
    /// The event.
    pub event: Event,
    /// The company, if it is known to us.
    pub organisation: Option<OrganisationId>,
    /// The version of the agreement in force when it was decided.
    pub agreement_version: Option<u32>,
    /// One for every user of the company.
    pub decisions: Vec<Decision>,
}

/// What is told of an event, without its decisions; data only of a notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// What happened.
    pub kind: Kind,
    /// Whose event it is.
    pub organisation: OrganisationNumber,
    /// The one user it is addressed to.
    pub recipient: Option<String>,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// What of it a watch can be narrowed by.
    pub facts: Facts,
    /// When it reached us.
    pub received_at: Timestamp,
    /// From when telling of it helps nobody.
    pub expires_at: Timestamp,
    /// Whom it names and what it tells, if it is a notice of Bevaka itself.
    pub notice: Option<Arc<Content>>,
}

impl Envelope {
    /// What the decision needs to know.
    pub fn subject(&self) -> Subject<'_> {
        Subject {
            kind: &self.kind,
            audience: self.audience(),
            facts: &self.facts,
            received_at: self.received_at,
            expires_at: self.expires_at,
        }
    }

    /// Whom it is for.
    pub fn audience(&self) -> Audience<'_> {
        Audience::of(&self.kind, self.recipient.as_deref(), self.notice.as_deref())
    }

    /// The company, with respect to the kind: what its standing is loaded by.
    pub fn key(&self) -> (OrganisationNumber, Kind) {
        (self.organisation.clone(), self.kind.clone())
    }
}

impl From<&Event> for Envelope {
    fn from(event: &Event) -> Self {
        Self {
            kind: event.kind.clone(),
            organisation: event.organisation.clone(),
            recipient: event.recipient.clone(),
            occurred_at: event.occurred_at,
            facts: event.facts.clone(),
            received_at: event.received_at,
            expires_at: event.expires_at,
            notice: event.notice.clone(),
        }
    }
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    source: String,
    external_id: String,
    kind: Word<Kind>,
    organisation_number: Word<OrganisationNumber>,
    organisation_id: Option<Uuid>,
    recipient: Option<String>,
    occurred_at: Time,
    received_at: Time,
    expires_at: Time,
    data: String,
    facts: Option<Json<Facts>>,
    agreement_version: Option<i64>,
    decisions: Json<Vec<Decision>>,
    origin: Option<Word<Origin>>,
}

/// Stores events with their decisions, and their alerts with them. Events whose source and id are stored already are
/// left as they are, and alerts of those are not stored (R30, R32). Gives the ids of the new events.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn record(
    tx: &mut Tx,
    batch: &[Decided],
    alerts: &[Delivery],
    now: Timestamp,
) -> Result<HashSet<EventId>> {
    if let Tx::Pg(pg) = tx {
        let times = |time: fn(&Event) -> Time| batch.iter().map(|d| time(&d.event)).collect::<Vec<_>>();
        let rows: Vec<(Uuid,)> = sqlx::query_as(RECORD_PG)
            .bind(batch.iter().map(|d| d.event.id.0).collect::<Vec<_>>())
            .bind(batch.iter().map(|d| d.event.source.as_str()).collect::<Vec<_>>())
            .bind(batch.iter().map(|d| d.event.external_id.as_str()).collect::<Vec<_>>())
            .bind(batch.iter().map(|d| d.event.kind.as_str()).collect::<Vec<_>>())
            .bind(batch.iter().map(|d| d.event.organisation.as_str()).collect::<Vec<_>>())
            .bind(batch.iter().map(|d| d.organisation.map(|id| id.0)).collect::<Vec<_>>())
            .bind(batch.iter().map(|d| d.event.recipient.as_deref()).collect::<Vec<_>>())
            .bind(times(|event| Time(event.occurred_at)))
            .bind(times(|event| Time(event.received_at)))
            .bind(times(|event| Time(event.expires_at)))
            .bind(batch.iter().map(|d| d.event.data.as_str()).collect::<Vec<_>>())
            .bind(batch.iter().map(|d| facts_text(&d.event)).collect::<Vec<_>>())
            .bind(batch.iter().map(|d| d.agreement_version.map(i64::from)).collect::<Vec<_>>())
            .bind(batch.iter().map(|decided| json(&decided.decisions)).collect::<Vec<_>>())
            .bind(batch.iter().map(|d| origin_text(&d.event)).collect::<Vec<_>>())
            .bind(alerts.iter().map(|a| a.id.0).collect::<Vec<_>>())
            .bind(alerts.iter().map(|a| a.event.0).collect::<Vec<_>>())
            .bind(alerts.iter().map(|a| a.user.0).collect::<Vec<_>>())
            .bind(alerts.iter().map(|a| a.contact.0).collect::<Vec<_>>())
            .bind(alerts.iter().map(|a| a.channel.as_str()).collect::<Vec<_>>())
            .bind(alerts.iter().map(|a| Time(a.expires_at)).collect::<Vec<_>>())
            .bind(alerts.iter().map(|a| a.state.name()).collect::<Vec<_>>())
            .bind(alerts.iter().map(|a| a.state.cause()).collect::<Vec<_>>())
            .bind(alerts.iter().map(|a| a.state.due_at().map(Time)).collect::<Vec<_>>())
            .bind(Time(now))
            .fetch_all(&mut **pg)
            .await?;
        return Ok(rows.into_iter().map(|(id,)| id.into()).collect());
    }
    let mut new = HashSet::with_capacity(batch.len());
    for decided in batch {
        let event = &decided.event;
        let row = fetch_optional!(
            tx,
            (Uuid,),
            INSERT_EVENT,
            event.id.0,
            event.source.as_str(),
            event.external_id.as_str(),
            event.kind.as_str(),
            event.organisation.as_str(),
            decided.organisation.map(|id| id.0),
            event.recipient.as_deref(),
            Time(event.occurred_at),
            Time(event.received_at),
            Time(event.expires_at),
            event.data.as_str(),
            facts_text(event),
            decided.agreement_version.map(i64::from),
            json(&decided.decisions),
            origin_text(event)
        )?;
        new.extend(row.map(|(id,)| EventId(id)));
    }
    for alert in alerts.iter().filter(|alert| new.contains(&alert.event)) {
        deliveries::insert(tx, alert, now).await?;
    }
    Ok(new)
}

/// The event with our id.
///
/// # Errors
/// [`StoreError::Corrupt`] if a stored value cannot be read.
pub async fn find(tx: &mut Tx, id: EventId) -> Result<Option<Decided>> {
    fetch_optional!(tx, Row, SELECT_EVENT, id.0)?.map(Decided::try_from).transpose()
}

/// What is told of the events with our ids; those that are not stored are absent.
///
/// # Errors
/// [`StoreError::Corrupt`] if a stored value cannot be read.
pub async fn envelopes(tx: &mut Tx, ids: &BTreeSet<EventId>) -> Result<HashMap<EventId, Envelope>> {
    type Row = (
        Uuid,
        Word<Kind>,
        Word<OrganisationNumber>,
        Option<String>,
        Time,
        Time,
        Time,
        Option<Json<Facts>>,
        Option<String>,
    );
    let mut rows: Vec<Row> = Vec::with_capacity(ids.len());
    if let Tx::Pg(pg) = tx {
        let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
        rows = sqlx::query_as(ENVELOPES_PG).bind(ids).bind(notice::SOURCE).fetch_all(&mut **pg).await?;
    } else {
        for id in ids {
            rows.extend(fetch_optional!(tx, Row, ENVELOPE, id.0, notice::SOURCE)?);
        }
    }
    let envelope = |row: Row| {
        let (
            id,
            Word(kind),
            Word(organisation),
            recipient,
            occurred_at,
            received_at,
            expires_at,
            facts,
            notice,
        ) = row;
        let envelope = Envelope {
            kind,
            organisation,
            recipient,
            occurred_at: occurred_at.0,
            facts: facts.map(|facts| facts.0).unwrap_or_default(),
            received_at: received_at.0,
            expires_at: expires_at.0,
            notice: notice.map(|data| parse_notice(&data)).transpose()?,
        };
        Ok((EventId(id), envelope))
    };
    rows.into_iter().map(envelope).collect()
}

/// The event with the publisher's source and id.
///
/// # Errors
/// [`StoreError::Corrupt`] if a stored value cannot be read.
pub async fn find_external(tx: &mut Tx, source: &str, external_id: &str) -> Result<Option<Decided>> {
    fetch_optional!(tx, Row, SELECT_EXTERNAL, external_id, source)?.map(Decided::try_from).transpose()
}

/// The newest events, newest first.
///
/// # Errors
/// [`StoreError::Corrupt`] if a stored value cannot be read.
pub async fn latest(tx: &mut Tx, limit: u32) -> Result<Vec<Decided>> {
    let rows = fetch_all!(tx, Row, SELECT_LATEST, i64::from(limit))?;
    rows.into_iter().map(Decided::try_from).collect()
}

/// Events that came in by this, the oldest first, from behind an id on; at most `limit`.
///
/// # Errors
/// [`StoreError::Corrupt`] if a stored value cannot be read.
pub async fn of_origin(
    tx: &mut Tx,
    origin: Origin,
    after: Option<EventId>,
    limit: u32,
) -> Result<Vec<Decided>> {
    let after = after.map_or(Uuid::nil(), |id| id.0);
    let rows = fetch_all!(tx, Row, OF_ORIGIN, String::from(origin), after, i64::from(limit))?;
    rows.into_iter().map(Decided::try_from).collect()
}

/// How many events came in by this.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn count_of_origin(tx: &mut Tx, origin: Origin) -> Result<u64> {
    let (count,) = fetch_one!(tx, (i64,), COUNT_OF_ORIGIN, String::from(origin))?;
    Ok(count.unsigned_abs())
}

/// An event that is stored already: our id, and by what it came in.
pub type Known = (EventId, Option<Origin>);

/// Which of these events, by the publishers' sources and ids, are stored already.
///
/// # Errors
/// [`StoreError::Corrupt`] if a stored value cannot be read.
pub async fn known(tx: &mut Tx, keys: &[(&str, &str)]) -> Result<HashMap<(String, String), Known>> {
    type Row = (String, String, Uuid, Option<Word<Origin>>);
    let mut rows: Vec<Row> = Vec::new();
    if let Tx::Pg(pg) = tx {
        let (sources, ids): (Vec<_>, Vec<_>) = keys.iter().copied().unzip();
        rows = sqlx::query_as(KNOWN_PG).bind(sources).bind(ids).fetch_all(&mut **pg).await?;
    } else {
        for (source, id) in keys {
            rows.extend(fetch_optional!(tx, Row, KNOWN, *source, *id)?);
        }
    }
    let known = |(source, external_id, id, origin): Row| {
        ((source, external_id), (EventId(id), origin.map(|origin| origin.0)))
    };
    Ok(rows.into_iter().map(known).collect())
}

fn parse_notice(data: &str) -> Result<Arc<Content>> {
    let content = Content::parse(data).map_err(|_| StoreError::Corrupt { what: "events.data".into() })?;
    Ok(Arc::new(content))
}

/// Nothing for most kinds.
fn facts_text(event: &Event) -> Option<String> {
    (!event.facts.is_empty()).then(|| json(&event.facts))
}

/// Nothing for what publishers send.
fn origin_text(event: &Event) -> Option<String> {
    event.origin.map(String::from)
}

impl TryFrom<Row> for Decided {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            organisation: row.organisation_id.map(OrganisationId),
            agreement_version: row.agreement_version.and_then(|version| u32::try_from(version).ok()),
            decisions: row.decisions.0,
            event: Event {
                id: row.id.into(),
                notice: (row.source == notice::SOURCE).then(|| parse_notice(&row.data)).transpose()?,
                source: row.source,
                external_id: row.external_id,
                kind: row.kind.0,
                organisation: row.organisation_number.0,
                recipient: row.recipient,
                occurred_at: row.occurred_at.0,
                received_at: row.received_at.0,
                expires_at: row.expires_at.0,
                facts: row.facts.map(|facts| facts.0).unwrap_or_default(),
                origin: row.origin.map(|origin| origin.0),
                data: row.data,
            },
        })
    }
}
