//! Step 2: how the companies stand now, and what follows from it for every user.

use bevaka_domain::{
    clock::Timestamp,
    entitlement::{self, Audience, Standing, Subject, Verdict},
    event::{Event, Kind},
    ids::{ContactId, UserId},
    organisation::OrganisationNumber,
};
use bevaka_store::{
    Result, Tx,
    events::Decided,
    standing::{self, Asked, Companies, Company},
};
use std::slice;

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
    let asked = events
        .iter()
        .map(|event| ((event.organisation.clone(), event.kind.clone()), subject(event).audience));
    let companies = standings(tx, asked).await?;
    let decided = events.into_iter().map(|event| about(event, &companies, now)).collect();
    Ok(Decisions { decided, companies })
}

/// How companies stand in this transaction, each with respect to a kind and the audience of its event. Only a notice
/// costs a question more.
///
/// # Errors
/// If the database fails.
pub async fn standings<'a>(
    tx: &mut Tx,
    asked: impl Iterator<Item = ((OrganisationNumber, Kind), Audience<'a>)>,
) -> Result<Companies> {
    let (mut watched, mut named) = (Asked::new(), Asked::new());
    for (key, audience) in asked {
        match audience {
            Audience::Watchers { .. } => watched.insert(key),
            Audience::Named { .. } => named.insert(key),
        };
    }
    let mut companies = standing::load(tx, &watched).await?;
    if !named.is_empty() {
        companies.extend(standing::load_named(tx, &named).await?);
    }
    Ok(companies)
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
    Subject {
        kind: &event.kind,
        audience: Audience::of(&event.kind, event.recipient.as_deref(), event.notice.as_deref()),
        facts: &event.facts,
        received_at: event.received_at,
        expires_at: event.expires_at,
    }
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
