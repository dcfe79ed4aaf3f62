//! What happened to a company, and what its users were told of it: read by those whom it concerns, written by the
//! dispatcher. Ids of events begin with the time at which they were recorded, so they are read in that order and a
//! page begins where the last one ended, whatever has come since.

use crate::{
    Result, StoreError, Time, Tx,
    deliveries::{Row as DeliveryRow, select_deliveries},
    text::{Json, Word},
};
use bevaka_domain::{
    clock::Timestamp,
    delivery::{Delivery, Entry},
    entitlement::{Decision, Verdict},
    event::{Facts, Kind},
    ids::{DeliveryId, EventId, OrganisationId, ParcelId, UserId},
};
use sqlx::FromRow;
use uuid::Uuid;

statements! {
    both HAPPENED = "
        SELECT id, kind, recipient, occurred_at, received_at, expires_at, facts, decisions FROM events
        WHERE organisation_id = $1 AND id >= $2 AND id < $3 ORDER BY id DESC LIMIT $4";
    both TO_DECIDE = "
        SELECT id, kind, recipient, received_at, expires_at, facts FROM events
        WHERE organisation_id = $1 AND id >= $2 AND id < $3 ORDER BY id DESC LIMIT $4";
    both TOLD = select_deliveries!("
        WHERE user_id = $1 AND event_id IN
            (SELECT id FROM events WHERE organisation_id = $2 AND id >= $3 AND id <= $4)
        ORDER BY id");
    // Notices are few and found by an index of their own, for which the source stands here; looking every alert's event
    // up would cost more than all else.
    both LEFT_SINCE = "
        SELECT parcel, history FROM deliveries
        WHERE user_id = $1 AND event_id >= $3 AND state IN ('accepted', 'delivered') AND event_id NOT IN
            (SELECT id FROM events
             WHERE organisation_id = $2 AND id >= $3 AND source = 'urn:bevaka:notices')";
    both IDS = "SELECT id, parcel FROM deliveries WHERE user_id = $1 AND event_id >= $2";
}

/// An event of a company, with what was decided about it.
#[derive(Clone, Debug, PartialEq)]
pub struct Happened {
    /// Our id.
    pub id: EventId,
    /// What happened.
    pub kind: Kind,
    /// The one user it is addressed to, by the bank's key.
    pub recipient: Option<String>,
    /// When it happened.
    pub occurred_at: Timestamp,
    /// When it reached us.
    pub received_at: Timestamp,
    /// From when on telling of it helped nobody.
    pub expires_at: Timestamp,
    /// What watches can be narrowed by.
    pub facts: Facts,
    decisions: String,
}

impl Happened {
    /// What was decided about one user; none about who joined later.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`](crate::StoreError::Corrupt) if the decisions cannot be read.
    pub fn decision(&self, user: UserId) -> Result<Option<Decision>> {
        Ok(self.decisions()?.into_iter().find(|decision| decision.user == user))
    }

    /// Who was told instead of a user who is away.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`](crate::StoreError::Corrupt) if the decisions cannot be read.
    pub fn stand_in_of(&self, user: UserId) -> Result<Option<UserId>> {
        let stands_in = |decision: &Decision| match &decision.verdict {
            Verdict::Deliver(deliver) => deliver.instead_of.contains(&user),
            Verdict::Suppressed(_) => false,
        };
        Ok(self.decisions()?.into_iter().find(stands_in).map(|decision| decision.user))
    }

    fn decisions(&self) -> Result<Vec<Decision>> {
        serde_json::from_str(&self.decisions)
            .map_err(|_| StoreError::Corrupt { what: "events.decisions".into() })
    }
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    kind: Word<Kind>,
    recipient: Option<String>,
    occurred_at: Time,
    received_at: Time,
    expires_at: Time,
    facts: Option<Json<Facts>>,
    decisions: String,
}

impl From<Row> for Happened {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.into(),
            kind: row.kind.0,
            recipient: row.recipient,
            occurred_at: row.occurred_at.0,
            received_at: row.received_at.0,
            expires_at: row.expires_at.0,
            facts: row.facts.map(|facts| facts.0).unwrap_or_default(),
            decisions: row.decisions,
        }
    }
}

