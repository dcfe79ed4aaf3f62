//! Searching events.

use super::{BUDGET, Gathering, Keyed, Page, Span, Stretch, count};
use crate::{
    Result, Time, Tx,
    text::{Json, Word},
};
use bevaka_domain::{
    clock::Timestamp,
    entitlement::{Decision, Verdict},
    event::{Kind, Origin},
    ids::{EventId, OrganisationId, UserId},
    organisation::OrganisationNumber,
};
use sqlx::FromRow;
use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet, HashMap},
};
use uuid::Uuid;

macro_rules! select_events {
    ($rest:literal) => {
        concat!(
            "SELECT id, source, external_id, kind, organisation_number, organisation_id, received_at, origin
             FROM events ",
            $rest
        )
    };
}

statements! {
    both ONE = select_events!("WHERE id = $1");
    // Few: one of each publisher.
    both EXTERNAL = select_events!("WHERE external_id = $1 LIMIT $2");
    both ALL = select_events!("WHERE id < $1 AND id >= $2 ORDER BY id DESC LIMIT $3");
    both COMPANY = select_events!(
        "WHERE (organisation_id, id) < ($4, $1) AND (organisation_id, id) >= ($4, $2)
         ORDER BY organisation_id DESC, id DESC LIMIT $3");
    both UNKNOWN = select_events!(
        "WHERE organisation_id IS NULL
            AND (organisation_number, id) < ($4, $1) AND (organisation_number, id) >= ($4, $2)
         ORDER BY organisation_number DESC, id DESC LIMIT $3");
    both KIND = select_events!(
        "WHERE (kind, id) < ($4, $1) AND (kind, id) >= ($4, $2) ORDER BY kind DESC, id DESC LIMIT $3");
    both ORIGIN = select_events!(
        "WHERE origin IS NOT NULL AND (origin, id) < ($4, $1) AND (origin, id) >= ($4, $2)
         ORDER BY origin DESC, id DESC LIMIT $3");
    both NOT_BY_PUBLISHER = select_events!(
        "WHERE origin IS NOT NULL AND id < $1 AND id >= $2 ORDER BY id DESC LIMIT $3");
    both COMPANY_GOES_ON = "
        SELECT id FROM events WHERE (organisation_id, id) < ($4, $1) AND (organisation_id, id) >= ($4, $2)
        ORDER BY organisation_id DESC, id DESC LIMIT 1 OFFSET $3";
    both KIND_GOES_ON = "
        SELECT id FROM events WHERE (kind, id) < ($4, $1) AND (kind, id) >= ($4, $2)
        ORDER BY kind DESC, id DESC LIMIT 1 OFFSET $3";
    pg ALERTS_PG = "
        SELECT event_id, state, count(*) FROM deliveries WHERE event_id = ANY($1) GROUP BY event_id, state";
    both ALERTS = "SELECT event_id, state, count(*) FROM deliveries WHERE event_id = $1 GROUP BY event_id, state";
    pg DECISIONS_PG = "SELECT id, decisions FROM events WHERE id = ANY($1)";
    both DECISIONS = "SELECT id, decisions FROM events WHERE id = $1";
}

/// A company, known or not: events may have come before it was.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Company {
    /// Our id, if it is known.
    pub id: Option<OrganisationId>,
    /// Its number.
    pub number: OrganisationNumber,
}

impl Company {
    pub(super) fn has(&self, organisation: Option<OrganisationId>, number: &OrganisationNumber) -> bool {
        organisation.map_or(self.number == *number, |_| organisation == self.id)
    }
}

/// By what an event came in, other than by its publisher alone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CameBy {
    /// Whatever it is.
    Any,
    /// Exactly this.
    Exactly(Origin),
}

impl CameBy {
    fn is(self, origin: Option<Origin>) -> bool {
        origin.is_some_and(|origin| self == Self::Any || self == Self::Exactly(origin))
    }
}

/// Which events are asked for: all that fit everything that is set.
#[derive(Clone, Default, PartialEq, Eq, Debug)]
pub struct EventFilter {
    /// Our id.
    pub id: Option<EventId>,
    /// The publisher's id.
    pub external_id: Option<String>,
    /// The publisher.
    pub source: Option<String>,
    /// Whose it is.
    pub company: Option<Company>,
    /// What happened.
    pub kind: Option<Kind>,
    /// By what it came in.
    pub came_by: Option<CameBy>,
    /// When it reached us.
    pub span: Span,
}

impl EventFilter {
    pub(super) fn fits(&self, event: &FoundEvent) -> bool {
        let (first, end) = (self.span.first(), self.span.end());
        self.id.is_none_or(|id| id == event.id)
            && self.external_id.as_ref().is_none_or(|id| *id == event.external_id)
            && self.source.as_ref().is_none_or(|source| *source == event.source)
            && self.company.as_ref().is_none_or(|company| company.has(event.organisation, &event.number))
            && self.kind.as_ref().is_none_or(|kind| *kind == event.kind)
            && self.came_by.is_none_or(|asked| asked.is(event.origin))
            && (first..end).contains(&event.id.0)
    }
}

/// What is listed of an event: nothing of its data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundEvent {
    /// Our id.
    pub id: EventId,
    /// The publisher.
    pub source: String,
    /// The publisher's id.
    pub external_id: String,
    /// What happened.
    pub kind: Kind,
    /// The company's number.
    pub number: OrganisationNumber,
    /// The company, if it was known.
    pub organisation: Option<OrganisationId>,
    /// When it reached us.
    pub received_at: Timestamp,
    /// By what it came in, if not by its publisher alone.
    pub origin: Option<Origin>,
}

