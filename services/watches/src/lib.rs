//! Watches with their contact points: the only writer of their tables.

mod access;
pub mod api;
mod app;
pub mod choice;
pub mod commands;
pub mod fault;
pub mod import;
mod pages;
pub mod paths;
pub mod queries;
pub mod views;

pub use app::App;

use axum::Router;
use bevaka_chassis::relay;
use bevaka_domain::trail::Writer;

/// What the service does beside answering: publishes what its commands have to tell. Ends with the process.
pub async fn work(app: App) {
    relay::run(app.chassis.clone(), Writer::Watches).await;
}

/// The service's addresses.
pub fn router(app: &App) -> Router {
    pages::router(app).merge(api::router(app))
}
