//! *Stäng av en bevakning* by the link of a mail, without signing in. Opening the page changes nothing, since mail
//! programs open links on their own; its button, and the one-click request of a mail provider (RFC 8058), do.

use super::session::{Guest, Names};
use crate::{
    app::App,
    commands::switch,
    paths,
    queries::{self, linked::Linked},
};
use axum::{Router, extract::Path, http::StatusCode, routing::get};
use bevaka_domain::clock::Timestamp;
use bevaka_portal::help;
use bevaka_web::{
    page::{At, NavItem, Title, View},
    page_error::PageResult,
};
use serde::Serialize;

pub(super) fn router() -> Router<App> {
    Router::new().route(paths::UNSUBSCRIBE, get(show).post(submit))
}

async fn show(mut guest: Guest, Path(token): Path<String>) -> PageResult {
    page(&mut guest, &token).await
}

async fn page(guest: &mut Guest, token: &str) -> PageResult {
    let linked = match guest.app.proofs.read_unsubscribe(token) {
        Some((user, kinds)) => queries::linked(&guest.app, user, &kinds).await?,
        None => None,
    };
    let Some(linked) = linked else { return guest.page(StatusCode::NOT_FOUND, &StopUnknown {}) };
    guest.speak(Some(linked.language));
    let names = Names::new(&guest.app.chassis.catalogue, guest.language);
    guest.page(StatusCode::OK, &view(&linked, names, token))
}

fn view(linked: &Linked, names: Names<'_>, token: &str) -> Stop {
    Stop {
        company: linked.company.clone(),
        kinds: linked.kinds.iter().map(|kind| names.of(kind)).collect(),
        step: linked.off_at.map_or(StopStep::Ask, |at| StopStep::Off { at }),
        action: paths::unsubscribe(token),
    }
}

/// Answers with the page itself: RFC 8058, 3.1, rules redirects out. Whatever the body says, the link is the proof.
async fn submit(mut guest: Guest, Path(token): Path<String>) -> PageResult {
    if let Some((user, kinds)) = guest.app.proofs.read_unsubscribe(&token) {
        switch::off(&guest.app, user, &kinds).await?;
    }
    page(&mut guest, &token).await
}

/// The page that a mail links to: one button, `POST` to the same address.
#[derive(Clone, Serialize)]
pub struct Stop {
    /// The company's name; of a sole trader only as much as the recipient needs to know it again.
    pub company: String,
    pub kinds: Vec<String>,
    pub step: StopStep,
    /// [`crate::paths::unsubscribe`].
    pub action: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum StopStep {
    /// The button has not been pressed.
    Ask,
    /// It is off, by this press or an earlier one.
    Off { at: Timestamp },
}

/// The address is not one that a mail of ours holds, or the watch is gone since.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct StopUnknown {}

impl std::fmt::Debug for Stop {
    /// The address switches the watch off, so it is left out.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stop").field("step", &self.step).finish_non_exhaustive()
    }
}

impl View for Stop {
    const TEMPLATE: &'static str = "stop";
    const AT: At = At::new(NavItem::NONE, help::WATCHES);

    fn title(&self) -> Title {
        match self.step {
            StopStep::Ask => "stop-title".into(),
            StopStep::Off { .. } => "stop-title-off".into(),
        }
    }
}

impl View for StopUnknown {
    const TEMPLATE: &'static str = "stop_unknown";
    const TITLE: &'static str = "stop-title-unknown";
    const AT: At = At::new(NavItem::NONE, help::WATCHES);
}
