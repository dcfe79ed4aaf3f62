//! Permissions and blocks, by a permission administrator and never for oneself (R19–R23).

use crate::{
    app::{App, entry},
    company::{Caller, Company},
    fault::{Fault, Outcome},
};
use bevaka_domain::{
    ids::UserId,
    signing::Refusal,
    trail::{Action, Actor, Writer},
    user::{Access, Permission, UserState},
};
use bevaka_store::{agreements, members::Member, trail};
use serde_json::json;

/// What an administrator does with one user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Administer {
    /// Grants *Hantera Bevaka ärenden*.
    Grant,
    /// Takes it away.
    Withdraw,
    /// Stops the user.
    Block,
    /// Lets the user in again.
    Unblock,
}

/// Changes a user's rights; counts from the next alert on (R22). Doing again what is done already changes nothing.
/// Gives the user's name.
///
/// # Errors
/// [`Fault::NotFound`] for another company's user; [`Fault::Refused`] with the rule that says no.
pub async fn administer(app: &App, caller: Caller, user: UserId, what: Administer) -> Outcome<String> {
    let now = app.now();
    let mut tx = app.chassis.db.begin().await?;
    let company = Company::lock(&mut tx, caller.organisation).await?;
    if !company.member(caller.user).is_some_and(Member::is_administrator) {
        return Err(Refusal::NotAdministrator.into());
    }
    let member = company.member(user).ok_or(Fault::NotFound)?;
    if user == caller.user || member.person == Some(caller.person) {
        return Err(Refusal::OwnPermissions.into());
    }
    if !is_change(member, what)? {
        return Ok(member.name.clone());
    }
    let watch = Permission::ManageWatches;
    let action = match what {
        Administer::Grant => {
            agreements::grant(&mut tx, user, watch, now).await?;
            Action::PermissionGranted
        }
        Administer::Withdraw => {
            agreements::revoke(&mut tx, user, watch).await?;
            Action::PermissionRevoked
        }
        Administer::Block => {
            agreements::set_user_state(&mut tx, user, UserState::Blocked).await?;
            Action::UserBlocked
        }
        Administer::Unblock => {
            agreements::set_user_state(&mut tx, user, UserState::Active).await?;
            Action::UserUnblocked
        }
    };
    let detail = match what {
        Administer::Grant | Administer::Withdraw => json!({ "permission": watch }),
        Administer::Block | Administer::Unblock => json!({}),
    };
    let done = entry((Actor::User(caller.user), action), Some(caller.organisation), user, detail, now);
    trail::append(&mut tx, Writer::Agreements, &done).await?;
    tx.commit().await?;
    Ok(member.name.clone())
}

/// Whether it would change anything.
fn is_change(member: &Member, what: Administer) -> Result<bool, Refusal> {
    let granted = member.permissions.contains(&Permission::ManageWatches);
    match (what, member.state) {
        (Administer::Grant, _) if member.access == Access::Unrestricted => Err(Refusal::NotNeeded),
        (Administer::Grant, _) => Ok(!granted),
        (Administer::Withdraw, _) => Ok(granted),
        (Administer::Block, UserState::Active) | (Administer::Unblock, UserState::Blocked) => Ok(true),
        (Administer::Block, UserState::Blocked) | (Administer::Unblock, UserState::Active) => Ok(false),
        (Administer::Block | Administer::Unblock, UserState::Denied | UserState::Expired) => {
            Err(Refusal::NotActive)
        }
    }
}
