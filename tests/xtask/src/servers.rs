//! The servers that all tests of a run share.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use bevaka_rig::install::{POSTGRES, RABBITMQ};
use bevaka_rig::process::run;
use bevaka_rig::{POSTGRES_URL, Postgres, RABBITMQ_API_URL, RABBITMQ_URL, RabbitMq};

use crate::steps::Workspace;

/// What the containers belong to, apart from a developer's own.
const PROJECT: &str = "bevaka-test";

/// Servers that run until this is dropped.
pub enum Servers {
    /// Private ones, which hold nothing of value.
    Private { postgres: Box<Postgres>, rabbitmq: Box<RabbitMq> },
    /// Those that the caller's environment names already.
    Given,
    /// Those of `docker-compose.yml`, for systems that have neither the programs nor a package manager; of a project and on
    /// ports of their own, so that nobody's containers are touched.
    Compose { root: PathBuf, urls: [(&'static str, String); 3] },
}

impl Servers {
    /// Starts private servers, or falls back to docker compose.
    pub fn start(workspace: &Workspace) -> Result<Self> {
        if [POSTGRES_URL, RABBITMQ_URL, RABBITMQ_API_URL].iter().all(|name| std::env::var_os(name).is_some())
        {
            println!("uses the servers that {POSTGRES_URL}, {RABBITMQ_URL} and {RABBITMQ_API_URL} name");
            return Ok(Self::Given);
        }
        if !POSTGRES.is_available("initdb") || !RABBITMQ.is_available("rabbitmq-server") {
            println!(
                "no PostgreSQL or RabbitMQ here, nor a package manager to install them: uses docker compose"
            );
            return Self::start_compose(workspace);
        }
        // Side by side: RabbitMQ takes most of the time.
        let (postgres, rabbitmq) = std::thread::scope(|scope| {
            let rabbitmq = scope.spawn(RabbitMq::start);
            (Postgres::start(), rabbitmq.join())
        });
        let rabbitmq = rabbitmq.ok().context("RabbitMQ's start broke off")??;
        Ok(Self::Private { postgres: Box::new(postgres?), rabbitmq: Box::new(rabbitmq) })
    }

    fn start_compose(workspace: &Workspace) -> Result<Self> {
        let root = workspace.root.clone();
        compose(&root, "up --detach --wait postgres rabbitmq")?;
        let address =
            |port: &str| Ok::<_, anyhow::Error>(compose(&root, &format!("port {port}"))?.trim().to_owned());
        let user = |name: &str, default: &str| {
            std::env::var_os(name)
                .and_then(|value| value.into_string().ok())
                .unwrap_or_else(|| default.to_owned())
        };
        let postgres = (user("POSTGRES_USER", "bevaka"), user("POSTGRES_PASSWORD", "bevaka"));
        let rabbitmq = (user("RABBITMQ_USER", "guest"), user("RABBITMQ_PASSWORD", "guest"));
        let urls = [
            (POSTGRES_URL, format!("postgres://{}:{}@{}", postgres.0, postgres.1, address("postgres 5432")?)),
            (RABBITMQ_URL, format!("amqp://{}:{}@{}", rabbitmq.0, rabbitmq.1, address("rabbitmq 5672")?)),
            (RABBITMQ_API_URL, format!("http://{}", address("rabbitmq 15672")?)),
        ];
        Ok(Self::Compose { root, urls })
    }

    /// What tells the tests where the servers are.
    pub fn environment(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::Private { postgres, rabbitmq } => vec![
                (POSTGRES_URL, postgres.base_url()),
                (RABBITMQ_URL, rabbitmq.base_url()),
                (RABBITMQ_API_URL, rabbitmq.api_url()),
            ],
            Self::Given => Vec::new(),
            Self::Compose { urls, .. } => urls.to_vec(),
        }
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        if let Self::Compose { root, .. } = self {
            let _ = compose(root, "down --volumes --timeout 20");
        }
    }
}

fn compose(root: &Path, arguments: &str) -> Result<String> {
    let mut command = Command::new("docker");
    command.current_dir(root).args(["compose", "--project-name", PROJECT]).args(arguments.split_whitespace());
    // Port 0: one that is free.
    for port in ["BEVAKA_POSTGRES_PORT", "BEVAKA_RABBITMQ_PORT", "BEVAKA_RABBITMQ_API_PORT"] {
        command.env(port, "0");
    }
    run(&mut command).context("docker compose could not do it; install PostgreSQL and RabbitMQ by hand")
}
