//! How companies stand with respect to event kinds: what [`entitlement`](bevaka_domain::entitlement) decides by,
//! and where the entitled are reached. Read inside the transaction that records the decision, so it is never
//! older than that.

mod named;
mod stand_ins;

use crate::{Result, StoreError, Tx, text::Word};
use bevaka_domain::{
    contact::Address,
    entitlement::{ActiveAgreement, ChosenChannel, ChosenContact, Standing, UserStanding},
    event::Kind,
    ids::{ContactId, OrganisationId},
    language::Language,
    organisation::OrganisationNumber,
    user::{Access, UserState},
    watch::{Channel, Settings},
};
pub use named::load_named;
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
                    p.user_id IS NOT NULL AS may_watch, w.sms, w.email, w.settings, w.off_at IS NOT NULL AS is_off,
                    s.id AS sms_id, s.address AS sms_address, s.verified_at IS NOT NULL AS sms_verified,
                    e.id AS email_id, e.address AS email_address, e.verified_at IS NOT NULL AS email_verified
             FROM ",
            $asked,
            " JOIN organisations o ON o.number = q.number
              LEFT JOIN agreements a ON a.organisation_id = o.id AND a.state = 'active'
              LEFT JOIN agreement_versions v ON v.agreement_id = a.id AND v.version = a.version
              LEFT JOIN users u ON u.organisation_id = o.id AND u.removed_at IS NULL
              LEFT JOIN user_permissions p ON p.user_id = u.id AND p.permission = 'manage_watches'
              LEFT JOIN watches w ON w.user_id = u.id AND w.kind = q.kind
              LEFT JOIN contact_points s
                ON s.id = w.sms_contact_id AND s.user_id = u.id AND s.channel = 'sms'
              LEFT JOIN contact_points e
                ON e.id = w.email_contact_id AND e.user_id = u.id AND e.channel = 'email'"
        )
    };
}

#[cfg(test)]
pub(crate) use named::STATEMENTS as NAMED_STATEMENTS;
#[cfg(test)]
pub(crate) use stand_ins::STATEMENTS as STAND_IN_STATEMENTS;

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
    /// Whether a watch of its owner's names it, which the owner may turn off; else its owner stands in for somebody, or
    /// is told by a notice.
    pub by_own_watch: bool,
}

/// Which companies, each with respect to which kind.
pub type Asked = HashSet<(OrganisationNumber, Kind)>;

/// Companies by organisation number and kind; unknown companies are absent.
pub type Companies = HashMap<(OrganisationNumber, Kind), Company>;

/// Borrowed from the row: a batch reads a thousand of them.
#[allow(clippy::struct_excessive_bools, reason = "as the columns are")]
#[derive(FromRow)]
struct Row<'r> {
    number: &'r str,
    kind: &'r str,
    organisation_id: Uuid,
    organisation_name: &'r str,
    agreement_id: Option<Uuid>,
    agreement_version: Option<i64>,
    scope: Option<&'r str>,
    user_id: Option<Uuid>,
    reference: Option<&'r str>,
    language: Option<&'r str>,
    state: Option<Word<UserState>>,
    access: Option<Word<Access>>,
    may_watch: bool,
    sms: Option<bool>,
    email: Option<bool>,
    settings: Option<&'r str>,
    is_off: bool,
    sms_id: Option<Uuid>,
    sms_address: Option<&'r str>,
    sms_verified: bool,
    email_id: Option<Uuid>,
    email_address: Option<&'r str>,
    email_verified: bool,
}

