//! All open dead letters of one reason at once, up to the newest that the operator has seen in the preview.

use super::{Refusal, Requeued, discard::discard_in, requeue::requeue_in};
use crate::{app::App, queries::dead_letters::MOST};
use bevaka_domain::{
    operator::{Justification, Operator},
    trail::{Entry, Writer},
};
use bevaka_store::{Tx, dead_letters, trail};
use uuid::Uuid;

/// How many of them are one transaction.
const TOGETHER: usize = 50;

/// What became of one of them.
#[derive(Debug)]
pub(crate) enum Outcome {
    Requeued(Requeued),
    Discarded,
    /// It is as it was, and why.
    Left(Refusal),
    /// The database failed before its turn.
    NotTried,
}

/// Which letters: those of a reason, up to one, as many as the operator expects.
pub(crate) struct Chosen<'a> {
    pub reason: &'a str,
    pub through: Uuid,
    /// How many the preview told of.
    pub expected: usize,
}

#[derive(Clone, Copy)]
enum What {
    Requeue,
    Discard,
}

/// Sends all of them in again that pass intake now; the others stay open.
pub(crate) async fn requeue_all(
    app: &App,
    operator: &Operator,
    chosen: &Chosen<'_>,
    because: &Justification,
) -> Result<Vec<(Uuid, Outcome)>, Refusal> {
    all(app, operator, chosen, because, What::Requeue).await
}

pub(crate) async fn discard_all(
    app: &App,
    operator: &Operator,
    chosen: &Chosen<'_>,
    because: &Justification,
) -> Result<Vec<(Uuid, Outcome)>, Refusal> {
    all(app, operator, chosen, because, What::Discard).await
}

async fn all(
    app: &App,
    operator: &Operator,
    chosen: &Chosen<'_>,
    because: &Justification,
    what: What,
) -> Result<Vec<(Uuid, Outcome)>, Refusal> {
    let mut tx = app.chassis.db.begin_read().await?;
    let ids = dead_letters::open_of(&mut tx, chosen.reason, Some(chosen.through), MOST).await?;
    drop(tx);
    if ids.len() != chosen.expected {
        return Err(Refusal::CountChanged { found: ids.len() });
    }
    let mut outcomes = Vec::with_capacity(ids.len());
    for some in ids.chunks(TOGETHER) {
        match together(app, operator, some, because, what).await {
            Ok(done) => outcomes.extend(done),
            Err(fault) if outcomes.is_empty() => return Err(fault),
            Err(fault) => {
                tracing::error!(
                    ?fault,
                    done = outcomes.len(),
                    "not all dead letters of a reason were dealt with"
                );
                break;
            }
        }
    }
    let rest = ids.iter().skip(outcomes.len()).map(|id| (*id, Outcome::NotTried)).collect::<Vec<_>>();
    outcomes.extend(rest);
    Ok(outcomes)
}

/// Some of them, in the order of their ids, so that two operators never wait for each other crosswise.
async fn together(
    app: &App,
    operator: &Operator,
    ids: &[Uuid],
    because: &Justification,
    what: What,
) -> Result<Vec<(Uuid, Outcome)>, Refusal> {
    let mut tx = app.chassis.db.begin().await?;
    let mut outcomes = Vec::with_capacity(ids.len());
    let mut entries: Vec<Entry> = Vec::with_capacity(ids.len());
    for id in ids {
        let outcome = match one(app, &mut tx, operator, *id, because, what).await {
            Ok((outcome, entry)) => {
                entries.push(entry);
                outcome
            }
            // Its transaction is lost.
            Err(Refusal::Store(fault)) => return Err(fault.into()),
            Err(refusal) => Outcome::Left(refusal),
        };
        outcomes.push((*id, outcome));
    }
    trail::append_all(&mut tx, Writer::Operators, &entries).await?;
    tx.commit().await?;
    app.chassis.outbox.nudge();
    Ok(outcomes)
}

async fn one(
    app: &App,
    tx: &mut Tx,
    operator: &Operator,
    id: Uuid,
    because: &Justification,
    what: What,
) -> Result<(Outcome, Entry), Refusal> {
    match what {
        What::Requeue => {
            let (requeued, entry) = requeue_in(app, tx, operator, id, because, None).await?;
            Ok((Outcome::Requeued(requeued), entry))
        }
        What::Discard => {
            let entry = discard_in(tx, operator, id, because, app.now()).await?;
            Ok((Outcome::Discarded, entry))
        }
    }
}
