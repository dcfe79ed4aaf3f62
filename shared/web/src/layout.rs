//! What frames every page: header, navigation, footer.

use crate::language::switch_href;
use axum::{extract::FromRequestParts, http::Uri, http::request::Parts};
use bevaka_domain::language::Language;
use serde::Serialize;
use std::convert::Infallible;

/// The frame of one page. The layout shows it; a page only fills it.
#[derive(Clone, Debug, Serialize)]
pub struct Frame {
    title: String,
    lang: &'static str,
    home: String,
    nav: Vec<NavLink>,
    who: Vec<String>,
    help: Option<Link>,
    close: Option<String>,
    switch: Switch,
}

/// A link with its text, already translated.
#[derive(Clone, Debug, Serialize)]
pub struct Link {
    /// Where it leads.
    pub href: String,
    /// What it says.
    pub text: String,
}

/// A link of the navigation.
#[derive(Clone, Debug, Serialize)]
struct NavLink {
    href: String,
    text: String,
    current: bool,
}

#[derive(Clone, Debug, Serialize)]
struct Switch {
    href: String,
    lang: &'static str,
}

/// The path and query of the request, for the language switch; an extractor that cannot fail.
#[derive(Clone, Debug)]
pub struct Here(Uri);

impl<S: Sync> FromRequestParts<S> for Here {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self(parts.uri.clone()))
    }
}

impl From<Uri> for Here {
    fn from(uri: Uri) -> Self {
        Self(uri)
    }
}

impl Frame {
    /// A frame with a title for the browser's tab, and nothing in its navigation yet.
    pub fn new(title: impl Into<String>, language: Language, here: &Here) -> Self {
        let other = match language {
            Language::Swedish => Language::English,
            Language::English => Language::Swedish,
        };
        let Here(uri) = here;
        Self {
            title: title.into(),
            lang: language.code(),
            home: "/".to_owned(),
            nav: Vec::new(),
            who: Vec::new(),
            help: None,
            close: None,
            switch: Switch { href: switch_href(uri.path(), uri.query(), other), lang: other.code() },
        }
    }

    /// Where the brand leads.
    #[must_use]
    pub fn home(mut self, href: impl Into<String>) -> Self {
        self.home = href.into();
        self
    }

    /// One more link of the navigation; `current` marks the page that is shown.
    #[must_use]
    pub fn nav(mut self, href: impl Into<String>, text: impl Into<String>, current: bool) -> Self {
        self.nav.push(NavLink { href: href.into(), text: text.into(), current });
        self
    }

    /// One more line at the right of the header: who is signed in, for which company.
    #[must_use]
    pub fn who(mut self, line: impl Into<String>) -> Self {
        self.who.push(line.into());
        self
    }

    /// The section of the help page that belongs to this page (R43).
    #[must_use]
    pub fn help(mut self, link: Link) -> Self {
        self.help = Some(link);
        self
    }

    /// Shows *Stäng*, which closes the window, or leads here where it cannot (R42).
    #[must_use]
    pub fn close(mut self, href: impl Into<String>) -> Self {
        self.close = Some(href.into());
        self
    }
}
