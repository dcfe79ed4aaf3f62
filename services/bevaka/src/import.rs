//! `bevaka import FILE`: existing customers from a JSON Lines file (docs/import.md). Every line is checked first; if
//! one is at fault, all faults are listed and nothing is written.

mod file;

use crate::Ended;
use anyhow::Context;
use bevaka_catalogue::Catalogue;
use bevaka_chassis::{
    clock::SystemClock,
    entropy::Entropy,
    process::{ConfigArgs, catalogue, database_url},
};
use bevaka_domain::{
    clock::{Clock, Timestamp},
    ids::{OrganisationId, UserId},
    organisation::OrganisationNumber,
};
use bevaka_store::{Db, Role, StoreError, Tx, agreements};
pub(crate) use file::{Checked, Faults, Record};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use std::{collections::HashMap, fs, path::PathBuf};

/// Which file, and whether to write.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A JSON Lines file as docs/import.md describes it.
    file: PathBuf,
    /// Only checks the file, against a database that `bevaka migrate` has prepared.
    #[arg(long)]
    check: bool,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(config: &ConfigArgs, args: Args) -> anyhow::Result<Ended> {
    let settings = config.settings()?;
    let catalogue = catalogue(&settings, &config.config_dir)?;
    let text = fs::read(&args.file).with_context(|| format!("reading {}", args.file.display()))?;
    let db = Db::connect(&database_url(&settings)?, 2, Role::Owner).await.context("opening the database")?;
    // What is only checked is checked against the database as it is.
    if !args.check {
        db.migrate().await?;
    }
    let checked = match check(&db, &catalogue, &text).await? {
        Ok(checked) => checked,
        Err(faults) => {
            report_faults(&faults, args.json)?;
            return Ok(Ended::Refused);
        }
    };
    if !args.check {
        write(&db, &checked, &Entropy::from_system(), SystemClock.now()).await?;
    }
    db.close().await;
    report(&checked, &args)?;
    Ok(Ended::Done)
}

/// Checks every line; what the file does not hold itself may stand in the database.
pub(crate) async fn check(
    db: &Db,
    catalogue: &Catalogue,
    text: &[u8],
) -> anyhow::Result<Result<Checked, Faults>> {
    let mut draft = file::read(text, catalogue);
    let mut tx = db.begin_read().await?;
    for reference in draft.outside() {
        if let Some(organisation) = agreements::find_organisation(&mut tx, &reference.company).await? {
            let user = match &reference.user {
                Some(user) => agreements::find_user(&mut tx, organisation, user).await?.is_some(),
                None => true,
            };
            draft.resolve(&reference, user);
        }
    }
    for (line, company, held_through) in draft.agreements() {
        let Some(organisation) = agreements::find_organisation(&mut tx, &company).await? else { continue };
        let in_force = agreements::agreement_in_force(&mut tx, organisation).await?;
        if in_force.is_some_and(|agreement| agreement.held_through != held_through) {
            draft.fault(line, "held_through: differs from that of the agreement in force".to_owned());
        }
    }
    Ok(draft.finish())
}

