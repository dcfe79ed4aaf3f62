//! `bevaka tokens`: what programs show to the operators' API. Works on the database itself: whoever may write it decides
//! who gets in.

use crate::{
    Ended,
    database::{self, DataDirArgs},
    output::say,
};
use bevaka_chassis::{clock::SystemClock, entropy::Entropy, process::ConfigArgs};
use bevaka_domain::{
    clock::{Clock, Timestamp},
    operator::{Operator, Role},
    trail::{Action, Actor, Entry, Writer},
};
use bevaka_operators::api::token_hash;
use bevaka_store::{
    Db, Tx,
    client_tokens::{self, ClientToken},
    trail,
};
use serde_json::{Value, json};
use std::{collections::BTreeSet, time::Duration};

/// The most tokens that are listed.
const LISTED: u32 = 500;
/// The longest name of a client or its owner, in characters.
const LONGEST: usize = 60;

/// What to do with tokens.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Gives a client a token; it is printed once and never again.
    Create(CreateArgs),
    /// Lists the newest tokens, without the tokens themselves.
    List(ListArgs),
    /// Lets a client's token count no more, from now on.
    Revoke(RevokeArgs),
}

/// For whom, and for what.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  bevaka tokens create nightly --owner karin.ek --role operator --days 90 > token
  bevaka tokens create audit --owner rut.falk --role auditor --json

Roles: viewer sees, operator injects and repairs, approver gives the second approval, auditor reads the trail.
Standard output holds the token and nothing else, so that it can lead into a file or a store of secrets.")]
pub(crate) struct CreateArgs {
    /// The client's name, 1 to 60 characters; no other valid token may have it.
    #[arg(value_parser = name)]
    name: String,
    /// The person who answers for what the client does, by the name that they sign in with, in whichever case.
    #[arg(long, value_name = "PERSON", value_parser = name)]
    owner: String,
    /// What it may do: viewer, operator, approver, auditor; may be given several times.
    #[arg(long = "role", value_name = "ROLE", required = true, value_delimiter = ',')]
    roles: Vec<Role>,
    /// For how many days, 1 to 366.
    #[arg(long, default_value_t = 90, value_parser = clap::value_parser!(u16).range(1..=366))]
    days: u16,
    #[command(flatten)]
    data_dir: DataDirArgs,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

/// How to tell.
#[derive(Debug, clap::Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    data_dir: DataDirArgs,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

/// Whose.
#[derive(Debug, clap::Args)]
pub(crate) struct RevokeArgs {
    /// The client's name.
    #[arg(value_parser = name)]
    name: String,
    #[command(flatten)]
    data_dir: DataDirArgs,
}

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

/// A token that was just made: the one time that it is known.
struct Issued {
    token: String,
    stored: ClientToken,
}

/// A name as it stands in the trail and in tables.
fn name(text: &str) -> Result<String, String> {
    let length = text.chars().count();
    let is_edged = text.trim() != text;
    if !(1..=LONGEST).contains(&length) || is_edged || text.chars().any(char::is_control) {
        return Err(format!("give 1 to {LONGEST} printable characters, without spaces at the ends"));
    }
    Ok(text.to_owned())
}

pub(crate) async fn run(config: &ConfigArgs, command: Command) -> anyhow::Result<Ended> {
    let (Command::Create(CreateArgs { data_dir, .. })
    | Command::List(ListArgs { data_dir, .. })
    | Command::Revoke(RevokeArgs { data_dir, .. })) = &command;
    let db = database::open(&data_dir.settings(config)?).await?;
    let now = SystemClock.now();
    let ended = match command {
        Command::Create(args) => create_and_tell(&db, args, now).await,
        Command::List(args) => list(&db, &args, now).await,
        Command::Revoke(args) => revoke_and_tell(&db, &args.name, now).await,
    };
    db.close().await;
    ended
}

async fn create_and_tell(db: &Db, args: CreateArgs, now: Timestamp) -> anyhow::Result<Ended> {
    let CreateArgs { name, owner, roles, days, json, .. } = args;
    let lasts = Duration::from_secs(u64::from(days) * 86_400);
    let new = NewToken { name: &name, owner: &owner, roles: roles.into_iter().collect(), lasts };
    let Some(Issued { token, stored }) = create(db, new, &Entropy::from_system(), now).await? else {
        eprintln!(
            "a token named {name:?} is in use: choose another name, or `bevaka tokens revoke` it first"
        );
        return Ok(Ended::Refused);
    };
    if json {
        let mut told = told(&stored, now);
        told["token"] = json!(token);
        say!("{}", serde_json::to_string_pretty(&told)?);
    } else {
        eprintln!("{}; the token is not shown again:", line(&stored, now));
        say!("{token}");
    }
    Ok(Ended::Done)
}

async fn list(db: &Db, args: &ListArgs, now: Timestamp) -> anyhow::Result<Ended> {
    let mut tx = db.begin_read().await?;
    let found = client_tokens::list(&mut tx, LISTED).await?;
    if args.json {
        let all: Vec<_> = found.iter().map(|token| told(token, now)).collect();
        say!("{}", serde_json::to_string_pretty(&all)?);
        return Ok(Ended::Done);
    }
    for token in &found {
        say!("{}", line(token, now));
    }
    eprintln!("{} tokens", found.len());
    Ok(Ended::Done)
}

async fn revoke_and_tell(db: &Db, name: &str, now: Timestamp) -> anyhow::Result<Ended> {
    if revoke(db, name, now).await? {
        say!("the token named {name:?} counts no more");
        return Ok(Ended::Done);
    }
    eprintln!("there is no token named {name:?} to revoke: `bevaka tokens list` shows them");
    Ok(Ended::Refused)
}

/// Whether a token counts, in a word.
fn state(token: &ClientToken, now: Timestamp) -> &'static str {
    match token.revoked_at {
        Some(_) => "revoked",
        None if now < token.expires_at => "valid",
        None => "expired",
    }
}

