//! A dispatcher on SQLite or PostgreSQL and the table bus, with a clock that stands still and couriers that follow a script.
//!
//! The house owns the ending: [`House::close`] fails if an alert is still waiting, so forgotten work cannot pass.

mod ground;
mod script;

pub use crate::on_both_engines;
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
};
use bevaka_bus::{Bus, Message};
use bevaka_catalogue::Catalogue;
use bevaka_chassis::{entropy::Entropy, process::Chassis, relay::Outbox, settings::Settings};
use bevaka_dispatcher::{Dispatcher, pauses::Pauses};
use bevaka_domain::{
    agreement::HeldThrough,
    clock::{Clock, ManualClock, Timestamp},
    contact::Address,
    delivery::{Delivery, Outcome},
    ids::{ContactId, OrganisationId, UserId},
    language::Language,
    operator,
    organisation::{CompanyForm, OrganisationNumber},
    user::{Access, Permission, UserState},
    watch::{self, Channel, Watch},
};
use bevaka_operators::{App, api::token_hash};
use bevaka_store::{
    Db, Role,
    agreements::{self, NewOrganisation, NewUser},
    client_tokens::{self, ClientToken},
    dead_letters::{self, DeadLetter},
    deliveries,
    events::{self, Decided},
    watch_sets, watches,
};
pub use ground::Ground;
pub use script::Script;
use serde_json::{Value, json};
use std::{
    future::Future,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::{task::JoinHandle, time};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

pub const DEADLINE: Duration = Duration::from_secs(120);
/// The publisher of [`payment`].
const PAYMENTS: &str = "/payments";
/// The token of a client with every role.
pub const TOKEN: &str = "0123456789abcdef0123456789abcdef";
pub const VAULT_KEY: &str = "0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f";
/// Where customers reach the pages.
pub const PAGES: &str = "https://foretag.bank.example";
pub const COMPANY: &str = "5560160680";

/// Each house has chance of its own: two on one ground must not make the same ids.
static HOUSES: AtomicU64 = AtomicU64::new(7);

/// The house.
pub struct House {
    ground: Ground,
    pub chassis: Chassis,
    pub clock: Arc<ManualClock>,
    pub sms: Arc<Script>,
    pub email: Arc<Script>,
    /// What operators use.
    pub router: Router,
    pauses: Pauses,
    running: JoinHandle<anyhow::Result<()>>,
    operating: JoinHandle<()>,
}

fn config() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../config")
}

pub fn start_of_test() -> Timestamp {
    Timestamp::parse("2026-11-21T13:02:00Z").unwrap()
}

impl House {
    /// With room for many attempts at once.
    pub async fn open() -> Self {
        Self::open_with_concurrency(64).await
    }

    /// With room for so many attempts at once on each channel.
    pub async fn open_with_concurrency(concurrency: usize) -> Self {
        Self::open_on(Ground::sqlite(), concurrency).await
    }

    /// On this ground, with room for so many attempts at once on each channel.
    pub async fn open_on(ground: Ground, concurrency: usize) -> Self {
        Self::on(ground, Arc::new(ManualClock::at(start_of_test())), concurrency).await
    }

    /// Another dispatcher on the same ground, with the same clock.
    pub async fn beside(&self) -> Self {
        Self::on(self.ground.clone(), self.clock.clone(), 64).await
    }

    async fn on(ground: Ground, clock: Arc<ManualClock>, concurrency: usize) -> Self {
        let mut settings = Settings::load(None).unwrap();
        settings.dispatch.sweep_interval_ms = 10;
        settings.dispatch.retry.jitter = 0.0;
        settings.vault.key = VAULT_KEY.into();
        settings.pages.public_url = PAGES.to_owned();
        let db = Db::connect(&ground.url().into(), 4, Role::Owner).await.unwrap();
        db.migrate().await.unwrap();
        let chassis = Chassis {
            settings: Arc::new(settings),
            catalogue: Catalogue::load(&config().join("events"))
                .unwrap()
                .with_notices(&config().join("notices"))
                .unwrap(),
            config_dir: config(),
            bus: Bus::table(db.clone(), clock.clone()).await.unwrap(),
            db,
            outbox: Outbox::default(),
            clock: clock.clone(),
            entropy: Arc::new(Entropy::seeded(HOUSES.fetch_add(1, Ordering::SeqCst))),
            shutdown: CancellationToken::new(),
        };
        let (sms, email) = (Script::new(concurrency), Script::new(concurrency));
        let dispatcher = Dispatcher::new(chassis.clone(), sms.clone(), email.clone()).unwrap();
        let pauses = dispatcher.pauses();
        let operators = App::new(chassis.clone(), sms.clone(), email.clone()).unwrap();
        let router = bevaka_operators::router(&operators);
        let running = tokio::spawn(dispatcher.run());
        let operating = tokio::spawn(bevaka_operators::work(operators));
        let house = Self { ground, chassis, clock, sms, email, router, pauses, running, operating };
        house.let_in("karin", TOKEN, &operator::Role::ALL).await;
        house
    }

