//! *Behörigheter* (R19–R23).

use super::{
    answer::{Answer, Fields},
    news::News,
    shown,
    visitor::{Visitor, id},
};
use crate::{
    app::App,
    commands::{
        administer::{Administer, administer},
        place::{Wish, place},
    },
    fault::Fault,
    paths,
    views::{Act, Actions, Permissions, PermissionsNotice, UserRow, WaitingRow},
};
use axum::{
    Router,
    extract::Path,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use bevaka_domain::{
    ids::UserId,
    signing::{Content, Refusal},
    user::Permission,
};
use bevaka_store::{Tx, members::Member, orders, persons};
use serde::Deserialize;

pub(super) fn router() -> Router<App> {
    Router::new().route(paths::PERMISSIONS, get(show)).route(paths::USER, post(act))
}

async fn show(visitor: Visitor) -> Response {
    visitor.answer(Act::Users, page(&visitor).await)
}

impl Visitor {
    /// Refuses everybody but permission administrators (R21).
    pub(super) fn administering(&self) -> Result<(), Refusal> {
        if self.is_administrator() { Ok(()) } else { Err(Refusal::NotAdministrator) }
    }
}

async fn page(visitor: &Visitor) -> Answer {
    visitor.administering()?;
    let mut tx = visitor.app().chassis.db.begin_read().await?;
    let mut users = Vec::new();
    for member in &visitor.company.members {
        users.push(row(visitor, &mut tx, member).await?);
    }
    let waiting = waiting(visitor, &mut tx).await?;
    drop(tx);
    let notice = notice(visitor);
    let is_told = notice.is_some();
    let company = visitor.company.organisation.name.clone();
    let page = visitor.page(&Permissions { company, users, waiting, notice })?;
    Ok(if is_told { visitor.browser.told(page) } else { page })
}

async fn row(visitor: &Visitor, tx: &mut Tx, member: &Member) -> Answer<UserRow> {
    let person = match member.person {
        Some(person) => persons::by_id(tx, person).await?,
        None => None,
    };
    let number = person.map(|person| visitor.app().number_of(&person)).transpose().map_err(Fault::from)?;
    let is_own = member.id == visitor.caller.user || member.person == Some(visitor.caller.person);
    let actions = if is_own { Actions::Own } else { Actions::Open { action: paths::user(member.id) } };
    Ok(UserRow {
        name: member.name.clone(),
        number: number.map(|number| number.masked()),
        state: member.state,
        access: member.access,
        may_manage_watches: member.permissions.contains(&Permission::ManageWatches),
        is_administrator: member.permissions.contains(&Permission::AdministerPermissions),
        actions,
    })
}

async fn waiting(visitor: &Visitor, tx: &mut Tx) -> Answer<Vec<WaitingRow>> {
    let mut waiting = Vec::new();
    for order in orders::open(tx, visitor.caller.organisation).await? {
        let (Content::AddUser { name, .. } | Content::RemoveUser { name, .. }) = &order.content else {
            continue;
        };
        if visitor.now >= order.expires_at() {
            continue;
        }
        waiting.push(WaitingRow {
            name: name.clone(),
            subject: shown::subject(&order.content),
            order: paths::order(order.id),
            created_by: shown::name(tx, order.placed_by).await?,
            expires_at: order.expires_at(),
        });
    }
    Ok(waiting)
}

/// What was done just before, by the name of the user whom it was done to.
fn notice(visitor: &Visitor) -> Option<PermissionsNotice> {
    type Notice = fn(String) -> PermissionsNotice;
    let (user, notice): (_, Notice) = match visitor.browser.cookies.news()? {
        News::Granted(user) => (user, PermissionsNotice::Granted),
        News::Withdrawn(user) => (user, PermissionsNotice::Withdrawn),
        News::Blocked(user) => (user, PermissionsNotice::Blocked),
        News::Unblocked(user) => (user, PermissionsNotice::Unblocked),
        News::Signed(_) | News::Cancelled | News::Ended => return None,
    };
    Some(notice(visitor.company.member(user)?.name.clone()))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Chosen {
    action: String,
}

async fn act(visitor: Visitor, Path(id): Path<String>, Fields(chosen): Fields<Chosen>) -> Response {
    visitor.answer(Act::Users, done(&visitor, &id, &chosen.action).await)
}

async fn done(visitor: &Visitor, user: &str, action: &str) -> Answer {
    let user: UserId = id(user)?;
    let (what, news) = match action {
        "grant" => (Administer::Grant, News::Granted(user)),
        "withdraw" => (Administer::Withdraw, News::Withdrawn(user)),
        "block" => (Administer::Block, News::Blocked(user)),
        "unblock" => (Administer::Unblock, News::Unblocked(user)),
        "remove" => {
            let wish = Wish::RemoveUser(user);
            let order = place(visitor.app(), visitor.caller, wish, visitor.language()).await?;
            return Ok(Redirect::to(&paths::order(order)).into_response());
        }
        _ => return Err(Fault::NotFound.into()),
    };
    administer(visitor.app(), visitor.caller, user, what).await?;
    Ok(visitor.browser.telling(&news, paths::PERMISSIONS))
}
