//! What a whole company watches, and when its permission administrator confirmed last that this is right. Written by
//! the watches service alone.

use crate::{
    Result, Time, Tx,
    watch_sets::{Row as WatchRow, select_watches},
};
use bevaka_domain::{
    clock::Timestamp,
    ids::{ContactId, OrganisationId, UserId},
    watch::Watch,
};
use std::collections::HashSet;
use uuid::Uuid;

statements! {
    both WATCHES = select_watches!("
        WHERE user_id IN (SELECT id FROM users WHERE organisation_id = $1 AND removed_at IS NULL)
        ORDER BY kind, user_id");
    both CONFIRMED = "
        SELECT id FROM contact_points WHERE verified_at IS NOT NULL
        AND user_id IN (SELECT id FROM users WHERE organisation_id = $1 AND removed_at IS NULL)";
    both ADD_REVIEW = "
        INSERT INTO coverage_reviews (id, organisation_id, reviewed_by, reviewed_at) VALUES ($1, $2, $3, $4)";
    both LAST_REVIEW = "
        SELECT reviewed_by, u.name, reviewed_at FROM coverage_reviews r JOIN users u ON u.id = r.reviewed_by
        WHERE r.organisation_id = $1 ORDER BY reviewed_at DESC LIMIT 1";
}

/// That somebody has confirmed what their company watches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Review {
    /// Who.
    pub by: UserId,
    /// Their name.
    pub name: String,
    /// When.
    pub at: Timestamp,
}

/// The watches of all users of a company, by kind.
///
/// # Errors
/// [`crate::StoreError::Corrupt`] if a stored value cannot be read.
pub async fn watches(tx: &mut Tx, organisation: OrganisationId) -> Result<Vec<Watch>> {
    Ok(fetch_all!(tx, WatchRow, WATCHES, organisation.0)?.into_iter().map(Watch::from).collect())
}

/// The confirmed contact points of all users of a company.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn confirmed(tx: &mut Tx, organisation: OrganisationId) -> Result<HashSet<ContactId>> {
    let rows = fetch_all!(tx, (Uuid,), CONFIRMED, organisation.0)?;
    Ok(rows.into_iter().map(|(id,)| id.into()).collect())
}

/// Notes that somebody has confirmed what their company watches.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn add_review(
    tx: &mut Tx,
    id: Uuid,
    organisation: OrganisationId,
    by: UserId,
    now: Timestamp,
) -> Result<()> {
    execute!(tx, ADD_REVIEW, id, organisation.0, by.0, Time(now))?;
    Ok(())
}

/// The latest confirmation of what a company watches.
///
/// # Errors
/// [`crate::StoreError::Database`].
pub async fn last_review(tx: &mut Tx, organisation: OrganisationId) -> Result<Option<Review>> {
    let row = fetch_optional!(tx, (Uuid, String, Time), LAST_REVIEW, organisation.0)?;
    Ok(row.map(|(by, name, at)| Review { by: by.into(), name, at: at.0 }))
}
