//! Step 2: how the companies stand now, and what follows from it for every user.

use bevaka_domain::{
    clock::Timestamp,
    entitlement::{self, Standing, Subject, Verdict},
    event::Event,
    ids::{ContactId, UserId},
};
use bevaka_store::{
    Result, Tx,
    events::Decided,
    standing::{self, Companies, Company},
};
use std::{collections::HashSet, slice};

/// Events with their decisions, and the companies they were decided by.
pub struct Decisions {
    /// In the order of the events.
    pub decided: Vec<Decided>,
    /// As they stand in this transaction.
    pub companies: Companies,
}

/// Decides about events by how their companies stand in this transaction (R31).
///
/// # Errors
/// If the database fails.
pub async fn decide(tx: &mut Tx, events: Vec<Event>, now: Timestamp) -> Result<Decisions> {
    let asked: HashSet<_> =
        events.iter().map(|event| (event.organisation.clone(), event.kind.clone())).collect();
    let companies = standing::load(tx, &asked).await?;
    let decided = events.into_iter().map(|event| about(event, &companies, now)).collect();
    Ok(Decisions { decided, companies })
}

fn about(event: Event, companies: &Companies, now: Timestamp) -> Decided {
    let company = company_of(&event, companies);
    let nobody = Standing::default();
    let standing = company.map_or(&nobody, |company| &company.standing);
    Decided {
        decisions: entitlement::decide(subject(&event), standing, now),
        organisation: company.map(|company| company.id),
        agreement_version: standing.agreement.as_ref().map(|agreement| agreement.version),
        event,
    }
}

/// The company of an event, if it is known to us.
pub fn company_of<'a>(event: &Event, companies: &'a Companies) -> Option<&'a Company> {
    companies.get(&(event.organisation.clone(), event.kind.clone()))
}

/// What the decision needs to know of an event.
pub fn subject(event: &Event) -> Subject<'_> {
    Subject { kind: &event.kind, recipient: event.recipient.as_deref(), expires_at: event.expires_at }
}

/// Who is told and by which contact points.
pub fn told(decided: &Decided) -> impl Iterator<Item = (UserId, ContactId)> + '_ {
    decided.decisions.iter().flat_map(|decision| {
        let to: slice::Iter<'_, ContactId> = match &decision.verdict {
            Verdict::Deliver(deliver) => deliver.to.iter(),
            Verdict::Suppressed(_) => [].iter(),
        };
        to.map(|contact| (decision.user, *contact))
    })
}