fn line(token: &ClientToken, now: Timestamp) -> String {
    let roles: Vec<_> = token.roles.iter().map(|role| role.as_str()).collect();
    let ClientToken { name, owner, expires_at, .. } = token;
    format!("{name:<20} {owner:<20} {:<7} until {expires_at}  {}", state(token, now), roles.join(", "))
}

fn told(token: &ClientToken, now: Timestamp) -> Value {
    json!({
        "id": token.id, "name": token.name, "owner": token.owner, "roles": token.roles, "state": state(token, now),
        "created_at": token.created_at, "expires_at": token.expires_at, "revoked_at": token.revoked_at,
    })
}

/// Issues a token, unless one of the same name counts.
async fn create(
    db: &Db,
    new: NewToken<'_>,
    entropy: &Entropy,
    now: Timestamp,
) -> bevaka_store::Result<Option<Issued>> {
    let mut tx = db.begin().await?;
    if client_tokens::named(&mut tx, new.name).await?.is_some_and(|token| token.operator(now).is_some()) {
        return Ok(None);
    }
    let issued = put(&mut tx, new, entropy, now).await?;
    tx.commit().await?;
    Ok(Some(issued))
}

/// Issues a token in the place of the one that has the same name, if there is one.
///
/// # Errors
/// If the database fails.
pub(crate) async fn issue(
    db: &Db,
    new: NewToken<'_>,
    entropy: &Entropy,
    now: Timestamp,
) -> bevaka_store::Result<String> {
    let mut tx = db.begin().await?;
    let issued = put(&mut tx, new, entropy, now).await?;
    tx.commit().await?;
    Ok(issued.token)
}

/// Stores a new token, of which only the hash is kept; one of the same name counts no more.
async fn put(
    tx: &mut Tx,
    new: NewToken<'_>,
    entropy: &Entropy,
    now: Timestamp,
) -> bevaka_store::Result<Issued> {
    let NewToken { name, owner, roles, lasts } = new;
    let token = entropy.token();
    let stored = ClientToken {
        id: entropy.id(now),
        name: name.to_owned(),
        // As people are named who sign in, so that nobody approves what their own client proposed.
        owner: owner.trim().to_lowercase(),
        roles,
        created_at: now,
        expires_at: now.plus(lasts),
        revoked_at: None,
    };
    client_tokens::revoke(tx, name, now).await?;
    client_tokens::insert(tx, &stored, &token_hash(&token)).await?;
    let detail = json!({
        "name": stored.name, "owner": stored.owner, "roles": stored.roles, "expires_at": stored.expires_at,
    });
    let entry = entry(Action::ClientTokenIssued, stored.id.to_string(), detail, now);
    trail::append(tx, Writer::Operators, &entry).await?;
    Ok(Issued { token, stored })
}

/// Lets the token of a name count no more; gives whether there was one.
async fn revoke(db: &Db, name: &str, now: Timestamp) -> bevaka_store::Result<bool> {
    let mut tx = db.begin().await?;
    let Some(id) = client_tokens::revoke(&mut tx, name, now).await? else { return Ok(false) };
    let entry = entry(Action::ClientTokenRevoked, id.to_string(), json!({"name": name}), now);
    trail::append(&mut tx, Writer::Operators, &entry).await?;
    tx.commit().await?;
    Ok(true)
}