    /// Lets a client of a person use the operators' API; a second time it changes nothing.
    pub async fn let_in(&self, person: &str, token: &str, roles: &[operator::Role]) {
        let now = self.clock.now();
        let mut tx = self.chassis.db.begin().await.unwrap();
        if client_tokens::find(&mut tx, &token_hash(token)).await.unwrap().is_some() {
            return;
        }
        let client = ClientToken {
            id: self.chassis.entropy.id(now),
            name: format!("{person}'s"),
            owner: person.to_owned(),
            roles: roles.iter().copied().collect(),
            created_at: now,
            expires_at: now.plus(Duration::from_secs(86_400)),
            revoked_at: None,
        };
        client_tokens::insert(&mut tx, &client, &token_hash(token)).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Waits until the dispatcher knows that a channel is stopped, or that it runs.
    pub async fn follows(&self, channel: Channel, stopped: bool) {
        eventually("the dispatcher follows", || async {
            (self.pauses.is_paused(channel) == stopped).then_some(())
        })
        .await;
    }

    /// A company with an agreement over all three kinds.
    pub async fn company(&self) -> OrganisationId {
        let mut tx = self.chassis.db.begin().await.unwrap();
        let now = self.clock.now();
        let number = OrganisationNumber::parse(COMPANY).unwrap();
        let id = self.chassis.entropy.id(now).into();
        let new = NewOrganisation {
            id,
            number: &number,
            name: "Exempelbolaget AB",
            form: CompanyForm::LimitedCompany,
        };
        agreements::upsert_organisation(&mut tx, &new, now).await.unwrap();
        let scope = self.chassis.catalogue.kinds().map(|kind| kind.kind.clone()).collect();
        let agreement = self.chassis.entropy.id(now).into();
        agreements::connect(&mut tx, agreement, id, &scope, HeldThrough::Corporate, now).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    /// A user of the company who watches rejected payments by confirmed contact points.
    pub async fn user(
        &self,
        organisation: OrganisationId,
        reference: &str,
        access: Access,
        addresses: &[&str],
    ) -> (UserId, Vec<ContactId>) {
        let mut tx = self.chassis.db.begin().await.unwrap();
        let now = self.clock.now();
        let new = NewUser {
            id: self.chassis.entropy.id(now).into(),
            organisation,
            reference,
            name: reference,
            language: Language::Swedish,
            access,
            state: UserState::Active,
        };
        let user = agreements::upsert_user(&mut tx, &new, now).await.unwrap();
        let mut contacts = Vec::new();
        let mut channels = std::collections::BTreeMap::new();
        for address in addresses {
            let address: Address = address.parse().unwrap();
            let id = self.chassis.entropy.id(now).into();
            let id = watches::upsert_contact(&mut tx, id, user, &address, Some(now), now).await.unwrap();
            channels.insert(address.channel(), Some(id));
            contacts.push(id);
        }
        if !channels.is_empty() {
            for kind in ["payment.rejected", "message.received"] {
                let (id, kind) = (self.chassis.entropy.id(now).into(), kind.parse().unwrap());
                let watch = Watch {
                    id,
                    user,
                    kind,
                    channels: channels.clone(),
                    settings: watch::Settings::default(),
                    off_at: None,
                };
                watches::upsert_watch(&mut tx, &watch, now).await.unwrap();
            }
        }
        tx.commit().await.unwrap();
        (user, contacts)
    }

    /// Sets what a user's watch of a kind is narrowed to; it stays as it is otherwise.
    pub async fn narrow(&self, user: UserId, kind: &str, settings: watch::Settings) {
        let mut tx = self.chassis.db.begin().await.unwrap();
        let watch = watch_sets::find(&mut tx, user, &kind.parse().unwrap()).await.unwrap().unwrap();
        watches::upsert_watch(&mut tx, &Watch { settings, ..watch }, self.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Replaces the mobile number by which a user watches a kind.
    pub async fn replace(&self, user: UserId, kind: &str, number: &str) -> ContactId {
        let mut tx = self.chassis.db.begin().await.unwrap();
        let now = self.clock.now();
        let address = Address::parse(Channel::Sms, number).unwrap();
        let id = self.chassis.entropy.id(now).into();
        let contact = watches::upsert_contact(&mut tx, id, user, &address, Some(now), now).await.unwrap();
        let watch = watch_sets::find(&mut tx, user, &kind.parse().unwrap()).await.unwrap().unwrap();
        let channels = [(Channel::Sms, Some(contact))].into();
        watches::upsert_watch(&mut tx, &Watch { channels, ..watch }, now).await.unwrap();
        tx.commit().await.unwrap();
        contact
    }

    /// Turns a user's watch of a kind off, as the link in a mail does.
    pub async fn turn_off(&self, user: UserId, kind: &str) {
        let mut tx = self.chassis.db.begin().await.unwrap();
        let watch = watch_sets::find(&mut tx, user, &kind.parse().unwrap()).await.unwrap().unwrap();
        let off_at = Some(self.clock.now());
        watches::upsert_watch(&mut tx, &Watch { off_at, ..watch }, self.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// A contact point that nobody has confirmed yet.
    pub async fn unconfirmed(&self, user: UserId, address: &str) -> ContactId {
        let mut tx = self.chassis.db.begin().await.unwrap();
        let now = self.clock.now();
        let (id, address) = (self.chassis.entropy.id(now).into(), address.parse().unwrap());
        let id = watches::upsert_contact(&mut tx, id, user, &address, None, now).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    pub async fn set_state(&self, user: UserId, state: UserState) {
        let mut tx = self.chassis.db.begin().await.unwrap();
        agreements::set_user_state(&mut tx, user, state).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub async fn grant(&self, user: UserId, permissions: &[Permission]) {
        let mut tx = self.chassis.db.begin().await.unwrap();
        agreements::set_permissions(&mut tx, user, permissions, self.clock.now()).await.unwrap();
        tx.commit().await.unwrap();
    }

    pub async fn end_agreement(&self, organisation: OrganisationId) {
        let mut tx = self.chassis.db.begin().await.unwrap();
        assert!(agreements::end(&mut tx, organisation, self.clock.now()).await.unwrap());
        tx.commit().await.unwrap();
    }

    /// Publishes bodies as any publisher would.
    pub async fn publish(&self, bodies: impl IntoIterator<Item = Vec<u8>>) {
        let message = |body| Message { id: "m".into(), key: "payment.rejected".into(), body };
        let messages: Vec<_> = bodies.into_iter().map(message).collect();
        self.chassis.bus.publish(&messages).await.unwrap();
    }

    /// Waits until an event is stored and none of its alerts waits or is under way.
    pub async fn settled(&self, id: &str) -> (Decided, Vec<Delivery>) {
        self.settled_from(PAYMENTS, id).await
    }

    /// The same for an event of any source.
    pub async fn settled_from(&self, source: &str, id: &str) -> (Decided, Vec<Delivery>) {
        self.event_from_when(source, id, |all| all.iter().all(|d| d.state.due_at().is_none())).await
    }

    /// Waits until an event is stored and its alerts are as asked.
    pub async fn event_when(
        &self,
        id: &str,
        ready: impl Fn(&[Delivery]) -> bool,
    ) -> (Decided, Vec<Delivery>) {
        self.event_from_when(PAYMENTS, id, ready).await
    }

    /// The same for an event of any source.
    pub async fn event_from_when(
        &self,
        source: &str,
        id: &str,
        ready: impl Fn(&[Delivery]) -> bool,
    ) -> (Decided, Vec<Delivery>) {
        let ready = &ready;
        eventually(&format!("event {id}"), || async move {
            let mut tx = self.chassis.db.begin_read().await.unwrap();
            let decided = events::find_external(&mut tx, source, id).await.unwrap()?;
            let deliveries = deliveries::of_event(&mut tx, decided.event.id).await.unwrap();
            ready(&deliveries).then_some((decided, deliveries))
        })
        .await
    }

    pub async fn dead_letters(&self, count: usize) -> Vec<DeadLetter> {
        eventually(&format!("{count} dead letters"), || async {
            let mut tx = self.chassis.db.begin_read().await.unwrap();
            let listed = dead_letters::latest(&mut tx, 500).await.unwrap();
            let mut letters = Vec::new();
            for letter in &listed {
                letters.push(dead_letters::find(&mut tx, letter.id).await.unwrap().unwrap());
            }
            (letters.len() >= count).then_some(letters)
        })
        .await
    }

    /// Ends as Ctrl-C does, and sees that nothing was forgotten.
    pub async fn close(self) {
        let db = self.chassis.db.clone();
        let ground = self.stop().await;
        let mut tx = db.begin_read().await.unwrap();
        for state in ["sending", "waiting"] {
            let left = deliveries::latest(&mut tx, Some(state), 10).await.unwrap();
            assert!(left.is_empty(), "alerts are still {state}: {left:?}");
        }
        drop(ground);
    }

    /// Ends as Ctrl-C does.
    pub async fn stop(self) -> Ground {
        self.chassis.shutdown.cancel();
        time::timeout(DEADLINE, self.running).await.expect("it stops in time").unwrap().unwrap();
        time::timeout(DEADLINE, self.operating).await.expect("it stops in time").unwrap();
        self.ground
    }

    /// Ends the dispatcher and leaves what operators use: a process that dies between a commit and what follows from it.
    pub async fn without_its_dispatcher(mut self) -> Self {
        self.chassis.shutdown.cancel();
        let ended = std::mem::replace(&mut self.running, tokio::spawn(async { Ok(()) }));
        time::timeout(DEADLINE, ended).await.expect("it stops in time").unwrap().unwrap();
        self
    }

    /// Ends as a crash does, then starts anew on what was stored.
    pub async fn crash_and_reopen(self) -> Self {
        self.running.abort();
        self.operating.abort();
        let _ = self.running.await;
        let _ = self.operating.await;
        // The parts of the old dispatcher are tasks of their own, which outlive the abort: nothing they do may count.
        self.sms.hang();
        self.email.hang();
        self.chassis.db.close().await;
        Self::on(self.ground, self.clock, 64).await
    }

    /// Ends as Ctrl-C does, then starts anew on what was stored.
    pub async fn stop_and_reopen(self) -> Self {
        let clock = self.clock.clone();
        let ground = self.stop().await;
        Self::on(ground, clock, 64).await
    }
}

/// Waits for a condition, and says which one never came.
pub async fn eventually<T, F: Future<Output = Option<T>>>(what: &str, mut condition: impl FnMut() -> F) -> T {
    let wait = async {
        loop {
            if let Some(value) = condition().await {
                return value;
            }
            time::sleep(Duration::from_millis(5)).await;
        }
    };
    time::timeout(DEADLINE, wait).await.unwrap_or_else(|_| panic!("{what}: did not happen in time"))
}

/// What a provider answers that is to be asked again.
pub fn retry() -> Outcome {
    Outcome::Retry { cause: "smtp_451".into(), after: None }
}

/// Asks the operators' API with every role, and gives the status and the body.
pub async fn post(house: &House, path: &str, body: Value) -> (StatusCode, Value) {
    let request = Request::post(format!("/dispatcher/api/{path}"))
        .header(header::AUTHORIZATION, format!("Bearer {TOKEN}"))
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(body.to_string()))
        .unwrap();
    let response = house.router.clone().oneshot(request).await.unwrap();
    let status = response.status();
    let body = to_bytes(response.into_body(), 10_000_000).await.unwrap();
    (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
}

/// A rejected payment of the company.
pub fn payment(id: &str) -> Value {
    json!({
        "specversion": "1.0", "id": id, "source": PAYMENTS, "type": "payment.rejected", "subject": COMPANY,
        "time": "2026-11-21T13:01:59Z", "data": {"payment_id": id, "reason": "other"}
    })
}

/// A personal message to the company.
pub fn message(id: &str) -> Value {
    let mut message = payment(id);
    message["type"] = json!("message.received");
    message["data"] = json!({"message_id": id});
    message
}

/// A body on the bus.
pub fn bytes(event: &Value) -> Vec<u8> {
    event.to_string().into_bytes()
}
