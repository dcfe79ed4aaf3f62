//! *Behörigheter* (R19–R23).

use super::{display::OrderRow, flash::Done, nav, session::CompanySession};
use crate::{
    app::App,
    commands::{
        administer::{Administer, administer},
        place::Wish,
    },
    fault::Fault,
    paths,
};
use axum::{
    Router,
    routing::{get, post},
};
use bevaka_domain::{
    ids::UserId,
    user::{Access, Permission, UserState},
};
use bevaka_store::{Tx, members::Member, persons};
use bevaka_web::{
    form::HtmlForm,
    layout::Tone,
    page::{At, Message, View},
    page_error::{PageId, PageResult},
};
use serde::{Deserialize, Serialize};

pub(super) fn router() -> Router<App> {
    Router::new().route(paths::PERMISSIONS, get(show)).route(paths::USER, post(act))
}

/// The users of the company with what they may do.
#[derive(Clone, Serialize)]
pub struct Permissions {
    pub company: String,
    pub users: Vec<UserRow>,
    /// Adding and removing of users that waits for a signature.
    pub waiting: Vec<OrderRow>,
    #[serde(skip)]
    pub notice: Option<Message>,
}

#[derive(Clone, Serialize)]
pub struct UserRow {
    pub name: String,
    /// The personal number, masked.
    pub number: Option<String>,
    pub state: UserState,
    pub access: Access,
    /// Whether *Hantera Bevaka ärenden* is granted.
    pub may_manage_watches: bool,
    pub is_administrator: bool,
    pub actions: Actions,
}

#[derive(Clone, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Actions {
    /// Nothing: it is the administrator's own row (R21).
    Own,
    /// What fits the user's state, posted to `action`.
    Open { action: String },
}

impl View for Permissions {
    const TEMPLATE: &'static str = "permissions";
    const TITLE: &'static str = "permissions-title";
    const AT: At = nav::USERS;

    fn notice(&self) -> Option<Message> {
        self.notice.clone()
    }
}

async fn show(session: CompanySession) -> PageResult {
    session.require_administrator()?;
    let mut tx = session.app().chassis.db.begin_read().await?;
    let mut users = Vec::new();
    for member in &session.company.members {
        users.push(row(&session, &mut tx, member).await?);
    }
    let mut waiting = Vec::new();
    for order in session.pending_orders(&mut tx).await? {
        if !order.content.is_about_agreement() {
            waiting.push(OrderRow::load(&mut tx, &order).await?);
        }
    }
    drop(tx);
    let notice = notice(&session);
    session.page(&Permissions { company: session.company_name(), users, waiting, notice })
}

async fn row(session: &CompanySession, tx: &mut Tx, member: &Member) -> PageResult<UserRow> {
    let person = match member.person {
        Some(person) => persons::by_id(tx, person).await?,
        None => None,
    };
    let number = person.map(|person| session.app().number_of(&person)).transpose().map_err(Fault::from)?;
    let is_own = member.id == session.caller.user || member.person == Some(session.caller.person);
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

/// What was done just before, by the name of the user whom it was done to.
fn notice(session: &CompanySession) -> Option<Message> {
    let (user, key) = match session.flash()? {
        Done::Granted(user) => (user, "permissions-granted"),
        Done::Withdrawn(user) => (user, "permissions-withdrawn"),
        Done::Blocked(user) => (user, "permissions-blocked"),
        Done::Unblocked(user) => (user, "permissions-unblocked"),
        Done::Signed(_) | Done::Cancelled | Done::Ended => return None,
    };
    Some(Message::new(Tone::Success, key).with("name", &session.company.member(user)?.name))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct UserForm {
    action: String,
}

async fn act(
    session: CompanySession,
    PageId(user): PageId<UserId>,
    HtmlForm(form): HtmlForm<UserForm>,
) -> PageResult {
    let (what, done) = match form.action.as_str() {
        "grant" => (Administer::Grant, Done::Granted(user)),
        "withdraw" => (Administer::Withdraw, Done::Withdrawn(user)),
        "block" => (Administer::Block, Done::Blocked(user)),
        "unblock" => (Administer::Unblock, Done::Unblocked(user)),
        "remove" => return Ok(session.place(Wish::RemoveUser(user)).await?),
        _ => return Err(Fault::NotFound.into()),
    };
    administer(session.app(), session.caller, user, what).await?;
    Ok(session.redirect_with_flash(&done, paths::PERMISSIONS))
}
