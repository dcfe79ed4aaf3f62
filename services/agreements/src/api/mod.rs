//! The agreements API: everything that the pages do, for programs.

mod agreement;
mod attempt;
mod company;
mod described;
mod evidence;
mod idempotency;
mod kinds;
mod methods;
mod orders;
mod problems;
mod session;
mod sign_in;
mod signing;
mod users;

use crate::App;
use axum::{Router, extract::DefaultBodyLimit, middleware::from_fn_with_state};
use bevaka_portal::bearer;
use bevaka_web::problem::Problem;
use std::str::FromStr;

pub use described::openapi;

/// The largest request, in bytes.
const MAX_REQUEST: usize = 64 * 1_024;

/// The agreements API under `/api/agreements/v1`.
pub fn router(app: &App) -> Router {
    let signed_in = || from_fn_with_state(app.clone(), bearer::authenticate::<App>);
    let once = from_fn_with_state(app.clone(), idempotency::once);
    Router::from(described::open())
        .merge(Router::from(described::of_session()).route_layer(signed_in()))
        .merge(Router::from(described::of_company()).route_layer(once).route_layer(signed_in()))
        .layer(DefaultBodyLimit::max(MAX_REQUEST))
        .with_state(app.clone())
}

/// An id of an address. What is no id is not there, as little as one that nobody has.
fn id<T: FromStr>(text: &str) -> Result<T, Problem> {
    text.parse().map_err(|_| Problem::not_found())
}
