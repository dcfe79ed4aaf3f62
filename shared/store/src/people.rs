//! Names and addresses behind ids, for what operators see.

use crate::{Result, Tx, agreements::from_name};
use bevaka_domain::{
    contact::Address,
    ids::{ContactId, OrganisationId, UserId},
};
use std::collections::HashMap;

statements! {
    both USER = "SELECT reference, name FROM users WHERE id = $1";
    both COMPANY = "SELECT number, name FROM organisations WHERE id = $1";
    both CONTACT = "SELECT channel, address FROM contact_points WHERE id = $1";
}

/// The bank's key and the name of each user.
pub type Users = HashMap<UserId, (String, String)>;

/// The number and the name of each company.
pub type Companies = HashMap<OrganisationId, (String, String)>;

/// The address of each contact point that still exists.
pub type Contacts = HashMap<ContactId, Address>;

/// The bank's keys and names of users.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn users(tx: &mut Tx, ids: impl Iterator<Item = UserId>) -> Result<Users> {
    let mut users = Users::new();
    for id in ids {
        let row = fetch_optional!(tx, (String, String), USER, id.0)?;
        users.extend(row.map(|row| (id, row)));
    }
    Ok(users)
}

/// The numbers and names of companies.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn companies(tx: &mut Tx, ids: impl Iterator<Item = OrganisationId>) -> Result<Companies> {
    let mut companies = Companies::new();
    for id in ids {
        if companies.contains_key(&id) {
            continue;
        }
        let row = fetch_optional!(tx, (String, String), COMPANY, id.0)?;
        companies.extend(row.map(|row| (id, row)));
    }
    Ok(companies)
}

/// The addresses of contact points.
///
/// # Errors
/// [`crate::StoreError::Corrupt`] if a channel cannot be read.
pub async fn contacts(tx: &mut Tx, ids: impl Iterator<Item = ContactId>) -> Result<Contacts> {
    let mut contacts = Contacts::new();
    for id in ids {
        let Some((channel, address)) = fetch_optional!(tx, (String, String), CONTACT, id.0)? else {
            continue;
        };
        let channel = from_name("contact_points.channel", &channel)?;
        contacts.insert(id, Address::from_storage(channel, address));
    }
    Ok(contacts)
}
