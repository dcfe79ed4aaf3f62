//! A watch is switched off from a mail, by whoever has the link, and on again by its user.

use crate::{
    access,
    app::{App, entry},
    fault::{Fault, Outcome},
};
use bevaka_domain::{
    event::Kind,
    ids::UserId,
    trail::{Action, Actor, Writer},
};
use bevaka_portal::Caller;
use bevaka_store::{members, trail, watch_sets};
use serde_json::json;
use std::collections::BTreeSet;

/// Switches a user's watches of these kinds off; their choices are kept. What is off, not watched, or a user's who is no
/// longer there, is done already: the link tells nobody more.
pub async fn off(app: &App, user: UserId, kinds: &BTreeSet<Kind>) -> Outcome<()> {
    let now = app.now();
    let mut tx = app.chassis.db.begin().await?;
    let Some(organisation) = members::organisation_of(&mut tx, user).await? else { return Ok(()) };
    watch_sets::lock(&mut tx, user, now).await?;
    let mut entries = Vec::new();
    for kind in kinds {
        if watch_sets::switch(&mut tx, user, kind, Some(now), now).await? {
            // The link was sent to the user, which is no proof of who follows it.
            let who = (Actor::Person, Action::WatchSwitchedOff);
            entries.push(entry(who, organisation, user, json!({ "kind": kind }), now));
        }
    }
    if entries.is_empty() {
        return Ok(());
    }
    watch_sets::grow(&mut tx, user, now).await?;
    trail::append_all(&mut tx, Writer::Watches, &entries).await?;
    tx.commit().await?;
    Ok(())
}

/// Switches a watch of the caller's on again. One that is on stays so.
pub async fn on(app: &App, caller: Caller, kind: &Kind) -> Outcome<()> {
    let now = app.now();
    let mut tx = app.chassis.db.begin().await?;
    access::user(&mut tx, caller, now).await?;
    watch_sets::lock(&mut tx, caller.user, now).await?;
    watch_sets::find(&mut tx, caller.user, kind).await?.ok_or(Fault::NotFound)?;
    if !watch_sets::switch(&mut tx, caller.user, kind, None, now).await? {
        return Ok(());
    }
    watch_sets::grow(&mut tx, caller.user, now).await?;
    let who = (Actor::User(caller.user), Action::WatchSwitchedOn);
    let switched = entry(who, caller.organisation, caller.user, json!({ "kind": kind }), now);
    trail::append(&mut tx, Writer::Watches, &switched).await?;
    tx.commit().await?;
    Ok(())
}
