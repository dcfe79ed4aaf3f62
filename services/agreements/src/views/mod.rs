//! The pages as plain data: each view is what one page shows, each variant what is true in one of its states.
//!
//! Nothing here reads a database or a request. A handler fills a view and calls [`View::render`] with the
//! [`Chrome`] of the request. Texts stand in `translations`, markup in `templates`.

mod add_user;
mod bankid;
mod change;
mod chrome;
mod company;
mod connect;
mod done;
mod end;
mod help;
mod history;
mod order;
mod parts;
mod permissions;
mod refused;
mod sign_in;
mod start;
mod token;

pub use add_user::{AddUser, AddUserFault};
pub use bankid::{BankIdKind, BankIdProgress, BankIdStatus, BankIdWait};
pub use change::{ChangeFault, ChangeScope, KindRow};
pub use chrome::{AgreementLink, Chrome, Member, Viewer};
pub use company::{ChooseCompany, CompanyRow, Role};
pub use connect::{ChooseKinds, ConnectFault, KindChoice, SoleTraderChannel};
pub use done::{Outcome, SignedDone};
pub use end::{EndAgreement, EndStep, Ended};
pub use help::{Help, Section};
pub use history::{AgreementHistory, History, Manage, PendingRow, Version, VersionState};
pub use order::{Order, OrderSubject, Signing, Stage};
pub use parts::{Availability, Effect, Loss, Method, MethodRow, Purpose, SignProblem, Signature, Standing};
pub use permissions::{Actions, Permissions, PermissionsNotice, UserRow, WaitingRow};
pub use refused::{Act, Refused};
pub use sign_in::{SignIn, SignInFault, SignInNotice};
pub use start::{NextStep, Start};
pub use token::{ChallengeParts, TokenChallenge, TokenFault};

use crate::paths;
use axum::{Router, response::Html};
use bevaka_eid::bankid::TEXTS;
use bevaka_web::{
    assets,
    layout::Tone,
    pages::{Pages, PagesBuilder, PagesError, ViewError},
    translations::Translations,
};
use rust_embed::RustEmbed;
use serde::Serialize;

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
    builder.texts(texts)?.texts(bankid)?.build()
}

/// Serves the scripts of these pages.
pub fn assets() -> Router {
    assets::service::<Assets>(paths::ASSETS)
}

/// One page. Its fields are what the template shows.
pub trait View: Serialize + Sized {
    /// The template's name.
    const TEMPLATE: &'static str;

    /// The text that is the page's title.
    fn title(&self) -> &'static str;

    /// The link of the navigation that the page belongs to.
    fn place(&self) -> Place;

    /// The section of the help page that belongs to the page (R43).
    fn help(&self) -> Section;

    /// A message on top of the page.
    fn notice(&self) -> Option<Message> {
        None
    }

    /// Which fields are wrong (R46).
    fn faults(&self) -> Vec<FieldFault> {
        Vec::new()
    }

    /// The whole page.
    ///
    /// # Errors
    /// [`ViewError`] if a text is missing, which tests rule out.
    fn render(&self, chrome: &Chrome<'_>) -> Result<Html<String>, ViewError> {
        chrome.page(self)
    }
}

/// A place of the navigation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The start page.
    Start,
    /// Connecting, the agreement, its orders.
    Agreement,
    /// Users and permissions.
    Permissions,
    /// The help page.
    Help,
    /// None: signing in.
    Outside,
}

/// Values for the placeholders of a text.
pub type Values = Vec<(&'static str, String)>;

/// A message on top of a page: the texts `key-title` and `key-text`.
#[derive(Clone, Debug)]
pub struct Message {
    /// What it is about.
    pub tone: Tone,
    /// The key of both texts.
    pub key: String,
    /// The values of the second.
    pub values: Values,
}

impl Message {
    fn new(tone: Tone, key: impl Into<String>) -> Self {
        Self { tone, key: key.into(), values: Vec::new() }
    }

    fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.values.push((name, value.into()));
        self
    }
}

/// What is wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldFault {
    /// The field's `id` in the page.
    pub field: &'static str,
    /// The text's key.
    pub key: &'static str,
}
