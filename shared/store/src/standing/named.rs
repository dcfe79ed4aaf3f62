//! How companies stand with respect to notices, which nobody watches: every user with every e-mail address.

use super::{Asked, Companies, Company, Reach, company};
use crate::{Result, Tx, agreements::from_name};
use bevaka_domain::{
    contact::Address,
    entitlement::{ChosenChannel, ChosenContact, UserStanding},
    language::Language,
    watch::Channel,
};
use sqlx::FromRow;
use uuid::Uuid;

statements! {
    both NAMED = "
        SELECT o.id AS organisation_id, o.name AS organisation_name,
               a.id AS agreement_id, a.version AS agreement_version, v.scope,
               u.id AS user_id, u.reference, u.language, u.state, u.access, p.user_id IS NOT NULL AS may_watch,
               e.id AS email_id, e.address AS email_address, e.verified_at IS NOT NULL AS email_verified
        FROM organisations o
        LEFT JOIN agreements a ON a.organisation_id = o.id AND a.state = 'active'
        LEFT JOIN agreement_versions v ON v.agreement_id = a.id AND v.version = a.version
        LEFT JOIN users u ON u.organisation_id = o.id AND u.removed_at IS NULL
        LEFT JOIN user_permissions p ON p.user_id = u.id AND p.permission = 'manage_watches'
        LEFT JOIN contact_points e ON e.user_id = u.id AND e.channel = 'email'
        WHERE o.number = $1 ORDER BY u.id, e.id";
}

#[derive(FromRow)]
struct Row {
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
    email_id: Option<Uuid>,
    email_address: Option<String>,
    email_verified: bool,
}

/// How these companies stand now, each with respect to the notice it is asked for.
///
/// # Errors
/// [`StoreError::Corrupt`](crate::StoreError::Corrupt) if a stored value cannot be read.
pub async fn load_named(tx: &mut Tx, asked: &Asked) -> Result<Companies> {
    let mut companies = Companies::with_capacity(asked.len());
    for key in asked {
        let rows = fetch_all!(tx, Row, NAMED, key.0.as_str())?;
        let Some(first) = rows.first() else { continue };
        let agreement = (first.agreement_id, first.agreement_version, first.scope.as_deref());
        let mut found = company(first.organisation_id, &first.organisation_name, agreement)?;
        for row in rows {
            add(&mut found, row)?;
        }
        companies.insert(key.clone(), found);
    }
    Ok(companies)
}

/// Adds a user, or another address of the last one.
fn add(company: &mut Company, row: Row) -> Result<()> {
    let (Some(id), Some(reference), Some(language), Some(state), Some(access)) =
        (row.user_id, row.reference, row.language, row.state, row.access)
    else {
        return Ok(());
    };
    let users = &mut company.standing.users;
    if users.last().is_none_or(|last| last.id.0 != id) {
        users.push(UserStanding {
            id: id.into(),
            reference,
            state: from_name("users.state", &state)?,
            access: from_name("users.access", &access)?,
            may_watch: row.may_watch,
            channels: Vec::new(),
        });
    }
    let (Some(user), Some(email), Some(address)) = (users.last_mut(), row.email_id, row.email_address) else {
        return Ok(());
    };
    let contact = ChosenContact { id: email.into(), verified: row.email_verified };
    user.channels.push(ChosenChannel { channel: Channel::Email, contact: Some(contact) });
    // A language that a newer version knows and this one does not is no reason to tell nobody.
    let language: Language = language.parse().unwrap_or_default();
    company
        .reach
        .insert(contact.id, Reach { address: Address::from_storage(Channel::Email, address), language });
    Ok(())
}
