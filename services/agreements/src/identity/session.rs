//! Who is signed in (R44): 32 random bytes in a cookie or a bearer token, of which only the hash is stored.

use super::attempt::{Attempt, Purpose, State, browser_hash};
use crate::{
    app::{App, entry},
    company::Caller,
    fault::{Fault, Outcome},
};
use bevaka_domain::{
    clock::Timestamp,
    ids::{AttemptId, OrganisationId, UserId},
    trail::{Action, Actor, Writer},
    user::UserState,
};
use bevaka_store::{
    attempts,
    persons::{self, Membership, Person},
    sessions::{self, Session},
    trail,
};
use serde_json::json;
use std::time::Duration;

/// How long after the proof a session can begin: the page asks every other second.
const PROOF_LASTS: Duration = Duration::from_secs(60);

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
    pub person: Person,
    /// The session.
    pub session: Session,
    /// The companies that the person may act for.
    pub companies: Vec<Membership>,
}

/// What came of proving an identity to sign in.
#[derive(Clone, Debug)]
pub enum SignInOutcome {
    /// A session began. The token is told once.
    Session {
        /// The secret.
        token: String,
        /// Whether a company has to be chosen first.
        chooses: bool,
    },
    /// No company has this person as a user.
    Unknown,
    /// In every company the person is blocked, denied or expired.
    Blocked,
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
            person: self.person.id,
            user: membership.user,
            organisation: membership.organisation.id,
            channel: self.session.channel,
        })
    }
}

/// Turns a proven attempt into a session, once. A session that the browser had is ended: its token is worth nothing any
/// more (rotation at sign-in).
///
/// # Errors
/// [`Fault::NotFound`] if the attempt is not proven, not this browser's, or was used already.
pub async fn begin(app: &App, id: AttemptId, secret: &str, former: Option<&str>) -> Outcome<SignInOutcome> {
    let now = app.now();
    let mut tx = app.chassis.db.begin().await?;
    let stored = attempts::find_for_update(&mut tx, id).await?.ok_or(Fault::NotFound)?;
    let mut attempt = Attempt::open(app, stored)?;
    let (State::Proven { person, at, .. }, Purpose::SignIn { channel, .. }) =
        (&attempt.state, &attempt.purpose)
    else {
        return Err(Fault::NotFound);
    };
    if !attempt.belongs_to(secret) || now.since(*at) >= PROOF_LASTS {
        return Err(Fault::NotFound);
    }
    let (person, channel, method) = (*person, *channel, attempt.method());
    attempt.state = State::Used;
    attempts::save(&mut tx, &attempt.sealed(app)?).await?;
    let companies = match person {
        Some(person) => persons::memberships(&mut tx, person).await?,
        None => Vec::new(),
    };
    let active: Vec<_> = companies.iter().filter(|company| company.state == UserState::Active).collect();
    let outcome = match (person, active.first()) {
        (Some(person), Some(first)) => {
            let token = app.chassis.entropy.token();
            let user = (active.len() == 1).then_some(first.user);
            let session = Session { person, user, channel, method, created_at: now, last_used_at: now };
            sessions::insert(&mut tx, &browser_hash(&token), &session).await?;
            if let Some(former) = former {
                sessions::delete(&mut tx, &browser_hash(former)).await?;
            }
            SignInOutcome::Session { token, chooses: user.is_none() }
        }
        _ if companies.is_empty() => SignInOutcome::Unknown,
        _ => SignInOutcome::Blocked,
    };
    let (actor, action) = match (&outcome, active.first()) {
        (SignInOutcome::Session { .. }, Some(first)) => (Actor::User(first.user), Action::SignedIn),
        _ => (Actor::Person, Action::SignInFailed),
    };
    let organisation = match active.as_slice() {
        [only] => Some(only.organisation.id),
        _ => None,
    };
    let done = entry((actor, action), organisation, id, json!({ "method": method }), now);
    trail::append(&mut tx, Writer::Agreements, &done).await?;
    tx.commit().await?;
    Ok(outcome)
}

/// The person whose token this is, and notes that the session is used.
///
/// # Errors
/// If the database fails. Who is not signed in is no fault.
pub async fn resume(app: &App, token: &str) -> Outcome<Result<SignedIn, Absent>> {
    let now = app.now();
    let hash = browser_hash(token);
    let mut tx = app.chassis.db.begin_read().await?;
    let Some(session) = sessions::find(&mut tx, &hash).await? else { return Ok(Err(Absent::Stranger)) };
    if let Some(absent) = too_old(app, &session, now) {
        drop(tx);
        end(app, token).await?;
        return Ok(Err(absent));
    }
    let person = persons::by_id(&mut tx, session.person).await?.ok_or(Fault::NotFound)?;
    let mut companies = persons::memberships(&mut tx, session.person).await?;
    drop(tx);
    companies.retain(|company| company.state == UserState::Active);
    let signed_in = SignedIn { person, session, companies };
    let lost = signed_in.session.user.is_some() && signed_in.membership().is_none();
    if signed_in.companies.is_empty() || lost {
        end(app, token).await?;
        return Ok(Err(Absent::Over));
    }
    let mut tx = app.chassis.db.begin().await?;
    sessions::touch(&mut tx, &hash, now).await?;
    tx.commit().await?;
    Ok(Ok(signed_in))
}

fn too_old(app: &App, session: &Session, now: Timestamp) -> Option<Absent> {
    let settings = &app.chassis.settings.sessions;
    if now.since(session.last_used_at) >= Duration::from_secs(settings.idle_s) {
        return Some(Absent::Inactive);
    }
    (now.since(session.created_at) >= Duration::from_secs(settings.longest_s)).then_some(Absent::Over)
}

/// Chooses the company that a session is for.
///
/// # Errors
/// [`Fault::NotFound`] if the person is no active user of it.
pub async fn choose(
    app: &App,
    token: &str,
    signed_in: &SignedIn,
    company: OrganisationId,
) -> Outcome<UserId> {
    let chosen = signed_in.companies.iter().find(|membership| membership.organisation.id == company);
    let user = chosen.ok_or(Fault::NotFound)?.user;
    let mut tx = app.chassis.db.begin().await?;
    sessions::choose(&mut tx, &browser_hash(token), user).await?;
    tx.commit().await?;
    Ok(user)
}

/// Ends a session; one that is not there is as good.
///
/// # Errors
/// If the database fails.
pub async fn end(app: &App, token: &str) -> Outcome<()> {
    let mut tx = app.chassis.db.begin().await?;
    sessions::delete(&mut tx, &browser_hash(token)).await?;
    tx.commit().await?;
    Ok(())
}
