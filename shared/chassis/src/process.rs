//! From the command line to a process that is ready to work, the same for every binary.

use crate::{
    clock::SystemClock,
    entropy::Entropy,
    health::{self, Health},
    relay::Outbox,
    settings,
    settings::Settings,
    shutdown, telemetry,
};
use anyhow::{Context, bail};
use axum::Router;
use bevaka_bus::Bus;
use bevaka_catalogue::Catalogue;
use bevaka_domain::clock::Clock;
use bevaka_store::{Db, Role};
use clap::Parser;
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
#[command(version)]
pub struct ServiceArgs {
    /// Where the configuration lies.
    #[command(flatten)]
    pub config: ConfigArgs,
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
    listener: TcpListener,
    metrics: PrometheusHandle,
}

impl Service {
    /// Reads command line and settings, starts telemetry, takes the address to serve on and opens what the service
    /// needs, with the rights of its role.
    ///
    /// # Errors
    /// Names the setting, file or address that cannot be used.
    pub async fn start(name: &str, role: Role) -> anyhow::Result<Self> {
        let args = ServiceArgs::parse();
        let settings = args.config.settings()?;
        prepare(&settings)?;
        let metrics = telemetry::count()?;
        let listener = listen(settings.http.listen).await?;
        let stop = shutdown::token();
        let chassis = Chassis::start(name, settings, args.config.config_dir, role, stop).await?;
        Ok(Self { chassis, listener, metrics })
    }

    /// The addresses that every service has: health, which depends on `bus` if the service uses one, and metrics.
    pub fn common_routes(&self, bus: Option<Bus>) -> Router {
        let Chassis { db, shutdown, .. } = self.chassis.clone();
        health::router(Health { db, bus, shutdown }).merge(telemetry::router(self.metrics.clone()))
    }

    /// Serves while the service's own work goes on, and ends when that has ended.
    ///
    /// # Errors
    /// If the work or serving failed.
    pub async fn run(
        self,
        router: Router,
        work: impl Future<Output = anyhow::Result<()>>,
    ) -> anyhow::Result<()> {
        tracing::info!(http.listen = %self.chassis.settings.http.listen, "serving");
        let serving = tokio::spawn(serve(self.listener, router, self.chassis.shutdown.clone()));
        work.await?;
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
