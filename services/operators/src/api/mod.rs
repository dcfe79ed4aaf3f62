//! The operator API: inject events, and see what became of them. A file for each resource.

mod channels;
mod dead_letters;
mod deliveries;
mod events;
mod explain;
mod injections;
mod lookups;
mod now;
mod operator;
mod refusals;
mod routes;
mod trail;

use crate::app::App;
use axum::{Router, extract::DefaultBodyLimit, middleware::from_fn_with_state};

pub use operator::token_hash;
pub use routes::openapi;
pub use trail::TrailEntryView;

/// The largest request, in bytes.
const MAX_REQUEST: usize = 32 * 1_024 * 1_024;

/// The operator API under `/dispatcher/api`, for clients with a token.
pub fn router(app: &App) -> Router {
    Router::from(routes::routes())
        .route_layer(from_fn_with_state(app.clone(), operator::authenticate))
        .layer(DefaultBodyLimit::max(MAX_REQUEST))
        .with_state(app.clone())
}
