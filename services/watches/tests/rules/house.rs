//! The watches service on SQLite or PostgreSQL, with a clock that stands still, chance that repeats itself, and a
//! company whose users have every kind of access.

use bevaka_bus::Bus;
use bevaka_catalogue::Catalogue;
use bevaka_chassis::{entropy::Entropy, process::Chassis, relay::Outbox, settings::Settings};
use bevaka_domain::{
    agreement::{HeldThrough, Scope},
    clock::{Clock, ManualClock, Timestamp},
    contact::Address,
    event::Kind,
    ids::{ContactId, OrganisationId, PersonId, UserId},
    language::Language,
    organisation::{CompanyForm, OrganisationNumber},
    signing::Mandate,
    trail::Writer,
    user::{Access, Permission, UserState},
    watch::Settings as WatchSettings,
};
use bevaka_portal::Caller;
use bevaka_store::{
    Db, Role,
    agreements::{self, NewOrganisation, NewUser},
    members, outbox, persons, trail, watches,
};
use bevaka_watches::{
    App,
    choice::Choice,
    commands::save::save,
    fault::{Broken, Fault, Outcome},
    queries::{self, mine::Mine},
};
use secrecy::ExposeSecret;
use serde_json::Value;
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio_util::sync::CancellationToken;

pub const PAYMENT: &str = "payment.rejected";
pub const INVOICE: &str = "einvoice.received";
pub const MESSAGE: &str = "message.received";
pub const NUMBER: &str = "5560160680";

/// The house, and its company with an agreement about payments and invoices.
pub struct House {
    _directory: Option<tempfile::TempDir>,
    pub app: App,
    pub clock: Arc<ManualClock>,
    /// With all rights: for what other services and the bank's import do.
    pub db: Db,
    pub organisation: OrganisationId,
    /// Unrestricted.
    pub anna: Caller,
    /// Restricted, without the permission.
    pub erik: Caller,
    /// Restricted, with the permission.
    pub maja: Caller,
    /// Unrestricted, permission administrator and signatory.
    pub karin: Caller,
}

fn config() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config")
}

pub fn minutes(n: u64) -> Duration {
    Duration::from_secs(n * 60)
}

pub fn hours(n: u64) -> Duration {
    minutes(n * 60)
}

pub fn days(n: u64) -> Duration {
    hours(n * 24)
}

pub fn kind(name: &str) -> Kind {
    Kind::parse(name).unwrap()
}

/// A choice by e-mail, SMS or both, with nothing set.
pub fn choice(name: &str, sms: Option<ContactId>, email: Option<ContactId>) -> Choice {
    Choice { kind: kind(name), sms, email, settings: WatchSettings::default() }
}

/// Fields and codes of everything that is wrong.
pub fn broken<T: std::fmt::Debug>(outcome: Outcome<T>) -> Vec<(String, &'static str)> {
    match outcome {
        Err(Fault::Invalid(faults)) => {
            faults.into_iter().map(|fault| (fault.field, Broken::as_str(&fault.broken))).collect()
        }
        other => panic!("{other:?}"),
    }
}

impl House {
    pub async fn open() -> Self {
        Self::open_with(|_| ()).await
    }

