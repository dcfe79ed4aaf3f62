//! Lists of an API: one page at a time, with one name for the cursor.

use crate::problem::Problem;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How many items a page holds when nothing else is asked for.
const DEFAULT_LIMIT: u32 = 50;
/// The largest page, in items.
const MAX_LIMIT: u32 = 500;

/// One page of a list.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Page<T> {
    /// The items, in the list's order.
    pub items: Vec<T>,
    /// Send it as `before` for the next page; left out at the end. What comes meanwhile does not move it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// A page of `rows`, of which one more than `limit` was read to see whether there are more; `cursor` is where the next
    /// page begins, after the last row that is shown.
    pub fn new<R>(
        mut rows: Vec<R>,
        limit: u32,
        cursor: impl FnOnce(&R) -> String,
        item: impl FnMut(R) -> T,
    ) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| has_more).map(cursor);
        Self { items: rows.into_iter().map(item).collect(), next }
    }
}

/// How many items a page holds: as asked, 1 to 500, else 50.
///
/// # Errors
/// 422 for a number out of range.
pub fn limit(asked: Option<u32>) -> Result<u32, Problem> {
    match asked {
        None => Ok(DEFAULT_LIMIT),
        Some(limit @ 1..=MAX_LIMIT) => Ok(limit),
        Some(_) => Err(Problem::invalid_field("limit", format!("limit must lie between 1 and {MAX_LIMIT}."))),
    }
}
