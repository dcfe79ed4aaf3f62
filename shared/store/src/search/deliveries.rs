//! Searching alerts.

use super::{
    BUDGET, Company, EventFilter, Gathering, Keyed, Page, Span, Stretch, count, events::Path as EventPath,
};
use crate::{Result, StoreError, Time, Tx, text::Word};
use bevaka_domain::{
    clock::Timestamp,
    event::Kind,
    ids::{ContactId, DeliveryId, EventId, OrganisationId, ParcelId, UserId},
    organisation::OrganisationNumber,
    watch::Channel,
};
use sqlx::FromRow;
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};
use uuid::Uuid;

/// States of which there is an index, as few alerts end in them.
const TROUBLED: [&str; 3] = ["failed", "expired", "suppressed"];
/// States in which an alert is due some day, of which there is an index too.
const DUE: [&str; 2] = ["sending", "waiting"];
/// How many events' alerts are read at once.
const EVENTS_TOGETHER: usize = 256;

// The outer join keeps the order in which the alerts are read.
macro_rules! select_alerts {
    ($rest:literal) => {
        concat!(
            "SELECT d.id, d.event_id, d.user_id, d.contact_id, d.channel, d.state, d.cause, d.due_at, d.attempts,
                d.possible_duplicate, d.parcel, d.created_at, d.changed_at, e.kind, e.organisation_id,
                e.organisation_number
             FROM deliveries d LEFT JOIN events e ON e.id = d.event_id ",
            $rest
        )
    };
}

