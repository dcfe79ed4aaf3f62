//! A permission administrator confirms that what the company watches is still right.

use crate::{
    access,
    app::App,
    fault::Outcome,
    queries::coverage::{self, Covered},
};
use bevaka_domain::trail::{Action, Actor, Entry, Writer};
use bevaka_portal::Caller;
use bevaka_store::{coverage as store, trail};
use serde_json::json;

/// Confirms what the company watches as it stands, for a year.
pub async fn review(app: &App, caller: Caller) -> Outcome<()> {
    let now = app.now();
    let mut tx = app.chassis.db.begin().await?;
    let admitted = access::administrator(&mut tx, caller, now).await?;
    let kinds = coverage::kinds(app, &mut tx, &admitted).await?;
    let gaps: Vec<_> = kinds.iter().filter(|kind| kind.is_gap()).map(Covered::kind).collect();
    store::add_review(&mut tx, app.chassis.entropy.id(now), caller.organisation, caller.user, now).await?;
    let reviewed = Entry {
        at: now,
        actor: Actor::User(caller.user),
        action: Action::CoverageReviewed,
        organisation: Some(caller.organisation),
        subject: caller.organisation.to_string(),
        detail: json!({ "kinds": admitted.agreement.scope, "nobody_watches": gaps }),
    };
    trail::append(&mut tx, Writer::Watches, &reviewed).await?;
    tx.commit().await?;
    Ok(())
}
