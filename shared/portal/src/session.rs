//! Who is signed in (R44): 32 random bytes in a cookie or a bearer token, of which only the hash is stored.
//!
//! Sessions begin and end in the agreements service, which alone may write them; here they are only recognised, and noted
//! as used. One that is over stays stored, and is refused, until that service forgets it.

use crate::{Caller, Error, Site};
use bevaka_chassis::settings::Sessions;
use bevaka_domain::{clock::Timestamp, ids::PersonId, language::Language, user::UserState};
use bevaka_store::{
    persons::{self, Membership},
    sessions::{self, Session},
};
use sha2::{Digest, Sha256};
use std::time::Duration;

/// Why nobody is signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absent {
    /// There is no session of this token.
    Stranger,
    /// Nobody used it for too long (R44).
    Inactive,
    /// It reached its greatest age, or the person lost the access that it was for.
    Over,
}

/// A person signed in.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// Who.
    pub person: PersonId,
    /// The person's name.
    pub name: String,
    /// The session.
    pub session: Session,
    /// The companies that the person may act for.
    pub companies: Vec<Membership>,
}

impl SignedIn {
    /// The company that the session is for.
    pub fn membership(&self) -> Option<&Membership> {
        let user = self.session.user?;
        self.companies.iter().find(|membership| membership.user == user)
    }

    /// Who asks, once a company is chosen.
    pub fn caller(&self) -> Option<Caller> {
        let membership = self.membership()?;
        Some(Caller {
            person: self.person,
            user: membership.user,
            organisation: membership.organisation.id,
            channel: self.session.channel,
        })
    }

    /// The language that the user has chosen, once a company is.
    pub fn language(&self) -> Option<Language> {
        self.membership().map(|membership| membership.language)
    }
}

/// What is stored of a session's token.
pub fn token_hash(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}

/// The person whose token this is, and notes that the session is used.
///
/// # Errors
/// If the database fails. Who is not signed in is no fault.
pub async fn resume(site: &impl Site, token: &str) -> Result<Result<SignedIn, Absent>, Error> {
    let (now, db) = (site.now(), &site.chassis().db);
    let hash = token_hash(token);
    let mut tx = db.begin_read().await?;
    let Some(session) = sessions::find(&mut tx, &hash).await? else { return Ok(Err(Absent::Stranger)) };
    if let Some(absent) = too_old(&site.chassis().settings.sessions, &session, now) {
        return Ok(Err(absent));
    }
    let name = persons::name_of(&mut tx, session.person).await?.ok_or(Error::NotFound)?;
    let mut companies = persons::memberships(&mut tx, session.person).await?;
    drop(tx);
    companies.retain(|company| company.state == UserState::Active);
    let signed_in = SignedIn { person: session.person, name, session, companies };
    let lost = signed_in.session.user.is_some() && signed_in.membership().is_none();
    if signed_in.companies.is_empty() || lost {
        return Ok(Err(Absent::Over));
    }
    let mut tx = db.begin().await?;
    sessions::touch(&mut tx, &hash, now).await?;
    tx.commit().await?;
    Ok(Ok(signed_in))
}

fn too_old(settings: &Sessions, session: &Session, now: Timestamp) -> Option<Absent> {
    if now.since(session.last_used_at) >= Duration::from_secs(settings.idle_s) {
        return Some(Absent::Inactive);
    }
    (now.since(session.created_at) >= Duration::from_secs(settings.longest_s)).then_some(Absent::Over)
}
