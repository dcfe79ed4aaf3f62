//! The users of the session's company and their rights, for its permission administrators (R19–R22).

use super::{
    idempotency::{IdempotencyKey, InvalidKey},
    problems::{CommonErrors, Conflict, JsonResult, NotFound},
};
use crate::{
    App,
    commands::administer::{self, Administer},
    company::Company,
    fault::Fault,
};
use axum::{Json, extract::State};
use bevaka_domain::{
    clock::Timestamp,
    ids::UserId,
    signing::Refusal,
    user::{Access, Permission, UserState},
};
use bevaka_portal::Caller;
use bevaka_store::members::Member;
use bevaka_web::extract::Id;
use serde::Serialize;
use utoipa::ToSchema;

/// A user of the company.
#[derive(Serialize, ToSchema)]
pub(super) struct UserView {
    /// Our id.
    user: UserId,
    /// The name.
    name: String,
    /// How far the access reaches by itself.
    access: Access,
    /// Only an active user is told anything.
    state: UserState,
    /// What has been granted.
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

/// The users of the company by name, with state, access and permissions.
///
/// 403 for everybody but permission administrators.
#[utoipa::path(
    get,
    path = "/api/agreements/v1/users",
    operation_id = "listUsers",
    responses((status = OK, description = "The users.", body = Vec<UserView>), CommonErrors),
)]
pub(super) async fn list(app: State<App>, caller: Caller) -> JsonResult<Vec<UserView>> {
    let company = Company::load(&mut app.chassis.db.begin_read().await?, caller.organisation).await?;
    if !company.is_administrator(caller) {
        return Err(Fault::Refused(Refusal::NotAdministrator).into());
    }
    let now = app.now();
    Ok(Json(company.members.iter().map(|member| UserView::new(member, &company, now)).collect()))
}

/// Grants *Hantera Bevaka ärenden* to a user with restricted access. Doing again what is done changes nothing.
///
/// 403 for everybody but permission administrators, and for oneself; 409 for a user with unrestricted access.
#[utoipa::path(
    post,
    path = "/api/agreements/v1/users/{user}/permission",
    operation_id = "grantPermission",
    params(IdempotencyKey, ("user" = UserId, Path, description = "The user.")),
    responses(
        (status = OK, description = "It is granted.", body = UserView),
        InvalidKey, CommonErrors, NotFound, Conflict,
    ),
)]
pub(super) async fn grant(app: State<App>, caller: Caller, user: Id<UserId>) -> JsonResult<UserView> {
    administer(&app, caller, user, Administer::Grant).await
}

/// Withdraws *Hantera Bevaka ärenden*; counts from the next alert on. Doing again what is done changes nothing.
///
/// 403 for everybody but permission administrators, and for oneself.
#[utoipa::path(
    delete,
    path = "/api/agreements/v1/users/{user}/permission",
    operation_id = "withdrawPermission",
    params(IdempotencyKey, ("user" = UserId, Path, description = "The user.")),
    responses(
        (status = OK, description = "It is withdrawn.", body = UserView),
        InvalidKey, CommonErrors, NotFound, Conflict,
    ),
)]
pub(super) async fn withdraw(app: State<App>, caller: Caller, user: Id<UserId>) -> JsonResult<UserView> {
    administer(&app, caller, user, Administer::Withdraw).await
}

/// Stops a user; counts from the next alert on. Doing again what is done changes nothing.
///
/// 403 for everybody but permission administrators, and for oneself; 409 for a user who is denied or expired.
#[utoipa::path(
    post,
    path = "/api/agreements/v1/users/{user}/block",
    operation_id = "blockUser",
    params(IdempotencyKey, ("user" = UserId, Path, description = "The user.")),
    responses(
        (status = OK, description = "The user is blocked.", body = UserView),
        InvalidKey, CommonErrors, NotFound, Conflict,
    ),
)]
pub(super) async fn block(app: State<App>, caller: Caller, user: Id<UserId>) -> JsonResult<UserView> {
    administer(&app, caller, user, Administer::Block).await
}

/// Lets a blocked user in again. Doing again what is done changes nothing.
///
/// 403 for everybody but permission administrators, and for oneself; 409 for a user who is denied or expired.
#[utoipa::path(
    post,
    path = "/api/agreements/v1/users/{user}/unblock",
    operation_id = "unblockUser",
    params(IdempotencyKey, ("user" = UserId, Path, description = "The user.")),
    responses(
        (status = OK, description = "The user is active.", body = UserView),
        InvalidKey, CommonErrors, NotFound, Conflict,
    ),
)]
pub(super) async fn unblock(app: State<App>, caller: Caller, user: Id<UserId>) -> JsonResult<UserView> {
    administer(&app, caller, user, Administer::Unblock).await
}

/// Does one thing with one user, and gives the user as they stand then.
async fn administer(
    app: &App,
    caller: Caller,
    Id(user): Id<UserId>,
    command: Administer,
) -> JsonResult<UserView> {
    administer::administer(app, caller, user, command).await?;
    let company = Company::load(&mut app.chassis.db.begin_read().await?, caller.organisation).await?;
    let member = company.member(user).ok_or(Fault::NotFound)?;
    Ok(Json(UserView::new(member, &company, app.now())))
}
