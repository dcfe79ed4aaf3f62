//! Organisations, users, permissions, agreements. Written by the agreements service alone.

use crate::{
    Result, Time, Tx,
    text::{Json, Word, json},
};
use bevaka_domain::{
    agreement::{Agreement, AgreementState, HeldThrough, Scope},
    clock::Timestamp,
    ids::{AgreementId, OrderId, OrganisationId, UserId},
    language::Language,
    organisation::{CompanyForm, OrganisationNumber},
    user::{Access, Permission, UserState},
};
use sqlx::FromRow;
use uuid::Uuid;

statements! {
    both UPSERT_ORGANISATION = "
        INSERT INTO organisations (id, number, name, form, created_at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (number) DO UPDATE SET name = excluded.name, form = excluded.form RETURNING id";
    both UPSERT_USER = "
        INSERT INTO users (id, organisation_id, reference, name, language, access, state, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (organisation_id, reference) DO UPDATE
        SET name = excluded.name, language = excluded.language, access = excluded.access, state = excluded.state
        RETURNING id";
    both PERMISSIONS = "SELECT permission FROM user_permissions WHERE user_id = $1";
    both GRANT = "
        INSERT INTO user_permissions (user_id, permission, granted_at) VALUES ($1, $2, $3)
        ON CONFLICT (user_id, permission) DO NOTHING";
    both REVOKE = "DELETE FROM user_permissions WHERE user_id = $1 AND permission = $2";
    both SET_USER_STATE = "UPDATE users SET state = $2 WHERE id = $1";
    both AGREEMENT_IN_FORCE = "
        SELECT a.id, a.version, a.held_through, v.scope, a.since FROM agreements a
        JOIN agreement_versions v ON v.agreement_id = a.id AND v.version = a.version
        WHERE a.organisation_id = $1 AND a.state = 'active'";
    both EVER = "SELECT version FROM agreements WHERE organisation_id = $1 LIMIT 1";
    both INSERT_AGREEMENT = "
        INSERT INTO agreements (id, organisation_id, version, held_through, state, since)
        VALUES ($1, $2, 1, $3, 'active', $4)";
    both INSERT_VERSION = "
        INSERT INTO agreement_versions (agreement_id, version, scope, effective_at) VALUES ($1, $2, $3, $4)";
    both SET_VERSION = "UPDATE agreements SET version = $2 WHERE id = $1";
    both END_AGREEMENT = "
        UPDATE agreements SET state = 'ended', ended_at = $2 WHERE organisation_id = $1 AND state = 'active'";
    both END_BY = "UPDATE agreements SET ended_by = $2 WHERE id = $1";
    both ATTRIBUTE = "UPDATE agreement_versions SET order_id = $3 WHERE agreement_id = $1 AND version = $2";
    both HISTORY = "
        SELECT a.id, v.version, v.scope, v.effective_at, v.order_id, a.held_through, a.ended_at, u.name AS ended_by
        FROM agreements a JOIN agreement_versions v ON v.agreement_id = a.id
        LEFT JOIN users u ON u.id = a.ended_by
        WHERE a.organisation_id = $1 ORDER BY v.effective_at DESC, v.version DESC";
    both FIND_ORGANISATION = "SELECT id FROM organisations WHERE number = $1";
    both FIND_USER = "SELECT id FROM users WHERE organisation_id = $1 AND reference = $2";
    both COUNT_ORGANISATIONS = "SELECT count(*) FROM organisations";
}

/// An organisation to be stored; `id` is used only if its number is new.
#[derive(Clone, Debug)]
pub struct NewOrganisation<'a> {
    /// The id if it is new.
    pub id: OrganisationId,
    /// The key.
    pub number: &'a OrganisationNumber,
    /// The registered name.
    pub name: &'a str,
    /// The legal form.
    pub form: CompanyForm,
}

/// A user to be stored; `id` is used only if the reference is new in the organisation.
#[derive(Clone, Debug)]
pub struct NewUser<'a> {
    /// The id if it is new.
    pub id: UserId,
    /// The company.
    pub organisation: OrganisationId,
    /// The bank's key.
    pub reference: &'a str,
    /// The person's name.
    pub name: &'a str,
    /// The language of pages and alerts.
    pub language: Language,
    /// Unrestricted or restricted.
    pub access: Access,
    /// Active or why not.
    pub state: UserState,
}

