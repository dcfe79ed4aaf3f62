//! What is asked for, field by field. What must not stand in an address is asked for by something else: an address by its
//! keyed hash, a sole trader by our id, as their number is a personal number.

use super::read;
use bevaka_domain::{
    delivery::StateName,
    ids::{EventId, OrganisationId, UserId},
    organisation::OrganisationNumber,
    watch::Channel,
};
use bevaka_store::{
    Result as Stored, Tx, people,
    search::{self, Company, DeliveryFilter, DeliveryKey, EventFilter},
};
use serde::Deserialize;
use std::collections::BTreeSet;
use utoipa::IntoParams;

/// Which events are asked for: all that fit everything that is given.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct EventsAsked {
    /// The publisher's id.
    #[param(min_length = 1, max_length = 256)]
    pub id: Option<String>,
    /// The publisher.
    #[param(min_length = 1, max_length = 256)]
    pub source: Option<String>,
    /// The company, by our id or its organisation number; a sole trader only by our id, which
    /// `POST /dispatcher/api/companies/lookup` tells.
    pub company: Option<String>,
    /// A user about whom something was decided, by our id; with `company` also by the bank's key or a part of the name.
    #[param(min_length = 1, max_length = 256)]
    pub user: Option<String>,
    /// What happened.
    pub kind: Option<String>,
    /// By what it came in, if not by its publisher alone: `injection:ID`, `dead_letter:ID`, or `any` for whatever it is.
    pub origin: Option<String>,
    /// Received from then on, to the millisecond.
    #[param(format = DateTime)]
    pub from: Option<String>,
    /// Received before then, to the millisecond.
    #[param(format = DateTime)]
    pub until: Option<String>,
    /// `next` of the page before; left out: the newest.
    #[serde(rename = "before")]
    pub after: Option<String>,
    /// At most so many; left out: 50.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<u32>,
}

/// Which alerts are asked for: all that fit everything that is given.
#[derive(Clone, Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(default)]
pub struct DeliveriesAsked {
    /// The event that it tells of, by our id.
    #[param(format = Uuid)]
    pub event: Option<String>,
    /// With which others it leaves as one message.
    #[param(format = Uuid)]
    pub parcel: Option<String>,
    /// The company, by our id or its organisation number; a sole trader only by our id, which
    /// `POST /dispatcher/api/companies/lookup` tells.
    pub company: Option<String>,
    /// Whom it tells, by our id; with `company` also by the bank's key or a part of the name.
    #[param(min_length = 1, max_length = 256)]
    pub user: Option<String>,
    /// Where: what `POST /dispatcher/api/contacts/lookup` told of an address. Contact points that are gone are found too.
    #[param(min_length = 64, max_length = 64)]
    pub contact: Option<String>,
    /// By which way.
    #[param(value_type = Option<Channel>, nullable = false)]
    pub channel: Option<String>,
    /// What happened.
    pub kind: Option<String>,
    /// Where it stands.
    #[param(value_type = Option<StateName>, nullable = false)]
    pub state: Option<String>,
    /// Why it waits or ended, as a code.
    #[param(min_length = 1, max_length = 256)]
    pub cause: Option<String>,
    /// About events received from then on, to the millisecond.
    #[param(format = DateTime)]
    pub from: Option<String>,
    /// About events received before then, to the millisecond.
    #[param(format = DateTime)]
    pub until: Option<String>,
    /// `next` of the page before; left out: the newest.
    #[serde(rename = "before")]
    pub after: Option<String>,
    /// At most so many; left out: 50.
    #[param(minimum = 1, maximum = 500)]
    pub limit: Option<u32>,
}

/// Why what is asked for cannot be looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// Which field.
    pub(crate) field: &'static str,
    /// What is wrong with it.
    pub(crate) wrong: Wrong,
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// Not one of our ids.
    Id,
    /// Empty, too long, or with control characters.
    Text,
    /// Neither our id nor an organisation number.
    Company,
    /// A sole trader's number, which is a personal number.
    PersonalNumber,
    /// Not our id, and no company within which to look.
    UserWithoutCompany,
    /// Not written as kinds are.
    Kind,
    /// Not one of the states.
    State,
    /// Not one of the channels.
    Channel,
    /// None of the ways in which an event can come in.
    Origin,
    /// Not a hash of an address.
    Contact,
    /// Not a time.
    Time,
    /// A stretch of time that ends before it begins.
    EndsBeforeItBegins,
    /// Not where a page ended.
    After,
    /// Too few or too many rows.
    Limit,
}

impl Wrong {
    pub(super) const fn at(self, field: &'static str) -> Fault {
        Fault { field, wrong: self }
    }
}

/// What is read of a field.
pub(super) type Checked<T> = Result<T, Fault>;

/// What is looked for, and where the page begins.
#[derive(Clone, Debug)]
pub(super) struct Sought<F, K> {
    /// None if nothing can fit.
    pub(super) filter: Option<F>,
    /// Whose outcomes are told along with events.
    pub(super) users: BTreeSet<UserId>,
    pub(super) after: Option<K>,
    pub(super) limit: usize,
}

/// A company that is asked for.
#[derive(Clone, Debug)]
enum Whose {
    Anybody,
    Nobody,
    Company(Company),
}

impl Whose {
    fn company(&self) -> Option<&Company> {
        match self {
            Self::Company(company) => Some(company),
            Self::Anybody | Self::Nobody => None,
        }
    }
}

macro_rules! checked {
    ($value:expr) => {
        match $value {
            Ok(value) => value,
            Err(fault) => return Ok(Err(fault)),
        }
    };
}

