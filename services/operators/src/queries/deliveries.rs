//! What a command about many alerts would be about.

use crate::{
    app::App,
    commands::deliveries::{MOST, What},
};
use bevaka_domain::{delivery::operated::Unchanged, ids::DeliveryId};
use bevaka_store::{
    Result as Stored,
    deliveries::{self, Filter},
};
use std::collections::BTreeMap;

/// How many ids a preview names.
const SAMPLE: usize = 5;
/// How many alerts are read at once.
const TOGETHER: usize = 500;

/// What a command about many alerts would be about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Preview {
    /// How many are meant; at most [`MOST`].
    pub count: usize,
    /// Whether there are more, for the next command.
    pub more: bool,
    /// The newest of them.
    pub through: Option<DeliveryId>,
    /// A few of them, the oldest.
    pub sample: Vec<DeliveryId>,
    /// How many would be changed.
    pub changes: usize,
    /// How many would stay as they are, by the reason.
    pub unchanged: BTreeMap<Unchanged, usize>,
}

/// What a command about all alerts that a filter names would be about now.
///
/// # Errors
/// If the database fails.
pub(crate) async fn preview(app: &App, what: What, filter: &Filter) -> Stored<Preview> {
    let now = app.now();
    let mut tx = app.chassis.db.begin_read().await?;
    let mut ids = deliveries::matching(&mut tx, filter, None, MOST + 1).await?;
    let most = usize::try_from(MOST).unwrap_or(usize::MAX);
    let more = ids.len() > most;
    ids.truncate(most);
    let mut preview = Preview {
        count: ids.len(),
        more,
        through: ids.last().copied(),
        sample: ids.iter().take(SAMPLE).copied().collect(),
        ..Preview::default()
    };
    for some in ids.chunks(TOGETHER) {
        for delivery in deliveries::those(&mut tx, some).await? {
            match what.would_apply(&delivery, now) {
                Ok(()) => preview.changes += 1,
                Err(why) => *preview.unchanged.entry(why).or_default() += 1,
            }
        }
    }
    Ok(preview)
}
