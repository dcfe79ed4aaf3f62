//! Persons, their security tokens, and what each is a user of. Written by the agreements service alone. Personal
//! numbers and keys come here sealed; a person is found by the keyed hash of the number.

use crate::{
    Result, Time, Tx,
    members::parse_language,
    text::{Word, json},
};
use bevaka_domain::{
    clock::Timestamp,
    ids::{OrganisationId, PersonId, UserId},
    language::Language,
    organisation::{CompanyForm, Organisation, OrganisationNumber},
    signing::{Mandate, authority::Role},
    user::UserState,
};
use sqlx::FromRow;
use std::collections::BTreeSet;
use uuid::Uuid;

statements! {
    both UPSERT_PERSON = "
        INSERT INTO persons (id, number_hash, number_sealed, name, created_at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (number_hash) DO UPDATE SET name = excluded.name RETURNING id";
    both BY_NUMBER = "SELECT id, number_sealed, name FROM persons WHERE number_hash = $1";
    both BY_ID = "SELECT id, number_sealed, name FROM persons WHERE id = $1";
    both NAME = "SELECT name FROM persons WHERE id = $1";
    both MEMBERSHIPS = "
        SELECT u.id AS user_id, u.name AS user_name, u.language, u.state, o.id, o.number, o.name, o.form
        FROM users u JOIN organisations o ON o.id = u.organisation_id
        WHERE u.person_id = $1 AND u.removed_at IS NULL ORDER BY o.name, o.id";
    both LINK_USER = "
        UPDATE users SET person_id = $2, mandate = $3, roles = $4, register_groups = $5 WHERE id = $1";
    both SET_MANDATE = "UPDATE users SET mandate = $2 WHERE id = $1";
    both UPSERT_TOKEN = "
        INSERT INTO tokens (serial, person_id, key_sealed, failed_tries) VALUES ($1, $2, $3, 0)
        ON CONFLICT (serial) DO UPDATE SET person_id = excluded.person_id, key_sealed = excluded.key_sealed";
    pg TOKENS_OF_PG = "
        SELECT serial, key_sealed, failed_tries, locked_at FROM tokens WHERE person_id = $1 ORDER BY serial FOR UPDATE";
    lite TOKENS_OF_LITE = "
        SELECT serial, key_sealed, failed_tries, locked_at FROM tokens WHERE person_id = $1 ORDER BY serial";
    both SAVE_TOKEN = "UPDATE tokens SET failed_tries = $2, locked_at = $3 WHERE serial = $1";
}

/// A person as stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Our id.
    pub id: PersonId,
    /// The personal number, sealed.
    pub number_sealed: Vec<u8>,
    /// The person's name.
    pub name: String,
}

/// One company that a person is a user of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// As which user.
    pub user: UserId,
    /// The name there.
    pub name: String,
    /// The language of pages and alerts.
    pub language: Language,
    /// Active or why not.
    pub state: UserState,
    /// The company.
    pub organisation: Organisation,
}

/// A security token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The number on its back.
    pub serial: String,
    /// Its key, sealed.
    pub key_sealed: Vec<u8>,
    /// Wrong answers since the last right one.
    pub failed_tries: u32,
    /// When it was locked.
    pub locked_at: Option<Timestamp>,
}

#[derive(FromRow)]
struct MembershipRow {
    user_id: Uuid,
    user_name: String,
    language: String,
    state: Word<UserState>,
    id: Uuid,
    number: Word<OrganisationNumber>,
    name: String,
    form: Word<CompanyForm>,
}

type PersonRow = (Uuid, Vec<u8>, String);

fn person(row: Option<PersonRow>) -> Option<Person> {
    row.map(|(id, number_sealed, name)| Person { id: id.into(), number_sealed, name })
}