impl EventsAsked {
    /// What is looked for.
    pub(super) async fn sought(&self, tx: &mut Tx) -> Stored<Checked<Sought<EventFilter, EventId>>> {
        let after = checked!(read::after(self.after.as_deref(), |text| text.parse().ok()));
        let limit = checked!(read::limit(self.limit));
        let mut filter = EventFilter {
            external_id: checked!(read::text("id", self.id.as_deref())),
            source: checked!(read::text("source", self.source.as_deref())),
            kind: checked!(read::kind(self.kind.as_deref())),
            came_by: checked!(read::came_by(self.origin.as_deref())),
            span: checked!(read::span(self.from.as_deref(), self.until.as_deref())),
            ..EventFilter::default()
        };
        let mut whose = checked!(whose(tx, self.company.as_deref()).await?);
        let users = checked!(users(tx, self.user.as_deref(), whose.company()).await?);
        if let Some(users) = &users {
            // Whatever happened to their company was decided about for each of its users.
            whose = of_users(tx, users, whose).await?;
        }
        filter.company = whose.company().cloned();
        let filter = (!matches!(whose, Whose::Nobody)).then_some(filter);
        Ok(Ok(Sought { filter, users: users.unwrap_or_default(), after, limit }))
    }
}

impl DeliveriesAsked {
    /// What is looked for.
    pub(super) async fn sought(&self, tx: &mut Tx) -> Stored<Checked<Sought<DeliveryFilter, DeliveryKey>>> {
        let after = checked!(read::after(self.after.as_deref(), read::place));
        let limit = checked!(read::limit(self.limit));
        let mut filter = DeliveryFilter {
            event: checked!(read::id("event", self.event.as_deref())),
            parcel: checked!(read::id("parcel", self.parcel.as_deref())),
            channel: checked!(read::channel(self.channel.as_deref())),
            kind: checked!(read::kind(self.kind.as_deref())),
            state: checked!(read::state(self.state.as_deref())),
            cause: checked!(read::text("cause", self.cause.as_deref())),
            span: checked!(read::span(self.from.as_deref(), self.until.as_deref())),
            ..DeliveryFilter::default()
        };
        let whose = checked!(whose(tx, self.company.as_deref()).await?);
        filter.company = whose.company().cloned();
        filter.users = checked!(users(tx, self.user.as_deref(), whose.company()).await?);
        if let Some(hash) = checked!(read::hash(self.contact.as_deref())) {
            filter.contacts = Some(search::contacts(tx, &hash).await?);
        }
        let filter = (!matches!(whose, Whose::Nobody)).then_some(filter);
        Ok(Ok(Sought { filter, users: BTreeSet::new(), after, limit }))
    }
}

async fn whose(tx: &mut Tx, text: Option<&str>) -> Stored<Checked<Whose>> {
    let Some(text) = text else { return Ok(Ok(Whose::Anybody)) };
    if let Ok(id) = text.parse::<OrganisationId>() {
        return Ok(Ok(known(tx, id).await?.map_or(Whose::Nobody, Whose::Company)));
    }
    let number = checked!(OrganisationNumber::parse(text).map_err(|_| Wrong::Company.at("company")));
    if read::may_be_personal(&number) {
        return Ok(Err(Wrong::PersonalNumber.at("company")));
    }
    Ok(Ok(Whose::Company(company(tx, number).await?.0)))
}

async fn known(tx: &mut Tx, id: OrganisationId) -> Stored<Option<Company>> {
    let found = people::companies(tx, [id].into_iter()).await?.remove(&id);
    let company = |(number, _): (String, String)| {
        OrganisationNumber::parse(&number).ok().map(|number| Company { id: Some(id), number })
    };
    Ok(found.and_then(company))
}

/// The company with a number, known or not, with its name if it is.
pub(crate) async fn company(tx: &mut Tx, number: OrganisationNumber) -> Stored<(Company, Option<String>)> {
    let known = people::company_by_number(tx, &number).await?;
    let (id, name) = known.map_or((None, None), |(id, name)| (Some(id), Some(name)));
    Ok((Company { id, number }, name))
}

/// The company of users who are all of one, unless another is asked for.
async fn of_users(tx: &mut Tx, users: &BTreeSet<UserId>, asked: Whose) -> Stored<Whose> {
    let Some(user) = users.first() else { return Ok(Whose::Nobody) };
    let Some(own) = people::company_of(tx, *user).await? else { return Ok(Whose::Nobody) };
    Ok(match asked {
        Whose::Anybody => known(tx, own).await?.map_or(Whose::Nobody, Whose::Company),
        Whose::Company(company) if company.id == Some(own) => Whose::Company(company),
        Whose::Company(_) | Whose::Nobody => Whose::Nobody,
    })
}

/// The users who are asked for, if any, by their id or by what is known of them within a company.
pub(crate) async fn users(
    tx: &mut Tx,
    text: Option<&str>,
    company: Option<&Company>,
) -> Stored<Checked<Option<BTreeSet<UserId>>>> {
    let Some(text) = checked!(read::text("user", text)) else { return Ok(Ok(None)) };
    if let Ok(id) = text.parse::<UserId>() {
        return Ok(Ok(Some([id].into())));
    }
    let Some(company) = company else { return Ok(Err(Wrong::UserWithoutCompany.at("user"))) };
    let Some(id) = company.id else { return Ok(Ok(Some(BTreeSet::new()))) };
    let (part, all) = (text.to_lowercase(), people::users_of(tx, id).await?);
    // Whoever is known by exactly this is meant alone.
    let exactly = all.iter().find(|(_, reference, _)| *reference == text).map(|(id, ..)| [*id].into());
    let partly = || all.iter().filter(|(_, _, name)| name.to_lowercase().contains(&part)).map(|(id, ..)| *id);
    Ok(Ok(Some(exactly.unwrap_or_else(|| partly().collect()))))
}
