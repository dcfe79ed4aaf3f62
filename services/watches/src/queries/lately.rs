//! How many alerts a user got in the last days.

use super::preview::is_night;
use crate::{access, app::App, fault::Outcome};
use bevaka_portal::Caller;
use bevaka_store::alerts::{self, Left};
use std::collections::HashSet;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lately {
    /// How many; those that left as one message are one.
    pub alerts: u32,
    /// How many of them from 22 to 06 by the bank's clock.
    pub at_night: u32,
}

/// How many alerts of the last 90 days left for the caller, notices aside.
pub async fn lately(app: &App, caller: Caller) -> Outcome<Lately> {
    let now = app.now();
    let mut tx = app.chassis.db.begin_snapshot().await?;
    access::user(&mut tx, caller, now).await?;
    let first = alerts::first_id(super::shown_since(now));
    let left = alerts::left_since(&mut tx, (caller.organisation, caller.user), first).await?;
    Ok(count(&left))
}

fn count(left: &[Left]) -> Lately {
    let (mut lately, mut parcels) = (Lately::default(), HashSet::new());
    for alert in left {
        if alert.parcel.is_some_and(|parcel| !parcels.insert(parcel)) {
            continue;
        }
        lately.alerts += 1;
        lately.at_night += u32::from(super::taken_at(&alert.history).is_some_and(is_night));
    }
    lately
}