/// What deciding about an event of a company again takes.
#[derive(Clone, Debug, PartialEq)]
pub struct ToDecide {
    /// Our id.
    pub id: EventId,
    /// What happened.
    pub kind: Kind,
    /// The one user it is addressed to, by the bank's key.
    pub recipient: Option<String>,
    /// When it reached us.
    pub received_at: Timestamp,
    /// From when on telling of it helped nobody.
    pub expires_at: Timestamp,
    /// What watches can be narrowed by.
    pub facts: Facts,
}

type ToDecideRow = (Uuid, Word<Kind>, Option<String>, Time, Time, Option<Json<Facts>>);

impl From<ToDecideRow> for ToDecide {
    fn from((id, Word(kind), recipient, received_at, expires_at, facts): ToDecideRow) -> Self {
        Self {
            id: id.into(),
            kind,
            recipient,
            received_at: received_at.0,
            expires_at: expires_at.0,
            facts: facts.map(|facts| facts.0).unwrap_or_default(),
        }
    }
}

/// An alert that left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// With which others it left as one message.
    pub parcel: Option<ParcelId>,
    /// All that happened to it.
    pub history: Vec<Entry>,
}

/// The least id that an event recorded from then on can have (RFC 9562, version 7: it begins with the milliseconds).
pub fn first_id(from: Timestamp) -> EventId {
    let millis = u128::try_from(from.as_millis()).unwrap_or(0);
    EventId(Uuid::from_u128(millis << 80))
}

/// The events of a company from an id on, the newest first, at most `limit`: those before another id, or the latest.
///
/// # Errors
/// [`StoreError::Corrupt`](crate::StoreError::Corrupt) if a stored value cannot be read.
pub async fn happened(
    tx: &mut Tx,
    organisation: OrganisationId,
    from: EventId,
    before: Option<EventId>,
    limit: u32,
) -> Result<Vec<Happened>> {
    let before = before.map_or(Uuid::max(), |id| id.0);
    let rows = fetch_all!(tx, Row, HAPPENED, organisation.0, from.0, before, i64::from(limit))?;
    Ok(rows.into_iter().map(Happened::from).collect())
}

/// As [`happened`], without what was decided about every user, which is most of what is stored of an event.
///
/// # Errors
/// [`StoreError::Corrupt`](crate::StoreError::Corrupt) if a stored value cannot be read.
pub async fn to_decide(
    tx: &mut Tx,
    organisation: OrganisationId,
    from: EventId,
    before: Option<EventId>,
    limit: u32,
) -> Result<Vec<ToDecide>> {
    let before = before.map_or(Uuid::max(), |id| id.0);
    let rows = fetch_all!(tx, ToDecideRow, TO_DECIDE, organisation.0, from.0, before, i64::from(limit))?;
    Ok(rows.into_iter().map(ToDecide::from).collect())
}

/// The alerts to a user about those events of a company whose ids lie between two, both included.
///
/// # Errors
/// [`StoreError::Corrupt`](crate::StoreError::Corrupt) if a stored value cannot be read.
pub async fn told(
    tx: &mut Tx,
    (organisation, user): (OrganisationId, UserId),
    (first, last): (EventId, EventId),
) -> Result<Vec<Delivery>> {
    let rows = fetch_all!(tx, DeliveryRow, TOLD, user.0, organisation.0, first.0, last.0)?;
    rows.into_iter().map(Delivery::try_from).collect()
}

/// The alerts to a user of a company that left, about all events from an id on, notices aside.
///
/// # Errors
/// [`StoreError::Corrupt`](crate::StoreError::Corrupt) if a stored value cannot be read.
pub async fn left_since(
    tx: &mut Tx,
    (organisation, user): (OrganisationId, UserId),
    from: EventId,
) -> Result<Vec<Left>> {
    let rows = fetch_all!(tx, (Option<Uuid>, Json<Vec<Entry>>), LEFT_SINCE, user.0, organisation.0, from.0)?;
    let left = |(parcel, Json(history))| Left { parcel: Option::map(parcel, ParcelId), history };
    Ok(rows.into_iter().map(left).collect())
}

/// The ids of all alerts to a user about events from an id on, with those of their parcels.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn ids(tx: &mut Tx, user: UserId, from: EventId) -> Result<Vec<(DeliveryId, Option<ParcelId>)>> {
    let rows = fetch_all!(tx, (Uuid, Option<Uuid>), IDS, user.0, from.0)?;
    Ok(rows.into_iter().map(|(id, parcel)| (id.into(), parcel.map(ParcelId))).collect())
}
