//! A marked test alert, so that a user sees that alerts arrive.

use super::{
    contacts::{own, to},
    limits,
};
use crate::{
    access,
    app::App,
    fault::{Fault, Limit, Outcome},
};
use bevaka_domain::{ids::ContactId, notice::Topic};
use bevaka_portal::Caller;
use bevaka_store::{
    contacts,
    sendings::{self, Sent},
    watch_sets,
};

/// Sends a test alert to a confirmed contact point, by the way of every alert.
pub async fn send_test(app: &App, caller: Caller, contact: ContactId) -> Outcome<()> {
    let now = app.now();
    let mut tx = app.chassis.db.begin().await?;
    let admitted = access::user(&mut tx, caller, now).await?;
    watch_sets::lock(&mut tx, caller.user, now).await?;
    let all = contacts::of(&mut tx, caller.user).await?;
    let point = &own(&all, contact)?.point;
    if point.verified_at.is_none() {
        return Err(Fault::NotConfirmed);
    }
    let sent = sendings::by_user(&mut tx, caller.user, Sent::Test, limits::since(now)).await?;
    limits::allow(&[(Limit::Tests, app.chassis.settings.contacts.tests_per_hour, &sent)], now)?;
    sendings::forget(&mut tx, caller.user, limits::since(now)).await?;
    let (id, address) = (app.chassis.entropy.id(now), app.address_hash(&point.address));
    sendings::record(&mut tx, id, caller.user, &address, Sent::Test, now).await?;
    let topic = (Topic::WatchTest, &admitted.company.organisation.number);
    app.tell(&mut tx, topic, to(caller, [contact].into()), now).await?;
    tx.commit().await?;
    app.chassis.outbox.nudge();
    Ok(())
}
