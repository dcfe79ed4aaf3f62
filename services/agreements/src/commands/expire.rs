//! Orders that were not signed in time (R13), and users who were not approved in time (R23).

use super::{receipt, tell};
use crate::{
    app::{App, entry},
    company::Company,
    fault::Outcome,
};
use bevaka_domain::{
    ids::{OrderId, OrganisationId},
    notice::Topic,
    signing::{Content, Order},
    trail::{Action, Actor, Writer},
    user::UserState,
};
use bevaka_store::{
    Tx,
    members::{self, Joining},
    orders, trail,
};
use serde_json::json;
use std::collections::BTreeSet;

/// How many orders are looked at together.
const TOGETHER: u32 = 50;

/// Lets orders expire whose time has come, each in a transaction of its own; gives how many. A user whom nobody approved
/// is denied. An order that cannot be read stops no other.
///
/// # Errors
/// If they cannot be listed.
pub async fn expire(app: &App) -> Outcome<usize> {
    let mut tx = app.chassis.db.begin_read().await?;
    let overdue = orders::overdue(&mut tx, app.now(), TOGETHER).await?;
    drop(tx);
    let mut expired = 0;
    for (id, organisation) in overdue {
        match expire_one(app, id, organisation).await {
            Ok(()) => expired += 1,
            Err(error) => tracing::error!(order.id = %id, %error, "an order cannot expire"),
        }
    }
    app.chassis.outbox.nudge();
    Ok(expired)
}

/// The company is locked before the order, as everybody does who needs both.
async fn expire_one(app: &App, id: OrderId, organisation: OrganisationId) -> Outcome<()> {
    let now = app.now();
    let mut tx = app.chassis.db.begin().await?;
    let company = Company::lock(&mut tx, organisation).await?;
    let Some(order) = orders::find_for_update(&mut tx, id).await? else { return Ok(()) };
    let expired = order.clone().expire(now);
    if expired.state == order.state {
        return Ok(());
    }
    orders::save(&mut tx, &expired).await?;
    let what = (Actor::System, Action::OrderExpired);
    let mut entries = vec![entry(what, Some(organisation), id, json!({}), now)];
    if let Content::AddUser { user, .. } = &order.content {
        deny(&mut tx, &company, &order, now).await?;
        let what = (Actor::System, Action::UserDenied);
        entries.push(entry(what, Some(organisation), user, json!({ "order": id }), now));
    }
    if order.is_visible_to_all() {
        let users: BTreeSet<_> = company.signatories(now).map(|member| member.id).collect();
        let about = (Topic::OrderExpired, &company);
        let notice = app.chassis.entropy.id(now);
        tell(&mut tx, notice, about, users, BTreeSet::new(), (receipt(id), now)).await?;
    }
    trail::append_all(&mut tx, Writer::Agreements, &entries).await?;
    tx.commit().await?;
    Ok(())
}

/// The user whom an order would have added is kept as denied, so that people see what became of it (R23).
async fn deny(
    tx: &mut Tx,
    company: &Company,
    order: &Order,
    now: bevaka_domain::clock::Timestamp,
) -> Outcome<()> {
    let Content::AddUser { user, person, name, access, .. } = &order.content else { return Ok(()) };
    if company.members.iter().any(|member| member.person == Some(*person)) {
        return Ok(());
    }
    let joining = Joining {
        id: *user,
        organisation: order.organisation,
        reference: &user.to_string(),
        name,
        language: company.member(order.placed_by).map(|member| member.language).unwrap_or_default(),
        access: *access,
        state: UserState::Denied,
        person: *person,
    };
    Ok(members::add(tx, &joining, now).await?)
}
