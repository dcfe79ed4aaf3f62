//! Placing an order: what is to be signed becomes a text, and waits (R1, R2, R5, R8, R13, R14, R21).

use super::{receipt, tell};
use crate::{
    app::{App, entry},
    company::{Caller, Company, is_orphan, terms},
    document::{self, Facts},
    fault::{Fault, Field, Outcome},
};
use bevaka_domain::{
    agreement::{HeldThrough, Scope},
    clock::Timestamp,
    event::Kind,
    ids::{OrderId, UserId},
    language::Language,
    name::Name,
    notice::Topic,
    person::PersonalNumber,
    signing::{Content, Order, OrderState, Refusal},
    trail::{Action, Actor, Writer},
    user::Access,
};
use bevaka_eid::evidence::sha256;
use bevaka_store::{
    Tx,
    members::Member,
    orders,
    persons::{self, Person},
    trail,
};
use serde_json::json;
use std::collections::BTreeSet;

/// What somebody wants to have signed.
#[derive(Clone, Debug)]
pub enum Wish {
    /// The company connects.
    Connect {
        /// Kinds by their ids.
        kinds: Vec<String>,
        /// A sole trader's choice (R5).
        channel: Option<HeldThrough>,
    },
    /// The scope changes.
    Change {
        /// Kinds by their ids.
        kinds: Vec<String>,
        /// The version that the person saw.
        seen: u32,
    },
    /// A user joins.
    AddUser {
        /// The person's name.
        name: String,
        /// The personal number, as typed.
        number: String,
        /// Unrestricted or restricted.
        access: Access,
    },
    /// A user leaves.
    RemoveUser(UserId),
}

/// Places an order in the name of a person.
///
/// # Errors
/// [`Fault::Refused`] with the rule that says no; nothing is created then.
pub async fn place(app: &App, caller: Caller, wish: Wish, language: Language) -> Outcome<OrderId> {
    let now = app.now();
    let mut tx = app.chassis.db.begin().await?;
    let company = Company::lock(&mut tx, caller.organisation).await?;
    let may_sign = company.authority.may_sign(caller.person, now);
    let is_administrator = company.member(caller.user).is_some_and(Member::is_administrator);
    let content = match wish {
        Wish::Connect { .. } | Wish::Change { .. } if !may_sign => return Err(Refusal::NoMandate.into()),
        Wish::AddUser { .. } | Wish::RemoveUser(_) if !is_administrator => {
            return Err(Refusal::NotAdministrator.into());
        }
        Wish::Connect { kinds, channel } => terms(&company, caller).connect(scope(app, &kinds)?, channel)?,
        Wish::Change { kinds, seen } => terms(&company, caller).change(scope(app, &kinds)?, seen)?,
        Wish::AddUser { name, number, access } => {
            add_user(app, &mut tx, &company, &name, &number, access, now).await?
        }
        Wish::RemoveUser(user) => remove_user(app, &mut tx, &company, caller, user).await?,
    };
    let pending = orders::open(&mut tx, caller.organisation).await?;
    make_room(&mut tx, caller, pending, &content, now).await?;
    let id = OrderId(app.chassis.entropy.id(now));
    let facts = Facts {
        organisation: &company.organisation,
        order: id,
        placed_at: now,
        terms_version: &app.chassis.settings.agreement.terms_version,
        language,
    };
    let text = document::text(&app.pages, &app.chassis.catalogue, &facts, &content)?;
    let order = Order {
        id,
        organisation: caller.organisation,
        content,
        text,
        placed_by: caller.user,
        placed_at: now,
        state: OrderState::Open,
        signatures: Vec::new(),
    };
    orders::insert(&mut tx, &order).await?;
    if order.is_visible_to_all() && !may_sign {
        let signatories = company.signatories(now).map(|member| member.id).collect();
        let about = (Topic::OrderPending, &company);
        let notice = app.chassis.entropy.id(now);
        tell(&mut tx, notice, about, signatories, BTreeSet::new(), (receipt(id), now)).await?;
    }
    let what = (Actor::User(caller.user), Action::OrderPlaced);
    let detail = json!({ "kind": kind_of(&order.content), "text_sha256": sha256(&order.text) });
    trail::append(&mut tx, Writer::Agreements, &entry(what, Some(caller.organisation), id, detail, now))
        .await?;
    tx.commit().await?;
    app.chassis.outbox.nudge();
    Ok(id)
}

