//! A verified signature joins its order; the last one lets it take effect (R4, R10, R11, R13, R15).

use super::{receipt, refuse_overtaken, tell};
use crate::{
    app::{App, entry},
    company::{Caller, Company, terms},
    fault::{Fault, Outcome},
    numbers,
};
use bevaka_domain::{
    clock::Timestamp,
    ids::{AgreementId, OrderId, UserId},
    notice::Topic,
    signing::{Content, Order, OrderState, Overtaken, Refusal, Signature, Signed},
    trail::{Action, Actor, Writer},
    user::UserState,
};
use bevaka_eid::evidence::sha256;
use bevaka_store::{
    Tx, agreements,
    members::{self, Joining},
    orders, persons, trail,
};
use serde_json::json;
use std::collections::BTreeSet;

/// A signature whose evidence holds, with that evidence.
#[derive(Debug)]
pub struct Proven {
    /// The signature.
    pub signature: Signature,
    /// What proves it, as JSON.
    pub evidence: String,
}

/// Adds a signature to an order, and carries the order out if it was the last. Everything happens in the caller's
/// transaction, so that it can note there that the attempt is done with: nothing is lost or done twice (R30's way).
///
/// # Errors
/// [`Fault::Refused`] if the signature does not count; the order stays as it is.
pub(crate) async fn sign(
    app: &App,
    tx: &mut Tx,
    order: OrderId,
    proven: Proven,
    now: Timestamp,
) -> Outcome<Signed> {
    let organisation = orders::find(tx, order).await?.ok_or(Fault::NotFound)?.organisation;
    let company = Company::lock(tx, organisation).await?;
    let order = orders::find_for_update(tx, order).await?.ok_or(Fault::NotFound)?;
    let Proven { signature, evidence } = proven;
    let (id, by) = (order.id, signature.user);
    let signed = order.sign(signature.clone(), &company.authority, company.agreement.as_ref(), now)?;
    let sealed = numbers::sealed_evidence(&app.vault, &evidence, &app.chassis.entropy);
    orders::add_signature(tx, id, &signature, &sealed).await?;
    let signed = match signed {
        Signed::Completed(order) => carry_out(app, tx, &company, order, now).await?,
        other => other,
    };
    orders::save(tx, signed.order()).await?;
    notify(app, tx, &company, &signed, now).await?;

    let mut entries = vec![entry(
        (Actor::User(by), Action::OrderSigned),
        Some(organisation),
        id,
        json!({
            "signature": signature.id,
            "method": signature.method,
            // What was signed and what proves it: whatever happens to the rows, the chain holds them.
            "text_sha256": sha256(&signed.order().text),
            "evidence_sha256": sha256(&evidence),
        }),
        now,
    )];
    entries.extend(effect(&company, &signed, by, now));
    if matches!(&signed, Signed::Completed(order) if order.content.is_about_agreement()) {
        entries.extend(refuse_overtaken(tx, organisation, Some(id), now).await?);
    }
    trail::append_all(tx, Writer::Agreements, &entries).await?;
    Ok(signed)
}

/// The content takes effect; what cannot any more refuses the order.
async fn carry_out(
    app: &App,
    tx: &mut Tx,
    company: &Company,
    order: Order,
    now: Timestamp,
) -> Outcome<Signed> {
    let organisation = order.organisation;
    match &order.content {
        Content::Connect { scope, held_through } => {
            let agreement = AgreementId(app.chassis.entropy.id(now));
            agreements::connect(tx, agreement, organisation, scope, *held_through, now).await?;
            agreements::attribute(tx, agreement, 1, order.id).await?;
        }
        Content::Change { agreement, from_version, scope } => {
            agreements::change_scope(tx, *agreement, from_version + 1, scope, now).await?;
            agreements::attribute(tx, *agreement, from_version + 1, order.id).await?;
        }
        Content::AddUser { user, person, name, access, .. } => {
            match company.members.iter().find(|member| member.person == Some(*person)) {
                Some(former) if former.may_be_readmitted() => {
                    members::readmit(tx, former.id, *access).await?;
                    return Ok(Signed::Completed(order));
                }
                Some(_) => return Ok(Signed::Refused(order.refused(Overtaken::UserChanged, now))),
                None => {}
            }
            let joining = Joining {
                id: *user,
                organisation,
                reference: &user.to_string(),
                name,
                language: company.member(order.placed_by).map(|member| member.language).unwrap_or_default(),
                access: *access,
                state: UserState::Active,
                person: *person,
            };
            members::add(tx, &joining, now).await?;
        }
        Content::RemoveUser { user, .. } => {
            if !members::remove(tx, *user, now).await? {
                return Ok(Signed::Refused(order.refused(Overtaken::UserChanged, now)));
            }
        }
    }
    Ok(Signed::Completed(order))
}

