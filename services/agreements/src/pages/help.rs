//! *Hjälp*: four sections, each linked from its pages, for everyone (R43).

use super::session::{CompanySession, Guest};
use crate::{app::App, paths};
use axum::{Router, http::StatusCode, routing::get};
use bevaka_portal::{help, nav};
use bevaka_web::{
    page::{At, View},
    page_error::PageResult,
};
use serde::Serialize;

pub(super) fn router() -> Router<App> {
    Router::new().route(paths::HELP, get(show))
}

#[derive(Serialize)]
pub struct Help {}

impl View for Help {
    const TEMPLATE: &'static str = "help";
    const TITLE: &'static str = "help-title";
    const AT: At = At::new(nav::HELP, help::CONNECT);
}

async fn show(guest: Guest, session: PageResult<CompanySession>) -> PageResult {
    match session {
        Ok(session) => session.page(&Help {}),
        Err(_) => guest.page(StatusCode::OK, &Help {}),
    }
}
