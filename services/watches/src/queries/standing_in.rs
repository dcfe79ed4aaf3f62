//! For whom a user stands in.

use crate::{access, app::App, fault::Outcome};
use bevaka_domain::{
    clock::{LocalDate, Zone},
    event::Kind,
    ids::UserId,
    watch::{StandIn, Watch},
};
use bevaka_portal::Caller;
use bevaka_store::coverage;
use std::collections::{BTreeMap, BTreeSet};

/// A colleague who is away, or will be, and whose alerts come to the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Absence {
    pub name: String,
    pub kinds: BTreeSet<Kind>,
    pub from: LocalDate,
    pub to: LocalDate,
}

/// For whom the caller stands in, today or later, the earliest first.
pub async fn standing_in(app: &App, caller: Caller) -> Outcome<Vec<Absence>> {
    let now = app.now();
    let mut tx = app.chassis.db.begin_snapshot().await?;
    let admitted = access::user(&mut tx, caller, now).await?;
    let mut watches = coverage::watches(&mut tx, caller.organisation).await?;
    watches.retain(|watch| admitted.agreement.scope.contains(&watch.kind));
    let absences = absences(&watches, caller.user, Zone::STOCKHOLM.read(now).0);
    let named = absences.into_iter().filter_map(|((from, to, user), kinds)| {
        Some(Absence { name: admitted.name_of(user)?, kinds, from, to })
    });
    Ok(named.collect())
}

type Absences = BTreeMap<(LocalDate, LocalDate, UserId), BTreeSet<Kind>>;

fn absences(watches: &[Watch], user: UserId, today: LocalDate) -> Absences {
    let mut absences = Absences::new();
    for watch in watches {
        let Some(StandIn { user: stand_in, from, to }) = watch.settings.stand_in else { continue };
        if stand_in == user && to >= today {
            absences.entry((from, to, watch.user)).or_default().insert(watch.kind.clone());
        }
    }
    absences
}
