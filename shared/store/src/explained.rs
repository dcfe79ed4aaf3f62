//! Since when things are as they are: what an operator is shown beside a decision about an event (R38). The decision
//! itself is made by [`standing`](crate::standing), which knows how things are and not since when.

use crate::{
    Result, StoreError, Time, Tx,
    text::{Json, Word},
};
use bevaka_domain::{
    agreement::Scope,
    clock::Timestamp,
    contact::Address,
    event::Kind,
    ids::{ContactId, OrganisationId, UserId},
    language::Language,
    organisation::OrganisationNumber,
    trail::Action,
    user::{Access, Permission, UserState},
    watch::Channel,
};
use serde_json::json;
use sqlx::FromRow;
use std::collections::HashMap;
use uuid::Uuid;

statements! {
    both COMPANY = "SELECT id, name FROM organisations WHERE number = $1";
    both VERSIONS = "
        SELECT a.ended_at, v.version, v.scope, v.effective_at
        FROM agreements a JOIN agreement_versions v ON v.agreement_id = a.id
        WHERE a.id = (SELECT id FROM agreements WHERE organisation_id = $1 ORDER BY since DESC, id DESC LIMIT 1)
        ORDER BY v.version";
    both USERS = "
        SELECT u.id, u.reference, u.name, u.language, u.access, u.state, u.created_at, u.removed_at,
               p.granted_at, w.changed_at AS watch_changed_at, w.off_at
        FROM users u
        LEFT JOIN user_permissions p ON p.user_id = u.id AND p.permission = 'manage_watches'
        LEFT JOIN watches w ON w.user_id = u.id AND w.kind = $2
        WHERE u.organisation_id = $1";
    both CONTACTS = "
        SELECT c.id, c.user_id, c.channel, c.address, c.verified_at, c.created_at
        FROM contact_points c JOIN users u ON u.id = c.user_id WHERE u.organisation_id = $1";
    // The last of each for each user; of permissions and watches only what the event's kind is about.
    both TURNS = "
        SELECT subject, action, MAX(at) FROM trail
        WHERE organisation_id = $1
          AND (action IN ('user_blocked', 'user_unblocked', 'user_denied', 'user_expired')
               OR (action = 'permission_revoked' AND detail = $3)
               OR (action = 'watch_removed' AND detail = $2))
        GROUP BY subject, action";
}

/// What is known of a company beside how it stands now.
#[derive(Clone)]
pub struct Past {
    /// The company.
    pub organisation: OrganisationId,
    /// Its registered name.
    pub name: String,
    /// Its last agreement, if it ever had one.
    pub agreement: Option<LastAgreement>,
    /// All of its users, those who are removed too.
    pub people: HashMap<UserId, Person>,
}

/// The agreement in force, or the last that was.
#[derive(Clone, Debug)]
pub struct LastAgreement {
    /// When it ended, if it has.
    pub ended_at: Option<Timestamp>,
    /// All its versions, the last one last; never empty.
    pub versions: Vec<Version>,
}

/// One version of an agreement.
#[derive(Clone, Debug)]
pub struct Version {
    /// Its number.
    pub version: u32,
    /// Which kinds it covers.
    pub scope: Scope,
    /// From when.
    pub effective_at: Timestamp,
}

/// A user, with respect to one kind.
#[derive(Clone)]
pub struct Person {
    /// The bank's key.
    pub reference: String,
    /// The person's name.
    pub name: String,
    /// In which language they are told.
    pub language: Language,
    /// Unrestricted or restricted.
    pub access: Access,
    /// Active or why not.
    pub state: UserState,
    /// When they became a user.
    pub created_at: Timestamp,
    /// When they were removed, if they are.
    pub removed_at: Option<Timestamp>,
    /// Since when they have *Hantera Bevaka ärenden*.
    pub granted_at: Option<Timestamp>,
    /// When their watch of the kind was changed last, if they have one.
    pub watch_changed_at: Option<Timestamp>,
    /// Since when it is switched off from a mail.
    pub off_at: Option<Timestamp>,
    /// Their contact points.
    pub contacts: HashMap<ContactId, Contact>,
    turns: HashMap<String, Timestamp>,
}

/// A contact point.
#[derive(Clone, Debug)]
pub struct Contact {
    /// The number or address.
    pub address: Address,
    /// When its owner confirmed it.
    pub verified_at: Option<Timestamp>,
    /// Since when it is known.
    pub created_at: Timestamp,
}

impl Person {
    /// When something of what takes a right away, or a watch of the kind, was done last, by the trail.
    pub fn last(&self, action: Action) -> Option<Timestamp> {
        self.turns.get(action.as_str()).copied()
    }
}

