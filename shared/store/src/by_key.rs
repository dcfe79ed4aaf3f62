//! Companies, users and contact points as they stand, by the keys that the bank knows them by: what an
//! import compares its lines with.

use crate::{
    Result, Tx,
    text::{Json, Word},
};
use bevaka_domain::{
    contact::Address,
    ids::{ContactId, OrganisationId, PersonId, UserId},
    organisation::{CompanyForm, OrganisationNumber},
    signing::{Mandate, authority::Role},
    user::{Access, Permission, User, UserState},
};
use std::collections::BTreeSet;
use uuid::Uuid;

statements! {
    both ORGANISATION = "SELECT id, name, form FROM organisations WHERE number = $1";
    both USER = "
        SELECT id, name, language, access, state FROM users WHERE organisation_id = $1 AND reference = $2";
    both REMOVED = "
        SELECT removed_at IS NOT NULL FROM users WHERE organisation_id = $1 AND reference = $2";
    both SIGNING = "SELECT person_id, mandate, roles, register_groups FROM users WHERE id = $1";
    both PERMISSIONS = "SELECT permission FROM user_permissions WHERE user_id = $1 ORDER BY permission";
    both CONTACT = "
        SELECT id, verified_at IS NOT NULL FROM contact_points WHERE user_id = $1 AND channel = $2 AND address = $3";
}

/// A company as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organisation {
    /// Our id.
    pub id: OrganisationId,
    /// The registered name.
    pub name: String,
    /// The legal form.
    pub form: CompanyForm,
}

/// The company with a number.
///
/// # Errors
/// [`crate::StoreError::Corrupt`] if a stored value cannot be read.
pub async fn organisation(tx: &mut Tx, number: &OrganisationNumber) -> Result<Option<Organisation>> {
    let row = fetch_optional!(tx, (Uuid, String, Word<CompanyForm>), ORGANISATION, number.as_str())?;
    Ok(row.map(|(id, name, Word(form))| Organisation { id: id.into(), name, form }))
}

/// The user of a company with the bank's key.
///
/// # Errors
/// [`crate::StoreError::Corrupt`] if a stored value cannot be read.
pub async fn user(tx: &mut Tx, organisation: OrganisationId, reference: &str) -> Result<Option<User>> {
    type Row = (Uuid, String, String, Word<Access>, Word<UserState>);
    let Some((id, name, language, Word(access), Word(state))) =
        fetch_optional!(tx, Row, USER, organisation.0, reference)?
    else {
        return Ok(None);
    };
    let permissions = fetch_all!(tx, (Word<Permission>,), PERMISSIONS, id)?;
    Ok(Some(User {
        id: id.into(),
        organisation,
        reference: reference.to_owned(),
        name,
        language: language.parse().unwrap_or_default(),
        access,
        permissions: permissions.into_iter().map(|(permission,)| permission.0).collect(),
        state,
    }))
}

/// Whether the company's own people have removed the user with the bank's key.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn is_removed(tx: &mut Tx, organisation: OrganisationId, reference: &str) -> Result<bool> {
    let row = fetch_optional!(tx, (bool,), REMOVED, organisation.0, reference)?;
    Ok(row.is_some_and(|(removed,)| removed))
}

/// Who a user is, and by which authority they sign.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signing {
    /// The person, if known.
    pub person: Option<PersonId>,
    /// A mandate to sign.
    pub mandate: Option<Mandate>,
    /// Roles in the company register.
    pub roles: BTreeSet<Role>,
    /// Groups in the company register.
    pub groups: BTreeSet<String>,
}

/// Who a user is, and by which authority they sign.
///
/// # Errors
/// [`crate::StoreError::Corrupt`] if a stored value cannot be read.
pub async fn signing(tx: &mut Tx, user: UserId) -> Result<Signing> {
    type Row = (Option<Uuid>, Option<Word<Mandate>>, Json<BTreeSet<Role>>, Json<BTreeSet<String>>);
    let Some((person, mandate, Json(roles), Json(groups))) = fetch_optional!(tx, Row, SIGNING, user.0)?
    else {
        return Ok(Signing::default());
    };
    Ok(Signing { person: person.map(PersonId), mandate: mandate.map(|mandate| mandate.0), roles, groups })
}

/// A user's contact point with an address, and whether it is confirmed.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn contact(tx: &mut Tx, user: UserId, address: &Address) -> Result<Option<(ContactId, bool)>> {
    let (channel, text) = (address.channel().as_str(), address.reveal());
    let row = fetch_optional!(tx, (Uuid, bool), CONTACT, user.0, channel, text)?;
    Ok(row.map(|(id, verified)| (id.into(), verified)))
}