/// By whoever may write the database itself: the command asks for no name that it could not check.
fn entry(action: Action, subject: String, detail: Value, now: Timestamp) -> Entry {
    Entry { at: now, actor: Actor::System, action, organisation: None, subject, detail }
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

#[cfg(test)]
mod tests {
    use super::*;
    use bevaka_domain::trail::chain::Link;

    const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);
    const A_DAY: Duration = Duration::from_secs(86_400);

    struct Bench {
        db: Db,
        entropy: Entropy,
        _directory: tempfile::TempDir,
    }

    impl Bench {
        async fn new() -> Self {
            let directory = tempfile::tempdir().unwrap();
            let url = format!("sqlite:{}", directory.path().join("test.sqlite").display());
            let db = Db::connect(&url.into(), 2, bevaka_store::Role::Owner).await.unwrap();
            db.migrate().await.unwrap();
            Self { db, entropy: Entropy::seeded(1), _directory: directory }
        }

        fn new_token(name: &str) -> NewToken<'_> {
            NewToken { name, owner: " Karin.Ek ", roles: [Role::Operator].into(), lasts: A_DAY }
        }

        async fn create(&self, name: &str, now: Timestamp) -> Option<String> {
            let issued = create(&self.db, Self::new_token(name), &self.entropy, now).await.unwrap();
            issued.map(|issued| issued.token)
        }

        async fn holder(&self, token: &str, now: Timestamp) -> Option<Operator> {
            holder(&self.db, token, now).await.unwrap()
        }

        async fn trail(&self) -> Vec<Link> {
            let mut tx = self.db.begin_read().await.unwrap();
            trail::page(&mut tx, Writer::Operators, 0, 100).await.unwrap()
        }
    }

    #[tokio::test]
    async fn a_token_counts_until_it_expires_or_is_revoked() {
        let bench = Bench::new().await;
        let token = bench.create("nightly", NOW).await.unwrap();
        let operator = bench.holder(&token, NOW).await.unwrap();
        assert_eq!(operator.signature(), "karin.ek (nightly)");
        assert_eq!(operator.roles, [Role::Operator].into());
        let last = NOW.plus(A_DAY).minus(Duration::from_micros(1));
        assert!(bench.holder(&token, last).await.is_some());
        assert!(bench.holder(&token, NOW.plus(A_DAY)).await.is_none());
        assert!(revoke(&bench.db, "nightly", NOW).await.unwrap());
        assert!(bench.holder(&token, NOW).await.is_none());
        assert!(!revoke(&bench.db, "nightly", NOW).await.unwrap(), "there is none any more");
    }

    #[tokio::test]
    async fn a_name_is_one_clients_while_its_token_counts() {
        let bench = Bench::new().await;
        let first = bench.create("nightly", NOW).await.unwrap();
        assert!(bench.create("nightly", NOW).await.is_none());
        assert!(bench.holder(&first, NOW).await.is_some(), "a refusal changes nothing");
        let second = bench.create("nightly", NOW.plus(A_DAY)).await.unwrap();
        assert!(bench.holder(&second, NOW.plus(A_DAY)).await.is_some());
        let now = NOW.plus(A_DAY);
        let third = issue(&bench.db, Bench::new_token("nightly"), &bench.entropy, now).await.unwrap();
        assert!(bench.holder(&second, now).await.is_none(), "replaced");
        assert!(bench.holder(&third, now).await.is_some());
    }

    #[tokio::test]
    async fn r41_tokens_are_in_the_trail_without_themselves() {
        let bench = Bench::new().await;
        let token = bench.create("nightly", NOW).await.unwrap();
        revoke(&bench.db, "nightly", NOW).await.unwrap();
        let trail = bench.trail().await;
        let actions: Vec<_> = trail.iter().map(|link| link.action.as_str()).collect();
        assert_eq!(actions, ["client_token_issued", "client_token_revoked"]);
        assert_eq!(trail[0].subject, trail[1].subject);
        for link in &trail {
            assert!(link.detail.contains("nightly") && !link.detail.contains(&token), "{link:?}");
        }
    }

    #[test]
    fn a_name_has_1_to_60_printable_characters() {
        for named in ["a", "nattlig körning", "å".repeat(60).as_str()] {
            assert_eq!(name(named).as_deref(), Ok(named));
        }
        for nameless in ["", " ", " a", "a\n", "a\tb", "å".repeat(61).as_str()] {
            assert!(name(nameless).is_err(), "{nameless:?}");
        }
    }
}
