//! Step 2: how the companies stand now, and what follows from it for every user.

use bevaka_domain::{
    clock::Timestamp,
    delivery::Delivery,
    entitlement::{self, Audience, Leave, Reason, Standing, Subject, Verdict},
    event::{Event, Kind},
    ids::{ContactId, UserId},
    organisation::OrganisationNumber,
    watch::Later,
};
use bevaka_store::{
    Result, Tx,
    events::{Decided, Envelope},
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

/// Who is told, by which contact points, and when if not at once.
pub fn told(decided: &Decided) -> impl Iterator<Item = (UserId, ContactId, Option<Later>)> + '_ {
    decided.decisions.iter().flat_map(|decision| {
        let (to, later): (slice::Iter<'_, ContactId>, _) = match &decision.verdict {
            Verdict::Deliver(deliver) => (deliver.to.iter(), deliver.later),
            Verdict::Suppressed(_) => ([].iter(), None),
        };
        to.map(move |contact| (decision.user, *contact, later))
    })
}

/// Whether and when a stored alert may leave, by how its company stands now (R17, R22).
///
/// # Errors
/// The reason why not.
pub fn may_leave(
    delivery: &Delivery,
    event: &Envelope,
    companies: &Companies,
    now: Timestamp,
) -> std::result::Result<Leave, Reason> {
    let company = companies.get(&event.key()).ok_or(Reason::NoActiveAgreement)?;
    let Delivery { user, contact, .. } = *delivery;
    entitlement::may_still_be_told(event.subject(), &company.standing, user, contact, now)
}
