//! The users of the session's company, and their rights.

pub(super) mod block;
pub(super) mod grant;
pub(super) mod list;
pub(super) mod unblock;
pub(super) mod withdraw;

use super::{described, id};
use crate::{
    App,
    commands::administer::{self, Administer},
    company::{Caller, Company},
    fault::Fault,
};
use axum::Json;
use bevaka_domain::{
    clock::Timestamp,
    ids::UserId,
    user::{Access, Permission, UserState},
};
use bevaka_store::members::Member;
use bevaka_web::problem::Problem;
use serde::Serialize;
use utoipa::ToSchema;

/// A user of the company.
#[derive(Serialize, ToSchema)]
pub(super) struct UserView {
    /// Our id.
    #[schema(value_type = String, format = Uuid)]
    user: UserId,
    /// The name.
    name: String,
    #[schema(schema_with = described::access)]
    access: Access,
    #[schema(schema_with = described::user_state)]
    state: UserState,
    #[schema(schema_with = described::permissions)]
    permissions: Vec<Permission>,
    /// Whether they may take part in signing.
    may_sign: bool,
    /// Whether they may choose watches once there is an agreement.
    has_access: bool,
}

impl UserView {
    fn new(member: &Member, company: &Company, now: Timestamp) -> Self {
        Self {
            user: member.id,
            name: member.name.clone(),
            access: member.access,
            state: member.state,
            permissions: member.permissions.clone(),
            may_sign: company.signatories(now).any(|signatory| signatory.id == member.id),
            has_access: member.has_access(),
        }
    }
}

/// Does one thing with one user, and gives the user as they stand then.
async fn administer(
    app: &App,
    caller: Caller,
    user: &str,
    what: Administer,
) -> Result<Json<UserView>, Problem> {
    let user: UserId = id(user)?;
    administer::administer(app, caller, user, what).await?;
    let mut tx = app.chassis.db.begin_read().await?;
    let company = Company::load(&mut tx, caller.organisation).await?;
    let member = company.member(user).ok_or(Fault::NotFound)?;
    Ok(Json(UserView::new(member, &company, app.now())))
}
