//! The operators' console over what the dispatcher stored: pages for people ([`pages`]), an API for programs ([`api`]). Both
//! call the same commands, which change something, and queries, which do not.

pub mod api;
mod app;
mod channel_tests;
mod commands;
pub mod pages;
mod queries;
mod shown;
mod sign_in;

pub use app::App;

use axum::Router;
use bevaka_chassis::relay;
use bevaka_domain::trail::Writer;

pub fn router(app: &App) -> Router {
    api::router(app).merge(pages::router(app))
}

/// What the service does beside answering, until the process stops: publishes what operators inject, lets injections expire
/// that nobody approved, and forgets sessions that are over.
pub async fn work(app: App) {
    tokio::join!(
        relay::run(app.chassis.clone(), Writer::Operators),
        commands::expire::run(app.clone()),
        sign_in::session::forget_old(app),
    );
}
