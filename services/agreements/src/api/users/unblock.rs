//! `POST /users/{user}/unblock`: lets a blocked user in again.

use super::{
    super::described::{
        Conflict, ErrorsOfOurs, Forbidden, IdempotencyKey, InvalidKey, NotFound, Unauthorized,
    },
    UserView, administer,
};
use crate::{App, commands::administer::Administer};
use axum::{
    Json,
    extract::{Path, State},
};
use bevaka_portal::bearer::Who;
use bevaka_web::problem::Problem;

/// Lets a blocked user in again. Doing again what is done changes nothing.
///
/// # Errors
/// 403 for everybody but permission administrators, and for oneself; 404 for another company's user; 409 where it has no
/// meaning.
#[utoipa::path(
    post,
    path = "/api/agreements/v1/users/{user}/unblock",
    operation_id = "unblockUser",
    params(IdempotencyKey, ("user" = String, Path, format = Uuid, description = "The user.")),
    responses(
        (status = OK, description = "The user is active.", body = UserView),
        InvalidKey, Unauthorized, Forbidden, NotFound, Conflict, ErrorsOfOurs,
    ),
)]
pub(in crate::api) async fn unblock(
    State(app): State<App>,
    Who(caller): Who,
    Path(user): Path<String>,
) -> Result<Json<UserView>, Problem> {
    administer(&app, caller, &user, Administer::Unblock).await
}
