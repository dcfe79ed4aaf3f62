//! The watches service as a process of its own.

use bevaka_chassis::{
    health::{self, Health},
    process::{self, Chassis, ServiceArgs},
    shutdown, telemetry,
};
use bevaka_store::Role;
use clap::Parser;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let args = ServiceArgs::parse();
    let settings = args.config.settings()?;
    process::prepare(&settings)?;
    let metrics = telemetry::count()?;
    let listener = process::listen(settings.http.listen).await?;
    let chassis =
        Chassis::start("bevaka-watches", settings, args.config.config_dir, Role::Watches, shutdown::token())
            .await?;
    // This service does not use the bus, so its readiness does not depend on it.
    let health = Health { db: chassis.db.clone(), bus: None, shutdown: chassis.shutdown.clone() };
    let router =
        bevaka_watches::router(&chassis).merge(health::router(health)).merge(telemetry::router(metrics));
    tracing::info!(http.listen = %chassis.settings.http.listen, "serving");
    process::serve(listener, router, chassis.shutdown.clone()).await?;
    chassis.db.close().await;
    Ok(())
}
