//! One alert, with those that leave as one message with it.

use super::{Refusal, What};
use crate::app::App;
use bevaka_domain::{
    delivery::Delivery,
    ids::DeliveryId,
    operator::{Justification, Operator},
    trail::{Entry, Writer},
};
use bevaka_store::{deliveries, events, trail};
use serde_json::json;

/// Tries one alert again or stops it. What leaves with it as one message is tried with it; stopped is it alone. Gives it as
/// it stands now.
pub(crate) async fn one(
    app: &App,
    operator: &Operator,
    what: What,
    id: DeliveryId,
    because: &Justification,
) -> Result<Delivery, Refusal> {
    let now = app.now();
    let mut tx = app.chassis.db.begin().await?;
    let members = deliveries::together(&mut tx, id).await?;
    let meant = members.iter().find(|member| member.id == id).ok_or(Refusal::NotFound)?.clone();
    let was = meant.state.name();
    let changed = what.apply(meant, now)?;
    let mut all = vec![changed.clone()];
    if what == What::Retry {
        let others = members.into_iter().filter(|member| member.id != id);
        all.extend(others.filter_map(|member| what.apply(member, now).ok()));
    }
    deliveries::save(&mut tx, &all, now).await?;
    let event = events::find(&mut tx, changed.event).await?;
    let entry = Entry {
        at: now,
        actor: operator.actor(),
        action: what.action(),
        organisation: event.and_then(|decided| decided.organisation),
        subject: id.to_string(),
        detail: json!({"because": because.as_str(), "was": was, "along": all.len() - 1}),
    };
    trail::append(&mut tx, Writer::Operators, &entry).await?;
    tx.commit().await?;
    Ok(changed)
}
