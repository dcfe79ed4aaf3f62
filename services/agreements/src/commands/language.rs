//! The language in which a user meets Bevaka.

use crate::{
    app::{App, entry},
    company::Caller,
    fault::Outcome,
};
use bevaka_domain::{
    language::Language,
    trail::{Action, Actor, Writer},
};
use bevaka_store::{members, trail};
use serde_json::json;

/// Sets the language of the caller's pages and alerts. Choosing again what is chosen already changes nothing.
///
/// # Errors
/// If the database fails.
pub async fn choose(app: &App, caller: Caller, language: Language) -> Outcome<()> {
    let now = app.now();
    let mut tx = app.chassis.db.begin().await?;
    if !members::set_language(&mut tx, caller.user, language).await? {
        return Ok(());
    }
    let changed = (Actor::User(caller.user), Action::UserChanged);
    let detail = json!({ "changed": ["language"] });
    let done = entry(changed, Some(caller.organisation), caller.user, detail, now);
    trail::append(&mut tx, Writer::Agreements, &done).await?;
    tx.commit().await?;
    Ok(())
}
