//! *Injicera* (R37): a form for each kind, CloudEvents as they are, and what waits for a second operator.

mod fields;
mod form;
mod list;
mod one;
mod paste;
mod preview;

use super::paths;
use crate::App;
use axum::{
    Router,
    routing::{get, post},
};
use bevaka_web::cookies::Flash;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Where a form for a kind is, `?kind=…`.
const FORM: &str = "/drift/injicera/ny";
/// Where CloudEvents are pasted or uploaded.
const PASTE: &str = "/drift/injicera/klistra";
const ONE: &str = "/drift/injicera/{id}";
const APPROVE: &str = "/drift/injicera/{id}/godkann";
const REJECT: &str = "/drift/injicera/{id}/avsla";

pub(super) fn router() -> Router<App> {
    Router::new()
        .route(paths::INJECT, get(list::show))
        .route(FORM, get(form::show).post(form::submit))
        .route(PASTE, get(paste::show).post(paste::submit))
        .route(ONE, get(one::show))
        .route(APPROVE, post(one::approve))
        .route(REJECT, post(one::reject))
}

fn path(id: Uuid) -> String {
    format!("{}/{id}", paths::INJECT)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Done {
    Injected,
    Proposed,
    Approved,
    Rejected,
}

impl Done {
    const fn key(self) -> &'static str {
        match self {
            Self::Injected => "inject-injected",
            Self::Proposed => "inject-proposed",
            Self::Approved => "inject-approved",
            Self::Rejected => "inject-rejected",
        }
    }
}

impl Flash for Done {
    const NAME: &'static str = "inject";
}
