//! What happened in each minute, counted and added up over all processes. Written by the dispatcher alone.

use crate::{Result, Time, Tx};
use bevaka_domain::clock::Timestamp;

statements! {
    both ADD = "
        INSERT INTO figures (minute, name, value) VALUES ($1, $2, $3)
        ON CONFLICT (minute, name) DO UPDATE SET value = figures.value + excluded.value";
    both RAISE = "
        INSERT INTO figures (minute, name, value) VALUES ($1, $2, $3)
        ON CONFLICT (minute, name) DO UPDATE
        SET value = CASE WHEN excluded.value > figures.value THEN excluded.value ELSE figures.value END";
    both SINCE = "SELECT minute, name, value FROM figures WHERE minute >= $1 ORDER BY minute, name";
    both FORGET = "DELETE FROM figures WHERE minute < $1";
}

/// How a value joins the one that is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joins {
    /// It is added.
    Sum,
    /// The greater one stays.
    Greatest,
}

/// One figure of one minute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    /// When the minute begins.
    pub minute: Timestamp,
    /// What was counted.
    pub name: String,
    /// How much.
    pub value: u64,
}

/// Joins a figure to what is stored. Whoever joins several does so in the order of minute and name, so that two
/// processes never wait for each other crosswise.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn join(tx: &mut Tx, figure: &Figure, how: Joins) -> Result<()> {
    let sql = match how {
        Joins::Sum => ADD,
        Joins::Greatest => RAISE,
    };
    let value = i64::try_from(figure.value).unwrap_or(i64::MAX);
    execute!(tx, sql, Time(figure.minute), figure.name.as_str(), value)?;
    Ok(())
}

/// All figures from a minute on, the oldest first.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn since(tx: &mut Tx, minute: Timestamp) -> Result<Vec<Figure>> {
    let rows = fetch_all!(tx, (Time, String, i64), SINCE, Time(minute))?;
    let figure = |(minute, name, value): (Time, String, i64)| Figure {
        minute: minute.0,
        name,
        value: u64::try_from(value).unwrap_or(0),
    };
    Ok(rows.into_iter().map(figure).collect())
}

/// Forgets the minutes before this one; gives how many figures they had.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn forget(tx: &mut Tx, before: Timestamp) -> Result<u64> {
    execute!(tx, FORGET, Time(before))
}
