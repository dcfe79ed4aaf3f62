//! The form: what is typed, and where it leads.

use super::{Fault, SearchQuery, Show, Wrong};
use crate::queries::search;
use bevaka_chassis::vault::Vault;
use bevaka_domain::{
    clock::{LocalDate, TimeOfDay, Timestamp, Zone},
    contact::Address,
    ids::{DeliveryId, EventId, OrganisationId, UserId},
    organisation::OrganisationNumber,
};
use bevaka_store::{Result as Stored, Tx, people};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct Form {
    id: String,
    company: String,
    user: String,
    /// A number or an address; never shown again.
    #[serde(skip_serializing)]
    contact: Typed,
    /// The hash of one that was typed before.
    contact_hash: String,
    pub(super) kind: String,
    pub(super) state: String,
    from_date: String,
    from_time: String,
    until_date: String,
    until_time: String,
    show: Show,
}

/// What must not reach a log.
#[derive(Clone, Default, Deserialize)]
#[serde(transparent)]
struct Typed(String);

impl std::fmt::Debug for Typed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

#[derive(Clone, Debug)]
pub(super) enum Leads {
    Event(EventId),
    Alert(DeliveryId),
    Search(Box<SearchQuery>),
}

impl Form {
    /// The form as it was filled for a search.
    pub(super) async fn of(tx: &mut Tx, asked: &SearchQuery) -> Stored<Self> {
        let (from_date, from_time) = local(&asked.from);
        let (until_date, until_time) = local(&asked.until);
        let mut form = Self {
            id: asked.id.clone(),
            company: asked.company.clone(),
            user: asked.user.clone(),
            contact_hash: asked.contact.clone(),
            kind: asked.kind.clone(),
            state: asked.state.clone(),
            from_date,
            from_time,
            until_date,
            until_time,
            show: asked.show,
            ..Self::default()
        };
        if let Ok(id) = asked.company.parse::<OrganisationId>() {
            let known = people::companies(tx, [id].into_iter()).await?.remove(&id);
            form.company = known.map(|(number, _)| number.clone()).unwrap_or_default();
        }
        if let Ok(id) = asked.user.parse::<UserId>() {
            let known = people::users(tx, [id].into_iter()).await?.remove(&id);
            form.user = known.map(|(reference, _)| reference).unwrap_or_default();
        }
        Ok(form)
    }

    /// Where it leads, or which field is wrong.
    pub(super) async fn leads(&self, tx: &mut Tx, vault: &Vault) -> Stored<Result<Leads, Fault>> {
        let id = self.id.trim();
        if let Ok(uuid) = id.parse::<Uuid>()
            && let Some(leads) = by_our_id(tx, uuid).await?
        {
            return Ok(Ok(leads));
        }
        let asked = match self.asked(tx, vault).await? {
            Ok(asked) => asked,
            Err(fault) => return Ok(Err(fault)),
        };
        if !id.is_empty() {
            let found = match search::events(tx, &asked.of_events()).await? {
                Ok(found) => found,
                Err(fault) => return Ok(Err(fault)),
            };
            if let [only] = &found.rows[..] {
                return Ok(Ok(Leads::Event(only.event.id)));
            }
        }
        Ok(Ok(Leads::Search(Box::new(asked))))
    }

    /// What is asked for, without what must not stand in an address.
    async fn asked(&self, tx: &mut Tx, vault: &Vault) -> Stored<Result<SearchQuery, Fault>> {
        let mut asked = SearchQuery {
            id: self.id.trim().to_owned(),
            kind: self.kind.clone(),
            state: self.state.clone(),
            contact: self.contact_hash.clone(),
            show: self.show,
            ..SearchQuery::default()
        };
        let times = moment("from", &self.from_date, &self.from_time, 0)
            .and_then(|from| Ok((from, moment("until", &self.until_date, &self.until_time, 1)?)));
        match times {
            Ok((from, until)) => (asked.from, asked.until) = (from, until),
            Err(fault) => return Ok(Err(fault)),
        }
        let contact = self.contact.0.trim();
        if !contact.is_empty() {
            let Ok(address) = contact.parse::<Address>() else {
                return Ok(Err(fault("contact", Wrong::Contact)));
            };
            asked.contact = hex::encode(vault.address_hash(&address));
        }
        if let Err(fault) = self.whose(tx, &mut asked).await? {
            return Ok(Err(fault));
        }
        Ok(Ok(asked))
    }

