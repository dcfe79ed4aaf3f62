//! Names and addresses behind ids, for what operators see.

use crate::{Result, Tx, text::Word};
use bevaka_domain::{
    contact::Address,
    ids::{ContactId, OrganisationId, UserId},
    organisation::OrganisationNumber,
    watch::Channel,
};
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

statements! {
    pg USERS_PG = "SELECT id, reference, name FROM users WHERE id = ANY($1)";
    both USER = "SELECT id, reference, name FROM users WHERE id = $1";
    both USERS_OF = "SELECT id, reference, name FROM users WHERE organisation_id = $1 ORDER BY reference";
    both COMPANY_OF = "SELECT organisation_id FROM users WHERE id = $1";
    pg CONTACTS_PG = "SELECT id, channel, address FROM contact_points WHERE id = ANY($1)";
    both CONTACT = "SELECT id, channel, address FROM contact_points WHERE id = $1";
    pg COMPANIES_PG = "SELECT id, number, name FROM organisations WHERE id = ANY($1)";
    both COMPANY = "SELECT id, number, name FROM organisations WHERE id = $1";
    both COMPANY_BY_NUMBER = "SELECT id, number, name FROM organisations WHERE number = $1";
}

/// The bank's key and the name of each user.
pub type Users = HashMap<UserId, (String, String)>;

/// The address of each contact point that still exists.
pub type Contacts = HashMap<ContactId, Address>;

/// The number and the name of each company.
pub type Companies = HashMap<OrganisationId, (String, String)>;

/// All rows with some ids: in one statement on PostgreSQL, where each is a way to the server and back.
macro_rules! with_ids {
    ($tx:expr, $row:ty, $ids:expr, $pg:expr, $both:expr) => {{
        let ids: BTreeSet<Uuid> = $ids.map(|id| id.0).collect();
        match $tx {
            Tx::Pg(pg) => {
                let ids: Vec<_> = ids.into_iter().collect();
                sqlx::query_as::<_, $row>($pg).bind(ids).fetch_all(&mut **pg).await?
            }
            tx @ Tx::Lite(_) => {
                let mut rows = Vec::with_capacity(ids.len());
                for id in ids {
                    rows.extend(fetch_optional!(tx, $row, $both, id)?);
                }
                rows
            }
        }
    }};
}

type Named = (Uuid, String, String);

/// The bank's keys and names of users.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn users(tx: &mut Tx, ids: impl Iterator<Item = UserId>) -> Result<Users> {
    let rows = with_ids!(tx, Named, ids, USERS_PG, USER);
    Ok(rows.into_iter().map(|(id, reference, name)| (id.into(), (reference, name))).collect())
}

/// All users of a company with the bank's keys and their names, those who are gone too.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn users_of(tx: &mut Tx, company: OrganisationId) -> Result<Vec<(UserId, String, String)>> {
    let rows = fetch_all!(tx, Named, USERS_OF, company.0)?;
    Ok(rows.into_iter().map(|(id, reference, name)| (id.into(), reference, name)).collect())
}

/// Whose user somebody is.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn company_of(tx: &mut Tx, user: UserId) -> Result<Option<OrganisationId>> {
    Ok(fetch_optional!(tx, (Uuid,), COMPANY_OF, user.0)?.map(|(id,)| id.into()))
}

/// The addresses of contact points.
///
/// # Errors
/// [`crate::StoreError::Corrupt`] if a channel cannot be read.
pub async fn contacts(tx: &mut Tx, ids: impl Iterator<Item = ContactId>) -> Result<Contacts> {
    let rows = with_ids!(tx, (Uuid, Word<Channel>, String), ids, CONTACTS_PG, CONTACT);
    let contact =
        |(id, channel, address): (Uuid, Word<_>, _)| (id.into(), Address::from_storage(channel.0, address));
    Ok(rows.into_iter().map(contact).collect())
}

/// The numbers and names of companies.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn companies(tx: &mut Tx, ids: impl Iterator<Item = OrganisationId>) -> Result<Companies> {
    let rows = with_ids!(tx, Named, ids, COMPANIES_PG, COMPANY);
    Ok(rows.into_iter().map(|(id, number, name)| (id.into(), (number, name))).collect())
}

/// The company with a number, and its name.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn company_by_number(
    tx: &mut Tx,
    number: &OrganisationNumber,
) -> Result<Option<(OrganisationId, String)>> {
    let row = fetch_optional!(tx, Named, COMPANY_BY_NUMBER, number.as_str())?;
    Ok(row.map(|(id, _, name)| (id.into(), name)))
}
