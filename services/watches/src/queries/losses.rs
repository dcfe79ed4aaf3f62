//! Which watches lose their channel if a contact point is removed.

use crate::{access, app::App, commands::contacts::own, fault::Outcome};
use bevaka_domain::{event::Kind, ids::ContactId, watch::Channel};
use bevaka_portal::Caller;
use bevaka_store::{contacts, watch_sets};
use serde::Serialize;
use utoipa::ToSchema;

/// A watch that loses a channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Loss {
    /// Of what.
    pub kind: Kind,
    /// Its name in the language asked for.
    // A query gives it in the user's; the API names it anew.
    pub name: String,
    /// By which way.
    pub channel: Channel,
    /// Whether the watch then tells nothing any more.
    pub is_last: bool,
}

/// Which watches of the caller's lose their channel with a contact point, by kind.
///
/// # Errors
/// [`Fault::NotFound`](crate::fault::Fault::NotFound).
pub async fn losses(app: &App, caller: Caller, contact: ContactId) -> Outcome<Vec<Loss>> {
    let mut tx = app.chassis.db.begin_snapshot().await?;
    let admitted = access::user(&mut tx, caller, app.now()).await?;
    let all = contacts::of(&mut tx, caller.user).await?;
    let channel = own(&all, contact)?.point.address.channel();
    let watches = watch_sets::of(&mut tx, caller.user).await?;
    let losing = watches.iter().filter(|watch| watch.channels.values().any(|at| *at == Some(contact)));
    Ok(losing
        .map(|watch| Loss {
            kind: watch.kind.clone(),
            name: app.chassis.catalogue.name(&watch.kind, admitted.member.language).to_owned(),
            channel,
            is_last: !watch.channels.values().any(|at| at.is_some_and(|at| at != contact)),
        })
        .collect())
}
