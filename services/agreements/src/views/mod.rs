//! The pages as plain data: each view is what one page shows, each variant what is true in one of its states.
//!
//! Nothing here reads a database or a request. A handler fills a view and calls [`View::render`] with the
//! [`Chrome`] of the request. Texts stand in `translations`, markup in `templates`.

mod add_user;
mod bankid;
mod change;
mod company;
mod connect;
mod done;
mod end;
mod help;
mod history;
mod order;
mod parts;
mod permissions;
mod sign_in;
mod start;
mod token;

pub use add_user::{AddUser, AddUserFault};
pub use bankid::{BankIdKind, BankIdProgress, BankIdStatus, BankIdWait};
pub use change::{ChangeFault, ChangeScope, KindRow};
pub use company::{ChooseCompany, CompanyRow, Role};
pub use connect::{ChooseKinds, ConnectFault, KindChoice, SoleTraderChannel};
pub use done::{Outcome, SignedDone};
pub use end::{EndAgreement, EndStep, Ended};
pub use help::Help;
pub use history::{AgreementHistory, History, Manage, PendingRow, Version, VersionState};
pub use order::{Order, OrderSubject, Signing, Stage};
pub use parts::{Availability, Effect, Loss, Method, MethodRow, Purpose, SignProblem, Signature, Standing};
pub use permissions::{Actions, Permissions, PermissionsNotice, UserRow, WaitingRow};
pub use sign_in::{SignIn, SignInFault, SignInNotice, TypedNumbers};
pub use start::{NextStep, Start};
pub use token::{ChallengeParts, TokenChallenge, TokenFault};

pub use bevaka_portal::{
    Act, AgreementLink, Chrome, FieldFault, Member, Message, Place, Refused, Section, Values, View, Viewer,
    Watching,
};

use crate::paths;
use axum::Router;
use bevaka_eid::bankid::TEXTS;
use bevaka_web::{
    assets,
    pages::{Pages, PagesBuilder, PagesError},
    translations::Translations,
};
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "templates"]
struct Templates;

#[derive(RustEmbed)]
#[folder = "assets"]
struct Assets;

/// Templates, texts and assets of these pages, with BankID's own messages.
///
/// # Errors
/// [`PagesError`] if a template names something that does not exist, which a test rules out.
pub fn pages() -> Result<Pages, PagesError> {
    let texts = Translations::parse(
        include_str!("../../translations/sv.toml"),
        include_str!("../../translations/en.toml"),
    )?;
    let bankid = Translations::parse(TEXTS.0, TEXTS.1)?;
    let builder = PagesBuilder::new()?.templates::<Templates>().assets::<Assets>(paths::ASSETS);
    builder.texts(bevaka_portal::texts()?)?.texts(texts)?.texts(bankid)?.build()
}

/// Serves the scripts of these pages.
pub fn assets() -> Router {
    assets::service::<Assets>(paths::ASSETS)
}
