//! *Hjälp*, for everyone (R43).

use super::{
    answer::{Stop, outside},
    visitor::{Browser, Visitor},
};
use crate::{
    app::App,
    paths,
    views::{Act, Help},
};
use axum::{Router, http::StatusCode, response::Response, routing::get};

pub(super) fn router() -> Router<App> {
    Router::new().route(paths::HELP, get(show))
}

async fn show(visitor: Result<Visitor, Response>, browser: Browser) -> Response {
    match visitor {
        Ok(visitor) => visitor.answer(Act::Connect, visitor.page(&Help {})),
        Err(_) => outside(&browser, browser.page(StatusCode::OK, &Help {}).map_err(Stop::from)),
    }
}