impl Keyed for FoundEvent {
    type Key = EventId;

    fn key(&self) -> EventId {
        self.id
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
    received_at: Time,
    origin: Option<Word<Origin>>,
}

impl From<Row> for FoundEvent {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.into(),
            kind: row.kind.0,
            number: row.organisation_number.0,
            organisation: row.organisation_id.map(Into::into),
            received_at: row.received_at.0,
            source: row.source,
            external_id: row.external_id,
            origin: row.origin.map(|origin| origin.0),
        }
    }
}

/// The way to the events that are asked for: an index, and which part of it.
#[derive(Clone, Debug)]
pub(super) enum Path<'a> {
    One(EventId),
    External(&'a str),
    Company(&'a Company),
    CameBy(CameBy),
    Kind(&'a Kind),
    All,
}

impl<'a> Path<'a> {
    async fn choose(tx: &mut Tx, filter: &'a EventFilter, before: EventId) -> Result<Self> {
        if let Some(id) = filter.id {
            return Ok(Self::One(id));
        }
        if let Some(id) = &filter.external_id {
            return Ok(Self::External(id));
        }
        // What did not come by its publisher alone is rare.
        if let Some(asked) = filter.came_by {
            return Ok(Self::CameBy(asked));
        }
        Ok(match (&filter.company, &filter.kind) {
            (Some(company), Some(kind)) => {
                let (by_company, by_kind) = (Self::Company(company), Self::Kind(kind));
                let at = (filter.span, before);
                let kind_ends = by_company.exceeds(tx, at).await? && !by_kind.exceeds(tx, at).await?;
                if kind_ends { by_kind } else { by_company }
            }
            (Some(company), None) => Self::Company(company),
            (None, Some(kind)) => Self::Kind(kind),
            (None, None) => Self::All,
        })
    }

    /// Whether reading it to its end would take more than the budget.
    pub(super) async fn exceeds(&self, tx: &mut Tx, (span, before): (Span, EventId)) -> Result<bool> {
        let (before, first, budget) = (before.0.min(span.end()), span.first(), count(BUDGET));
        let row = match self {
            Self::Company(Company { id: Some(id), .. }) => {
                fetch_optional!(tx, (Uuid,), COMPANY_GOES_ON, before, first, budget, id.0)?
            }
            Self::Kind(kind) => {
                fetch_optional!(tx, (Uuid,), KIND_GOES_ON, before, first, budget, kind.as_str())?
            }
            _ => None,
        };
        Ok(row.is_some())
    }

    /// At most so many of its events before one, the newest first.
    pub(super) async fn read(
        &self,
        tx: &mut Tx,
        (span, before): (Span, EventId),
        at_most: usize,
    ) -> Result<Stretch<FoundEvent>> {
        let (before, first, limit) = (before.0.min(span.end()), span.first(), count(at_most));
        let rows = match self {
            Self::One(id) => fetch_all!(tx, Row, ONE, id.0)?,
            Self::External(id) => fetch_all!(tx, Row, EXTERNAL, *id, count(BUDGET))?,
            Self::Company(company) => return by_company(tx, company, (before, first), at_most).await,
            Self::CameBy(CameBy::Exactly(origin)) => {
                fetch_all!(tx, Row, ORIGIN, before, first, limit, String::from(*origin))?
            }
            Self::CameBy(CameBy::Any) => fetch_all!(tx, Row, NOT_BY_PUBLISHER, before, first, limit)?,
            Self::Kind(kind) => fetch_all!(tx, Row, KIND, before, first, limit, kind.as_str())?,
            Self::All => fetch_all!(tx, Row, ALL, before, first, limit)?,
        };
        if !matches!(self, Self::One(_) | Self::External(_)) {
            return Ok(Stretch::of(found(rows), at_most));
        }
        let mut rows = found(rows);
        rows.retain(|event| event.id.0 < before);
        rows.sort_by_key(|event| Reverse(event.id));
        Ok(Stretch { looked_at: rows.len(), rows, then: None })
    }
}

/// The events of a company, also those that came before it was known.
async fn by_company(
    tx: &mut Tx,
    company: &Company,
    (before, first): (Uuid, Uuid),
    at_most: usize,
) -> Result<Stretch<FoundEvent>> {
    let mut stretches = Vec::with_capacity(2);
    if let Some(id) = company.id {
        let rows = fetch_all!(tx, Row, COMPANY, before, first, count(at_most), id.0)?;
        stretches.push(Stretch::of(found(rows), at_most));
    }
    let rows = fetch_all!(tx, Row, UNKNOWN, before, first, count(at_most), company.number.as_str())?;
    stretches.push(Stretch::of(found(rows), at_most));
    Ok(Stretch::merged(stretches, at_most))
}

fn found(rows: Vec<Row>) -> Vec<FoundEvent> {
    rows.into_iter().map(FoundEvent::from).collect()
}

/// The events that fit a filter, the newest first, at most `limit`: those after a page's [`Page::next`], or the latest.
///
/// # Errors
/// [`StoreError::Corrupt`](crate::StoreError::Corrupt) if a stored value cannot be read.
pub async fn search(
    tx: &mut Tx,
    filter: &EventFilter,
    after: Option<EventId>,
    limit: usize,
) -> Result<Page<FoundEvent, EventId>> {
    let before = after.unwrap_or(EventId(Uuid::max()));
    let path = Path::choose(tx, filter, before).await?;
    let mut gathering = Gathering::new(limit, before);
    while let Some((before, at_most)) = gathering.wants() {
        let stretch = path.read(tx, (filter.span, before), at_most).await?;
        gathering.take(stretch, |event| filter.fits(event));
    }
    Ok(gathering.page)
}

/// What became of an event, in numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Weighed {
    /// How many alerts stand where, by the names of the states.
    pub alerts: BTreeMap<String, u64>,
    /// How many users were not told at all.
    pub suppressed: u64,
    /// What was decided about the users who were asked for.
    pub about: Vec<Decision>,
}

/// What became of events, in numbers, and what was decided about some users.
///
/// # Errors
/// [`StoreError::Corrupt`](crate::StoreError::Corrupt) if decisions cannot be read.
pub async fn weigh(
    tx: &mut Tx,
    ids: &[EventId],
    users: &BTreeSet<UserId>,
) -> Result<HashMap<EventId, Weighed>> {
    let ids: Vec<_> = ids.iter().map(|id| id.0).collect();
    let (mut alerts, mut decisions) = (Vec::new(), Vec::<(Uuid, Json<Vec<Decision>>)>::new());
    if let Tx::Pg(pg) = tx {
        alerts = sqlx::query_as(ALERTS_PG).bind(&ids).fetch_all(&mut **pg).await?;
        decisions = sqlx::query_as(DECISIONS_PG).bind(&ids).fetch_all(&mut **pg).await?;
    } else {
        for id in ids {
            alerts.extend(fetch_all!(tx, (Uuid, String, i64), ALERTS, id)?);
            decisions.extend(fetch_all!(tx, (Uuid, Json<Vec<Decision>>), DECISIONS, id)?);
        }
    }
    let mut all = HashMap::<EventId, Weighed>::new();
    for (event, state, count) in alerts {
        all.entry(event.into()).or_default().alerts.insert(state, u64::try_from(count).unwrap_or(0));
    }
    for (event, Json(decisions)) in decisions {
        let weighed = all.entry(event.into()).or_default();
        for decision in decisions {
            weighed.suppressed += u64::from(matches!(decision.verdict, Verdict::Suppressed(_)));
            if users.contains(&decision.user) {
                weighed.about.push(decision);
            }
        }
    }
    Ok(all)
}
