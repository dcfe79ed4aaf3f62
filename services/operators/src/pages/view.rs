//! A page as plain data. A handler fills a view, and [`Visitor::page`](super::Visitor::page) puts it into the frame.

use bevaka_portal::{FieldFault, Message, view::Values};
use serde::Serialize;

/// One page. Its fields are what the template shows.
pub trait View: Serialize + Sized {
    /// The template's name.
    const TEMPLATE: &'static str;

    /// The page's title, in the browser's tab.
    fn title(&self) -> Title;

    /// The link of the navigation that the page belongs to.
    fn place(&self) -> Place;

    /// A message on top of the page.
    fn notice(&self) -> Option<Message> {
        None
    }

    /// Which fields are wrong (R46).
    fn faults(&self) -> Vec<FieldFault> {
        Vec::new()
    }
}

/// A title: a text with its values, or words that are known already, such as the name of a kind.
#[derive(Clone, Debug)]
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

/// A place of the navigation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// *Nu*.
    Now,
    /// *Händelser*, with single events, alerts and dry runs.
    Events,
    /// *Dödbrev*.
    DeadLetters,
    /// *Kanaler*.
    Channels,
    /// *Spår*.
    Trail,
    /// *Injicera*.
    Inject,
    /// None: signing in.
    Outside,
}