    async fn whose(&self, tx: &mut Tx, asked: &mut SearchQuery) -> Stored<Result<(), Fault>> {
        let (number, user) = (self.company.trim(), self.user.trim());
        let company = match OrganisationNumber::parse(number) {
            _ if number.is_empty() => None,
            Ok(number) => Some(search::company(tx, number).await?.0),
            Err(_) => return Ok(Err(fault("company", Wrong::Company))),
        };
        match company.as_ref().map(|company| (company.id, &company.number)) {
            Some((Some(id), _)) => asked.company = id.to_string(),
            Some((None, number)) if search::may_be_personal(number) => {
                return Ok(Err(fault("company", Wrong::PersonalNumber)));
            }
            Some((None, number)) => number.as_str().clone_into(&mut asked.company),
            None => {}
        }
        if user.is_empty() {
            return Ok(Ok(()));
        }
        let users = match search::users(tx, Some(user), company.as_ref()).await? {
            Ok(users) => users.unwrap_or_default(),
            Err(fault) => return Ok(Err(fault)),
        };
        // Several who fit a part of a name are all meant; one stands by our id.
        let mut users = users.into_iter();
        asked.user = match (users.next(), users.next()) {
            (None, _) => return Ok(Err(fault("user", Wrong::Id))),
            (Some(only), None) => only.to_string(),
            (Some(_), Some(_)) => user.to_owned(),
        };
        Ok(Ok(()))
    }
}

const fn fault(field: &'static str, wrong: Wrong) -> Fault {
    Fault { field, wrong }
}

/// Whatever of ours has this id.
async fn by_our_id(tx: &mut Tx, id: Uuid) -> Stored<Option<Leads>> {
    if search::received_at(tx, id.into()).await?.is_some() {
        return Ok(Some(Leads::Event(id.into())));
    }
    if search::delivery(tx, id.into()).await?.is_some() {
        return Ok(Some(Leads::Alert(id.into())));
    }
    let asked = SearchQuery { parcel: id.to_string(), ..SearchQuery::default() };
    let members = search::deliveries(tx, &asked.of_alerts()).await?;
    let is_parcel = members.is_ok_and(|members| !members.rows.is_empty());
    Ok(is_parcel.then(|| Leads::Search(Box::new(asked))))
}

/// The moment that date and time of day name here; without a time the beginning of the day, or of one some days later.
fn moment(field: &'static str, date: &str, time: &str, days: u64) -> Result<String, Fault> {
    if date.is_empty() {
        return if time.is_empty() { Ok(String::new()) } else { Err(fault(field, Wrong::Time)) };
    }
    let wrong = || fault(field, Wrong::Time);
    let date = LocalDate::parse(date).map_err(|_| wrong())?;
    let (date, time) = match time {
        "" => (date.plus_days(days), TimeOfDay::MIDNIGHT),
        time => (date, TimeOfDay::parse(time).map_err(|_| wrong())?),
    };
    Ok(Zone::STOCKHOLM.first_instant(date, time).to_string())
}

/// Date and time of day of a moment, as the fields of a form have them.
fn local(text: &str) -> (String, String) {
    let Ok(at) = Timestamp::parse(text) else { return Default::default() };
    let (date, time) = Zone::STOCKHOLM.read(at);
    (String::from(date), String::from(time))
}

/// The field of the form that a fault belongs to.
pub(super) fn field(fault: &Fault) -> &'static str {
    match fault.field {
        "from" => "from_date",
        "until" => "until_date",
        field => field,
    }
}

/// What a fault is told by.
pub(super) const fn text(fault: &Fault) -> &'static str {
    match fault.wrong {
        Wrong::Company => "search-wrong-company",
        Wrong::PersonalNumber => "search-wrong-unknown-company",
        Wrong::UserWithoutCompany => "search-wrong-user-without-company",
        Wrong::Id => "search-wrong-user",
        Wrong::Contact => "search-wrong-contact",
        Wrong::Time => "search-wrong-time",
        Wrong::EndsBeforeItBegins => "search-wrong-stretch",
        Wrong::Text => "search-wrong-text",
        Wrong::Kind | Wrong::State | Wrong::Channel | Wrong::Origin | Wrong::After | Wrong::Limit => {
            "search-wrong-choice"
        }
    }
}
