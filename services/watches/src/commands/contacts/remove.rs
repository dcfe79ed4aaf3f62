//! A user removes a contact point.

use super::{own, said, tell_others};
use crate::{
    access,
    app::{App, entry},
    fault::Outcome,
};
use bevaka_domain::{
    ids::ContactId,
    notice::Topic,
    trail::{Action, Actor, Writer},
};
use bevaka_portal::Caller;
use bevaka_store::{contacts, trail, watch_sets, watches};
use serde_json::json;

/// Removes a contact point. Watches that used it keep the channel, and tell nothing by it until another is chosen;
/// [`losses`](crate::queries::losses) says which.
pub async fn remove(app: &App, caller: Caller, contact: ContactId) -> Outcome<()> {
    let now = app.now();
    let mut tx = app.chassis.db.begin().await?;
    let admitted = access::user(&mut tx, caller, now).await?;
    watch_sets::lock(&mut tx, caller.user, now).await?;
    let all = contacts::of(&mut tx, caller.user).await?;
    let point = &own(&all, contact)?.point;
    let watches_of_user = watch_sets::of(&mut tx, caller.user).await?;
    let lost = watches_of_user.iter().filter(|watch| watch.channels.values().any(|at| *at == Some(contact)));
    let lost: Vec<_> = lost.map(|watch| &watch.kind).collect();
    watches::remove_contact(&mut tx, contact).await?;
    if !lost.is_empty() {
        watch_sets::grow(&mut tx, caller.user, now).await?;
    }
    if point.verified_at.is_some() {
        let topic = (Topic::ContactRemoved, &admitted.company.organisation.number);
        tell_others(app, &mut tx, topic, &all, (caller, &[contact]), now).await?;
    }
    let mut detail = said(app, contact, &point.address);
    detail["kinds"] = json!(lost);
    let who = (Actor::User(caller.user), Action::ContactRemoved);
    let removed = entry(who, caller.organisation, caller.user, detail, now);
    trail::append(&mut tx, Writer::Watches, &removed).await?;
    tx.commit().await?;
    app.chassis.outbox.nudge();
    Ok(())
}
