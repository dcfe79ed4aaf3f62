//! How sessions begin and end, and for which company they are (R44). That one is recognised is shared with the other
//! services: [`bevaka_portal::session`].

use super::attempt::{Attempt, Purpose, State};
use crate::{
    app::{App, entry},
    fault::{Fault, Outcome},
};
use bevaka_domain::{
    ids::{AttemptId, OrganisationId, UserId},
    trail::{Action, Actor, Writer},
    user::UserState,
};
use bevaka_portal::session::{SignedIn, token_hash};
use bevaka_store::{
    attempts, persons,
    sessions::{self, Session},
    trail,
};
use serde_json::json;
use std::time::Duration;

/// How long after the proof a session can begin: the page asks every other second.
const PROOF_LASTS: Duration = Duration::from_secs(60);

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
            sessions::insert(&mut tx, &token_hash(&token), &session).await?;
            if let Some(former) = former {
                sessions::delete(&mut tx, &token_hash(former)).await?;
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
    sessions::choose(&mut tx, &token_hash(token), user).await?;
    tx.commit().await?;
    Ok(user)
}

/// Ends a session; one that is not there is as good.
///
/// # Errors
/// If the database fails.
pub async fn end(app: &App, token: &str) -> Outcome<()> {
    let mut tx = app.chassis.db.begin().await?;
    sessions::delete(&mut tx, &token_hash(token)).await?;
    tx.commit().await?;
    Ok(())
}