/// Takes an order back before its last signature.
///
/// # Errors
/// [`Fault::NotFound`] for another company's order; [`Fault::Refused`] for another person's, or one that is over.
pub async fn cancel(app: &App, caller: Caller, order: OrderId) -> Outcome<()> {
    let now = app.now();
    let mut tx = app.chassis.db.begin().await?;
    let order = orders::find_for_update(&mut tx, order).await?;
    let order = order.filter(|order| order.organisation == caller.organisation).ok_or(Fault::NotFound)?;
    let company = Company::load(&mut tx, caller.organisation).await?;
    let is_orphan = is_orphan(&company, &order, caller, now);
    let cancelled = order.cancel(caller.user, is_orphan, now)?;
    save_cancelled(&mut tx, &cancelled, caller.user, now).await?;
    tx.commit().await?;
    Ok(())
}

async fn save_cancelled(tx: &mut Tx, order: &Order, by: UserId, now: Timestamp) -> bevaka_store::Result<()> {
    orders::save(tx, order).await?;
    let what = (Actor::User(by), Action::OrderCancelled);
    let done = entry(what, Some(order.organisation), order.id, json!({}), now);
    trail::append(tx, Writer::Agreements, &done).await?;
    Ok(())
}

/// One order about the agreement waits at a time, and one about each user. What nobody has signed yet and the same
/// person placed gives way.
async fn make_room(
    tx: &mut Tx,
    caller: Caller,
    pending: Vec<Order>,
    content: &Content,
    now: Timestamp,
) -> Outcome<()> {
    for order in pending.into_iter().filter(|order| is_about_the_same(&order.content, content)) {
        // Its end is told to the signatories by whoever looks for such orders.
        if now >= order.expires_at() {
            continue;
        }
        if order.is_visible_to_all() {
            return Err(Fault::OrderPending(order.id));
        }
        // A draft of somebody else is nobody else's business, and does not stop anyone.
        if order.placed_by == caller.user
            && let Ok(cancelled) = order.cancel(caller.user, false, now)
        {
            save_cancelled(tx, &cancelled, caller.user, now).await?;
        }
    }
    Ok(())
}

fn is_about_the_same(one: &Content, other: &Content) -> bool {
    match (one, other) {
        (Content::RemoveUser { user: one, .. }, Content::RemoveUser { user: other, .. }) => one == other,
        (Content::AddUser { person: one, .. }, Content::AddUser { person: other, .. }) => one == other,
        _ => one.is_about_agreement() && other.is_about_agreement(),
    }
}

fn scope(app: &App, kinds: &[String]) -> Result<Scope, Refusal> {
    let kind = |text: &String| {
        let kind = Kind::parse(text).map_err(|_| Refusal::UnknownKind)?;
        app.chassis.catalogue.get(kind.as_str()).map(|_| kind).ok_or(Refusal::UnknownKind)
    };
    kinds.iter().map(kind).collect()
}

async fn add_user(
    app: &App,
    tx: &mut Tx,
    company: &Company,
    name: &str,
    number: &str,
    access: Access,
    now: Timestamp,
) -> Outcome<Content> {
    let name: String = Name::parse(name).map_err(|_| Fault::Field(Field::Name))?.into();
    let number = PersonalNumber::parse(number).map_err(|_| Fault::Field(Field::PersonalNumber))?;
    let (hash, number_sealed) = app.sealed_number(&number);
    let known = persons::by_number(tx, &hash).await?;
    let former = known
        .as_ref()
        .and_then(|person| company.members.iter().find(|member| member.person == Some(person.id)));
    if former.is_some_and(|member| !member.may_be_readmitted()) {
        return Err(Refusal::UserExists.into());
    }
    let former = former.map(|member| member.id);
    let person = if let Some(person) = known {
        person.id
    } else {
        let id = app.chassis.entropy.id(now).into();
        persons::upsert_person(tx, &Person { id, number_sealed, name: name.clone() }, &hash, now).await?
    };
    let user = former.unwrap_or_else(|| UserId(app.chassis.entropy.id(now)));
    Ok(Content::AddUser { user, person, name, number_masked: Some(number.masked()), access })
}

async fn remove_user(
    app: &App,
    tx: &mut Tx,
    company: &Company,
    caller: Caller,
    user: UserId,
) -> Outcome<Content> {
    let member = company.member(user).ok_or(Fault::NotFound)?;
    if user == caller.user {
        return Err(Refusal::OwnPermissions.into());
    }
    let person = match member.person {
        Some(person) => persons::by_id(tx, person).await?,
        None => None,
    };
    let number = person.map(|person| app.number_of(&person)).transpose()?;
    let number_masked = number.map(|number| number.masked());
    Ok(Content::RemoveUser { user, name: member.name.clone(), number_masked })
}

/// The name of a content in the trail and the API.
pub const fn kind_of(content: &Content) -> &'static str {
    match content {
        Content::Connect { .. } => "connect",
        Content::Change { .. } => "change",
        Content::AddUser { .. } => "add_user",
        Content::RemoveUser { .. } => "remove_user",
    }
}
