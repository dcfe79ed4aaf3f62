//! The service on SQLite and the table bus, with people who are put into the database directly.

use crate::browser::Browser;
use axum::Router;
use bevaka_agreements::App;
use bevaka_bus::Bus;
use bevaka_catalogue::Catalogue;
use bevaka_chassis::{entropy::Entropy, process::Chassis, relay::Outbox, settings::Settings};
use bevaka_domain::{
    agreement::HeldThrough,
    clock::{Clock, ManualClock, Timestamp},
    contact::Address,
    ids::{OrganisationId, PersonId, UserId},
    language::Language,
    organisation::{CompanyForm, OrganisationNumber},
    person::PersonalNumber,
    signing::Mandate,
    user::{Access, Permission, UserState},
    watch::{self, Watch},
};
use bevaka_store::{
    Db, Role,
    agreements::{self, NewOrganisation, NewUser},
    persons, watches,
};
use bevaka_web::serve;
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio_util::sync::CancellationToken;

pub const ANNA: &str = "191212121212";
pub const ERIK: &str = "198504129811";
pub const MAJA: &str = "199007239826";
pub const NILS: &str = "195908149858";

/// The key of everybody's security token.
pub const KEY: [u8; 32] = [7; 32];

/// What a user may do.
#[derive(Clone, Copy)]
pub struct Rights {
    pub access: Access,
    pub mandate: Option<Mandate>,
    pub permissions: &'static [Permission],
}

pub const SIGNATORY: Rights =
    Rights { access: Access::Unrestricted, mandate: Some(Mandate::Alone), permissions: &[] };
pub const JOINT: Rights =
    Rights { access: Access::Unrestricted, mandate: Some(Mandate::TwoJointly), permissions: &[] };
pub const USER: Rights = Rights { access: Access::Unrestricted, mandate: None, permissions: &[] };
pub const RESTRICTED: Rights = Rights { access: Access::Restricted, mandate: None, permissions: &[] };
pub const ADMINISTRATOR: Rights = Rights { permissions: &[Permission::AdministerPermissions], ..USER };

pub struct House {
    _directory: tempfile::TempDir,
    pub app: App,
    pub clock: Arc<ManualClock>,
    router: Router,
}

fn config() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config")
}

impl House {
    pub async fn open() -> Self {
        Self::open_with(|_| {}).await
    }