/// Makes a person, or updates the name of the one with this number; gives the id.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn upsert_person(
    tx: &mut Tx,
    new: &Person,
    number_hash: &[u8],
    now: Timestamp,
) -> Result<PersonId> {
    let (id,) = fetch_one!(
        tx,
        (Uuid,),
        UPSERT_PERSON,
        new.id.0,
        number_hash,
        new.number_sealed.as_slice(),
        new.name.as_str(),
        Time(now)
    )?;
    Ok(id.into())
}

/// The person whose number has this keyed hash.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn by_number(tx: &mut Tx, number_hash: &[u8]) -> Result<Option<Person>> {
    Ok(person(fetch_optional!(tx, PersonRow, BY_NUMBER, number_hash)?))
}

/// The person with an id.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn by_id(tx: &mut Tx, id: PersonId) -> Result<Option<Person>> {
    Ok(person(fetch_optional!(tx, PersonRow, BY_ID, id.0)?))
}

/// The name of a person: all that services other than agreements may read of one.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn name_of(tx: &mut Tx, id: PersonId) -> Result<Option<String>> {
    Ok(fetch_optional!(tx, (String,), NAME, id.0)?.map(|(name,)| name))
}

/// The companies that a person is a user of, by name.
///
/// # Errors
/// [`crate::StoreError::Corrupt`] if a stored value cannot be read.
pub async fn memberships(tx: &mut Tx, person: PersonId) -> Result<Vec<Membership>> {
    let rows = fetch_all!(tx, MembershipRow, MEMBERSHIPS, person.0)?;
    Ok(rows.into_iter().map(membership).collect())
}

fn membership(row: MembershipRow) -> Membership {
    let (id, number, form) = (OrganisationId(row.id), row.number.0, row.form.0);
    Membership {
        user: row.user_id.into(),
        name: row.user_name,
        language: parse_language(&row.language),
        state: row.state.0,
        organisation: Organisation { id, number, name: row.name, form },
    }
}

/// Says which person a user is, and by which authority they sign.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn link_user(
    tx: &mut Tx,
    user: UserId,
    person: Option<PersonId>,
    mandate: Option<Mandate>,
    roles: &BTreeSet<Role>,
    groups: &BTreeSet<String>,
) -> Result<()> {
    execute!(
        tx,
        LINK_USER,
        user.0,
        person.map(|person| person.0),
        mandate.map(Mandate::as_str),
        json(roles),
        json(groups)
    )?;
    Ok(())
}

/// Gives or takes a user's mandate.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn set_mandate(tx: &mut Tx, user: UserId, mandate: Option<Mandate>) -> Result<()> {
    execute!(tx, SET_MANDATE, user.0, mandate.map(Mandate::as_str))?;
    Ok(())
}

/// Makes or replaces a security token; wrong answers and a lock stay.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn upsert_token(tx: &mut Tx, serial: &str, person: PersonId, key_sealed: &[u8]) -> Result<()> {
    execute!(tx, UPSERT_TOKEN, serial, person.0, key_sealed)?;
    Ok(())
}

/// A person's security tokens, kept from other writers until this transaction ends.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn tokens_of(tx: &mut Tx, person: PersonId) -> Result<Vec<Token>> {
    let sql = if matches!(tx, Tx::Pg(_)) { TOKENS_OF_PG } else { TOKENS_OF_LITE };
    let rows = fetch_all!(tx, (String, Vec<u8>, i64, Option<Time>), sql, person.0)?;
    let token = |(serial, key_sealed, failed, locked): (String, Vec<u8>, i64, Option<Time>)| Token {
        serial,
        key_sealed,
        failed_tries: u32::try_from(failed).unwrap_or(u32::MAX),
        locked_at: locked.map(|time| time.0),
    };
    Ok(rows.into_iter().map(token).collect())
}

/// Stores the tries and the lock of a token.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn save_token(tx: &mut Tx, token: &Token) -> Result<()> {
    execute!(
        tx,
        SAVE_TOKEN,
        token.serial.as_str(),
        i64::from(token.failed_tries),
        token.locked_at.map(Time)
    )?;
    Ok(())
}
