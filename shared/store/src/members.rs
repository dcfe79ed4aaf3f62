//! The users of a company with all that their rights depend on, and the company itself. Written by the agreements
//! service alone.

use crate::{
    Result, Time, Tx,
    text::{Json, Word, json},
};
use bevaka_domain::{
    clock::Timestamp,
    ids::{OrganisationId, PersonId, UserId},
    language::Language,
    organisation::{CompanyForm, Organisation, OrganisationNumber},
    signing::{Authority, Clause, Mandate, Signer, authority::Role},
    user::{Access, Permission, UserState},
};
use sqlx::FromRow;
use std::collections::{BTreeSet, HashMap};
use uuid::Uuid;

statements! {
    both MEMBERS = "
        SELECT id, reference, name, language, access, state, person_id, mandate, roles, register_groups
        FROM users WHERE organisation_id = $1 AND removed_at IS NULL ORDER BY name, id";
    both PERMISSIONS_OF_ALL = "
        SELECT p.user_id, p.permission FROM user_permissions p JOIN users u ON u.id = p.user_id
        WHERE u.organisation_id = $1";
    both ORGANISATION = "SELECT id, number, name, form FROM organisations WHERE id = $1";
    pg LOCK_ORGANISATION_PG = "SELECT id FROM organisations WHERE id = $1 FOR UPDATE";
    both ORGANISATION_OF = "SELECT organisation_id FROM users WHERE id = $1 AND removed_at IS NULL";
    both CLAUSES = "SELECT clauses FROM signing_rules WHERE organisation_id = $1";
    both SET_CLAUSES = "
        INSERT INTO signing_rules (organisation_id, clauses, changed_at) VALUES ($1, $2, $3)
        ON CONFLICT (organisation_id) DO UPDATE SET clauses = excluded.clauses, changed_at = excluded.changed_at";
    both INSERT_MEMBER = "
        INSERT INTO users (id, organisation_id, reference, name, language, access, state, person_id, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    both READMIT = "UPDATE users SET state = 'active', access = $2 WHERE id = $1";
    both SET_LANGUAGE = "UPDATE users SET language = $2 WHERE id = $1 AND language <> $2";
    both REMOVE_MEMBER = "
        UPDATE users SET removed_at = $2, mandate = NULL WHERE id = $1 AND removed_at IS NULL";
    both REMOVE_PERMISSIONS = "DELETE FROM user_permissions WHERE user_id = $1";
}

/// A user of a company, with what their rights depend on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Our id.
    pub id: UserId,
    /// The bank's key.
    pub reference: String,
    /// The name.
    pub name: String,
    /// The language of pages and alerts.
    pub language: Language,
    /// Unrestricted or restricted.
    pub access: Access,
    /// Active or why not.
    pub state: UserState,
    /// The person, if known.
    pub person: Option<PersonId>,
    /// A mandate to sign.
    pub mandate: Option<Mandate>,
    /// Roles in the company register.
    pub roles: BTreeSet<Role>,
    /// Groups in the company register.
    pub groups: BTreeSet<String>,
    /// What has been granted.
    pub permissions: Vec<Permission>,
}

impl Member {
    /// Whether the user may see and change watches once there is an agreement (R19, R20).
    pub fn has_access(&self) -> bool {
        self.state == UserState::Active
            && (self.access == Access::Unrestricted || self.permissions.contains(&Permission::ManageWatches))
    }

    /// Whether an order may let the user in again: denied, or the access has run out (R23).
    pub const fn may_be_readmitted(&self) -> bool {
        matches!(self.state, UserState::Denied | UserState::Expired)
    }

    /// Whether the user grants and removes permissions (R21).
    pub fn is_administrator(&self) -> bool {
        self.state == UserState::Active && self.permissions.contains(&Permission::AdministerPermissions)
    }
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    reference: String,
    name: String,
    language: String,
    access: Word<Access>,
    state: Word<UserState>,
    person_id: Option<Uuid>,
    mandate: Option<Word<Mandate>>,
    roles: Json<BTreeSet<Role>>,
    register_groups: Json<BTreeSet<String>>,
}

/// A language that a newer version knows and this one does not is no reason to show nothing.
pub(crate) fn parse_language(text: &str) -> Language {
    text.parse().unwrap_or_default()
}

/// The users of a company, by name; those who were removed are absent.
///
/// # Errors
/// [`StoreError::Corrupt`](crate::StoreError::Corrupt) if a stored value cannot be read.
pub async fn of(tx: &mut Tx, organisation: OrganisationId) -> Result<Vec<Member>> {
    let mut permissions: HashMap<Uuid, Vec<Permission>> = HashMap::new();
    for (user, Word(permission)) in fetch_all!(tx, (Uuid, Word<_>), PERMISSIONS_OF_ALL, organisation.0)? {
        permissions.entry(user).or_default().push(permission);
    }
    let member = |row: Row| Member {
        permissions: permissions.remove(&row.id).unwrap_or_default(),
        id: row.id.into(),
        reference: row.reference,
        name: row.name,
        language: parse_language(&row.language),
        access: row.access.0,
        state: row.state.0,
        person: row.person_id.map(PersonId),
        mandate: row.mandate.map(|mandate| mandate.0),
        roles: row.roles.0,
        groups: row.register_groups.0,
    };
    Ok(fetch_all!(tx, Row, MEMBERS, organisation.0)?.into_iter().map(member).collect())
}