/// How these companies stand now, each with respect to the kind it is asked for.
///
/// # Errors
/// [`StoreError::Corrupt`](crate::StoreError::Corrupt) if a stored value cannot be read.
pub async fn load(tx: &mut Tx, asked: &Asked) -> Result<Companies> {
    let mut companies = Companies::with_capacity(asked.len());
    if asked.is_empty() {
        return Ok(companies);
    }
    match tx {
        Tx::Pg(pg) => {
            let numbers: Vec<&str> = asked.iter().map(|(number, _)| number.as_str()).collect();
            let kinds: Vec<&str> = asked.iter().map(|(_, kind)| kind.as_str()).collect();
            let keys: HashMap<(&str, &str), &(OrganisationNumber, Kind)> =
                asked.iter().map(|key| ((key.0.as_str(), key.1.as_str()), key)).collect();
            let rows = sqlx::query(STANDINGS_PG).bind(numbers).bind(kinds).fetch_all(&mut **pg).await?;
            for row in &rows {
                let row = Row::from_row(row)?;
                let Some(key) = keys.get(&(row.number, row.kind)) else { continue };
                add(&mut companies, key, &row)?;
            }
        }
        Tx::Lite(lite) => {
            for key in asked {
                let query = sqlx::query(STANDING).bind(key.0.as_str()).bind(key.1.as_str());
                for row in query.fetch_all(&mut **lite).await? {
                    add(&mut companies, key, &Row::from_row(&row)?)?;
                }
            }
        }
    }
    stand_ins::load(tx, &mut companies).await?;
    // Sorted here and not by the database, which would have to move whole rows for it.
    for company in companies.values_mut() {
        company.standing.users.sort_unstable_by_key(|user| user.id);
    }
    Ok(companies)
}

fn add(companies: &mut Companies, key: &(OrganisationNumber, Kind), row: &Row<'_>) -> Result<()> {
    if let Some(known) = companies.get_mut(key) {
        add_user(known, row);
        return Ok(());
    }
    let agreement = (row.agreement_id, row.agreement_version, row.scope);
    let mut new = company(row.organisation_id, row.organisation_name, agreement)?;
    add_user(&mut new, row);
    companies.insert(key.clone(), new);
    Ok(())
}

/// A company without users; of the agreement in force come id, version and scope.
fn company(id: Uuid, name: &str, agreement: (Option<Uuid>, Option<i64>, Option<&str>)) -> Result<Company> {
    // Read once for all rows of the company.
    let corrupt = |_| StoreError::Corrupt { what: "agreement_versions.scope".into() };
    let agreement = match agreement {
        (Some(id), Some(version), Some(scope)) => Some(ActiveAgreement {
            id: id.into(),
            version: u32::try_from(version).unwrap_or(0),
            scope: serde_json::from_str(scope).map_err(corrupt)?,
        }),
        _ => None,
    };
    Ok(Company {
        id: id.into(),
        name: name.into(),
        standing: Standing { agreement, users: Vec::new() },
        reach: HashMap::new(),
    })
}

fn add_user(company: &mut Company, row: &Row<'_>) {
    let (Some(id), Some(reference), Some(language), Some(Word(state)), Some(Word(access))) =
        (row.user_id, row.reference, row.language, row.state, row.access)
    else {
        return;
    };
    // A language that a newer version knows and this one does not is no reason to tell nobody.
    let language: Language = language.parse().unwrap_or_default();
    let mut channels = Vec::with_capacity(2);
    for (channel, chosen, contact, address, verified) in [
        (Channel::Sms, row.sms, row.sms_id, row.sms_address, row.sms_verified),
        (Channel::Email, row.email, row.email_id, row.email_address, row.email_verified),
    ] {
        if chosen != Some(true) {
            continue;
        }
        let contact = contact.zip(address).map(|(contact, address)| {
            let address = Address::from_storage(channel, address.to_owned());
            company.reach.insert(contact.into(), Reach { address, language, by_own_watch: true });
            ChosenContact { id: contact.into(), verified }
        });
        channels.push(ChosenChannel { channel, contact });
    }
    company.standing.users.push(UserStanding {
        id: id.into(),
        reference: reference.to_owned(),
        state,
        access,
        may_watch: row.may_watch,
        channels,
        settings: settings(id, row.settings),
        is_off: row.is_off,
        spare: Vec::new(),
    });
}

/// What a watch is narrowed to; most are to nothing. Settings that a newer version wrote and this one does not know are
/// no reason to tell nobody: in doubt it is told.
fn settings(user: Uuid, text: Option<&str>) -> Option<Box<Settings>> {
    match text {
        None | Some("{}") => None,
        Some(text) => serde_json::from_str(text).map_or_else(
            |_| {
                tracing::error!(user.id = %user, "a watch's settings cannot be read; it is told at once");
                None
            },
            |settings| Some(Box::new(settings)),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r34_settings_that_this_version_does_not_know_stop_nobody() {
        let read = |text| settings(Uuid::nil(), Some(text));
        assert!(read(r#"{"weekdays_only":true}"#).is_some());
        for text in ["{}", r#"{"digest":{"every":"year","at":"08:00"}}"#, "?"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
