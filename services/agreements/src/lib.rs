//! Organisations, users, permissions, agreements: the only writer of their tables.

pub mod import;
pub mod paths;
pub mod views;

use axum::Router;
use bevaka_chassis::process::Chassis;

/// The service's addresses. Its API and pages come with signing; until then it only tells its health.
pub fn router(_chassis: &Chassis) -> Router {
    Router::new()
}
