//! One event with who was told and why (R38), what it holds, sending it again, and what would happen if.

mod again;
mod event;
mod rows;
mod timeline;
mod trial;
mod words;

use super::paths;
use crate::app::App;
use axum::{
    Router,
    routing::{get, post},
};

pub(super) fn router() -> Router<App> {
    Router::new()
        .route(paths::EVENT, get(event::show))
        .route(paths::EVENT_CONTENT, post(event::content))
        .route(paths::EVENT_AGAIN, get(again::preview).post(again::send))
        .route(paths::EXPLAIN, get(trial::form).post(trial::run))
}
