//! The agreements service as a process of its own.

use bevaka_chassis::{process::Service, relay};
use bevaka_domain::trail::Writer;
use bevaka_store::Role;
use bevaka_web::{pages::PagesBuilder, serve};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let service = Service::start("bevaka-agreements", Role::Agreements).await?;
    // What it publishes waits in the outbox while the bus is away, so readiness does not depend on the bus.
    let router = bevaka_agreements::router(&service.chassis).merge(service.common_routes(None));
    let router = serve::finish(router, PagesBuilder::new()?.build()?);
    let chassis = service.chassis.clone();
    let relaying = async move {
        relay::run(chassis.clone(), Writer::Agreements).await;
        chassis.bus.close().await;
        Ok(())
    };
    service.run(router, Box::pin(relaying)).await
}