statements! {
    both ONE = select_alerts!("WHERE d.id = $1");
    both PARCEL = select_alerts!("WHERE d.parcel = $1 LIMIT $2");
    both ALL = select_alerts!(
        "WHERE (d.event_id, d.contact_id) < ($1, $2) AND d.event_id >= $3
         ORDER BY d.event_id DESC, d.contact_id DESC LIMIT $4");
    both USER = select_alerts!(
        "WHERE (d.user_id, d.event_id, d.contact_id) < ($5, $1, $2) AND (d.user_id, d.event_id) >= ($5, $3)
         ORDER BY d.user_id DESC, d.event_id DESC, d.contact_id DESC LIMIT $4");
    both STATE = select_alerts!(
        "WHERE d.state IN ('failed', 'expired', 'suppressed')
            AND (d.state, d.event_id, d.contact_id) < ($5, $1, $2) AND (d.state, d.event_id) >= ($5, $3)
         ORDER BY d.state DESC, d.event_id DESC, d.contact_id DESC LIMIT $4");
    both STATE_GOES_ON = "
        SELECT d.event_id FROM deliveries d
        WHERE d.state IN ('failed', 'expired', 'suppressed')
            AND (d.state, d.event_id, d.contact_id) < ($5, $1, $2) AND (d.state, d.event_id) >= ($5, $3)
        ORDER BY d.state DESC, d.event_id DESC, d.contact_id DESC LIMIT 1 OFFSET $4";
    both DUE_ALERTS = select_alerts!("WHERE d.channel = $1 AND d.due_at IS NOT NULL LIMIT $2");
    both DUE_GOES_ON = "
        SELECT channel FROM deliveries WHERE channel = $1 AND due_at IS NOT NULL ORDER BY due_at LIMIT 1 OFFSET $2";
    pg OF_EVENTS_PG = select_alerts!("WHERE d.event_id = ANY($1)");
    both OF_EVENT = select_alerts!("WHERE d.event_id = $1");
}

/// The place of an alert among all: by its event, then by its contact point, of which an event has one alert each (R32).
pub type DeliveryKey = (EventId, ContactId);

/// Which alerts are asked for: all that fit everything that is set.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct DeliveryFilter {
    /// Our id.
    pub id: Option<DeliveryId>,
    /// What it tells of.
    pub event: Option<EventId>,
    /// With which others it leaves as one message.
    pub parcel: Option<ParcelId>,
    /// Whose event it tells of.
    pub company: Option<Company>,
    /// Whom it tells: one of these.
    pub users: Option<BTreeSet<UserId>>,
    /// Where: one of these, as [`contacts`](super::contacts) gives them.
    pub contacts: Option<BTreeMap<ContactId, UserId>>,
    /// By which way.
    pub channel: Option<Channel>,
    /// What happened.
    pub kind: Option<Kind>,
    /// Where it stands, by the name of the state.
    pub state: Option<String>,
    /// Why it waits or ended, as a code.
    pub cause: Option<String>,
    /// When its event reached us.
    pub span: Span,
}

impl DeliveryFilter {
    fn fits(&self, alert: &FoundDelivery) -> bool {
        let (first, end) = (self.span.first(), self.span.end());
        self.id.is_none_or(|id| id == alert.id)
            && self.event.is_none_or(|event| event == alert.event)
            && self.parcel.is_none_or(|parcel| alert.parcel == Some(parcel))
            && self.company.as_ref().is_none_or(|company| company.has(alert.organisation, &alert.number))
            && self.users.as_ref().is_none_or(|users| users.contains(&alert.user))
            && self.contacts.as_ref().is_none_or(|contacts| contacts.contains_key(&alert.contact))
            && self.channel.is_none_or(|channel| channel == alert.channel)
            && self.kind.as_ref().is_none_or(|kind| *kind == alert.kind)
            && self.state.as_ref().is_none_or(|state| *state == alert.state)
            && self.cause.as_ref().is_none_or(|cause| alert.cause.as_ref() == Some(cause))
            && (first..end).contains(&alert.event.0)
    }

    /// What is asked for of the events, as far as it leads to them.
    fn of_events(&self) -> EventFilter {
        let (company, kind) = (self.company.clone(), self.kind.clone());
        EventFilter { company, kind, span: self.span, ..EventFilter::default() }
    }
}

/// What is listed of an alert: neither its address nor its history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundDelivery {
    /// Our id.
    pub id: DeliveryId,
    /// What it tells of.
    pub event: EventId,
    /// Whom it tells.
    pub user: UserId,
    /// Where.
    pub contact: ContactId,
    /// How.
    pub channel: Channel,
    /// Where it stands, by the name of the state.
    pub state: String,
    /// Why it waits or ended, as a code.
    pub cause: Option<String>,
    /// When it is tried next, or its lease ends.
    pub due_at: Option<Timestamp>,
    /// How many attempts have ended.
    pub attempts: u32,
    /// Whether it may have arrived twice (R32).
    pub possible_duplicate: bool,
    /// With which others it leaves as one message.
    pub parcel: Option<ParcelId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When something last happened to it.
    pub changed_at: Timestamp,
    /// What happened.
    pub kind: Kind,
    /// The company, if it was known.
    pub organisation: Option<OrganisationId>,
    /// The company's number.
    pub number: OrganisationNumber,
}

impl Keyed for FoundDelivery {
    type Key = DeliveryKey;

    fn key(&self) -> DeliveryKey {
        (self.event, self.contact)
    }
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    event_id: Uuid,
    user_id: Uuid,
    contact_id: Uuid,
    channel: Word<Channel>,
    state: String,
    cause: Option<String>,
    due_at: Option<Time>,
    attempts: i64,
    possible_duplicate: bool,
    parcel: Option<Uuid>,
    created_at: Time,
    changed_at: Time,
    kind: Option<Word<Kind>>,
    organisation_id: Option<Uuid>,
    organisation_number: Option<Word<OrganisationNumber>>,
}

impl TryFrom<Row> for FoundDelivery {
    type Error = StoreError;

    fn try_from(row: Row) -> Result<Self> {
        let missing = || StoreError::Corrupt { what: "deliveries.event_id".into() };
        Ok(Self {
            id: row.id.into(),
            event: row.event_id.into(),
            user: row.user_id.into(),
            contact: row.contact_id.into(),
            channel: row.channel.0,
            state: row.state,
            cause: row.cause,
            due_at: row.due_at.map(|time| time.0),
            attempts: u32::try_from(row.attempts).unwrap_or(u32::MAX),
            possible_duplicate: row.possible_duplicate,
            parcel: row.parcel.map(Into::into),
            created_at: row.created_at.0,
            changed_at: row.changed_at.0,
            kind: row.kind.ok_or_else(missing)?.0,
            organisation: row.organisation_id.map(Into::into),
            number: row.organisation_number.ok_or_else(missing)?.0,
        })
    }
}

/// The way to the alerts that are asked for: an index, and which part of it.
enum Path<'a> {
    One(DeliveryId),
    Parcel(ParcelId),
    Event(EventId),
    Users(BTreeSet<UserId>),
    State(&'a str),
    Due,
    Events(EventPath<'a>, &'a EventFilter),
    All,
}

type At = (Span, DeliveryKey);

impl<'a> Path<'a> {
    async fn choose(
        tx: &mut Tx,
        (filter, events): (&'a DeliveryFilter, &'a EventFilter),
        before: DeliveryKey,
    ) -> Result<Self> {
        if let Some(id) = filter.id {
            return Ok(Self::One(id));
        }
        if let Some(parcel) = filter.parcel {
            return Ok(Self::Parcel(parcel));
        }
        if let Some(event) = filter.event {
            return Ok(Self::Event(event));
        }
        let of_contacts = filter.contacts.as_ref().map(|contacts| contacts.values().copied().collect());
        if let Some(users) = of_contacts.or_else(|| filter.users.clone()) {
            return Ok(Self::Users(users));
        }
        let mut ways = Vec::with_capacity(3);
        ways.extend(events.company.as_ref().map(|company| Self::Events(EventPath::Company(company), events)));
        let state = filter.state.as_deref().unwrap_or_default();
        if TROUBLED.contains(&state) {
            ways.push(Self::State(state));
        }
        // Read whole, so only if they are few; if they are many, the newest of all are among them.
        if DUE.contains(&state) && !Self::Due.exceeds(tx, (filter.span, before)).await? {
            ways.push(Self::Due);
        }
        ways.extend(events.kind.as_ref().map(|kind| Self::Events(EventPath::Kind(kind), events)));
        if ways.len() > 1 {
            for place in 0..ways.len() {
                if !ways[place].exceeds(tx, (filter.span, before)).await? {
                    return Ok(ways.swap_remove(place));
                }
            }
        }
        Ok(ways.into_iter().next().unwrap_or(Self::All))
    }

    /// Whether reading it to its end would take more than the budget.
    async fn exceeds(&self, tx: &mut Tx, (span, before): At) -> Result<bool> {
        let ((event, contact), first) = (within(span, before), span.first());
        Ok(match self {
            Self::State(state) => {
                let budget = count(BUDGET);
                fetch_optional!(tx, (Uuid,), STATE_GOES_ON, event, contact, first, budget, *state)?.is_some()
            }
            Self::Due => {
                for channel in Channel::ALL {
                    let budget = count(BUDGET / Channel::ALL.len());
                    if fetch_optional!(tx, (String,), DUE_GOES_ON, channel.as_str(), budget)?.is_some() {
                        return Ok(true);
                    }
                }
                false
            }
            Self::Events(path, _) => path.exceeds(tx, (span, EventId(event))).await?,
            _ => false,
        })
    }

    /// At most so many of its alerts before one, the newest first; of what is read whole, all of them.
    async fn read(&self, tx: &mut Tx, (span, before): At, at_most: usize) -> Result<Stretch<FoundDelivery>> {
        let ((event, contact), first, limit) = (within(span, before), span.first(), count(at_most));
        let few = match self {
            Self::One(id) => fetch_all!(tx, Row, ONE, id.0)?,
            Self::Parcel(id) => fetch_all!(tx, Row, PARCEL, id.0, count(BUDGET))?,
            Self::Due => {
                let mut due = Vec::new();
                for channel in Channel::ALL {
                    due.extend(fetch_all!(tx, Row, DUE_ALERTS, channel.as_str(), count(BUDGET))?);
                }
                due
            }
            Self::Event(id) => {
                let (event, contact) = (event, contact).min((id.0, Uuid::max()));
                let rows = fetch_all!(tx, Row, ALL, event, contact, first.max(id.0), limit)?;
                return Ok(Stretch::of(found(rows)?, at_most));
            }
            Self::Users(users) => {
                let mut stretches = Vec::with_capacity(users.len());
                for user in users {
                    let rows = fetch_all!(tx, Row, USER, event, contact, first, limit, user.0)?;
                    stretches.push(Stretch::of(found(rows)?, at_most));
                }
                return Ok(Stretch::merged(stretches, at_most));
            }
            Self::State(state) => {
                let rows = fetch_all!(tx, Row, STATE, event, contact, first, limit, *state)?;
                return Ok(Stretch::of(found(rows)?, at_most));
            }
            Self::Events(path, filter) => return by_events(tx, (path, filter), before, at_most).await,
            Self::All => {
                let rows = fetch_all!(tx, Row, ALL, event, contact, first, limit)?;
                return Ok(Stretch::of(found(rows)?, at_most));
            }
        };
        let rows = newest_first(found(few)?, before);
        Ok(Stretch { looked_at: rows.len(), rows, then: None })
    }
}

/// The alerts of some of the events of a path: of so many that their alerts may be as many as asked for.
async fn by_events(
    tx: &mut Tx,
    (path, filter): (&EventPath<'_>, &EventFilter),
    before: DeliveryKey,
    at_most: usize,
) -> Result<Stretch<FoundDelivery>> {
    let (event, contact) = before;
    // Alerts of this very event are left, unless it stands for all that came before it.
    let end = if contact.0.is_nil() { event.0 } else { Uuid::from_u128(event.0.as_u128().saturating_add(1)) };
    let together = at_most.div_ceil(4).clamp(8, EVENTS_TOGETHER);
    let events = path.read(tx, (filter.span, EventId(end)), together).await?;
    let ids: Vec<_> = events.rows.iter().filter(|event| filter.fits(event)).map(|event| event.id.0).collect();
    let rows = of_events(tx, &ids).await?;
    let looked_at = events.looked_at + rows.len();
    let then = events.then.map(|last| (last, ContactId(Uuid::nil())));
    Ok(Stretch { rows: newest_first(found(rows)?, before), looked_at, then })
}

async fn of_events(tx: &mut Tx, ids: &[Uuid]) -> Result<Vec<Row>> {
    if let Tx::Pg(pg) = tx {
        return Ok(sqlx::query_as(OF_EVENTS_PG).bind(ids).fetch_all(&mut **pg).await?);
    }
    let mut rows = Vec::new();
    for id in ids {
        rows.extend(fetch_all!(tx, Row, OF_EVENT, *id)?);
    }
    Ok(rows)
}

fn newest_first(mut rows: Vec<FoundDelivery>, before: DeliveryKey) -> Vec<FoundDelivery> {
    rows.retain(|alert| alert.key() < before);
    rows.sort_by_key(|alert| Reverse(alert.key()));
    rows
}

/// A key, or the end of a stretch of time if that comes first.
fn within(span: Span, (event, contact): DeliveryKey) -> (Uuid, Uuid) {
    (event.0, contact.0).min((span.end(), Uuid::nil()))
}

fn found(rows: Vec<Row>) -> Result<Vec<FoundDelivery>> {
    rows.into_iter().map(FoundDelivery::try_from).collect()
}

/// The alerts that fit a filter, those of the newest event first, at most `limit`: those after a page's [`Page::next`],
/// or the latest.
///
/// # Errors
/// [`StoreError::Corrupt`] if a stored value cannot be read.
pub async fn search(
    tx: &mut Tx,
    filter: &DeliveryFilter,
    after: Option<DeliveryKey>,
    limit: usize,
) -> Result<Page<FoundDelivery, DeliveryKey>> {
    let before = after.unwrap_or((EventId(Uuid::max()), ContactId(Uuid::max())));
    let events = filter.of_events();
    let path = Path::choose(tx, (filter, &events), before).await?;
    let mut gathering = Gathering::new(limit, before);
    while let Some((before, at_most)) = gathering.wants() {
        let stretch = path.read(tx, (filter.span, before), at_most).await?;
        gathering.take(stretch, |alert| filter.fits(alert));
    }
    Ok(gathering.page)
}

/// What is listed of one alert.
///
/// # Errors
/// [`StoreError::Corrupt`] if a stored value cannot be read.
pub async fn delivery(tx: &mut Tx, id: DeliveryId) -> Result<Option<FoundDelivery>> {
    fetch_optional!(tx, Row, ONE, id.0)?.map(FoundDelivery::try_from).transpose()
}
