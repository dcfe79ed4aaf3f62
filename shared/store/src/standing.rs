//! How companies stand with respect to event kinds: what [`entitlement`](bevaka_domain::entitlement) decides by,
//! and where the entitled are reached. Read inside the transaction that records the decision, so it is never
//! older than that.

use crate::{
    Result, Tx,
    agreements::{from_name, parse_scope},
};
use bevaka_domain::{
    contact::Address,
    entitlement::{ActiveAgreement, ChosenChannel, ChosenContact, Standing, UserStanding},
    event::Kind,
    ids::{ContactId, OrganisationId},
    language::Language,
    organisation::OrganisationNumber,
    watch::Channel,
};
use sqlx::FromRow;
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};
use uuid::Uuid;

macro_rules! standing_of {
    ($asked:literal) => {
        concat!(
            "SELECT q.number, q.kind, o.id AS organisation_id, o.name AS organisation_name,
                    a.id AS agreement_id, a.version AS agreement_version, v.scope,
                    u.id AS user_id, u.reference, u.language, u.state, u.access,
                    p.user_id IS NOT NULL AS may_watch, w.sms, w.email,
                    s.id AS sms_id, s.address AS sms_address, s.verified_at IS NOT NULL AS sms_verified,
                    e.id AS email_id, e.address AS email_address, e.verified_at IS NOT NULL AS email_verified
             FROM ",
            $asked,
            " JOIN organisations o ON o.number = q.number
              LEFT JOIN agreements a ON a.organisation_id = o.id AND a.state = 'active'
              LEFT JOIN agreement_versions v ON v.agreement_id = a.id AND v.version = a.version
              LEFT JOIN users u ON u.organisation_id = o.id
              LEFT JOIN user_permissions p ON p.user_id = u.id AND p.permission = 'manage_watches'
              LEFT JOIN watches w ON w.user_id = u.id AND w.kind = q.kind
              LEFT JOIN contact_points s ON s.id = w.sms_contact_id
              LEFT JOIN contact_points e ON e.id = w.email_contact_id
              ORDER BY q.number, q.kind, u.id"
        )
    };
}

statements! {
    pg STANDINGS_PG = standing_of!("unnest($1::text[], $2::text[]) AS q (number, kind)");
    both STANDING = standing_of!("(SELECT CAST($1 AS text) AS number, CAST($2 AS text) AS kind) AS q");
}

/// A company with respect to one kind.
#[derive(Clone, Debug)]
pub struct Company {
    /// Our id.
    pub id: OrganisationId,
    /// The registered name, for the alert.
    pub name: Arc<str>,
    /// What the decision is made by.
    pub standing: Standing,
    /// How the contact points in it are reached.
    pub reach: HashMap<ContactId, Reach>,
}

/// How a contact point is reached.
#[derive(Clone, Debug)]
pub struct Reach {
    /// The number or address.
    pub address: Address,
    /// In which language.
    pub language: Language,
}

/// Companies by organisation number and kind; unknown companies are absent.
pub type Companies = HashMap<(OrganisationNumber, Kind), Company>;

#[derive(FromRow)]
struct Row {
    number: String,
    kind: String,
    organisation_id: Uuid,
    organisation_name: String,
    agreement_id: Option<Uuid>,
    agreement_version: Option<i64>,
    scope: Option<String>,
    user_id: Option<Uuid>,
    reference: Option<String>,
    language: Option<String>,
    state: Option<String>,
    access: Option<String>,
    may_watch: bool,
    sms: Option<bool>,
    email: Option<bool>,
    sms_id: Option<Uuid>,
    sms_address: Option<String>,
    sms_verified: bool,
    email_id: Option<Uuid>,
    email_address: Option<String>,
    email_verified: bool,
}

/// How these companies stand now, each with respect to the kind it is asked for.
///
/// # Errors
/// [`StoreError::Corrupt`](crate::StoreError::Corrupt) if a stored value cannot be read.
#[expect(clippy::implicit_hasher, reason = "callers have no other hasher")]
pub async fn load(tx: &mut Tx, asked: &HashSet<(OrganisationNumber, Kind)>) -> Result<Companies> {
    let rows = if let Tx::Pg(pg) = tx {
        let numbers: Vec<&str> = asked.iter().map(|(number, _)| number.as_str()).collect();
        let kinds: Vec<&str> = asked.iter().map(|(_, kind)| kind.as_str()).collect();
        let query = sqlx::query_as::<_, Row>(STANDINGS_PG).bind(numbers).bind(kinds);
        query.fetch_all(&mut **pg).await?
    } else {
        let mut rows = Vec::new();
        for (number, kind) in asked {
            rows.extend(fetch_all!(tx, Row, STANDING, number.as_str(), kind.as_str())?);
        }
        rows
    };
    let keys: HashMap<(&str, &str), &(OrganisationNumber, Kind)> =
        asked.iter().map(|key| ((key.0.as_str(), key.1.as_str()), key)).collect();
    let mut companies = Companies::with_capacity(asked.len());
    for row in rows {
        let Some(key) = keys.get(&(row.number.as_str(), row.kind.as_str())) else { continue };
        if !companies.contains_key(*key) {
            companies.insert((*key).clone(), company(&row)?);
        }
        if let Some(company) = companies.get_mut(*key) {
            add_user(company, row)?;
        }
    }
    Ok(companies)
}

fn company(row: &Row) -> Result<Company> {
    let agreement = match (row.agreement_id, row.agreement_version, &row.scope) {
        (Some(id), Some(version), Some(scope)) => Some(ActiveAgreement {
            id: id.into(),
            version: u32::try_from(version).unwrap_or(0),
            scope: parse_scope(scope)?,
        }),
        _ => None,
    };
    Ok(Company {
        id: row.organisation_id.into(),
        name: row.organisation_name.as_str().into(),
        standing: Standing { agreement, users: Vec::new() },
        reach: HashMap::new(),
    })
}

fn add_user(company: &mut Company, row: Row) -> Result<()> {
    let (Some(id), Some(reference), Some(language), Some(state), Some(access)) =
        (row.user_id, row.reference, row.language, row.state, row.access)
    else {
        return Ok(());
    };
    let language: Language = from_name("users.language", language)?;
    let mut channels = Vec::with_capacity(2);
    for (channel, chosen, contact, address, verified) in [
        (Channel::Sms, row.sms, row.sms_id, row.sms_address, row.sms_verified),
        (Channel::Email, row.email, row.email_id, row.email_address, row.email_verified),
    ] {
        if chosen != Some(true) {
            continue;
        }
        let contact = contact.zip(address).map(|(contact, address)| {
            let address = Address::from_storage(channel, address);
            company.reach.insert(contact.into(), Reach { address, language });
            ChosenContact { id: contact.into(), verified }
        });
        channels.push(ChosenChannel { channel, contact });
    }
    company.standing.users.push(UserStanding {
        id: id.into(),
        reference,
        state: from_name("users.state", state)?,
        access: from_name("users.access", access)?,
        may_watch: row.may_watch,
        channels,
    });
    Ok(())
}
