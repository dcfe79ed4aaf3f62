//! How companies stand with respect to notices, which nobody watches: every user with every contact point.

use super::{Asked, Companies, Company, Reach, company};
use crate::{Result, Tx, text::Word};
use bevaka_domain::{
    contact::Address,
    entitlement::{ChosenChannel, ChosenContact, UserStanding},
    language::Language,
    user::{Access, UserState},
    watch::Channel,
};
use sqlx::FromRow;
use uuid::Uuid;

statements! {
    both NAMED = "
        SELECT o.id AS organisation_id, o.name AS organisation_name,
               a.id AS agreement_id, a.version AS agreement_version, v.scope,
               u.id AS user_id, u.reference, u.language, u.state, u.access, p.user_id IS NOT NULL AS may_watch,
               c.id AS contact_id, c.channel, c.address, c.verified_at IS NOT NULL AS verified
        FROM organisations o
        LEFT JOIN agreements a ON a.organisation_id = o.id AND a.state = 'active'
        LEFT JOIN agreement_versions v ON v.agreement_id = a.id AND v.version = a.version
        LEFT JOIN users u ON u.organisation_id = o.id AND u.removed_at IS NULL
        LEFT JOIN user_permissions p ON p.user_id = u.id AND p.permission = 'manage_watches'
        LEFT JOIN contact_points c ON c.user_id = u.id
        WHERE o.number = $1 ORDER BY u.id, c.id";
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
    state: Option<Word<UserState>>,
    access: Option<Word<Access>>,
    may_watch: bool,
    contact_id: Option<Uuid>,
    channel: Option<Word<Channel>>,
    address: Option<String>,
    verified: bool,
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
            add(&mut found, row);
        }
        companies.insert(key.clone(), found);
    }
    Ok(companies)
}

/// Adds a user, or another contact point of the last one.
fn add(company: &mut Company, row: Row) {
    let (Some(id), Some(reference), Some(language), Some(Word(state)), Some(Word(access))) =
        (row.user_id, row.reference, row.language, row.state, row.access)
    else {
        return;
    };
    let users = &mut company.standing.users;
    if users.last().is_none_or(|last| last.id.0 != id) {
        users.push(UserStanding {
            id: id.into(),
            reference,
            state,
            access,
            may_watch: row.may_watch,
            channels: Vec::new(),
            settings: None,
            is_off: false,
            spare: Vec::new(),
        });
    }
    let (Some(user), Some(id), Some(Word(channel)), Some(address)) =
        (users.last_mut(), row.contact_id, row.channel, row.address)
    else {
        return;
    };
    let contact = ChosenContact { id: id.into(), verified: row.verified };
    user.channels.push(ChosenChannel { channel, contact: Some(contact) });
    // A language that a newer version knows and this one does not is no reason to tell nobody.
    let language: Language = language.parse().unwrap_or_default();
    company.reach.insert(
        contact.id,
        Reach { address: Address::from_storage(channel, address), language, by_own_watch: false },
    );
}
