//! The dispatcher as a process of its own.

use bevaka_chassis::process::Service;
use bevaka_dispatcher::Dispatcher;
use bevaka_store::Role;
use bevaka_web::serve;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let service = Service::start("bevaka-dispatcher", Role::Dispatcher).await?;
    let dispatcher = Dispatcher::from_settings(service.chassis.clone())?;
    let bus = service.chassis.bus.clone();
    let router = dispatcher.router().merge(service.common_routes(Some(bus)));
    let router = serve::finish_without_pages(router);
    service.run(router, dispatcher.run()).await
}
