//! Many alerts at once, up to the newest that the operator has seen in the preview.

use super::{Refusal, What};
use crate::{app::App, queries::deliveries::MOST};
use bevaka_domain::{
    clock::Timestamp,
    delivery::{Delivery, operated::Unchanged},
    ids::DeliveryId,
    operator::{Justification, Operator},
    trail::{Entry, Writer},
};
use bevaka_store::{
    Tx, agreements,
    deliveries::{self, Filter},
    trail,
};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// How many of them are written at once.
const TOGETHER: usize = 500;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Done {
    /// How many of those that were meant were changed.
    pub changed: usize,
    /// How many more were changed because they leave as one message with one of those.
    pub along: usize,
    /// How many stayed as they were, by the reason.
    pub unchanged: BTreeMap<Unchanged, usize>,
}

/// Tries again or stops all alerts that a filter names up to one of them, in one transaction. What another process works on
/// at this moment is not waited for: it counts as under way.
pub(crate) async fn many(
    app: &App,
    operator: &Operator,
    what: What,
    filter: &Filter,
    (through, expected): (DeliveryId, usize),
    because: &Justification,
) -> Result<Done, Refusal> {
    let now = app.now();
    let mut tx = app.chassis.db.begin().await?;
    let ids = deliveries::matching(&mut tx, filter, Some(through), MOST).await?;
    if ids.len() != expected {
        return Err(Refusal::CountChanged { found: ids.len() });
    }
    let mut done = Done::default();
    let mut changed_before = BTreeSet::new();
    for some in ids.chunks(TOGETHER) {
        change(&mut tx, what, some, &mut changed_before, &mut done, now).await?;
    }
    let organisation = match &filter.organisation {
        Some(number) => agreements::find_organisation(&mut tx, number).await?,
        None => None,
    };
    let mut detail = told(filter);
    detail["because"] = because.as_str().into();
    detail["changed"] = done.changed.into();
    detail["along"] = done.along.into();
    detail["unchanged"] =
        done.unchanged.iter().map(|(why, count)| (why.as_str().to_owned(), json!(count))).collect();
    let entry = Entry {
        at: now,
        actor: operator.actor(),
        action: what.action(),
        organisation,
        subject: "deliveries".to_owned(),
        detail,
    };
    trail::append(&mut tx, Writer::Operators, &entry).await?;
    tx.commit().await?;
    Ok(done)
}

async fn change(
    tx: &mut Tx,
    what: What,
    meant: &[DeliveryId],
    changed_before: &mut BTreeSet<DeliveryId>,
    done: &mut Done,
    now: Timestamp,
) -> Result<(), Refusal> {
    let held: BTreeMap<_, _> =
        deliveries::lock(tx, meant).await?.into_iter().map(|held| (held.id, held)).collect();
    let mut changed: Vec<Delivery> = Vec::with_capacity(held.len());
    for id in meant {
        if changed_before.contains(id) {
            // It went along with another one of its parcel.
            done.along -= 1;
            done.changed += 1;
            continue;
        }
        let outcome = held.get(id).map_or(Err(Unchanged::UnderWay), |held| what.apply(held.clone(), now));
        match outcome {
            Ok(delivery) => changed.push(delivery),
            Err(why) => *done.unchanged.entry(why).or_default() += 1,
        }
    }
    done.changed += changed.len();
    if what == What::Retry {
        let parcels: BTreeSet<_> = changed.iter().filter_map(|delivery| delivery.parcel).collect();
        let along: Vec<_> = held
            .into_values()
            .filter(|held| !meant.contains(&held.id))
            .filter(|held| held.parcel.is_some_and(|parcel| parcels.contains(&parcel)))
            .filter_map(|held| what.apply(held, now).ok())
            .collect();
        changed_before.extend(along.iter().map(|delivery| delivery.id));
        done.along += along.len();
        changed.extend(along);
    }
    Ok(deliveries::save(tx, &changed, now).await?)
}

/// The filter as the trail has it: without the organisation's number, which may be a person's, and which the trail could
/// never forget.
fn told(filter: &Filter) -> Value {
    let mut told = json!({"state": filter.state.as_str()});
    let fields = [
        ("channel", filter.channel.map(|channel| channel.as_str().to_owned())),
        ("cause", filter.cause.clone().filter(|cause| is_code(cause))),
        ("kind", filter.kind.as_ref().map(ToString::to_string)),
        ("event", filter.event.map(|id| id.to_string())),
        ("from", filter.from.map(|at| at.to_string())),
        ("until", filter.until.map(|at| at.to_string())),
    ];
    for (name, value) in fields {
        if let Some(value) = value {
            told[name] = value.into();
        }
    }
    told
}

/// Whether a cause is a code: what else an operator typed, such as digits without a letter, may name somebody.
fn is_code(cause: &str) -> bool {
    cause.bytes().any(|byte| byte.is_ascii_lowercase())
        && cause.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'))
}
