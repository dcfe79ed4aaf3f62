//! The pages: a file for each page or flow. A handler reads who asks and what was sent, calls a command, and fills the
//! view beside it. Texts stand in `translations`, markup in `templates`.

#![allow(
    missing_docs,
    reason = "views are public for the tests that show each of them; templates explain their fields"
)]

mod add_user;
mod attempts;
mod change;
mod company;
mod connect;
mod display;
mod done;
mod end;
mod flash;
mod help;
mod history;
mod language;
mod nav;
mod order;
mod permissions;
mod session;
mod sign;
mod sign_in;
mod start;

pub use add_user::AddUser;
pub use attempts::{
    Purpose,
    bankid::{BankIdKind, BankIdProgress, BankIdWait},
    token::{ChallengeParts, TokenChallenge},
};
pub use change::ChangeScope;
pub use company::{ChooseCompany, CompanyRow, Role};
pub use connect::{ChooseKinds, SoleTraderChannel};
pub use display::{Effect, KindRow, Loss, MethodRow, OrderRow, OrderSubject, Signature, Standing};
pub use done::{Outcome, SignedDone};
pub use end::{EndAgreement, EndStep, Ended};
pub use help::Help;
pub use history::{AgreementHistory, Manage, Version, VersionState};
pub use order::{Order, Signing, Stage};
pub use permissions::{Actions, Permissions, UserRow};
pub use sign_in::{SignIn, TypedNumbers};
pub use start::{NextStep, Start};

use crate::{app::App, paths};
use axum::Router;
use bevaka_eid::bankid::TEXTS;
use bevaka_web::{
    assets,
    page_error::with_errors,
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

/// All pages, with their scripts.
pub(crate) fn router(app: &App) -> Router {
    Router::new()
        .merge(with_errors(nav::OUTSIDE, sign_in::router()))
        .merge(with_errors(nav::OUTSIDE, company::router()))
        .merge(with_errors(nav::OUTSIDE, language::router()))
        .merge(with_errors(nav::CONNECT, start::router()))
        .merge(with_errors(nav::CONNECT, help::router()))
        .merge(with_errors(nav::CONNECT, connect::router()))
        .merge(with_errors(nav::CONNECT, order::router()))
        .merge(with_errors(nav::CONNECT, sign::router()))
        .merge(with_errors(nav::CONNECT, done::router()))
        .merge(with_errors(nav::CHANGE, history::router()))
        .merge(with_errors(nav::CHANGE, change::router()))
        .merge(with_errors(nav::END, end::router()))
        .merge(with_errors(nav::USERS, permissions::router()))
        .merge(with_errors(nav::USERS, add_user::router()))
        .with_state(app.clone())
        .merge(assets::service::<Assets>(paths::ASSETS))
}
