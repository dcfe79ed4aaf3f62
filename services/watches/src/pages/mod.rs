//! The pages: a file for each page or flow, with its handlers and its views. A handler reads who asks and what was sent,
//! calls a command or a query, and fills a view by functions that know neither request nor database.
//!
//! What holds a number or an address has no `Debug`, so that it never reaches a log.

mod alerts;
mod contact;
mod contacts;
mod coverage;
mod display;
mod edit;
mod field_errors;
mod flash;
mod form;
mod session;
mod stop;
mod timing;
mod watches;

pub use alerts::{AlertRow, Alerts, Check, Other, Outcome, OutcomeState};
pub use contact::{ChannelLoss, RemoveContact, ReplaceContact};
pub use contacts::{
    Adding, AddressFault, CodeFault, ContactFault, ContactRow, ContactState, Contacts, ContactsNotice,
};
pub use coverage::{Coverage, Gap, KindCoverage, Review, Watcher, WatcherState};
pub use edit::{Colleague, Difference, EditWatches, KindForm, Preview};
pub use field_errors::{EditFault, Wrong};
pub use form::{Field, Typed};
pub use stop::{Stop, StopStep, StopUnknown};
pub use timing::{Away, Filters, Quiet, Summary, When};
pub use watches::{
    Chosen, ContactChoice, Count, NotConnected, StandingIn, Unconfirmed, WatchRow, WatchState, Watches,
    WatchesNotice,
};

use crate::app::App;
use axum::Router;
use bevaka_portal::{help, nav};
use bevaka_web::{
    page::{At, NavItem},
    page_error::with_errors,
    pages::{Pages, PagesBuilder, PagesError},
    translations::Translations,
};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "templates"]
struct Templates;

/// Templates and texts of these pages.
pub fn pages() -> Result<Pages, PagesError> {
    let texts = Translations::parse(
        include_str!("../../translations/sv.toml"),
        include_str!("../../translations/en.toml"),
    )?;
    PagesBuilder::new()?.templates::<Templates>().texts(bevaka_portal::texts()?)?.texts(texts)?.build()
}

pub(crate) fn router(app: &App) -> Router {
    let about = |nav, router| with_errors(At::new(nav, help::WATCHES), router);
    Router::new()
        .merge(about(nav::WATCHES, watches::router()))
        .merge(about(nav::WATCHES, edit::router()))
        .merge(about(nav::CONTACTS, contacts::router()))
        .merge(about(nav::CONTACTS, contact::router()))
        .merge(about(nav::ALERTS, alerts::router()))
        .merge(about(NavItem::NONE, stop::router()))
        .merge(about(nav::COVERAGE, coverage::router()))
        .with_state(app.clone())
}
