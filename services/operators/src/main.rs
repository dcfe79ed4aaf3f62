//! The operators' console as a process of its own.

use bevaka_chassis::process::Service;
use bevaka_operators::App;
use bevaka_store::Role;
use bevaka_web::serve;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let service = Service::start("bevaka-operators", Role::Operators).await?;
    let app = App::from_settings(service.chassis.clone())?;
    // What it publishes waits in the outbox while the bus is away, so readiness does not depend on the bus.
    let router = bevaka_operators::router(&app).merge(service.common_routes(None));
    let router = serve::finish(router, app.pages.clone(), &[service.chassis.settings.operators_url()]);
    let bus = service.chassis.bus.clone();
    let work = async move {
        Box::pin(bevaka_operators::work(app)).await;
        bus.close().await;
        Ok(())
    };
    service.run(router, work).await
}
