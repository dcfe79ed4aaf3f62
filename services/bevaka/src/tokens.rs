//! Client tokens: what programs show to the operators' API.

use bevaka_chassis::entropy::Entropy;
use bevaka_dispatcher::api::token_hash;
use bevaka_domain::{
    clock::Timestamp,
    operator::{Operator, Role},
    trail::{Action, Actor, Entry, Writer},
};
use bevaka_store::{
    Db,
    client_tokens::{self, ClientToken},
    trail,
};
use serde_json::json;
use std::{collections::BTreeSet, time::Duration};

/// What a new token is for.
pub(crate) struct NewToken<'a> {
    /// The client's name.
    pub name: &'a str,
    /// The person who answers for it.
    pub owner: &'a str,
    /// What it may do.
    pub roles: BTreeSet<Role>,
    /// For how long.
    pub lasts: Duration,
}

/// Issues a token in the place of the one that has the same name, if there is one. Only its hash is stored.
///
/// # Errors
/// If the database fails.
pub(crate) async fn issue(
    db: &Db,
    new: NewToken<'_>,
    entropy: &Entropy,
    now: Timestamp,
) -> bevaka_store::Result<String> {
    let NewToken { name, owner, roles, lasts } = new;
    let token = entropy.token();
    let stored = ClientToken {
        id: entropy.id(now),
        name: name.to_owned(),
        owner: owner.to_owned(),
        roles,
        created_at: now,
        expires_at: now.plus(lasts),
        revoked_at: None,
    };
    let mut tx = db.begin().await?;
    client_tokens::revoke(&mut tx, name, now).await?;
    client_tokens::insert(&mut tx, &stored, &token_hash(&token)).await?;
    let entry = Entry {
        at: now,
        // Whoever may write the database itself: the command asks for no name that it could not check.
        actor: Actor::System,
        action: Action::ClientTokenIssued,
        organisation: None,
        subject: stored.id.to_string(),
        detail: json!({
            "name": stored.name, "owner": stored.owner, "roles": stored.roles, "expires_at": stored.expires_at,
        }),
    };
    trail::append(&mut tx, Writer::Dispatcher, &entry).await?;
    tx.commit().await?;
    Ok(token)
}

/// Who acts by a token now, if it counts.
///
/// # Errors
/// If the database fails.
pub(crate) async fn holder(db: &Db, token: &str, now: Timestamp) -> bevaka_store::Result<Option<Operator>> {
    let mut tx = db.begin_read().await?;
    let found = client_tokens::find(&mut tx, &token_hash(token)).await?;
    Ok(found.and_then(|token| token.operator(now)))
}
