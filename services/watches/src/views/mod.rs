//! The pages as plain data: each view is what one page shows, each variant what is true in one of its states.
//!
//! Nothing here reads a database or a request. A handler fills a view and calls [`View::render`] with the
//! [`Chrome`] of the request. Texts stand in `translations`, markup in `templates`.
//!
//! What holds a number or an address has no `Debug`, so that it never reaches a log.

mod alerts;
mod contacts;
mod coverage;
mod edit;
mod edit_fault;
mod not_connected;
mod stop;
mod timing;
mod watches;

pub use alerts::{AlertRow, Alerts, Check, Other, Outcome, OutcomeState};
pub use contacts::{
    Adding, AddressFault, ChannelLoss, CodeFault, ContactFault, ContactRow, ContactState, Contacts,
    ContactsNotice, RemoveContact, ReplaceContact,
};
pub use coverage::{Coverage, Gap, KindCoverage, Review, Watcher, WatcherState};
pub use edit::{Colleague, Difference, EditWatches, Field, KindForm, Preview, Typed};
pub use edit_fault::{EditFault, Wrong};
pub use not_connected::NotConnected;
pub use stop::{Stop, StopStep, StopUnknown};
pub use timing::{Away, Filters, Quiet, Summary, When};
pub use watches::{
    Chosen, ContactChoice, Count, StandingIn, Unconfirmed, WatchRow, WatchState, Watches, WatchesNotice,
};

pub use bevaka_portal::{
    AgreementLink, Chrome, FieldFault, Member, Message, Place, Section, View, Viewer, Watching,
};

use bevaka_web::{
    pages::{Pages, PagesBuilder, PagesError},
    translations::Translations,
};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "templates"]
struct Templates;

/// Templates and texts of these pages.
///
/// # Errors
/// [`PagesError`] if a template names something that does not exist, which a test rules out.
pub fn pages() -> Result<Pages, PagesError> {
    let texts = Translations::parse(
        include_str!("../../translations/sv.toml"),
        include_str!("../../translations/en.toml"),
    )?;
    PagesBuilder::new()?.templates::<Templates>().texts(bevaka_portal::texts()?)?.texts(texts)?.build()
}