/// Who may bind a company, as it stands in this transaction. Only active users sign.
///
/// # Errors
/// [`StoreError::Corrupt`](crate::StoreError::Corrupt) if a stored value cannot be read.
pub async fn authority(tx: &mut Tx, organisation: OrganisationId, members: &[Member]) -> Result<Authority> {
    let clauses = clauses(tx, organisation).await?;
    let signer = |member: &Member| {
        let person = member.person.filter(|_| member.state == UserState::Active)?;
        let (mandate, roles, groups) = (member.mandate, member.roles.clone(), member.groups.clone());
        Some(Signer { person, mandate, roles, groups })
    };
    Ok(Authority { clauses, signers: members.iter().filter_map(signer).collect() })
}

/// The clauses of the company register.
///
/// # Errors
/// [`StoreError::Corrupt`](crate::StoreError::Corrupt) if a stored value cannot be read.
pub async fn clauses(tx: &mut Tx, organisation: OrganisationId) -> Result<Vec<Clause>> {
    let row = fetch_optional!(tx, (Json<Vec<Clause>>,), CLAUSES, organisation.0)?;
    Ok(row.map(|(clauses,)| clauses.0).unwrap_or_default())
}

/// Replaces the clauses of the company register.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn set_clauses(
    tx: &mut Tx,
    organisation: OrganisationId,
    clauses: &[Clause],
    now: Timestamp,
) -> Result<()> {
    execute!(tx, SET_CLAUSES, organisation.0, json(clauses), Time(now))?;
    Ok(())
}

/// The company with an id.
///
/// # Errors
/// [`StoreError::Corrupt`](crate::StoreError::Corrupt) if a stored value cannot be read.
pub async fn organisation(tx: &mut Tx, id: OrganisationId) -> Result<Option<Organisation>> {
    type Row = (Uuid, Word<OrganisationNumber>, String, Word<CompanyForm>);
    let row = fetch_optional!(tx, Row, ORGANISATION, id.0)?;
    Ok(row.map(|(id, Word(number), name, Word(form))| Organisation { id: id.into(), number, name, form }))
}

/// The company of a user who is not removed.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn organisation_of(tx: &mut Tx, user: UserId) -> Result<Option<OrganisationId>> {
    let row = fetch_optional!(tx, (Uuid,), ORGANISATION_OF, user.0)?;
    Ok(row.map(|(id,)| id.into()))
}

/// Lets nobody else change the agreement, users and permissions of a company until this transaction ends: what was
/// read after this stays true until the commit.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn lock(tx: &mut Tx, organisation: OrganisationId) -> Result<()> {
    if let Tx::Pg(pg) = tx {
        sqlx::query(LOCK_ORGANISATION_PG).bind(organisation.0).execute(&mut **pg).await?;
    }
    Ok(())
}

/// A user who joins a company.
#[derive(Clone, Debug)]
pub struct Joining<'a> {
    /// The id of the user.
    pub id: UserId,
    /// The company.
    pub organisation: OrganisationId,
    /// The bank's key.
    pub reference: &'a str,
    /// The name.
    pub name: &'a str,
    /// The language of pages and alerts.
    pub language: Language,
    /// Unrestricted or restricted.
    pub access: Access,
    /// Active, or denied from the start (R23).
    pub state: UserState,
    /// The person.
    pub person: PersonId,
}

/// Adds a user to a company.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database), also if the reference is taken.
pub async fn add(tx: &mut Tx, new: &Joining<'_>, now: Timestamp) -> Result<()> {
    execute!(
        tx,
        INSERT_MEMBER,
        new.id.0,
        new.organisation.0,
        new.reference,
        new.name,
        new.language.code(),
        new.access.as_str(),
        new.state.as_str(),
        new.person.0,
        Time(now)
    )?;
    Ok(())
}

/// Lets a user in who was denied or whose access had run out (R23).
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn readmit(tx: &mut Tx, user: UserId, access: Access) -> Result<()> {
    execute!(tx, READMIT, user.0, access.as_str())?;
    Ok(())
}

/// Sets the language of a user's pages and alerts; gives whether it was another.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn set_language(tx: &mut Tx, user: UserId, language: Language) -> Result<bool> {
    Ok(execute!(tx, SET_LANGUAGE, user.0, language.code())? > 0)
}

/// Removes a user from their company, with all permissions; gives whether they were there. What refers to them stays.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn remove(tx: &mut Tx, user: UserId, now: Timestamp) -> Result<bool> {
    execute!(tx, REMOVE_PERMISSIONS, user.0)?;
    Ok(execute!(tx, REMOVE_MEMBER, user.0, Time(now))? > 0)
}