    pub async fn open_with(change: impl FnOnce(&mut Settings)) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", directory.path().join("bevaka.sqlite").display());
        Self::on(&url, Some(directory), change).await
    }

    /// With the rights that the service has on PostgreSQL.
    pub async fn open_on_postgres() -> Self {
        Self::on(&bevaka_rig::postgres_database("watches"), None, |_| ()).await
    }

    async fn on(url: &str, directory: Option<tempfile::TempDir>, change: impl FnOnce(&mut Settings)) -> Self {
        let clock = Arc::new(ManualClock::at(Timestamp::parse("2026-11-20T13:02:00Z").unwrap()));
        let mut settings = Settings::load(None).unwrap();
        settings.vault.key = "5a".repeat(32).into();
        change(&mut settings);
        let owner = Db::connect(&url.to_owned().into(), 4, Role::Owner).await.unwrap();
        owner.migrate().await.unwrap();
        let db = match &owner {
            Db::Pg(_) => Db::connect(&url.to_owned().into(), 8, Role::Watches).await.unwrap(),
            Db::Lite { .. } => owner.clone(),
        };
        let catalogue = Catalogue::load(&config().join("events")).unwrap();
        let chassis = Chassis {
            settings: Arc::new(settings),
            catalogue: catalogue.with_notices(&config().join("notices")).unwrap(),
            config_dir: config(),
            bus: Bus::table(owner.clone(), clock.clone()).await.unwrap(),
            db,
            outbox: Outbox::default(),
            clock: clock.clone(),
            entropy: Arc::new(Entropy::seeded(7)),
            shutdown: CancellationToken::new(),
        };
        let app = App::new(chassis).unwrap();
        Self::inhabited(directory, app, clock, owner).await
    }

    async fn inhabited(
        directory: Option<tempfile::TempDir>,
        app: App,
        clock: Arc<ManualClock>,
        db: Db,
    ) -> Self {
        let now = clock.now();
        let mut tx = db.begin().await.unwrap();
        let number = OrganisationNumber::parse(NUMBER).unwrap();
        let new = NewOrganisation {
            id: app.chassis.entropy.id(now).into(),
            number: &number,
            name: "Exempelbolaget AB",
            form: CompanyForm::LimitedCompany,
        };
        let organisation = agreements::upsert_organisation(&mut tx, &new, now).await.unwrap();
        let scope: Scope = [kind(PAYMENT), kind(INVOICE)].into();
        let id = app.chassis.entropy.id(now).into();
        agreements::connect(&mut tx, id, organisation, &scope, HeldThrough::Corporate, now).await.unwrap();
        tx.commit().await.unwrap();
        let nobody = Caller {
            person: PersonId(app.chassis.entropy.id(now)),
            user: UserId(app.chassis.entropy.id(now)),
            organisation,
            channel: HeldThrough::Corporate,
        };
        let mut house = Self {
            _directory: directory,
            app,
            clock,
            db,
            organisation,
            anna: nobody,
            erik: nobody,
            maja: nobody,
            karin: nobody,
        };
        house.anna = house.user("Anna", Access::Unrestricted, &[]).await;
        house.erik = house.user("Erik", Access::Restricted, &[]).await;
        house.maja = house.user("Maja", Access::Restricted, &[Permission::ManageWatches]).await;
        let administers = [Permission::AdministerPermissions];
        house.karin = house.user("Karin", Access::Unrestricted, &administers).await;
        house.give_mandate(house.karin).await;
        house
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// A user of the company, whose name is also the bank's key.
    pub async fn user(&self, name: &str, access: Access, permissions: &[Permission]) -> Caller {
        let now = self.now();
        let mut tx = self.db.begin().await.unwrap();
        let new = NewUser {
            id: self.app.chassis.entropy.id(now).into(),
            organisation: self.organisation,
            reference: name,
            name,
            language: Language::Swedish,
            access,
            state: UserState::Active,
        };
        let user = agreements::upsert_user(&mut tx, &new, now).await.unwrap();
        agreements::set_permissions(&mut tx, user, permissions, now).await.unwrap();
        let person = persons::Person {
            id: self.app.chassis.entropy.id(now).into(),
            number_sealed: vec![1],
            name: name.to_owned(),
        };
        let person = persons::upsert_person(&mut tx, &person, name.as_bytes(), now).await.unwrap();
        let none = BTreeSet::new();
        persons::link_user(&mut tx, user, Some(person), None, &none, &BTreeSet::new()).await.unwrap();
        tx.commit().await.unwrap();
        Caller { person, user, organisation: self.organisation, channel: HeldThrough::Corporate }
    }

    async fn give_mandate(&self, caller: Caller) {
        let mut tx = self.db.begin().await.unwrap();
        persons::set_mandate(&mut tx, caller.user, Some(Mandate::Alone)).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub async fn set_state(&self, caller: Caller, state: UserState) {
        let mut tx = self.db.begin().await.unwrap();
        agreements::set_user_state(&mut tx, caller.user, state).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub async fn remove_user(&self, caller: Caller) {
        let mut tx = self.db.begin().await.unwrap();
        assert!(members::remove(&mut tx, caller.user, self.now()).await.unwrap());
        tx.commit().await.unwrap();
    }

    pub async fn set_scope(&self, kinds: &[&str]) {
        let mut tx = self.db.begin().await.unwrap();
        let agreement = agreements::agreement_in_force(&mut tx, self.organisation).await.unwrap().unwrap();
        let scope = kinds.iter().map(|name| kind(name)).collect();
        let version = agreement.version + 1;
        agreements::change_scope(&mut tx, agreement.id, version, &scope, self.now()).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub async fn end_agreement(&self) {
        let mut tx = self.db.begin().await.unwrap();
        assert!(agreements::end(&mut tx, self.organisation, self.now()).await.unwrap());
        tx.commit().await.unwrap();
    }

    /// A contact point as the bank's import brings it.
    pub async fn contact(&self, caller: Caller, text: &str, confirmed: bool) -> ContactId {
        let mut tx = self.db.begin().await.unwrap();
        let (id, now) = (self.app.chassis.entropy.id(self.now()).into(), self.now());
        let (address, verified) = (text.parse::<Address>().unwrap(), confirmed.then_some(now));
        let id = watches::upsert_contact(&mut tx, id, caller.user, &address, verified, now).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    pub async fn mine(&self, caller: Caller) -> Mine {
        queries::mine(&self.app, caller).await.unwrap()
    }

    /// Saves over whatever stands.
    pub async fn saves(&self, caller: Caller, choices: &[Choice]) -> u64 {
        let version = self.mine(caller).await.version.number;
        save(&self.app, caller, version, choices).await.unwrap()
    }

    /// Every notice that waits to be published, oldest first, and takes them away.
    pub async fn notices(&self) -> Vec<Value> {
        let mut tx = self.db.begin().await.unwrap();
        let until = self.now().plus(days(1));
        let waiting = outbox::claim(&mut tx, Writer::Watches, self.now(), until, 1_000).await.unwrap();
        outbox::remove(&mut tx, &waiting).await.unwrap();
        tx.commit().await.unwrap();
        waiting.iter().map(|message| serde_json::from_slice(&message.body).unwrap()).collect()
    }

    /// The code that a notice lets be sent, as its recipient reads it.
    pub fn code_in(&self, notice: &Value) -> String {
        assert_eq!(notice["type"], "contact.code");
        let id = notice["data"]["code"].as_str().unwrap().parse().unwrap();
        self.app.proofs.contact_code(id).expose_secret().to_owned()
    }

    /// The only code that waits, as its recipient reads it; other notices are taken away with it.
    pub async fn code(&self) -> String {
        let notices = self.notices().await;
        let codes: Vec<_> = notices.iter().filter(|notice| notice["type"] == "contact.code").collect();
        assert_eq!(codes.len(), 1, "{notices:?}");
        self.code_in(codes[0])
    }

    /// The actions of the trail, oldest first, after its chain was verified.
    pub async fn trail(&self) -> Vec<String> {
        let mut tx = self.db.begin_snapshot().await.unwrap();
        let heads = trail::heads(&mut tx).await.unwrap();
        let head = heads.into_iter().find(|head| head.chain == Writer::Watches).unwrap();
        trail::verify(&mut tx, head, &[], |_| ()).await.unwrap().unwrap();
        let links = trail::page(&mut tx, Writer::Watches, 0, 10_000).await.unwrap();
        links.into_iter().map(|link| link.action).collect()
    }

    /// Everything that the trail says, in one text.
    pub async fn trail_text(&self) -> String {
        let mut tx = self.db.begin_snapshot().await.unwrap();
        let links = trail::page(&mut tx, Writer::Watches, 0, 10_000).await.unwrap();
        format!("{links:?}")
    }

    /// What the trail says of the latest thing done of a kind, and who did it.
    pub async fn trail_detail(&self, action: &str) -> (String, Value) {
        let mut tx = self.db.begin_snapshot().await.unwrap();
        let links = trail::page(&mut tx, Writer::Watches, 0, 10_000).await.unwrap();
        let link = links.into_iter().rfind(|link| link.action == action).unwrap();
        (link.actor, serde_json::from_str(&link.detail).unwrap())
    }
}