/// Makes or updates an organisation; gives its id.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn upsert_organisation(
    tx: &mut Tx,
    new: &NewOrganisation<'_>,
    now: Timestamp,
) -> Result<OrganisationId> {
    let (id,) = fetch_one!(
        tx,
        (Uuid,),
        UPSERT_ORGANISATION,
        new.id.0,
        new.number.as_str(),
        new.name,
        new.form.as_str(),
        Time(now)
    )?;
    Ok(id.into())
}

/// Makes or updates a user; gives the id.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn upsert_user(tx: &mut Tx, new: &NewUser<'_>, now: Timestamp) -> Result<UserId> {
    let (id,) = fetch_one!(
        tx,
        (Uuid,),
        UPSERT_USER,
        new.id.0,
        new.organisation.0,
        new.reference,
        new.name,
        new.language.code(),
        new.access.as_str(),
        new.state.as_str(),
        Time(now)
    )?;
    Ok(id.into())
}

/// Makes a user's permissions exactly these.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn set_permissions(
    tx: &mut Tx,
    user: UserId,
    permissions: &[Permission],
    now: Timestamp,
) -> Result<()> {
    let wanted: Vec<_> = permissions.iter().map(|permission| permission.as_str()).collect();
    for (granted,) in fetch_all!(tx, (String,), PERMISSIONS, user.0)? {
        if !wanted.contains(&granted.as_str()) {
            execute!(tx, REVOKE, user.0, granted)?;
        }
    }
    for permission in permissions {
        execute!(tx, GRANT, user.0, permission.as_str(), Time(now))?;
    }
    Ok(())
}

/// Grants one permission; one that is there stays as it is.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn grant(tx: &mut Tx, user: UserId, permission: Permission, now: Timestamp) -> Result<()> {
    execute!(tx, GRANT, user.0, permission.as_str(), Time(now))?;
    Ok(())
}

/// Takes one permission away.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn revoke(tx: &mut Tx, user: UserId, permission: Permission) -> Result<()> {
    execute!(tx, REVOKE, user.0, permission.as_str())?;
    Ok(())
}

/// Sets whether a user is active, blocked, denied or expired.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn set_user_state(tx: &mut Tx, user: UserId, state: UserState) -> Result<()> {
    execute!(tx, SET_USER_STATE, user.0, state.as_str())?;
    Ok(())
}

/// The agreement in force of an organisation.
///
/// # Errors
/// [`StoreError::Corrupt`](crate::StoreError::Corrupt) if a stored value cannot be read.
pub async fn agreement_in_force(tx: &mut Tx, organisation: OrganisationId) -> Result<Option<Agreement>> {
    let row = fetch_optional!(
        tx,
        (Uuid, i64, Word<HeldThrough>, Json<Scope>, Time),
        AGREEMENT_IN_FORCE,
        organisation.0
    )?;
    Ok(row.map(|(id, version, held_through, scope, since)| Agreement {
        id: id.into(),
        organisation,
        version: u32::try_from(version).unwrap_or(0),
        held_through: held_through.0,
        scope: scope.0,
        state: AgreementState::Active { since: since.0 },
    }))
}

/// Makes the first version of an agreement.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database), also if another agreement is in force.
pub async fn connect(
    tx: &mut Tx,
    id: AgreementId,
    organisation: OrganisationId,
    scope: &Scope,
    held_through: HeldThrough,
    now: Timestamp,
) -> Result<()> {
    execute!(tx, INSERT_AGREEMENT, id.0, organisation.0, held_through.as_str(), Time(now))?;
    execute!(tx, INSERT_VERSION, id.0, 1_i64, json(scope), Time(now))?;
    Ok(())
}

