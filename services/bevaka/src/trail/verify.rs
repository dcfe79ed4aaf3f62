//! `bevaka trail verify`: of the database itself, or of an export alone.

use super::read;
use crate::{
    database::{self, DataDirArgs},
    exit::Ended,
    output::{self, Format, say},
};
use anyhow::Context;
use bevaka_chassis::process::ConfigArgs;
use bevaka_domain::trail::{
    chain::{Broken, Head},
    export::{Export, Refuted, Wrong},
};
use bevaka_store::{Db, trail};
use serde_json::{Value, json};
use std::{
    fs::File,
    io::{BufRead, BufReader, stdin},
    path::{Path, PathBuf},
};

/// Of what, against what, and how to tell.
#[derive(Debug, Default, clap::Args)]
#[command(after_help = "\
Examples:
  bevaka trail verify
  bevaka trail verify --head agreements:12:5f… --json
  bevaka trail verify --export trail.jsonl
  bevaka trail export - | bevaka trail verify --export -

An export is checked without database or service. A line that was changed, removed, swapped, inserted or cut is found, and
the first entry that is wrong is named; the exit code is 5 then.

The heads that this prints are worth noting where nobody who can write the database can: given by --head, they show
whether what stood before them is still the same.")]
pub(crate) struct Args {
    /// A head that was noted earlier and must still be in its chain; may be given several times.
    #[arg(long = "head", value_name = "CHAIN:SEQ:HASH")]
    heads: Vec<Head>,
    /// An export to check instead of the database; - reads standard input.
    #[arg(long, value_name = "FILE", conflicts_with = "data_dir")]
    export: Option<PathBuf>,
    #[command(flatten)]
    data_dir: DataDirArgs,
    #[command(flatten)]
    format: Format,
}

/// What became of the check of a chain.
struct Checked {
    head: Head,
    broken: Option<Broken>,
}

pub(super) async fn run(config: &ConfigArgs, args: &Args) -> anyhow::Result<Ended> {
    if let Some(file) = &args.export {
        return of_export(file, args);
    }
    let db = database::open(&args.data_dir.settings(config)?).await?;
    let ended = of_database(&db, args).await;
    db.close().await;
    ended
}

fn of_export(file: &Path, args: &Args) -> anyhow::Result<Ended> {
    let opened = |file| File::open(file).with_context(|| format!("reading {}", Path::display(file)));
    let (source, length): (Box<dyn BufRead>, _) = if file == Path::new("-") {
        (Box::new(stdin().lock()), 0)
    } else {
        let file = opened(file)?;
        let length = file.metadata().map_or(0, |about| about.len());
        (Box::new(BufReader::new(file)), length)
    };
    let bar = output::progress("checking", length);
    let verified = read::verify(source, &args.heads, |bytes| bar.inc(bytes)).context("reading the export")?;
    bar.finish_and_clear();
    tell_export(&verified, args.format)
}

/// What an export was found to be.
pub(super) fn tell_export(verified: &Result<Export, Refuted>, format: Format) -> anyhow::Result<Ended> {
    if format.json {
        output::json(&export_json(verified))?;
    } else {
        match verified {
            Ok(export) => {
                say!("exported at {}", export.exported_at);
                for head in &export.heads {
                    say!("{:<10} {:>9} entries, whole; head {head}", head.chain.as_str(), head.seq);
                }
            }
            Err(refuted) => say!("BROKEN: {refuted}"),
        }
    }
    Ok(if verified.is_ok() { Ended::Done } else { Ended::Broken })
}

fn export_json(verified: &Result<Export, Refuted>) -> Value {
    match verified {
        Ok(export) => {
            let chain = |head: &Head| json!({"chain": head.chain.as_str(), "entries": head.seq, "head": head.to_string(), "broken": null});
            let chains: Vec<_> = export.heads.iter().map(chain).collect();
            json!({"whole": true, "exported_at": export.exported_at, "chains": chains, "broken": null})
        }
        Err(refuted) => {
            let (chain, seq) = match &refuted.what {
                Wrong::Chain(broken) => (Some(broken.chain.as_str()), Some(broken.seq)),
                _ => (None, None),
            };
            let broken = json!({
                "line": refuted.line, "chain": chain, "seq": seq, "fault": refuted.what.as_str(),
                "detail": refuted.to_string(),
            });
            json!({"whole": false, "exported_at": null, "chains": [], "broken": broken})
        }
    }
}

async fn of_database(db: &Db, args: &Args) -> anyhow::Result<Ended> {
    let checked = check(db, &args.heads).await?;
    let whole = checked.iter().all(|chain| chain.broken.is_none());
    if args.format.json {
        let chains: Vec<_> = checked.iter().map(Checked::to_json).collect();
        output::json(&json!({"whole": whole, "chains": chains}))?;
    } else {
        for Checked { head, broken } in &checked {
            let chain = head.chain.as_str();
            match broken {
                None => say!("{chain:<10} {:>9} entries, whole; head {head}", head.seq),
                Some(broken) => say!("{chain:<10} {:>9} entries, BROKEN: {broken}", head.seq),
            }
        }
    }
    Ok(if whole { Ended::Done } else { Ended::Broken })
}

/// Checks every chain, all as they stand at one moment.
async fn check(db: &Db, noted: &[Head]) -> anyhow::Result<Vec<Checked>> {
    let mut tx = db.begin_snapshot().await?;
    let heads = trail::heads(&mut tx).await?;
    let bar = output::progress("checking", heads.iter().map(|head| head.seq).sum());
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

#[cfg(test)]
mod tests {
    use super::*;
    use bevaka_domain::{
        clock::Timestamp,
        trail::{Action, Actor, Entry, Writer, chain::Fault},
    };
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
        assert_eq!(heads, [("agreements", 3), ("watches", 0), ("operators", 0)]);
        assert!(checked.iter().all(|chain| chain.broken.is_none()));
        let heads = checked.iter().map(|chain| chain.head.to_string().parse().unwrap()).collect();
        assert_eq!(
            ended(of_database(&db, &Args { heads, format: Format { json: true }, ..Args::default() }).await),
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
                    of_database(
                        &db,
                        &Args { heads: heads.clone(), format: Format { json }, ..Args::default() }
                    )
                    .await
                ),
                "broken"
            );
        }
    }
}
