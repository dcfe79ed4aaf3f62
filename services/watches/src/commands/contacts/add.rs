//! A user adds a contact point, perhaps in place of another.

use super::{code, said, tell_others};
use crate::{
    access,
    app::{App, entry},
    fault::{Broken, Invalid, Outcome},
};
use bevaka_domain::{
    contact::{Address, ContactPoint},
    ids::ContactId,
    notice::Topic,
    trail::{Action, Actor, Writer},
    watch::Channel,
};
use bevaka_portal::Caller;
use bevaka_store::{
    contacts::{self, Stored},
    trail, watch_sets,
};

/// Adds a number or address in any usual spelling, and sends the code that confirms it (R28). With `replaces`, it takes
/// the place of another contact point of the same channel once it is confirmed, until when that one goes on. The confirmed
/// ones are told at once, also the one that is to be replaced: afterwards it could be too late.
pub async fn add(
    app: &App,
    caller: Caller,
    channel: Channel,
    text: &str,
    replaces: Option<ContactId>,
) -> Outcome<ContactId> {
    let now = app.now();
    let invalid = |field: &str, broken: Broken| Invalid::new(field, broken);
    let mut tx = app.chassis.db.begin().await?;
    let admitted = access::user(&mut tx, caller, now).await?;
    let address =
        Address::parse(channel, text).map_err(|fault| invalid("address", Broken::Address(fault)))?;
    watch_sets::lock(&mut tx, caller.user, now).await?;
    let all = contacts::of(&mut tx, caller.user).await?;
    if all.iter().any(|other| other.point.address == address) {
        return Err(invalid("address", Broken::Taken).into());
    }
    match replaces.map(|id| all.iter().find(|other| other.point.id == id)) {
        Some(None) => return Err(invalid("replaces", Broken::NotYours).into()),
        Some(Some(old)) if old.point.address.channel() != channel => {
            return Err(invalid("replaces", Broken::OtherChannel { channel }).into());
        }
        _ => {}
    }
    let most = app.chassis.settings.contacts.max_contacts.get();
    if all.len() >= most + usize::from(replaces.is_some()) {
        return Err(invalid("address", Broken::TooManyContacts { most }).into());
    }
    let id = ContactId(app.chassis.entropy.id(now));
    let point = ContactPoint { id, user: caller.user, address, verified_at: None };
    let new = Stored { point, replaces, created_at: now };
    contacts::add(&mut tx, &new).await?;
    contacts::remember(&mut tx, id, caller.user, &app.address_hash(&new.point.address)).await?;
    let number = &admitted.company.organisation.number;
    tell_others(app, &mut tx, (Topic::ContactAdded, number), &all, (caller, &[id]), now).await?;
    code::send(app, &mut tx, number, (caller, &new.point), now).await?;
    let who = (Actor::User(caller.user), Action::ContactAdded);
    let detail = said(app, id, &new.point.address);
    let added = entry(who, caller.organisation, caller.user, detail, now);
    trail::append(&mut tx, Writer::Watches, &added).await?;
    tx.commit().await?;
    app.chassis.outbox.nudge();
    Ok(id)
}
