//! `bevaka import FILE`: existing customers from a JSON Lines file (docs/import.md). Every line is checked first; if
//! one is at fault, all faults are listed and nothing is written.

mod file;
mod persons;

use crate::{
    Ended,
    database::{self, DataDirArgs},
    output::say,
    vault,
};
use anyhow::Context;
use bevaka_catalogue::Catalogue;
use bevaka_chassis::{
    clock::SystemClock,
    entropy::Entropy,
    process::{ConfigArgs, catalogue},
    vault::Vault,
};
use bevaka_domain::{
    clock::{Clock, Timestamp},
    ids::{OrganisationId, UserId},
    organisation::OrganisationNumber,
    trail::Entry,
};
use bevaka_store::{Db, StoreError, Tx, agreements, trail};
use bevaka_watches::import::Owner;
pub(crate) use file::{Checked, Faults, Record};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use std::{
    collections::{BTreeMap, HashMap},
    fs,
    path::PathBuf,
};

/// Which file, and whether to write.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// A JSON Lines file as docs/import.md describes it.
    file: PathBuf,
    /// Only checks the file, against a database that `bevaka migrate` has prepared.
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    data_dir: DataDirArgs,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(config: &ConfigArgs, args: Args) -> anyhow::Result<Ended> {
    let settings = args.data_dir.settings(config)?;
    let catalogue = catalogue(&settings, &config.config_dir)?;
    let text = fs::read(&args.file).with_context(|| format!("reading {}", args.file.display()))?;
    let db = database::open(&settings).await?;
    // What is only checked is checked against the database as it is.
    if !args.check {
        db.migrate().await?;
    }
    let vault = vault::known(&settings)?;
    let checked = match check(&db, &catalogue, vault.as_ref(), &text).await? {
        Ok(checked) => checked,
        Err(faults) => {
            report_faults(&faults, args.json)?;
            return Ok(Ended::Refused);
        }
    };
    if !args.check {
        let entropy = Entropy::from_system();
        write(&db, &checked, vault.as_ref(), &entropy, SystemClock.now()).await?;
    }
    db.close().await;
    report(&checked, &args)?;
    Ok(Ended::Done)
}

/// Checks every line; what the file does not hold itself may stand in the database.
///
/// # Errors
/// Names `vault.key` if the file holds what is stored sealed and there is no vault.
pub(crate) async fn check(
    db: &Db,
    catalogue: &Catalogue,
    vault: Option<&Vault>,
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
    draft.check_persons_in(&mut tx, vault).await?;
    for (line, company, held_through) in draft.agreements() {
        let Some(organisation) = agreements::find_organisation(&mut tx, &company).await? else { continue };
        let in_force = agreements::agreement_in_force(&mut tx, organisation).await?;
        if in_force.is_some_and(|agreement| agreement.held_through != held_through) {
            draft.fault(line, "held_through: differs from that of the agreement in force".to_owned());
        }
    }
    Ok(draft.finish())
}

/// Writes all of it in one transaction, with an entry in the trail for each change (R41). The same file again changes
/// nothing.
pub(crate) async fn write(
    db: &Db,
    checked: &Checked,
    vault: Option<&Vault>,
    entropy: &Entropy,
    now: Timestamp,
) -> anyhow::Result<()> {
    let bar = ProgressBar::new(checked.len() as u64).with_style(
        ProgressStyle::with_template("importing {wide_bar} {pos}/{len} {eta}")
            .unwrap_or_else(|_| ProgressStyle::default_bar()),
    );
    let mut tx = db.begin().await?;
    let mut known = Known::default();
    let mut happened = BTreeMap::<_, Vec<_>>::new();
    for record in checked.in_order() {
        let entries = apply(&mut tx, record, &mut known, vault, (entropy, now)).await?;
        happened.entry(record.writer()).or_default().extend(entries);
        bar.inc(1);
    }
    // Last, so that a service that runs beside waits for its chain no longer than this takes.
    for (writer, entries) in happened {
        trail::append_all(&mut tx, writer, &entries).await?;
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

    async fn owner(
        &mut self,
        tx: &mut Tx,
        company: &OrganisationNumber,
        user: &str,
    ) -> anyhow::Result<Owner> {
        let organisation = self.organisation(tx, company).await?;
        let key = (company.clone(), user.to_owned());
        if let Some(user) = self.users.get(&key) {
            return Ok(Owner { organisation, user: *user });
        }
        let found = agreements::find_user(tx, organisation, user).await?;
        let user = found.context("a user vanished while the file was imported")?;
        self.users.insert(key, user);
        Ok(Owner { organisation, user })
    }
}

async fn apply(
    tx: &mut Tx,
    record: &Record,
    known: &mut Known,
    vault: Option<&Vault>,
    (entropy, now): (&Entropy, Timestamp),
) -> anyhow::Result<Vec<Entry>> {
    let done: Result<Vec<Entry>, StoreError> = match record {
        Record::Company(company) => company.apply(tx, entropy, now).await,
        Record::User(user) => {
            let organisation = known.organisation(tx, &user.company).await?;
            return user.apply(tx, organisation, vault, entropy, now).await;
        }
        Record::SigningRule(rule) => {
            let organisation = known.organisation(tx, &rule.company).await?;
            rule.apply(tx, organisation, now).await
        }
        Record::Token(token) => return Ok(token.apply(tx, vault, entropy, now).await?.into_iter().collect()),
        Record::Agreement(agreement) => {
            let organisation = known.organisation(tx, &agreement.company).await?;
            agreement.apply(tx, organisation, entropy, now).await
        }
        Record::Contact(contact, address) => {
            let owner = known.owner(tx, &contact.company, &contact.user).await?;
            contact.apply(tx, owner, address, vault, (entropy, now)).await
        }
        Record::Watch(watch, addresses) => {
            let owner = known.owner(tx, &watch.company, &watch.user).await?;
            watch.apply(tx, owner, addresses, entropy, now).await
        }
    };
    Ok(done?)
}

fn report_faults(faults: &Faults, as_json: bool) -> anyhow::Result<()> {
    if as_json {
        say!("{}", serde_json::to_string_pretty(&json!({"written": false, "faults": faults}))?);
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
        say!("{}", serde_json::to_string_pretty(&json!({"written": !args.check, "lines": counts}))?);
        return Ok(());
    }
    let listed: Vec<_> = counts.iter().map(|(what, count)| format!("{count} {what}")).collect();
    say!("{}: {}", if args.check { "sound, not written" } else { "imported" }, listed.join(", "));
    Ok(())
}

#[cfg(test)]
mod tests;
