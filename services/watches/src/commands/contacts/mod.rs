//! The contact points of a user (R28): added, confirmed by a code, replaced, removed. When one is added or goes, the
//! user's other confirmed ones are told, so that nobody redirects alerts unseen.

mod add;
mod code;
mod confirm;
mod remove;

pub use add::add;
pub use code::{VALID as CODE_VALID, send_code};
pub use confirm::confirm;
pub use remove::remove;

use crate::{app::Parts, fault::Outcome};
use bevaka_domain::{
    clock::Timestamp,
    contact::Address,
    ids::ContactId,
    notice::{Content, Topic},
    organisation::OrganisationNumber,
};
use bevaka_portal::Caller;
use bevaka_store::{Tx, contacts::Stored};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// What the trail says of a contact point, without its address.
fn said(app: &Parts, id: ContactId, address: &Address) -> Value {
    json!({ "contact": id, "channel": address.channel(), "address": app.address_mark(address) })
}

/// Tells the user's confirmed contact points, but for those that it is about.
async fn tell_others(
    app: &Parts,
    tx: &mut Tx,
    (topic, organisation): (Topic, &OrganisationNumber),
    all: &[Stored],
    (caller, about): (Caller, &[ContactId]),
    now: Timestamp,
) -> Outcome<()> {
    let others = all.iter().filter(|other| other.point.verified_at.is_some());
    let others: BTreeSet<_> = others.map(|other| other.point.id).filter(|id| !about.contains(id)).collect();
    if !others.is_empty() {
        app.tell(tx, (topic, organisation), to(caller, others), now).await?;
    }
    Ok(())
}

/// For exactly these contact points of the caller's.
pub(super) fn to(caller: Caller, contacts: BTreeSet<ContactId>) -> Content {
    Content {
        users: [caller.user].into(),
        kinds: BTreeSet::new(),
        receipt: String::new(),
        contacts,
        code: None,
    }
}

/// One contact point of the caller's.
pub(crate) fn own(all: &[Stored], id: ContactId) -> Outcome<&Stored> {
    all.iter().find(|contact| contact.point.id == id).ok_or(crate::fault::Fault::NotFound)
}