/// Every signatory is told of what took effect (R11), the others of what waits for them (R13).
async fn notify(app: &App, tx: &mut Tx, company: &Company, signed: &Signed, now: Timestamp) -> Outcome<()> {
    let signatories = || company.signatories(now).map(|member| member.id);
    let (topic, users, order) = match signed {
        Signed::Completed(order) => {
            let topic = match order.content {
                Content::Connect { .. } => Topic::AgreementConnected,
                Content::Change { .. } => Topic::AgreementChanged,
                Content::AddUser { .. } => Topic::UserAdded,
                Content::RemoveUser { .. } => Topic::UserRemoved,
            };
            (topic, signatories().collect::<BTreeSet<UserId>>(), order)
        }
        Signed::Waits(order) => {
            let has_signed = |user: &UserId| order.signatures.iter().any(|signature| signature.user == *user);
            (Topic::OrderPending, signatories().filter(|user| !has_signed(user)).collect(), order)
        }
        Signed::Refused(_) => return Ok(()),
    };
    let kinds = match &order.content {
        Content::Connect { scope, .. } | Content::Change { scope, .. } => scope.clone(),
        Content::AddUser { .. } | Content::RemoveUser { .. } => BTreeSet::new(),
    };
    let id = app.chassis.entropy.id(now);
    tell(tx, id, (topic, company), users, kinds, (receipt(order.id), now)).await?;
    Ok(())
}

/// What the trail says beside that somebody signed.
fn effect(
    company: &Company,
    signed: &Signed,
    by: UserId,
    now: Timestamp,
) -> Option<bevaka_domain::trail::Entry> {
    let (actor, organisation) = (Actor::User(by), Some(company.organisation.id));
    let order = signed.order();
    let (action, subject, detail) = match (signed, &order.content) {
        (Signed::Waits(_), _) => return None,
        (Signed::Refused(order), _) => {
            let why = match order.state {
                OrderState::Refused { why, .. } => json!({ "why": why }),
                _ => json!({}),
            };
            (Action::OrderRefused, order.id.to_string(), why)
        }
        (Signed::Completed(_), Content::Connect { scope, .. }) => {
            (Action::AgreementConnected, order.id.to_string(), json!({ "kinds": scope }))
        }
        (Signed::Completed(_), Content::Change { agreement, from_version, scope }) => (
            Action::ScopeChanged,
            agreement.to_string(),
            json!({ "version": from_version + 1, "kinds": scope, "order": order.id }),
        ),
        (Signed::Completed(_), Content::AddUser { user, access, .. }) => {
            (Action::UserAdded, user.to_string(), json!({ "access": access, "order": order.id }))
        }
        (Signed::Completed(_), Content::RemoveUser { user, .. }) => {
            (Action::UserRemoved, user.to_string(), json!({ "order": order.id }))
        }
    };
    Some(entry((actor, action), organisation, subject, detail, now))
}

/// Whether a person may begin to sign an order now, and the order. Asked before BankID is.
///
/// # Errors
/// [`Fault::NotFound`] for an order that the person cannot see; [`Fault::Refused`] with the rule that says no.
pub(crate) async fn begin(
    tx: &mut Tx,
    caller: Caller,
    order: OrderId,
    now: Timestamp,
) -> Outcome<(Company, Order, persons::Person)> {
    let order = orders::find(tx, order).await?;
    let order = order.filter(|order| order.organisation == caller.organisation).ok_or(Fault::NotFound)?;
    if !order.is_visible_to_all() && order.placed_by != caller.user {
        return Err(Fault::NotFound);
    }
    let company = Company::load(tx, caller.organisation).await?;
    order.may_be_signed(caller.person, &company.authority, now)?;
    if let Content::Change { .. } = order.content {
        terms(&company, caller).manageable().map_err(|refusal| match refusal {
            Refusal::NotConnected => Refusal::ChangedMeanwhile,
            other => other,
        })?;
    }
    let person = persons::by_id(tx, caller.person).await?.ok_or(Fault::NotFound)?;
    Ok((company, order, person))
}
