//! Watches with their contact points: the only writer of their tables.

mod access;
pub mod api;
mod app;
pub mod choice;
pub mod commands;
pub mod fault;
pub mod import;
pub mod pages;
pub mod paths;
pub mod queries;
mod remember;

pub use app::App;

use axum::Router;
use bevaka_chassis::relay;
use bevaka_domain::trail::Writer;

/// What the service does beside answering: notes by which hash contact points of before are found, and publishes what its
/// commands have to tell. Ends with the process.
pub async fn work(app: App) {
    if let Err(error) = remember::remember(&app).await {
        tracing::error!(%error, "some contact points cannot be searched for until the next start");
    }
    relay::run(app.chassis.clone(), Writer::Watches).await;
}

pub fn router(app: &App) -> Router {
    pages::router(app).merge(api::router(app))
}
