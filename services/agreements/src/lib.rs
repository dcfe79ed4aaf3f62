//! Organisations, users, permissions, agreements: the only writer of their tables.
//!
//! A command comes as a page's form or as JSON, becomes one of [`commands`], and ends as a page or a problem. Who asks is
//! found by [`identity`].

pub mod api;
pub mod app;
pub mod client;
pub mod commands;
pub mod company;
mod document;
pub mod effect;
pub mod fault;
pub mod identity;
pub mod import;
pub mod numbers;
pub mod pages;
pub mod paths;
pub mod refusals;

pub use app::App;

use axum::Router;

/// The service's addresses.
pub fn router(app: &App) -> Router {
    pages::router(app).merge(api::router(app))
}

/// What the service does beside answering, until the process stops.
pub async fn work(app: App) {
    let chassis = app.chassis.clone();
    let relaying = bevaka_chassis::relay::run(chassis, bevaka_domain::trail::Writer::Agreements);
    tokio::join!(identity::collector::run(app), relaying);
}
