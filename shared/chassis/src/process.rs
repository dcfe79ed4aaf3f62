//! From the command line to a process that is ready to work, the same for every binary.

use crate::{
    clock::SystemClock,
    entropy::Entropy,
    health::{self, Health},
    relay::Outbox,
    same_bus, settings,
    settings::Settings,
    shutdown, telemetry,
};
use anyhow::{Context, bail};
use axum::Router;
use bevaka_bus::Bus;
use bevaka_catalogue::Catalogue;
use bevaka_domain::clock::Clock;
use bevaka_store::{Db, Role};
use clap::{CommandFactory, FromArgMatches};
use metrics_exporter_prometheus::PrometheusHandle;
use secrecy::{ExposeSecret, SecretString};
use std::{
    future::Future,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};
use tokio::{net::TcpListener, task::JoinHandle};
use tokio_util::sync::CancellationToken;

/// Where the configuration lies; the same for every binary.
#[derive(Clone, Debug, clap::Args)]
pub struct ConfigArgs {
    /// A TOML file whose values override the defaults of config/bevaka.toml.
    #[arg(long, global = true, value_name = "FILE", env = "BEVAKA_CONFIG")]
    pub config: Option<PathBuf>,
    /// The directory with events/, notices/ and gateways/.
    #[arg(long, global = true, value_name = "DIR", env = "BEVAKA_CONFIG_DIR", default_value = "config")]
    pub config_dir: PathBuf,
}

/// The command line of a single service.
#[derive(Debug, clap::Parser)]
pub struct ServiceArgs {
    /// Where the configuration lies.
    #[command(flatten)]
    pub config: ConfigArgs,
    /// Asks the service that runs with this configuration whether it is ready, and ends with 0 if it is.
    #[arg(long)]
    pub health: bool,
}

/// What the parts of a process share. Clones share the same connections.
#[derive(Clone)]
pub struct Chassis {
    /// The settings.
    pub settings: Arc<Settings>,
    /// The directory with `events/`, `notices/` and `gateways/`.
    pub config_dir: PathBuf,
    /// The event kinds and notices.
    pub catalogue: Catalogue,
    /// The database.
    pub db: Db,
    /// The bus.
    pub bus: Bus,
    /// Wakes the relay of the outbox, where this process runs one.
    pub outbox: Outbox,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub entropy: Arc<Entropy>,
    /// Cancelled when the process is asked to stop.
    pub shutdown: CancellationToken,
}

impl ConfigArgs {
    /// Reads the settings.
    ///
    /// # Errors
    /// Names the key or file that cannot be used.
    pub fn settings(&self) -> anyhow::Result<Settings> {
        if let Some(file) = self.config.as_ref().filter(|file| !file.is_file()) {
            bail!("--config: {} is no file", file.display());
        }
        Ok(Settings::load(self.config.as_deref())?)
    }
}

impl ServiceArgs {
    /// Reads the command line of the program with this name. Answers `--help`, `--version` and `--health` itself.
    pub fn of(name: &'static str) -> Self {
        let command = Self::command().name(name).version(env!("CARGO_PKG_VERSION"));
        let command = command.about("One service of Bevaka; docs/operations.md tells what each does.");
        let args = Self::from_arg_matches(&command.get_matches()).unwrap_or_else(|error| error.exit());
        if args.health {
            match args.config.settings().and_then(|settings| Ok(health::ask(settings.http.listen)?)) {
                Ok(()) => std::process::exit(0),
                Err(error) => {
                    eprintln!("{name} is not ready: {error:#}");
                    std::process::exit(1);
                }
            }
        }
        args
    }
}

impl Chassis {
    /// Opens what a process needs, and checks the whole configuration before anything else happens.
    ///
    /// # Errors
    /// Names what cannot be used: a setting, an event kind, the database's address.
    pub async fn start(
        name: &str,
        settings: Settings,
        config_dir: PathBuf,
        role: Role,
        shutdown: CancellationToken,
    ) -> anyhow::Result<Self> {
        let catalogue = catalogue(&settings, &config_dir)?;
        let url = database_url(&settings)?;
        let db =
            Db::connect(&url, settings.database.connections, role).await.context("opening the database")?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let bus = match settings.bus.kind {
            settings::BusKind::Amqp => Bus::amqp(settings.bus.url.expose_secret(), name),
            settings::BusKind::Table => {
                Bus::table(db.clone(), clock.clone()).await.context("opening the table bus")?
            }
        };
        let entropy = Arc::new(Entropy::from_system());
        let settings = Arc::new(settings);
        let outbox = Outbox::default();
        Ok(Self { settings, config_dir, catalogue, db, bus, outbox, clock, entropy, shutdown })
    }
}

