//! Orders that were not signed in time (R13), and users who were not approved in time (R23).

use super::{receipt, tell};
use crate::{
    app::{App, entry},
    company::Company,
    fault::Outcome,
};
use bevaka_domain::{
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

/// Lets some orders expire whose time has come; gives how many. A user whom nobody approved is denied.
///
/// # Errors
/// If the database fails; then nothing of it happened.
pub async fn expire(app: &App) -> Outcome<usize> {
    let now = app.now();
    let mut tx = app.chassis.db.begin().await?;
    let overdue = orders::overdue(&mut tx, now).await?;
    let mut entries = Vec::new();
    for order in &overdue {
        let expired = order.clone().expire(now);
        orders::save(&mut tx, &expired).await?;
        let what = (Actor::System, Action::OrderExpired);
        entries.push(entry(what, Some(order.organisation), order.id, json!({}), now));
        let company = Company::load(&mut tx, order.organisation).await?;
        if let Content::AddUser { user, .. } = &order.content {
            deny(&mut tx, &company, order, now).await?;
            let what = (Actor::System, Action::UserDenied);
            entries.push(entry(what, Some(order.organisation), user, json!({ "order": order.id }), now));
        }
        if !order.signatures.is_empty() {
            let users: BTreeSet<_> = company.signatories(now).map(|member| member.id).collect();
            let id = app.chassis.entropy.id(now);
            let about = (Topic::OrderExpired, &company);
            tell(&mut tx, id, about, users, BTreeSet::new(), (receipt(order.id), now)).await?;
        }
    }
    if !entries.is_empty() {
        trail::append_all(&mut tx, Writer::Agreements, &entries).await?;
    }
    tx.commit().await?;
    app.chassis.outbox.nudge();
    Ok(overdue.len())
}

/// The user whom an order would have added is kept as denied, so that people see what became of it (R23).
async fn deny(
    tx: &mut Tx,
    company: &Company,
    order: &Order,
    now: bevaka_domain::clock::Timestamp,
) -> Outcome<()> {
    let Content::AddUser { user, person, name, access } = &order.content else { return Ok(()) };
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
