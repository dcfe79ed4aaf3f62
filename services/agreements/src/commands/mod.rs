//! What can be done with agreements, users and permissions: each command begins a transaction, loads the company,
//! asks the domain, saves, and appends to outbox and trail before it commits.

pub mod administer;
pub mod end;
pub mod expire;
pub mod language;
pub mod place;
pub mod sign;

use crate::{app::entry, company::Company};
use bevaka_domain::{
    clock::Timestamp,
    event::Kind,
    ids::{OrderId, OrganisationId, UserId},
    notice::{Content, Notice, Topic},
    signing::Overtaken,
    trail::{Action, Actor, Entry, Writer},
};
use bevaka_store::{Tx, orders, outbox};
use serde_json::json;
use std::collections::BTreeSet;
use uuid::Uuid;

/// What people refer to an order by: enough of its id to be told apart, short enough to be read out.
pub fn receipt(order: OrderId) -> String {
    let id = order.0.simple().to_string();
    id[id.len() - 12..].to_uppercase()
}

/// Tells users of a company by e-mail, through the outbox (R11, R16). Nobody to tell is no fault.
async fn tell(
    tx: &mut Tx,
    id: Uuid,
    (topic, company): (Topic, &Company),
    users: BTreeSet<UserId>,
    kinds: BTreeSet<Kind>,
    (receipt, at): (String, Timestamp),
) -> bevaka_store::Result<()> {
    if users.is_empty() {
        return Ok(());
    }
    let organisation = company.organisation.number.clone();
    let notice = Notice {
        topic,
        organisation,
        at,
        content: Content { users, kinds, receipt, contacts: [].into(), code: None },
    };
    outbox::add(tx, Writer::Agreements, id, &notice.body(id), at).await
}

/// Ends all other open orders about the agreement, which is no longer what they were placed about; gives what the trail
/// has to say. The company is locked.
async fn refuse_overtaken(
    tx: &mut Tx,
    organisation: OrganisationId,
    done: Option<OrderId>,
    now: Timestamp,
) -> bevaka_store::Result<Vec<Entry>> {
    let mut entries = Vec::new();
    for order in orders::open(tx, organisation).await? {
        if Some(order.id) == done || !order.content.is_about_agreement() {
            continue;
        }
        let why = Overtaken::AgreementChanged;
        let what = (Actor::System, Action::OrderRefused);
        entries.push(entry(what, Some(organisation), order.id, json!({ "why": why }), now));
        orders::save(tx, &order.refused(why, now)).await?;
    }
    Ok(entries)
}