impl LastAgreement {
    /// The version in force, or the last that was.
    pub fn current(&self) -> Option<&Version> {
        self.versions.last()
    }

    /// From when on the current version's answer about a kind, covered or not, has been the same.
    pub fn answer_since(&self, kind: &Kind) -> Option<Timestamp> {
        let covered = self.current()?.scope.contains(kind);
        let same = self.versions.iter().rev().take_while(|version| version.scope.contains(kind) == covered);
        same.last().map(|version| version.effective_at)
    }
}

#[derive(FromRow)]
struct UserRow {
    id: Uuid,
    reference: String,
    name: String,
    language: String,
    access: Word<Access>,
    state: Word<UserState>,
    created_at: Time,
    removed_at: Option<Time>,
    granted_at: Option<Time>,
    watch_changed_at: Option<Time>,
    off_at: Option<Time>,
}

type ContactRow = (Uuid, Uuid, Word<Channel>, String, Option<Time>, Time);

/// What is known of a company, with respect to a kind; none if Bevaka does not know it. To be read in one snapshot
/// with the standing that it stands beside.
///
/// # Errors
/// [`StoreError::Corrupt`] if a stored value cannot be read.
pub async fn past(tx: &mut Tx, number: &OrganisationNumber, kind: &Kind) -> Result<Option<Past>> {
    let Some((id, name)) = fetch_optional!(&mut *tx, (Uuid, String), COMPANY, number.as_str())? else {
        return Ok(None);
    };
    let mut people = HashMap::new();
    for row in fetch_all!(&mut *tx, UserRow, USERS, id, kind.as_str())? {
        people.insert(UserId(row.id), person(row));
    }
    for (contact, user, Word(channel), address, verified_at, created_at) in
        fetch_all!(&mut *tx, ContactRow, CONTACTS, id)?
    {
        let Some(person) = people.get_mut(&UserId(user)) else { continue };
        let address = Address::from_storage(channel, address);
        let verified_at = verified_at.map(|time| time.0);
        person.contacts.insert(contact.into(), Contact { address, verified_at, created_at: created_at.0 });
    }
    let of_kind = json!({ "kind": kind }).to_string();
    let of_right = json!({ "permission": Permission::ManageWatches }).to_string();
    for (subject, action, at) in
        fetch_all!(&mut *tx, (String, String, String), TURNS, id.to_string(), of_kind, of_right)?
    {
        // A subject that is no user's id, or a time that nobody can read, tells nothing here.
        let user = subject.parse().ok().and_then(|id| people.get_mut(&id));
        if let (Some(person), Ok(at)) = (user, Timestamp::parse(&at)) {
            person.turns.insert(action, at);
        }
    }
    Ok(Some(Past { organisation: id.into(), name, agreement: agreement(tx, id).await?, people }))
}

/// The registered name of a company, if Bevaka knows it.
///
/// # Errors
/// [`StoreError::Database`].
pub async fn company_name(tx: &mut Tx, number: &OrganisationNumber) -> Result<Option<String>> {
    Ok(fetch_optional!(tx, (Uuid, String), COMPANY, number.as_str())?.map(|(_, name)| name))
}

async fn agreement(tx: &mut Tx, organisation: Uuid) -> Result<Option<LastAgreement>> {
    let rows = fetch_all!(tx, (Option<Time>, i64, Json<Scope>, Time), VERSIONS, organisation)?;
    let ended_at = rows.first().and_then(|(ended_at, ..)| ended_at.map(|time| time.0));
    let version = |(_, version, Json(scope), effective_at): (Option<Time>, i64, Json<Scope>, Time)| {
        let corrupt = |_| StoreError::Corrupt { what: "agreement_versions.version".into() };
        Ok(Version { version: u32::try_from(version).map_err(corrupt)?, scope, effective_at: effective_at.0 })
    };
    let versions = rows.into_iter().map(version).collect::<Result<Vec<_>>>()?;
    Ok((!versions.is_empty()).then_some(LastAgreement { ended_at, versions }))
}

fn person(row: UserRow) -> Person {
    let at = |time: Option<Time>| time.map(|time| time.0);
    Person {
        access: row.access.0,
        state: row.state.0,
        reference: row.reference,
        name: row.name,
        // A language that a newer version knows and this one does not is no reason to explain nothing.
        language: row.language.parse().unwrap_or_default(),
        created_at: row.created_at.0,
        removed_at: at(row.removed_at),
        granted_at: at(row.granted_at),
        watch_changed_at: at(row.watch_changed_at),
        off_at: at(row.off_at),
        contacts: HashMap::new(),
        turns: HashMap::new(),
    }
}
