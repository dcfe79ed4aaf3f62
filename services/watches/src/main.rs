//! The watches service as a process of its own.

use bevaka_chassis::process::Service;
use bevaka_store::Role;
use bevaka_web::{pages::PagesBuilder, serve};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let service = Service::start("bevaka-watches", Role::Watches).await?;
    // This service does not use the bus, so its readiness does not depend on it.
    let router = bevaka_watches::router(&service.chassis).merge(service.common_routes(None));
    let router = serve::finish(router, PagesBuilder::new()?.build()?);
    let stopped = service.chassis.shutdown.clone();
    let until_stopped = async move {
        stopped.cancelled().await;
        Ok(())
    };
    service.run(router, until_stopped).await
}