/// Adds a version with another scope to an agreement.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database), also if that version exists already.
pub async fn change_scope(
    tx: &mut Tx,
    id: AgreementId,
    version: u32,
    scope: &Scope,
    now: Timestamp,
) -> Result<()> {
    execute!(tx, INSERT_VERSION, id.0, i64::from(version), json(scope), Time(now))?;
    execute!(tx, SET_VERSION, id.0, i64::from(version))?;
    Ok(())
}

/// Ends the agreement in force; gives whether there was one.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn end(tx: &mut Tx, organisation: OrganisationId, now: Timestamp) -> Result<bool> {
    Ok(execute!(tx, END_AGREEMENT, organisation.0, Time(now))? > 0)
}

/// Notes by which order a version came (R18).
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn attribute(tx: &mut Tx, id: AgreementId, version: u32, order: OrderId) -> Result<()> {
    execute!(tx, ATTRIBUTE, id.0, i64::from(version), order.0)?;
    Ok(())
}

/// Notes who ended an agreement (R18).
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn ended_by(tx: &mut Tx, id: AgreementId, user: UserId) -> Result<()> {
    execute!(tx, END_BY, id.0, user.0)?;
    Ok(())
}

/// Whether an organisation has, or ever had, an agreement.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn ever(tx: &mut Tx, organisation: OrganisationId) -> Result<bool> {
    Ok(fetch_optional!(tx, (i64,), EVER, organisation.0)?.is_some())
}

/// One version of an agreement, as the history shows it (R18).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Of which agreement.
    pub agreement: AgreementId,
    /// Counts from 1.
    pub version: u32,
    /// The kinds in scope.
    pub scope: Scope,
    /// Since when.
    pub effective_at: Timestamp,
    /// The order that was signed; none if the bank's import brought it.
    pub order: Option<OrderId>,
    /// Through which internet bank it is held.
    pub held_through: HeldThrough,
    /// When the whole agreement ended.
    pub ended_at: Option<Timestamp>,
    /// The name of who ended it.
    pub ended_by: Option<String>,
}

#[derive(FromRow)]
struct VersionRow {
    id: Uuid,
    version: i64,
    scope: Json<Scope>,
    effective_at: Time,
    order_id: Option<Uuid>,
    held_through: Word<HeldThrough>,
    ended_at: Option<Time>,
    ended_by: Option<String>,
}

/// Every version of every agreement of an organisation, the newest first (R18).
///
/// # Errors
/// [`StoreError::Corrupt`](crate::StoreError::Corrupt) if a stored value cannot be read.
pub async fn history(tx: &mut Tx, organisation: OrganisationId) -> Result<Vec<Version>> {
    let version = |row: VersionRow| Version {
        agreement: row.id.into(),
        version: u32::try_from(row.version).unwrap_or(0),
        scope: row.scope.0,
        effective_at: row.effective_at.0,
        order: row.order_id.map(OrderId),
        held_through: row.held_through.0,
        ended_at: row.ended_at.map(|time| time.0),
        ended_by: row.ended_by,
    };
    Ok(fetch_all!(tx, VersionRow, HISTORY, organisation.0)?.into_iter().map(version).collect())
}

/// The organisation with a number.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn find_organisation(tx: &mut Tx, number: &OrganisationNumber) -> Result<Option<OrganisationId>> {
    let row = fetch_optional!(tx, (Uuid,), FIND_ORGANISATION, number.as_str())?;
    Ok(row.map(|(id,)| id.into()))
}

/// The user of an organisation with the bank's key.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn find_user(tx: &mut Tx, organisation: OrganisationId, reference: &str) -> Result<Option<UserId>> {
    let row = fetch_optional!(tx, (Uuid,), FIND_USER, organisation.0, reference)?;
    Ok(row.map(|(id,)| id.into()))
}

/// How many organisations there are.
///
/// # Errors
/// [`StoreError::Database`](crate::StoreError::Database).
pub async fn count_organisations(tx: &mut Tx) -> Result<i64> {
    let (count,) = fetch_one!(tx, (i64,), COUNT_ORGANISATIONS)?;
    Ok(count)
}
