//! Watches with their contact points: the only writer of their tables.

pub mod import;
pub mod paths;
pub mod views;

use axum::Router;
use bevaka_chassis::process::Chassis;

/// The service's addresses. *Mina bevakningar* is still to come; until then it only tells its health.
pub fn router(_chassis: &Chassis) -> Router {
    Router::new()
}
