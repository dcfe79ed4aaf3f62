//! Finding events and alerts among all that are stored (R39).
//!
//! Every search reads along one index, the newest first, and leaves out what does not fit. The index follows from what is
//! asked: of several that would do, one is taken that is read to its end within the [`BUDGET`]. So the work for a page is
//! bounded whatever is stored: a page that spent its budget gives what it found, and says where to go on. What an index is
//! compared with are whole rows, such as `(kind, id)`, and not columns one by one: so only that index gives the order that is
//! asked for, and no guess about how common a kind is leads the database another way.
//!
//! Alerts are in the order of their events, those of one event in the order of their contact points; a time is that at
//! which an event reached us, to the millisecond, as ids have it. What comes meanwhile never moves what was listed.

mod deliveries;
mod events;
#[cfg(test)]
mod plans;

#[cfg(test)]
pub(crate) use deliveries::STATEMENTS as DELIVERY_STATEMENTS;
pub use deliveries::{DeliveryFilter, DeliveryKey, FoundDelivery, delivery, search as deliveries};
#[cfg(test)]
pub(crate) use events::STATEMENTS as EVENT_STATEMENTS;
pub use events::{CameBy, Company, EventFilter, FoundEvent, Weighed, search as events, weigh};

use crate::{Result, Tx, alerts::first_id};
use bevaka_domain::{
    clock::Timestamp,
    ids::{ContactId, UserId},
};
use std::{cmp::Reverse, collections::BTreeMap};
use uuid::Uuid;

/// How many rows are looked through for one page.
pub const BUDGET: usize = 20_000;
/// How many are read at once.
const TOGETHER: usize = 4_000;
/// How many contact points of one address are looked at, the newest first.
const MOST_CONTACTS: i64 = 256;

statements! {
    both BY_HASH = "
        SELECT contact_id, user_id FROM contact_lookups WHERE address_hash = $1 ORDER BY contact_id DESC LIMIT $2";
}

/// A stretch of time, to the millisecond.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// Its first moment.
    pub from: Option<Timestamp>,
    /// The first moment after it.
    pub until: Option<Timestamp>,
}

impl Span {
    fn first(self) -> Uuid {
        self.from.map_or(Uuid::nil(), |from| first_id(from).0)
    }

    fn end(self) -> Uuid {
        self.until.map_or(Uuid::max(), |until| first_id(until).0)
    }
}

/// A stretch of what was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<R, K> {
    /// What was found, the newest first.
    pub rows: Vec<R>,
    /// After which one to go on. None: there is no more. A page with fewer rows than asked for, even none, may have one.
    pub next: Option<K>,
}

/// Something with a place in the order that is read.
trait Keyed {
    type Key: Copy + Ord;
    fn key(&self) -> Self::Key;
}

/// What was read at once.
struct Stretch<R: Keyed> {
    rows: Vec<R>,
    /// How much work it was, in rows.
    looked_at: usize,
    /// Where to go on; none at the end.
    then: Option<R::Key>,
}

impl<R: Keyed> Stretch<R> {
    /// Rows of which at most so many were asked for.
    fn of(rows: Vec<R>, at_most: usize) -> Self {
        let then = rows.last().filter(|_| rows.len() >= at_most).map(Keyed::key);
        Self { looked_at: rows.len(), rows, then }
    }

    /// Several that were each read from the same place by the same number.
    fn merged(stretches: Vec<Self>, at_most: usize) -> Self {
        let looked_at = stretches.iter().map(|stretch| stretch.looked_at).sum();
        let more = stretches.iter().any(|stretch| stretch.then.is_some());
        let mut rows: Vec<_> = stretches.into_iter().flat_map(|stretch| stretch.rows).collect();
        rows.sort_by_key(|row| Reverse(row.key()));
        let more = more || rows.len() > at_most;
        rows.truncate(at_most);
        let then = rows.last().filter(|_| more).map(Keyed::key);
        Self { rows, looked_at, then }
    }
}

/// A page in the making.
struct Gathering<R: Keyed> {
    limit: usize,
    left: usize,
    together: usize,
    at: Option<R::Key>,
    page: Page<R, R::Key>,
}

impl<R: Keyed> Gathering<R> {
    fn new(limit: usize, before: R::Key) -> Self {
        let page = Page { rows: Vec::with_capacity(limit), next: None };
        Self { limit, left: BUDGET, together: limit + 1, at: Some(before), page }
    }

    /// From where to read how many rows, if any more.
    fn wants(&self) -> Option<(R::Key, usize)> {
        self.at.map(|before| (before, self.together))
    }

    fn take(&mut self, stretch: Stretch<R>, fits: impl Fn(&R) -> bool) {
        self.at = None;
        for row in stretch.rows.into_iter().filter(|row| fits(row)) {
            if self.page.rows.len() == self.limit {
                self.page.next = self.page.rows.last().map(Keyed::key);
                return;
            }
            self.page.rows.push(row);
        }
        self.left = self.left.saturating_sub(stretch.looked_at.max(1));
        self.together = (self.together * 4).min(TOGETHER);
        if self.left == 0 {
            self.page.next = stretch.then;
        } else {
            self.at = stretch.then;
        }
    }
}

/// The contact points that have, or had, the address with a keyed hash, and whose they are.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn contacts(tx: &mut Tx, address_hash: &[u8]) -> Result<BTreeMap<ContactId, UserId>> {
    let rows = fetch_all!(tx, (Uuid, Uuid), BY_HASH, address_hash, MOST_CONTACTS)?;
    Ok(rows.into_iter().map(|(contact, user)| (contact.into(), user.into())).collect())
}

fn count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}
