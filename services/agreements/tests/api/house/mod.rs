//! The agreements service on SQLite or PostgreSQL, with a clock that stands still, chance that repeats itself, and
//! people with security tokens.

mod client;
mod people;

use bevaka_agreements::App;
use bevaka_bus::Bus;
use bevaka_catalogue::Catalogue;
use bevaka_chassis::{entropy::Entropy, process::Chassis, relay::Outbox, settings::Settings};
use bevaka_domain::{
    clock::{Clock, ManualClock, Timestamp},
    trail::Writer,
};
use bevaka_store::{Db, Role, outbox, trail};
use bevaka_web::serve;
pub use client::{Answer, Session};
pub use people::{NUMBERS, Person, TRIES, User};
use serde_json::Value;
use std::{
    num::NonZeroU32,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio_util::sync::CancellationToken;

pub const PAYMENT: &str = "payment.rejected";
pub const INVOICE: &str = "einvoice.received";
pub const MESSAGE: &str = "message.received";
pub const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The house.
pub struct House {
    _directory: Option<tempfile::TempDir>,
    pub app: App,
    pub router: axum::Router,
    pub clock: Arc<ManualClock>,
    /// With all rights: for what other services and the bank's import do.
    pub db: Db,
}

fn config() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config")
}

impl House {
    pub async fn open() -> Self {
        Self::open_with(|_| ()).await
    }

    pub async fn open_with(change: impl FnOnce(&mut Settings)) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", directory.path().join("bevaka.sqlite").display());
        Self::on(&url, Some(directory), config().join("events"), change).await
    }

    /// With the catalogue of another directory.
    pub async fn with_events(events: PathBuf) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", directory.path().join("bevaka.sqlite").display());
        Self::on(&url, Some(directory), events, |_| ()).await
    }

    /// With the rights that the service has on PostgreSQL.
    pub async fn open_on_postgres() -> Self {
        Self::on(&bevaka_rig::postgres_database("agreements"), None, config().join("events"), |_| ()).await
    }

    async fn on(
        url: &str,
        directory: Option<tempfile::TempDir>,
        events: PathBuf,
        change: impl FnOnce(&mut Settings),
    ) -> Self {
        let clock = Arc::new(ManualClock::at(Timestamp::parse("2026-11-21T13:02:00Z").unwrap()));
        let mut settings = Settings::load(None).unwrap();
        settings.vault.key = "5a".repeat(32).into();
        settings.sign_in.tries_per_minute = NonZeroU32::new(10_000).unwrap();
        change(&mut settings);
        let owner = Db::connect(&url.to_owned().into(), 4, Role::Owner).await.unwrap();
        owner.migrate().await.unwrap();
        let db = match &owner {
            Db::Pg(_) => Db::connect(&url.to_owned().into(), 8, Role::Agreements).await.unwrap(),
            Db::Lite { .. } => owner.clone(),
        };
        let chassis = Chassis {
            settings: Arc::new(settings),
            catalogue: Catalogue::load(&events).unwrap().with_notices(&config().join("notices")).unwrap(),
            config_dir: config(),
            bus: Bus::table(owner.clone(), clock.clone()).await.unwrap(),
            db,
            outbox: Outbox::default(),
            clock: clock.clone(),
            entropy: Arc::new(Entropy::seeded(7)),
            shutdown: CancellationToken::new(),
        };
        let app = App::new(chassis).unwrap();
        let router = serve::finish(bevaka_agreements::router(&app), app.pages.clone(), &[]);
        Self { _directory: directory, app, router, clock, db: owner }
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Every notice that waits to be published, oldest first, and takes them away.
    pub async fn notices(&self) -> Vec<Value> {
        let mut tx = self.db.begin().await.unwrap();
        let until = self.now().plus(DAY);
        let waiting = outbox::claim(&mut tx, Writer::Agreements, self.now(), until, 1_000).await.unwrap();
        outbox::remove(&mut tx, &waiting).await.unwrap();
        tx.commit().await.unwrap();
        waiting.iter().map(|message| serde_json::from_slice(&message.body).unwrap()).collect()
    }

    /// The actions of the trail, oldest first, after its chain was verified.
    pub async fn trail(&self) -> Vec<String> {
        let mut tx = self.db.begin_snapshot().await.unwrap();
        let heads = trail::heads(&mut tx).await.unwrap();
        let head = heads.into_iter().find(|head| head.chain == Writer::Agreements).unwrap();
        trail::verify(&mut tx, head, &[], |_| ()).await.unwrap().unwrap();
        let links = trail::page(&mut tx, Writer::Agreements, 0, 10_000).await.unwrap();
        links.into_iter().map(|link| link.action).collect()
    }

    /// What the trail says of the latest thing done of a kind.
    pub async fn trail_detail(&self, action: &str) -> Value {
        let mut tx = self.db.begin_snapshot().await.unwrap();
        let links = trail::page(&mut tx, Writer::Agreements, 0, 10_000).await.unwrap();
        let link = links.into_iter().rfind(|link| link.action == action).unwrap();
        serde_json::from_str(&link.detail).unwrap()
    }
}

/// The users whom a notice tells.
pub fn told(notice: &Value) -> Vec<String> {
    let users = notice["data"]["users"].as_array().unwrap();
    let mut users: Vec<_> = users.iter().map(|user| user.as_str().unwrap().to_owned()).collect();
    users.sort();
    users
}

/// The ids of users, as [`told`] gives them.
pub fn ids(users: &[&User]) -> Vec<String> {
    let mut ids: Vec<_> = users.iter().map(|user| user.id.to_string()).collect();
    ids.sort();
    ids
}