/// Writes all of it in one transaction. The same file again changes nothing.
pub(crate) async fn write(
    db: &Db,
    checked: &Checked,
    entropy: &Entropy,
    now: Timestamp,
) -> anyhow::Result<()> {
    let bar = ProgressBar::new(checked.len() as u64).with_style(
        ProgressStyle::with_template("importing {wide_bar} {pos}/{len} {eta}")
            .unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    let mut tx = db.begin().await?;
    let mut known = Known::default();
    for record in checked.in_order() {
        apply(&mut tx, record, &mut known, entropy, now).await?;
        bar.inc(1);
    }
    tx.commit().await?;
    bar.finish_and_clear();
    Ok(())
}

/// Ids that were looked up before.
#[derive(Default)]
struct Known {
    organisations: HashMap<OrganisationNumber, OrganisationId>,
    users: HashMap<(OrganisationNumber, String), UserId>,
}

impl Known {
    async fn organisation(
        &mut self,
        tx: &mut Tx,
        number: &OrganisationNumber,
    ) -> anyhow::Result<OrganisationId> {
        if let Some(id) = self.organisations.get(number) {
            return Ok(*id);
        }
        let found = agreements::find_organisation(tx, number).await?;
        let id = found.context("a company vanished while the file was imported")?;
        self.organisations.insert(number.clone(), id);
        Ok(id)
    }

    async fn user(
        &mut self,
        tx: &mut Tx,
        company: &OrganisationNumber,
        user: &str,
    ) -> anyhow::Result<UserId> {
        let key = (company.clone(), user.to_owned());
        if let Some(id) = self.users.get(&key) {
            return Ok(*id);
        }
        let organisation = self.organisation(tx, company).await?;
        let found = agreements::find_user(tx, organisation, user).await?;
        let id = found.context("a user vanished while the file was imported")?;
        self.users.insert(key, id);
        Ok(id)
    }
}

async fn apply(
    tx: &mut Tx,
    record: &Record,
    known: &mut Known,
    entropy: &Entropy,
    now: Timestamp,
) -> anyhow::Result<()> {
    let done: Result<(), StoreError> = match record {
        Record::Company(company) => company.apply(tx, entropy, now).await,
        Record::User(user) => {
            let organisation = known.organisation(tx, &user.company).await?;
            user.apply(tx, organisation, entropy, now).await
        }
        Record::Agreement(agreement) => {
            let organisation = known.organisation(tx, &agreement.company).await?;
            agreement.apply(tx, organisation, entropy, now).await
        }
        Record::Contact(contact, address) => {
            let user = known.user(tx, &contact.company, &contact.user).await?;
            contact.apply(tx, user, address, entropy, now).await
        }
        Record::Watch(watch, addresses) => {
            let user = known.user(tx, &watch.company, &watch.user).await?;
            watch.apply(tx, user, addresses, entropy, now).await
        }
    };
    Ok(done?)
}

fn report_faults(faults: &Faults, as_json: bool) -> anyhow::Result<()> {
    if as_json {
        println!("{}", serde_json::to_string_pretty(&json!({"written": false, "faults": faults}))?);
        return Ok(());
    }
    for fault in faults {
        eprintln!("line {}: {}", fault.line, fault.problem);
    }
    eprintln!("{} faults; nothing was written", faults.len());
    Ok(())
}

fn report(checked: &Checked, args: &Args) -> anyhow::Result<()> {
    let counts = checked.counts();
    if args.json {
        println!("{}", serde_json::to_string_pretty(&json!({"written": !args.check, "lines": counts}))?);
        return Ok(());
    }
    let listed: Vec<_> = counts.iter().map(|(what, count)| format!("{count} {what}")).collect();
    println!("{}: {}", if args.check { "sound, not written" } else { "imported" }, listed.join(", "));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use bevaka_domain::event::Kind;
    use bevaka_store::standing::{self, Companies};
    use std::path::Path;

    const FILE: &str = include_str!("../../../config/demonstration.jsonl");

    async fn database(directory: &tempfile::TempDir) -> (Db, Catalogue) {
        let url = format!("sqlite:{}", directory.path().join("test.sqlite").display());
        let db = Db::connect(&url.into(), 2, Role::Owner).await.unwrap();
        db.migrate().await.unwrap();
        let events = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config/events");
        (db, Catalogue::load(&events).unwrap())
    }

    async fn import(db: &Db, catalogue: &Catalogue, text: &str, seed: u64) -> Result<(), Faults> {
        let checked = check(db, catalogue, text.as_bytes()).await.unwrap()?;
        let now = Timestamp::from_micros(1_800_000_000_000_000);
        write(db, &checked, &Entropy::seeded(seed), now).await.unwrap();
        Ok(())
    }

    async fn standing(db: &Db, kind: &str) -> Companies {
        let number = OrganisationNumber::parse("556016-0680").unwrap();
        let mut tx = db.begin_read().await.unwrap();
        standing::load(&mut tx, &[(number, Kind::parse(kind).unwrap())].into()).await.unwrap()
    }

    #[tokio::test]
    async fn the_same_file_again_doubles_nothing() {
        let directory = tempfile::tempdir().unwrap();
        let (db, catalogue) = database(&directory).await;
        import(&db, &catalogue, FILE, 1).await.unwrap();
        let first = format!(
            "{:?}",
            standing(&db, "payment.rejected").await.values().map(|c| &c.standing).collect::<Vec<_>>()
        );
        import(&db, &catalogue, FILE, 2).await.unwrap();
        let second = standing(&db, "payment.rejected").await;
        assert_eq!(format!("{:?}", second.values().map(|c| &c.standing).collect::<Vec<_>>()), first);
        let company = second.values().next().unwrap();
        assert_eq!(
            (company.standing.users.len(), company.standing.agreement.as_ref().unwrap().version),
            (6, 1)
        );
    }

    #[tokio::test]
    async fn r18_another_scope_is_another_version() {
        let directory = tempfile::tempdir().unwrap();
        let (db, catalogue) = database(&directory).await;
        import(&db, &catalogue, FILE, 1).await.unwrap();
        let less = r#"{"type": "agreement", "company": "556016-0680", "kinds": ["message.received"]}"#;
        import(&db, &catalogue, less, 2).await.unwrap();
        let companies = standing(&db, "payment.rejected").await;
        let agreement = companies.values().next().unwrap().standing.agreement.clone().unwrap();
        assert_eq!((agreement.version, agreement.scope.len()), (2, 1));
    }

    #[tokio::test]
    async fn one_fault_and_nothing_is_written() {
        let directory = tempfile::tempdir().unwrap();
        let (db, catalogue) = database(&directory).await;
        let faulty = format!("{FILE}{{\"type\": \"company\"}}\n");
        let faults = import(&db, &catalogue, &faulty, 1).await.unwrap_err();
        assert_eq!((faults.len(), faults[0].line), (1, FILE.lines().count() + 1));
        assert!(standing(&db, "payment.rejected").await.is_empty());
    }
}
