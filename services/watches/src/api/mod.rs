//! The watches API: everything that the pages do, for programs.
//!
//! Commands take no idempotency key, as sending one again has no second effect by itself: watches are saved over the
//! version that was read, a user has each number or address once, and what is confirmed, switched on or removed stays so.
//! Only a code and a test alert are sent again, which is what was asked for, and limited for each hour.

mod alerts;
mod contacts;
mod coverage;
mod described;
mod if_match;
mod refused;
mod settings;
mod watches;

use crate::App;
use axum::{Router, extract::DefaultBodyLimit, middleware::from_fn_with_state};
use bevaka_portal::bearer;
use bevaka_web::problem::Problem;
use std::str::FromStr;

pub use described::openapi;
use refused::{Refused, refuse};

/// The largest request, in bytes.
const MAX_REQUEST: usize = 64 * 1_024;

/// The watches API under `/api/watches/v1`.
pub fn router(app: &App) -> Router {
    Router::from(described::routes())
        .route_layer(from_fn_with_state(app.clone(), bearer::authenticate::<App>))
        .layer(DefaultBodyLimit::max(MAX_REQUEST))
        .with_state(app.clone())
}

/// An id of an address. What is no id is not there, as little as one that nobody has.
fn id<T: FromStr>(text: &str) -> Result<T, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}