    pub async fn open_with(change: impl FnOnce(&mut Settings)) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::at(Timestamp::parse("2026-11-21T13:02:00Z").unwrap()));
        let mut settings = Settings::load(None).unwrap();
        settings.vault.key = "ab".repeat(32).into();
        change(&mut settings);
        let url = format!("sqlite:{}", directory.path().join("bevaka.sqlite").display());
        let db = Db::connect(&url.into(), 2, Role::Owner).await.unwrap();
        db.migrate().await.unwrap();
        let catalogue = Catalogue::load(&config().join("events")).unwrap();
        let chassis = Chassis {
            settings: Arc::new(settings),
            catalogue: catalogue.with_notices(&config().join("notices")).unwrap(),
            config_dir: config(),
            bus: Bus::table(db.clone(), clock.clone()).await.unwrap(),
            db,
            outbox: Outbox::default(),
            clock: clock.clone(),
            entropy: Arc::new(Entropy::seeded(7)),
            shutdown: CancellationToken::new(),
        };
        let app = App::new(chassis).unwrap();
        let router = serve::finish(bevaka_agreements::router(&app), app.pages.clone(), &[]);
        Self { _directory: directory, app, clock, router }
    }

    pub fn browser(&self) -> Browser {
        Browser::new(self.router.clone())
    }

    pub fn pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn id<T: From<uuid::Uuid>>(&self) -> T {
        self.app.chassis.entropy.id(self.now()).into()
    }

    /// *Exempelbolaget AB*.
    pub async fn company(&self) -> OrganisationId {
        self.company_of("5560160680", "Exempelbolaget AB", CompanyForm::LimitedCompany).await
    }

    pub async fn company_of(&self, number: &str, name: &str, form: CompanyForm) -> OrganisationId {
        let mut tx = self.app.chassis.db.begin().await.unwrap();
        let number = OrganisationNumber::parse(number).unwrap();
        let new = NewOrganisation { id: self.id(), number: &number, name, form };
        let id = agreements::upsert_organisation(&mut tx, &new, self.now()).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// A person with a security token.
    pub async fn person(&self, number: &str, name: &str) -> PersonId {
        let mut tx = self.app.chassis.db.begin().await.unwrap();
        let (hash, number_sealed) = self.app.sealed_number(&PersonalNumber::parse(number).unwrap());
        let new = persons::Person { id: self.id(), number_sealed, name: name.to_owned() };
        let id = persons::upsert_person(&mut tx, &new, &hash, self.now()).await.unwrap();
        let key = self.app.vault.seal("tokens.key", &KEY, &self.app.chassis.entropy);
        persons::upsert_token(&mut tx, number, id, &key).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// A person as a user of a company.
    pub async fn user(
        &self,
        organisation: OrganisationId,
        (number, name): (&str, &str),
        rights: Rights,
    ) -> UserId {
        let person = self.person(number, name).await;
        let mut tx = self.app.chassis.db.begin().await.unwrap();
        let new = NewUser {
            id: self.id(),
            organisation,
            reference: number,
            name,
            language: Language::Swedish,
            access: rights.access,
            state: UserState::Active,
        };
        let user = agreements::upsert_user(&mut tx, &new, self.now()).await.unwrap();
        agreements::set_permissions(&mut tx, user, rights.permissions, self.now()).await.unwrap();
        persons::link_user(&mut tx, user, Some(person), rights.mandate, &BTreeSet::new(), &BTreeSet::new())
            .await
            .unwrap();
        tx.commit().await.unwrap();
        user
    }

    /// An agreement over all kinds.
    pub async fn agreement(&self, organisation: OrganisationId, held_through: HeldThrough) {
        let mut tx = self.app.chassis.db.begin().await.unwrap();
        let scope = self.app.chassis.catalogue.kinds().map(|kind| kind.kind.clone()).collect();
        agreements::connect(&mut tx, self.id(), organisation, &scope, held_through, self.now())
            .await
            .unwrap();
        tx.commit().await.unwrap();
    }

    pub async fn is_connected(&self, organisation: OrganisationId) -> bool {
        let mut tx = self.app.chassis.db.begin_read().await.unwrap();
        agreements::agreement_in_force(&mut tx, organisation).await.unwrap().is_some()
    }

    pub async fn set_state(&self, user: UserId, state: UserState) {
        let mut tx = self.app.chassis.db.begin().await.unwrap();
        agreements::set_user_state(&mut tx, user, state).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub async fn set_mandate(&self, user: UserId, mandate: Option<Mandate>) {
        let mut tx = self.app.chassis.db.begin().await.unwrap();
        persons::set_mandate(&mut tx, user, mandate).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Lets a user watch a kind by a confirmed e-mail address.
    pub async fn watch(&self, user: UserId, kind: &str) {
        let mut tx = self.app.chassis.db.begin().await.unwrap();
        let address: Address = "maja@exempelbolaget.se".parse().unwrap();
        let now = self.now();
        let contact =
            watches::upsert_contact(&mut tx, self.id(), user, &address, Some(now), now).await.unwrap();
        let channels = BTreeMap::from([(address.channel(), Some(contact))]);
        let watch = Watch {
            id: self.id(),
            user,
            kind: kind.parse().unwrap(),
            channels,
            settings: watch::Settings::default(),
            off_at: None,
        };
        watches::upsert_watch(&mut tx, &watch, now).await.unwrap();
        tx.commit().await.unwrap();
    }
}
