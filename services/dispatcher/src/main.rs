//! The dispatcher as a process of its own.

use bevaka_chassis::{
    health::{self, Health},
    process::{self, Chassis, ServiceArgs},
    shutdown, telemetry,
};
use bevaka_dispatcher::Dispatcher;
use bevaka_store::Role;
use bevaka_web::{pages::PagesBuilder, serve};
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
    let (config_dir, stop) = (args.config.config_dir, shutdown::token());
    let chassis = Chassis::start("bevaka-dispatcher", settings, config_dir, Role::Dispatcher, stop).await?;
    let dispatcher = Dispatcher::from_settings(chassis.clone())?;

    let shutdown = chassis.shutdown.clone();
    let health =
        Health { db: chassis.db.clone(), bus: Some(chassis.bus.clone()), shutdown: shutdown.clone() };
    let router = dispatcher.router().merge(health::router(health)).merge(telemetry::router(metrics));
    let router = serve::finish(router, PagesBuilder::new()?.build()?);
    tracing::info!(http.listen = %chassis.settings.http.listen, "serving");
    let serving = tokio::spawn(process::serve(listener, router, shutdown));
    dispatcher.run().await?;
    process::served(serving, &chassis.settings.process).await?;
    chassis.db.close().await;
    Ok(())
}
