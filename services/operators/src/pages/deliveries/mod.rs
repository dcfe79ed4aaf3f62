//! Alerts are tried again or stopped: one by the form of its own page, many by a filter with a preview (R40).

mod all;
mod one;

use super::paths;
use crate::app::App;
use axum::{
    Router,
    routing::{get, post},
};

pub(crate) use one::Actions;

pub(super) fn router() -> Router<App> {
    Router::new()
        .route(paths::DELIVERIES, get(all::show).post(all::submit))
        .route(paths::DELIVERY_RETRY, post(one::retry))
        .route(paths::DELIVERY_CANCEL, post(one::cancel))
}
