//! A page as plain data. Nothing of it reads a database or a request: a handler fills a view and renders it with the
//! [`Chrome`] of the request.

use crate::{Chrome, Section};
use axum::response::Html;
use bevaka_web::{layout::Tone, pages::ViewError};
use serde::Serialize;
use std::borrow::Cow;

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
    /// *Mina bevakningar*.
    Watches,
    /// *Mina aviseringar*.
    Alerts,
    /// *Kontaktuppgifter*.
    Contacts,
    /// Connecting, the agreement, its orders.
    Agreement,
    /// Users and permissions.
    Permissions,
    /// *Företagets bevakningar*.
    Coverage,
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
    /// A message without values.
    pub fn new(tone: Tone, key: impl Into<String>) -> Self {
        Self { tone, key: key.into(), values: Vec::new() }
    }

    /// One more value.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.values.push((name, value.into()));
        self
    }
}

/// What is wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldFault {
    /// The field's `id` in the page.
    pub field: Cow<'static, str>,
    /// The text's key.
    pub key: &'static str,
    /// The values of the text, such as the limit.
    pub values: Values,
}

impl FieldFault {
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
