//! `bevaka trail`: checks the chains of the trail, and lists what stands in it (R41). Works on the database itself.

use crate::{
    Ended,
    database::{self, DataDirArgs},
};
use anyhow::bail;
use bevaka_chassis::process::ConfigArgs;
use bevaka_domain::{
    clock::Timestamp,
    organisation::OrganisationNumber,
    trail::chain::{Broken, Head},
};
use bevaka_store::{
    Db, agreements,
    trail::{self, Filter, Listed},
};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

/// What to do with the trail.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum Command {
    /// Checks every chain and names the first broken entry.
    Verify(VerifyArgs),
    /// Lists the newest entries.
    List(ListArgs),
}

/// Against what, and how to tell.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The heads that this prints are worth noting where nobody who can write the database can: given by --head, they show
whether what stood before them is still the same.")]
pub(crate) struct VerifyArgs {
    /// A head that was noted earlier and must still be in its chain; may be given several times.
    #[arg(long = "head", value_name = "CHAIN:SEQ:HASH")]
    heads: Vec<Head>,
    #[command(flatten)]
    data_dir: DataDirArgs,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

/// Which entries.
#[derive(Debug, clap::Args)]
pub(crate) struct ListArgs {
    /// Only those that concern the company with this organisation number.
    #[arg(long, value_name = "NUMBER", conflicts_with = "subject")]
    org: Option<OrganisationNumber>,
    /// Only those about this user, agreement, order…, by its id.
    #[arg(long, value_name = "ID")]
    subject: Option<String>,
    /// Only those from this time on, RFC 3339.
    #[arg(long, value_name = "TIME")]
    from: Option<Timestamp>,
    /// Only those before this time, RFC 3339.
    #[arg(long, value_name = "TIME")]
    until: Option<Timestamp>,
    /// At most so many.
    #[arg(long, default_value_t = 50)]
    limit: u32,
    #[command(flatten)]
    data_dir: DataDirArgs,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

/// What became of the check of a chain.
struct Checked {
    head: Head,
    broken: Option<Broken>,
}

pub(crate) async fn run(config: &ConfigArgs, command: Command) -> anyhow::Result<Ended> {
    let (Command::Verify(VerifyArgs { data_dir, .. }) | Command::List(ListArgs { data_dir, .. })) = &command;
    let db = database::open(&data_dir.settings(config)?).await?;
    let ended = match command {
        Command::Verify(args) => verify(&db, &args).await,
        Command::List(args) => list(&db, &args).await,
    };
    db.close().await;
    ended
}

async fn verify(db: &Db, args: &VerifyArgs) -> anyhow::Result<Ended> {
    let checked = check(db, &args.heads).await?;
    let whole = checked.iter().all(|chain| chain.broken.is_none());
    if args.json {
        let chains: Vec<_> = checked.iter().map(Checked::to_json).collect();
        println!("{}", serde_json::to_string_pretty(&json!({"whole": whole, "chains": chains}))?);
    } else {
        for Checked { head, broken } in &checked {
            let chain = head.chain.as_str();
            match broken {
                None => println!("{chain:<10} {:>9} entries, whole; head {head}", head.seq),
                Some(broken) => println!("{chain:<10} {:>9} entries, BROKEN: {broken}", head.seq),
            }
        }
    }
    Ok(if whole { Ended::Done } else { Ended::Broken })
}

/// Checks every chain, all as they stand at one moment.
async fn check(db: &Db, noted: &[Head]) -> anyhow::Result<Vec<Checked>> {
    let mut tx = db.begin_snapshot().await?;
    let heads = trail::heads(&mut tx).await?;
    let bar = ProgressBar::new(heads.iter().map(|head| head.seq).sum()).with_style(
        ProgressStyle::with_template("checking {wide_bar} {pos}/{len} {eta}")
            .unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    let mut checked = Vec::with_capacity(heads.len());
    for head in heads {
        let outcome = trail::verify(&mut tx, head.clone(), noted, |entries| bar.inc(entries as u64)).await?;
        checked.push(Checked { head, broken: outcome.err() });
    }
    bar.finish_and_clear();
    Ok(checked)
}

impl Checked {
    fn to_json(&self) -> Value {
        let broken = self.broken.as_ref().map(
            |broken| json!({"seq": broken.seq, "fault": broken.what.as_str(), "detail": broken.to_string()}),
        );
        json!({
            "chain": self.head.chain.as_str(),
            "entries": self.head.seq,
            "head": self.head.to_string(),
            "broken": broken,
        })
    }
}

async fn list(db: &Db, args: &ListArgs) -> anyhow::Result<Ended> {
    let found = find(db, args).await?;
    if args.json {
        let entries: Vec<_> = found.iter().map(entry_json).collect();
        println!("{}", serde_json::to_string_pretty(&entries)?);
        return Ok(Ended::Done);
    }
    for Listed { chain, link } in &found {
        println!(
            "{}  {chain}:{}  {}  {}  {}  {}",
            link.at, link.seq, link.actor, link.action, link.subject, link.detail
        );
    }
    eprintln!("{} entries", found.len());
    Ok(Ended::Done)
}

async fn find(db: &Db, args: &ListArgs) -> anyhow::Result<Vec<Listed>> {
    let mut tx = db.begin_read().await?;
    let organisation = match &args.org {
        Some(number) => match agreements::find_organisation(&mut tx, number).await? {
            Some(id) => Some(id),
            None => bail!("no company with this organisation number is known to Bevaka"),
        },
        None => None,
    };
    let (subject, from, until) = (args.subject.clone(), args.from, args.until);
    let filter = Filter { organisation, subject, from, until, ..Filter::default() };
    Ok(trail::search(&mut tx, &filter, None, args.limit).await?)
}

fn entry_json(Listed { chain, link }: &Listed) -> Value {
    let detail: Value = serde_json::from_str(&link.detail).unwrap_or_else(|_| json!(link.detail));
    json!({
        "chain": chain, "seq": link.seq, "at": link.at, "actor": link.actor, "action": link.action,
        "organisation_id": link.organisation, "subject": link.subject, "detail": detail, "hash": link.hash,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use bevaka_domain::trail::{Action, Actor, Entry, Writer, chain::Fault};
    use bevaka_store::Role;

    async fn database(directory: &tempfile::TempDir) -> Db {
        let url = format!("sqlite:{}", directory.path().join("test.sqlite").display());
        let db = Db::connect(&url.into(), 2, Role::Owner).await.unwrap();
        db.migrate().await.unwrap();
        let mut tx = db.begin().await.unwrap();
        for n in 1..=3 {
            let entry = Entry {
                at: Timestamp::from_micros(1_800_000_000_000_000),
                actor: Actor::System,
                action: Action::OrderExpired,
                organisation: None,
                subject: format!("order-{n}"),
                detail: json!({"n": n}),
            };
            trail::append(&mut tx, Writer::Agreements, &entry).await.unwrap();
        }
        tx.commit().await.unwrap();
        db
    }

    fn ended(outcome: anyhow::Result<Ended>) -> &'static str {
        match outcome.unwrap() {
            Ended::Done => "done",
            Ended::Broken => "broken",
            _ => "something else",
        }
    }

    #[tokio::test]
    async fn r41_a_whole_trail_gives_its_heads_and_takes_them_again() {
        let directory = tempfile::tempdir().unwrap();
        let db = database(&directory).await;
        let checked = check(&db, &[]).await.unwrap();
        let heads: Vec<_> = checked.iter().map(|chain| (chain.head.chain.as_str(), chain.head.seq)).collect();
        assert_eq!(heads, [("agreements", 3), ("watches", 0), ("dispatcher", 0)]);
        assert!(checked.iter().all(|chain| chain.broken.is_none()));
        let heads = checked.iter().map(|chain| chain.head.to_string().parse().unwrap()).collect();
        assert_eq!(
            ended(verify(&db, &VerifyArgs { heads, json: true, data_dir: DataDirArgs::default() }).await),
            "done"
        );
    }

    #[tokio::test]
    async fn r41_a_head_that_is_no_longer_there_is_named_and_the_command_fails() {
        let directory = tempfile::tempdir().unwrap();
        let db = database(&directory).await;
        let heads = vec![Head { seq: 2, ..check(&db, &[]).await.unwrap()[0].head.clone() }];
        let checked = check(&db, &heads).await.unwrap();
        let broken = checked[0].broken.as_ref().unwrap();
        assert_eq!((broken.chain, broken.seq, broken.what), (Writer::Agreements, 2, Fault::Noted));
        let told = checked[0].to_json();
        assert_eq!((&told["broken"]["seq"], &told["broken"]["fault"]), (&json!(2), &json!("noted")));
        assert_eq!(
            told["broken"]["detail"],
            "entry 2 of chain agreements: is not the one whose hash was noted"
        );
        for json in [true, false] {
            assert_eq!(
                ended(
                    verify(&db, &VerifyArgs { heads: heads.clone(), json, data_dir: DataDirArgs::default() })
                        .await
                ),
                "broken"
            );
        }
    }

    #[tokio::test]
    async fn entries_are_listed_newest_first_and_by_their_subject() {
        let directory = tempfile::tempdir().unwrap();
        let db = database(&directory).await;
        let args = |subject: Option<&str>, limit| ListArgs {
            org: None,
            subject: subject.map(str::to_owned),
            from: None,
            until: None,
            limit,
            json: true,
            data_dir: DataDirArgs::default(),
        };
        let found = find(&db, &args(None, 2)).await.unwrap();
        assert_eq!(found.iter().map(|entry| entry.link.seq).collect::<Vec<_>>(), [3, 2]);
        let found = find(&db, &args(Some("order-1"), 50)).await.unwrap();
        let told = entry_json(&found[0]);
        assert_eq!((found.len(), &told["detail"], &told["actor"]), (1, &json!({"n": 1}), &json!("system")));
        let unknown = ListArgs { org: Some("556016-0680".parse().unwrap()), ..args(None, 1) };
        assert!(find(&db, &unknown).await.is_err());
        assert_eq!(ended(list(&db, &args(None, 9)).await), "done");
    }
}
