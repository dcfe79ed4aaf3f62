//! A user's watches, all at once (R24–R27).

use crate::{
    access,
    app::{App, Parts, entry},
    choice::{Choice, Ground},
    fault::{Fault, Outcome, Stale},
};
use bevaka_domain::{
    clock::Timestamp,
    trail::{Action, Actor, Writer},
    watch::Watch,
};
use bevaka_portal::Caller;
use bevaka_store::{Tx, contacts, trail, watch_sets, watches};
use serde_json::{Value, json};

/// Saves what a user wants to watch over the version that they have seen; gives the version that stands then. A kind
/// that is not named stays as it is, also one that has left the agreement (R15). One without a channel is no longer
/// watched. One with a channel is switched on, if it was off.
///
/// # Errors
/// [`Fault::Stale`] if somebody has saved meanwhile, [`Fault::Invalid`] with every field that does not hold what it must
/// (R26); as every command [`Fault::NotActive`], [`Fault::NoAgreement`] and [`Fault::NoAccess`].
pub async fn save(app: &App, caller: Caller, expected_version: u64, choices: &[Choice]) -> Outcome<u64> {
    let now = app.now();
    let mut tx = app.chassis.db.begin().await?;
    let admitted = access::user(&mut tx, caller, now).await?;
    let version = watch_sets::lock(&mut tx, caller.user, now).await?;
    let stored = watch_sets::of(&mut tx, caller.user).await?;
    if version.number != expected_version {
        return Err(Fault::Stale(Box::new(Stale { version, watches: stored })));
    }
    let contacts = contacts::of(&mut tx, caller.user).await?;
    let ground = Ground {
        catalogue: &app.chassis.catalogue,
        scope: &admitted.agreement.scope,
        contacts: &contacts,
        user: caller.user,
        colleagues: &admitted.colleagues().map(|member| member.id).collect(),
        watches: &stored,
        now,
    };
    let wanted = ground.check(choices).map_err(Fault::Invalid)?;
    let mut entries = Vec::new();
    for watch in wanted {
        let before = stored.iter().find(|before| before.kind == watch.kind);
        if let Some((action, detail)) = put(app, &mut tx, before, watch, now).await? {
            let who = (Actor::User(caller.user), action);
            entries.push(entry(who, caller.organisation, caller.user, detail, now));
        }
    }
    if entries.is_empty() {
        return Ok(version.number);
    }
    let version = watch_sets::grow(&mut tx, caller.user, now).await?;
    trail::append_all(&mut tx, Writer::Watches, &entries).await?;
    tx.commit().await?;
    Ok(version.number)
}

/// Stores one watch; gives what the trail says of it, if it is another than before.
async fn put(
    app: &App,
    tx: &mut Tx,
    before: Option<&Watch>,
    mut watch: Watch,
    now: Timestamp,
) -> Outcome<Option<(Action, Value)>> {
    if watch.channels.is_empty() {
        let Some(before) = before else { return Ok(None) };
        watches::remove_watch(tx, before.user, &before.kind).await?;
        return Ok(Some((Action::WatchRemoved, json!({ "kind": before.kind }))));
    }
    if before == Some(&watch) {
        return Ok(None);
    }
    if before.is_none() {
        watch.id = app.chassis.entropy.id(now).into();
    }
    watches::upsert_watch(tx, &watch, now).await?;
    Ok(Some((Action::WatchChanged, said(app, &watch))))
}

/// What the trail says of a watch: ids and settings; accounts by their marks, as nothing leaves the trail again.
fn said(app: &Parts, watch: &Watch) -> Value {
    let mut settings = watch.settings.clone();
    let accounts = std::mem::take(&mut settings.accounts);
    let mut detail = json!({ "kind": watch.kind, "channels": watch.channels, "settings": settings });
    if !accounts.is_empty() {
        detail["settings"]["accounts"] = accounts.iter().map(|account| app.account_mark(account)).collect();
    }
    detail
}
