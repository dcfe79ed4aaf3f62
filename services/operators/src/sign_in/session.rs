//! The session of an operator: begun when the provider has said who it is, ended by them or by time.

use crate::{app::App, pages::session_hash};
use bevaka_domain::{
    operator::Operator,
    trail::{Action, Actor, Entry, Writer},
};
use bevaka_store::{Result, operator_sessions, trail};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::sleep;

/// How often sessions that are over are forgotten.
const SWEEP: Duration = Duration::from_secs(60);

/// What such entries of the trail are about.
const SUBJECT: &str = "sign_in";

/// Why nobody was signed in whom the provider knows.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Rejected {
    NoRole,
    Unnamed,
    /// The token does not count, for this reason.
    Token(&'static str),
}

/// Begins a session and gives its cookie. The one that this browser had before ends: a cookie from before signing in
/// never becomes one after it.
pub(crate) async fn begin(app: &App, operator: &Operator, before: Option<&str>) -> Result<String> {
    let (now, token) = (app.now(), app.chassis.entropy.token());
    let mut tx = app.chassis.db.begin().await?;
    if let Some(before) = before {
        operator_sessions::delete(&mut tx, &session_hash(before)).await?;
    }
    operator_sessions::insert(&mut tx, &session_hash(&token), operator, now).await?;
    let entry = entry(app, operator.actor(), Action::OperatorSignedIn, json!({"roles": operator.roles}));
    trail::append(&mut tx, Writer::Operators, &entry).await?;
    tx.commit().await?;
    tracing::info!("an operator signed in");
    Ok(token)
}

/// Notes that somebody whom the provider sent was not let in.
pub(crate) async fn reject(app: &App, person: Option<&Operator>, why: Rejected) -> Result<()> {
    let cause = match why {
        Rejected::NoRole => "no_role",
        Rejected::Unnamed => "person_claim",
        Rejected::Token(cause) => cause,
    };
    let actor = person.map_or(Actor::System, Operator::actor);
    let entry = entry(app, actor, Action::OperatorSignInFailed, json!({"cause": cause}));
    let mut tx = app.chassis.db.begin().await?;
    trail::append(&mut tx, Writer::Operators, &entry).await?;
    tx.commit().await
}

/// Ends the session of a cookie, if there is one.
pub(crate) async fn end(app: &App, token: &str) -> Result<()> {
    let hash = session_hash(token);
    let mut tx = app.chassis.db.begin().await?;
    let Some(session) = operator_sessions::find(&mut tx, &hash).await? else { return Ok(()) };
    operator_sessions::delete(&mut tx, &hash).await?;
    let entry = entry(app, session.operator.actor(), Action::OperatorSignedOut, Value::Null);
    trail::append(&mut tx, Writer::Operators, &entry).await?;
    tx.commit().await
}

fn entry(app: &App, actor: Actor, action: Action, detail: Value) -> Entry {
    Entry { at: app.now(), actor, action, organisation: None, subject: SUBJECT.to_owned(), detail }
}

/// Forgets sessions that are over, until the process stops. One that ended without use is kept for as long as any may
/// last, so that whoever comes back to it is told why it ended.
pub(crate) async fn forget_old(app: App) {
    let chassis = &app.chassis;
    let longest = Duration::from_secs(chassis.settings.operator_sign_in.longest_s);
    while !chassis.shutdown.is_cancelled() {
        let forgotten = async {
            let mut tx = chassis.db.begin().await?;
            operator_sessions::delete_unused_since(&mut tx, chassis.clock.now().minus(longest)).await?;
            tx.commit().await
        };
        if let Err(error) = forgotten.await {
            tracing::warn!(%error, "old sessions of operators cannot be forgotten yet, trying again");
        }
        tokio::select! {
            () = sleep(SWEEP) => {}
            () = chassis.shutdown.cancelled() => {}
        }
    }
}
