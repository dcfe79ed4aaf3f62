//! Ending an agreement: asked twice by the page, signed by nobody (R3, R6, R16, R17).

use super::{receipt, refuse_overtaken, tell};
use crate::{
    app::{App, entry},
    company::{Caller, Company, terms},
    fault::Outcome,
};
use bevaka_domain::{
    clock::Timestamp,
    ids::OrderId,
    notice::Topic,
    signing::Refusal,
    trail::{Action, Actor, Writer},
};
use bevaka_store::{agreements, trail};
use serde_json::json;

/// Ends the agreement in force; `seen` is the version that the person saw. From the commit on nothing is sent (R17).
///
/// # Errors
/// [`Fault::Refused`](crate::fault::Fault::Refused) with the rule that says no.
pub async fn end(app: &App, caller: Caller, seen: u32) -> Outcome<Timestamp> {
    let now = app.now();
    let mut tx = app.chassis.db.begin().await?;
    let company = Company::lock(&mut tx, caller.organisation).await?;
    if !company.authority.may_sign(caller.person, now) {
        return Err(Refusal::NoMandate.into());
    }
    let agreement = terms(&company, caller).end(seen)?.clone();
    agreements::end(&mut tx, caller.organisation, now).await?;
    agreements::ended_by(&mut tx, agreement.id, caller.user).await?;
    let users = company.signatories(now).map(|member| member.id).collect();
    let id = app.chassis.entropy.id(now);
    let number = (receipt(OrderId(agreement.id.0)), now);
    tell(&mut tx, id, (Topic::AgreementEnded, &company), users, agreement.scope, number).await?;
    let what = (Actor::User(caller.user), Action::AgreementEnded);
    let detail = json!({ "version": agreement.version });
    let mut entries = vec![entry(what, Some(caller.organisation), agreement.id, detail, now)];
    entries.extend(refuse_overtaken(&mut tx, caller.organisation, None, now).await?);
    trail::append_all(&mut tx, Writer::Agreements, &entries).await?;
    tx.commit().await?;
    app.chassis.outbox.nudge();
    Ok(now)
}
