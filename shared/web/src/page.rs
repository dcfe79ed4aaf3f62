//! The kit of all pages: what a page is, where it stands, and the frame around it.
//!
//! A handler is one `async fn` that takes a session and gives a [`PageResult`](crate::page_error::PageResult). What it
//! shows is a [`View`]: plain data with constants. The session's [`PageFrame`] puts it into header, navigation and footer.

use crate::{
    layout::{Fault, Frame, Notice, Tone},
    page_error::PageRefusal,
    pages::{Pages, ViewError},
};
use axum::response::Html;
use bevaka_domain::language::Language;
use serde::Serialize;
use std::{borrow::Cow, error::Error};

/// An entry of the navigation, by the key of its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NavItem(pub &'static str);

impl NavItem {
    /// For pages that belong to no entry, such as signing in.
    pub const NONE: Self = Self("");
}

/// A section of the help page (R43).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HelpSection {
    /// Its `id` in the page.
    pub id: &'static str,
    /// The key of the link's text.
    pub link: &'static str,
}

/// Where a page belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct At {
    /// The entry of the navigation that is marked.
    pub nav: NavItem,
    /// The section of the help page that is linked.
    pub help: Option<HelpSection>,
}

impl At {
    /// An entry of the navigation, on a site without a help page.
    pub const fn nav(nav: NavItem) -> Self {
        Self { nav, help: None }
    }

    /// An entry of the navigation, and the help about it.
    pub const fn new(nav: NavItem, help: HelpSection) -> Self {
        Self { nav, help: Some(help) }
    }
}

/// One page as plain data. Nothing of it reads a database or a request; its fields are what the template shows.
pub trait View: Serialize {
    /// The template's name.
    const TEMPLATE: &'static str;
    /// The key of the page's title; left out where [`View::title`] says it.
    const TITLE: &'static str = "";
    /// Where the page belongs.
    const AT: At;

    /// The title, where it depends on the data.
    fn title(&self) -> Title {
        Self::TITLE.into()
    }

    /// Where the page belongs, where that depends on the data.
    fn at(&self) -> At {
        Self::AT
    }

    /// A message on top of the page.
    fn notice(&self) -> Option<Message> {
        None
    }

    /// Which fields are wrong (R46).
    fn errors(&self) -> Vec<FieldError> {
        Vec::new()
    }
}

/// Values for the placeholders of a text.
pub type Values = Vec<(&'static str, String)>;

/// A title: a text with its values, or words that are known already, such as the name of a kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Title {
    /// By its key.
    Text(&'static str, Values),
    /// As it is.
    Words(String),
}

impl From<&'static str> for Title {
    fn from(key: &'static str) -> Self {
        Self::Text(key, Values::new())
    }
}

/// A message on top of a page: the texts `key-title` and `key-text`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// What it is about.
    pub tone: Tone,
    /// The key of both texts.
    pub key: Cow<'static, str>,
    /// The values of the second.
    pub values: Values,
}

impl Message {
    /// A message without values.
    pub fn new(tone: Tone, key: impl Into<Cow<'static, str>>) -> Self {
        Self { tone, key: key.into(), values: Vec::new() }
    }

    /// One more value.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.values.push((name, value.into()));
        self
    }
}

/// What is wrong with a field: listed on top of the page with a link to the field, and repeated at the field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// The field's `id` in the page.
    pub field: Cow<'static, str>,
    /// The text's key.
    pub key: &'static str,
    /// The values of the text, such as the limit.
    pub values: Values,
}

impl FieldError {
    /// What is wrong, by a text without values.
    pub fn new(field: impl Into<Cow<'static, str>>, key: &'static str) -> Self {
        Self { field: field.into(), key, values: Vec::new() }
    }

    /// One more value.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.values.push((name, value.into()));
        self
    }
}

/// Who looks at a page, in which language, and the frame that a site puts around it.
pub trait PageFrame: Send + Sync + 'static {
    /// Templates and texts.
    fn pages(&self) -> &Pages;

    /// The language of the answer.
    fn language(&self) -> Language;

    /// Header, navigation and footer.
    ///
    /// # Errors
    /// [`ViewError`] if a text is missing, which tests rule out.
    fn frame(&self, title: &str, at: At) -> Result<Frame, ViewError>;

    /// Where a refusal leads that knows no better way: an address and the key of its text.
    fn way_out(&self) -> (&'static str, &'static str);

    /// A service's own error as a refusal, with what is known of who asks. An error without one is logged, and answered as
    /// our fault.
    fn refusal(&self, _error: &(dyn Error + 'static), _at: At) -> Option<PageRefusal> {
        None
    }
}

impl dyn PageFrame + '_ {
    /// A text in the language of the answer.
    ///
    /// # Errors
    /// [`ViewError`] if there is none, which tests rule out.
    pub fn text(&self, key: &str) -> Result<String, ViewError> {
        self.pages().text(self.language(), key)
    }

    /// A text with its values.
    ///
    /// # Errors
    /// [`ViewError`] if there is none, which tests rule out.
    pub fn format(&self, key: &str, values: &[(&'static str, String)]) -> Result<String, ViewError> {
        self.pages().format(self.language(), key, values)
    }

    /// A view in its frame.
    ///
    /// # Errors
    /// [`ViewError`] if a text is missing, which tests rule out.
    pub fn page<V: View>(&self, view: &V) -> Result<Html<String>, ViewError> {
        let title = match view.title() {
            Title::Text(key, values) => self.format(key, &values)?,
            Title::Words(words) => words,
        };
        let mut frame = self.frame(&title, view.at())?;
        if let Some(Message { tone, key, values }) = view.notice() {
            let title = self.text(&format!("{key}-title"))?;
            let text = self.format(&format!("{key}-text"), &values)?;
            frame = frame.notice(Notice { tone, title, text });
        }
        for FieldError { field, key, values } in view.errors() {
            frame = frame.fault(Fault { field, text: self.format(key, &values)? });
        }
        self.pages().page(self.language(), V::TEMPLATE, &frame, view)
    }
}
