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
use bevaka_domain::operator::{InvalidJustification, Justification};
use bevaka_portal::FieldFault;
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

/// What has just been done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum News {
    Injected,
    Proposed,
    Approved,
    Rejected,
}

impl News {
    const ALL: [Self; 4] = [Self::Injected, Self::Proposed, Self::Approved, Self::Rejected];

    const fn key(self) -> &'static str {
        match self {
            Self::Injected => "inject-injected",
            Self::Proposed => "inject-proposed",
            Self::Approved => "inject-approved",
            Self::Rejected => "inject-rejected",
        }
    }
}

impl bevaka_portal::News for News {
    fn text(&self) -> String {
        self.key().to_owned()
    }

    fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|news| news.key() == text)
    }
}

/// The reason, or what is wrong with it (R46).
fn because(text: &str) -> Result<Justification, FieldFault> {
    Justification::parse(text).map_err(|fault| {
        let key = match fault {
            InvalidJustification::Length => "inject-because-length",
            InvalidJustification::Address => "inject-because-address",
            InvalidJustification::Number => "inject-because-number",
        };
        FieldFault::new("because", key)
    })
}
