//! What is found, with the names that operators know it by.

use super::asked::{Checked, DeliveriesAsked, EventsAsked};
use bevaka_domain::{
    clock::Timestamp,
    contact::Address,
    delivery::Delivery,
    entitlement::Decision,
    ids::{DeliveryId, EventId, OrganisationId, UserId},
};
use bevaka_store::{
    Result, Tx, deliveries,
    people::{self, Companies, Users},
    search::{self, EventFilter, FoundDelivery, FoundEvent, Weighed},
};

/// A page of what was found.
#[derive(Clone, Debug)]
pub(crate) struct Found<T> {
    /// The newest first.
    pub(crate) rows: Vec<T>,
    /// Where to go on, as it stands in an address. None: there is no more. A page may be short, even empty, and have one.
    pub(crate) next: Option<String>,
}

impl<T> Found<T> {
    const NOTHING: Self = Self { rows: Vec::new(), next: None };
}

/// A user: the bank's key and the name.
pub(crate) type Named = (String, String);

/// An event as it is listed.
#[derive(Clone, Debug)]
pub(crate) struct ListedEvent {
    /// The event.
    pub(crate) event: FoundEvent,
    /// The name of the company, if it was known.
    pub(crate) company: Option<String>,
    /// What became of it, in numbers.
    pub(crate) weighed: Weighed,
    /// The users who were asked for, and what was decided about each.
    pub(crate) users: Vec<(Named, Decision)>,
}

/// An alert as it is listed.
#[derive(Clone, Debug)]
pub(crate) struct ListedDelivery {
    /// The alert.
    pub(crate) alert: FoundDelivery,
    /// The name of the company, if it was known.
    pub(crate) company: Option<String>,
    /// Whom it tells.
    pub(crate) user: Named,
    /// Where, unless the contact point is gone.
    pub(crate) to: Option<Address>,
}

/// The events that are asked for, or which field is at fault.
///
/// # Errors
/// If the database fails.
pub(crate) async fn events(tx: &mut Tx, asked: &EventsAsked) -> Result<Checked<Found<ListedEvent>>> {
    let sought = match asked.sought(tx).await? {
        Ok(sought) => sought,
        Err(fault) => return Ok(Err(fault)),
    };
    let Some(filter) = &sought.filter else { return Ok(Ok(Found::NOTHING)) };
    let page = search::events(tx, filter, sought.after, sought.limit).await?;
    let ids: Vec<_> = page.rows.iter().map(|event| event.id).collect();
    let mut weighed = search::weigh(tx, &ids, &sought.users).await?;
    let companies = people::companies(tx, page.rows.iter().filter_map(|event| event.organisation)).await?;
    let names = people::users(tx, sought.users.iter().copied()).await?;
    let listed = |event: FoundEvent| {
        let mut weighed = weighed.remove(&event.id).unwrap_or_default();
        let about = std::mem::take(&mut weighed.about).into_iter();
        let users = about.map(|decision| (named(&names, decision.user), decision)).collect();
        ListedEvent { company: name(&companies, event.organisation), event, weighed, users }
    };
    let mut rows: Vec<_> = page.rows.into_iter().map(listed).collect();
    // Whoever was no user then was not decided about.
    rows.retain(|listed| sought.users.is_empty() || !listed.users.is_empty());
    Ok(Ok(Found { rows, next: page.next.map(|event| event.to_string()) }))
}

/// The alerts that are asked for, or which field is at fault.
///
/// # Errors
/// If the database fails.
pub(crate) async fn deliveries(
    tx: &mut Tx,
    asked: &DeliveriesAsked,
) -> Result<Checked<Found<ListedDelivery>>> {
    let sought = match asked.sought(tx).await? {
        Ok(sought) => sought,
        Err(fault) => return Ok(Err(fault)),
    };
    let Some(filter) = &sought.filter else { return Ok(Ok(Found::NOTHING)) };
    let page = search::deliveries(tx, filter, sought.after, sought.limit).await?;
    let next = page.next.map(|(event, contact)| format!("{event}.{contact}"));
    Ok(Ok(Found { rows: listed(tx, page.rows).await?, next }))
}

/// One alert with all that happened to it.
///
/// # Errors
/// If the database fails.
pub(crate) async fn delivery(tx: &mut Tx, id: DeliveryId) -> Result<Option<(ListedDelivery, Delivery)>> {
    let Some(alert) = search::delivery(tx, id).await? else { return Ok(None) };
    let whole = deliveries::find(tx, id).await?;
    Ok(listed(tx, vec![alert]).await?.pop().zip(whole))
}

/// When an event reached us; none if it is not stored.
///
/// # Errors
/// If the database fails.
pub(crate) async fn received_at(tx: &mut Tx, event: EventId) -> Result<Option<Timestamp>> {
    let filter = EventFilter { id: Some(event), ..EventFilter::default() };
    Ok(search::events(tx, &filter, None, 1).await?.rows.pop().map(|event| event.received_at))
}

async fn listed(tx: &mut Tx, alerts: Vec<FoundDelivery>) -> Result<Vec<ListedDelivery>> {
    let companies = people::companies(tx, alerts.iter().filter_map(|alert| alert.organisation)).await?;
    let users = people::users(tx, alerts.iter().map(|alert| alert.user)).await?;
    let contacts = people::contacts(tx, alerts.iter().map(|alert| alert.contact)).await?;
    let listed = |alert: FoundDelivery| ListedDelivery {
        company: name(&companies, alert.organisation),
        user: named(&users, alert.user),
        to: contacts.get(&alert.contact).cloned(),
        alert,
    };
    Ok(alerts.into_iter().map(listed).collect())
}

fn name(companies: &Companies, company: Option<OrganisationId>) -> Option<String> {
    companies.get(&company?).map(|(_, name)| name.clone())
}

fn named(users: &Users, user: UserId) -> Named {
    users.get(&user).cloned().unwrap_or_default()
}