/// A service as a process of its own, from its command line to its end.
pub struct Service {
    /// What its parts share.
    pub chassis: Chassis,
    name: &'static str,
    role: Role,
    listener: TcpListener,
    metrics: PrometheusHandle,
}

impl Service {
    /// Reads command line and settings, starts telemetry, takes the address to serve on and opens what the service
    /// needs, with the rights of its role.
    ///
    /// # Errors
    /// Names the setting, file or address that cannot be used.
    pub async fn start(name: &'static str, role: Role) -> anyhow::Result<Self> {
        let args = ServiceArgs::of(name);
        let settings = args.config.settings()?;
        prepare(&settings)?;
        let metrics = telemetry::count()?;
        let listener = listen(settings.http.listen).await?;
        let stop = shutdown::token();
        let chassis = Chassis::start(name, settings, args.config.config_dir, role, stop).await?;
        Ok(Self { chassis, name, role, listener, metrics })
    }

    /// The addresses that every service has: health, which depends on `bus` if the service uses one, and metrics.
    pub fn common_routes(&self, bus: Option<Bus>) -> Router {
        let Chassis { db, shutdown, .. } = self.chassis.clone();
        health::router(Health { db, bus, shutdown }).merge(telemetry::router(self.metrics.clone()))
    }

    /// Serves while the service's own work goes on, and ends when that has ended. The work begins when the database has
    /// answered and belongs to the same bus.
    ///
    /// # Errors
    /// If the services of this database do not share one bus, or the work or serving failed.
    pub async fn run(
        self,
        router: Router,
        work: impl Future<Output = anyhow::Result<()>>,
    ) -> anyhow::Result<()> {
        tracing::info!(
            service = self.name,
            version = env!("CARGO_PKG_VERSION"),
            http.listen = %self.chassis.settings.http.listen,
            database = self.chassis.db.described(),
            database.role = self.role.name(),
            bus = same_bus::described(&self.chassis)?,
            "serving"
        );
        let serving = tokio::spawn(serve(self.listener, router, self.chassis.shutdown.clone()));
        if same_bus::ensure(&self.chassis, self.name).await? {
            work.await?;
        }
        served(serving, &self.chassis.settings.process).await?;
        self.chassis.db.close().await;
        Ok(())
    }
}

/// The event kinds of the settings' directory and the notices of `notices/`.
///
/// # Errors
/// Names every faulty file.
pub fn catalogue(settings: &Settings, config_dir: &Path) -> anyhow::Result<Catalogue> {
    let kinds = Catalogue::load(&config_dir.join(&settings.catalogue.directory))?;
    Ok(kinds.with_notices(&config_dir.join("notices"))?)
}

/// The database's address: as set, or SQLite in the data directory.
///
/// # Errors
/// If the data directory cannot be made.
pub fn database_url(settings: &Settings) -> anyhow::Result<SecretString> {
    if !settings.database.url.expose_secret().is_empty() {
        return Ok(settings.database.url.clone());
    }
    let directory = Path::new(&settings.process.data_dir);
    std::fs::create_dir_all(directory)
        .with_context(|| format!("making the data directory {}", directory.display()))?;
    Ok(format!("sqlite:{}", directory.join("bevaka.sqlite").display()).into())
}

/// Starts telemetry and the TLS provider, once for a process.
///
/// # Errors
/// If the log filter cannot be read.
pub fn prepare(settings: &Settings) -> anyhow::Result<()> {
    telemetry::start(&settings.logging)?;
    // Fails only if it is installed already, which is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Ok(())
}

/// Takes the address to serve on, so that a port in use is told before anything starts.
///
/// # Errors
/// If the address cannot be had.
pub async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}; choose another by BEVAKA__HTTP__LISTEN"))
}

/// Waits for the end of [`serve`] in a task of its own, but not for a client that never finishes its request.
///
/// # Errors
/// If serving failed.
pub async fn served(
    serving: JoinHandle<anyhow::Result<()>>,
    settings: &settings::Process,
) -> anyhow::Result<()> {
    let limit = Duration::from_secs(settings.shutdown_s);
    if let Ok(ended) = tokio::time::timeout(limit, serving).await {
        return ended.context("serving HTTP")?;
    }
    tracing::warn!("a request was still open when the time to stop was over");
    Ok(())
}

/// Serves until the token is cancelled and every open request is answered.
///
/// # Errors
/// If the listener fails.
pub async fn serve(listener: TcpListener, router: Router, shutdown: CancellationToken) -> anyhow::Result<()> {
    axum::serve(listener, router.into_make_service_with_connect_info::<SocketAddr>())
        .with_graceful_shutdown(shutdown.cancelled_owned())
        .await
        .context("serving HTTP")
}
