//! A database, a vhost, a gateway, and dispatchers that work on them.

use crate::{Child, Company, Gateway, bevaka, command, config_dir, event};
use bevaka_bus::{Bus, Message};
use bevaka_chassis::{clock::SystemClock, entropy::Entropy};
use bevaka_domain::{clock::Clock, delivery::Delivery, operator};
use bevaka_operators::api::token_hash;
use bevaka_store::{
    Db, Role,
    client_tokens::{self, ClientToken},
    deliveries,
};
use std::{
    collections::HashMap,
    fs,
    future::Future,
    path::{Path, PathBuf},
    time::Duration,
};
use tempfile::TempDir;
use tokio::time::{sleep, timeout};

const DEADLINE: Duration = Duration::from_secs(120);

/// The token of a client that may do everything in the operators' API of a [`World`].
pub const TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// What a test works with.
pub struct World {
    directory: TempDir,
    /// Where alerts end.
    pub gateway: Gateway,
    /// The publisher's connection.
    pub bus: Bus,
    /// For looking at what is stored.
    pub db: Db,
    env: HashMap<String, String>,
    started: usize,
}

impl World {
    /// On a database and a vhost of their own, migrated by the command line.
    pub async fn new(postgres: &str, amqp: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let config = directory.path().join("config");
        copy(&config_dir(), &config);
        Gateway::describe(&config);
        let gateway = Gateway::start().await;
        let setting = |(key, value): (&str, &str)| (format!("BEVAKA__{key}"), value.to_owned());
        let env = [
            ("DATABASE__URL", postgres),
            ("BUS__KIND", "amqp"),
            ("BUS__URL", amqp),
            ("SMS__GATEWAY", "sink"),
            ("SMS__BASE_URL", gateway.url()),
            ("SMS__TIMEOUT_MS", "1000"),
            ("SMTP__TLS", "none"),
            ("SMTP__CONNECT_TIMEOUT_MS", "500"),
            ("SMTP__SEND_TIMEOUT_MS", "1000"),
            ("DISPATCH__LEASE_S", "4"),
            ("DISPATCH__SWEEP_INTERVAL_MS", "50"),
            ("VAULT__KEY", &"0f".repeat(32)),
            ("PROCESS__DATA_DIR", &directory.path().join("data").display().to_string()),
        ]
        .map(setting)
        .into();
        let db = Db::connect(&postgres.to_owned().into(), 4, Role::Owner).await.unwrap();
        let bus = Bus::amqp(amqp, "publisher");
        let world = Self { directory, gateway, bus, db, env, started: 0 };
        world.run(&["migrate"]);
        world.let_in(TOKEN).await;
        world
    }

    /// Lets a client with this token do everything in the operators' API.
    async fn let_in(&self, token: &str) {
        let now = SystemClock.now();
        let client = ClientToken {
            id: Entropy::from_system().id(now),
            name: "test".to_owned(),
            owner: "test".to_owned(),
            roles: operator::Role::ALL.into(),
            created_at: now,
            expires_at: now.plus(Duration::from_secs(86_400)),
            revoked_at: None,
        };
        let mut tx = self.db.begin().await.unwrap();
        client_tokens::insert(&mut tx, &client, &token_hash(token)).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// Changes a setting of everything started from now on.
    #[must_use]
    pub fn set(mut self, key: &str, value: impl Into<String>) -> Self {
        self.env.insert(format!("BEVAKA__{key}"), value.into());
        self
    }

    /// The configuration's directory.
    pub fn config(&self) -> PathBuf {
        self.directory.path().join("config")
    }

    /// Runs `bevaka` and sees that it succeeds.
    pub fn run(&self, arguments: &[&str]) -> String {
        let env: Vec<_> = self.env.clone().into_iter().collect();
        let config = self.config().display().to_string();
        let mut all = arguments.to_vec();
        all.extend(["--config-dir", &config]);
        let output = bevaka(&all, &env);
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{arguments:?}: {said}{}", String::from_utf8_lossy(&output.stderr));
        said
    }

    /// Imports companies by the command line.
    pub fn import(&self, companies: &[Company]) {
        let file = self.directory.path().join("customers.jsonl");
        fs::write(&file, companies.iter().map(Company::lines).collect::<String>()).unwrap();
        self.run(&["import", file.to_str().unwrap()]);
    }

    /// Starts one of the services; gives it and where it serves.
    pub fn service(&mut self, name: &str) -> (Child, String) {
        self.started += 1;
        let listen = format!("127.0.0.1:{}", bevaka_rig::ports::free().unwrap());
        let mut command = command(name);
        command
            .arg("--config-dir")
            .arg(self.config())
            .envs(&self.env)
            .env("BEVAKA__HTTP__LISTEN", &listen)
            .env("BEVAKA__LOGGING__FORMAT", "json");
        let log = self.directory.path().join(format!("{name}-{}.log", self.started));
        (Child::spawn(command, &log), format!("http://{listen}"))
    }

    /// Starts a dispatcher.
    pub fn dispatcher(&mut self) -> Child {
        self.service("bevaka-dispatcher").0
    }

    /// Publishes events as an integrator does: again and again until RabbitMQ has confirmed them.
    pub async fn publish(&self, ids: impl Iterator<Item = String>, company: impl Fn(&str) -> String) {
        let now = SystemClock.now();
        let messages: Vec<_> = ids
            .map(|id| {
                let body = event(&id, &company(&id), &now.to_string()).to_string().into_bytes();
                Message { id, key: "payment.rejected".into(), body }
            })
            .collect();
        for chunk in messages.chunks(250) {
            let confirmed = async {
                while self.bus.publish(chunk).await.is_err() {
                    sleep(Duration::from_millis(100)).await;
                }
            };
            timeout(DEADLINE, confirmed).await.expect("RabbitMQ takes the events in time");
        }
    }

    /// Every alert that is stored.
    pub async fn deliveries(&self) -> Vec<Delivery> {
        let mut tx = self.db.begin_read().await.unwrap();
        deliveries::latest(&mut tx, None, 1_000_000).await.unwrap()
    }

    /// Waits until so many alerts are stored and none waits or is under way.
    pub async fn all_settled(&self, count: usize) -> Vec<Delivery> {
        eventually(&format!("{count} alerts settled"), || async {
            let mut tx = self.db.begin_read().await.ok()?;
            let all = deliveries::latest(&mut tx, None, 1_000_000).await.ok()?;
            let settled = all.iter().all(|delivery| delivery.state.due_at().is_none());
            (all.len() == count && settled).then_some(all)
        })
        .await
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (source, target) = (entry.as_ref().unwrap().path(), to.join(entry.as_ref().unwrap().file_name()));
        if source.is_dir() {
            copy(&source, &target);
        } else {
            fs::copy(&source, &target).unwrap();
        }
    }
}

/// Waits for a condition, and says which one never came.
pub async fn eventually<T, F: Future<Output = Option<T>>>(what: &str, mut condition: impl FnMut() -> F) -> T {
    let wait = async {
        loop {
            if let Some(value) = condition().await {
                return value;
            }
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(DEADLINE, wait).await.unwrap_or_else(|_| panic!("{what}: did not happen in time"))
}
