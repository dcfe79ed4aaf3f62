//! What frames every page: header, navigation, messages, footer.

use crate::language::{switch_href, without_switch};
use axum::{extract::FromRequestParts, http::Uri, http::request::Parts};
use bevaka_domain::language::Language;
use serde::Serialize;
use std::{borrow::Cow, convert::Infallible};

/// The frame of one page. The layout shows it; a page only fills it.
#[derive(Clone, Debug, Serialize)]
pub struct Frame {
    title: String,
    brand: Cow<'static, str>,
    lang: &'static str,
    home: String,
    nav: Vec<NavLink>,
    who: Vec<WhoLine>,
    sign_out: Option<String>,
    session: Option<Session>,
    notice: Option<Notice>,
    faults: Vec<Fault>,
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
    /// How much waits there; shown unless it is zero.
    count: u64,
}

/// A line of who is signed in; the link leads to where it can be changed.
#[derive(Clone, Debug, Serialize)]
struct WhoLine {
    text: String,
    link: Option<Link>,
}

/// When the session ends without use (R44). The page warns before; without scripts the next click tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Session {
    /// Seconds without use after which it has ended.
    pub ends_s: u32,
    /// Seconds before the end at which the warning is shown.
    pub warns_s: u32,
    /// An address that counts as use when it is fetched.
    pub keep: String,
}

/// What a message on top of the page is about; said by a word and helped by a tint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// Something to know.
    Info,
    /// What was asked for has been done.
    Success,
    /// Something to act on.
    Warning,
    /// What was asked for has not been done.
    Error,
}

/// A message on top of the page: what happened, then why and what to do now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// What it is about.
    pub tone: Tone,
    /// What happened, in a few words.
    pub title: String,
    /// Why, and what to do now.
    pub text: String,
}

/// What is wrong with one field of a form: listed on top with a link to the field, and repeated at the field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// The `id` of the field in the page.
    pub field: Cow<'static, str>,
    /// What is wrong, with the limit.
    pub text: String,
}

#[derive(Clone, Debug, Serialize)]
struct Switch {
    href: String,
    lang: &'static str,
    /// Where the language is posted to instead of following the link, and the page to come back to.
    form: Option<SwitchForm>,
    #[serde(skip)]
    back: String,
}

#[derive(Clone, Debug, Serialize)]
struct SwitchForm {
    action: String,
    back: String,
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
            brand: Cow::Borrowed("Bevaka"),
            lang: language.code(),
            home: "/".to_owned(),
            nav: Vec::new(),
            who: Vec::new(),
            sign_out: None,
            session: None,
            notice: None,
            faults: Vec::new(),
            help: None,
            close: None,
            switch: Switch {
                href: switch_href(uri.path(), uri.query(), other),
                lang: other.code(),
                form: None,
                back: without_switch(uri.path(), uri.query()),
            },
        }
    }

    /// What the brand says, where it is not that of the customers' pages.
    #[must_use]
    pub fn brand(mut self, brand: impl Into<Cow<'static, str>>) -> Self {
        self.brand = brand.into();
        self
    }

    /// Where the brand leads.
    #[must_use]
    pub fn home(mut self, href: impl Into<String>) -> Self {
        self.home = href.into();
        self
    }

    /// One more link of the navigation; `current` marks the page that is shown.
    #[must_use]
    pub fn nav(self, href: impl Into<String>, text: impl Into<String>, current: bool) -> Self {
        self.nav_with_count(href, text, current, 0)
    }

    /// The same, with how much waits there; zero is not shown.
    #[must_use]
    pub fn nav_with_count(
        mut self,
        href: impl Into<String>,
        text: impl Into<String>,
        current: bool,
        count: u64,
    ) -> Self {
        self.nav.push(NavLink { href: href.into(), text: text.into(), current, count });
        self
    }

    /// One more line at the right of the header: who is signed in, for which company.
    #[must_use]
    pub fn who(mut self, line: impl Into<String>) -> Self {
        self.who.push(WhoLine { text: line.into(), link: None });
        self
    }

    /// The same, with a link to where it can be changed.
    #[must_use]
    pub fn who_with(mut self, line: impl Into<String>, link: Link) -> Self {
        self.who.push(WhoLine { text: line.into(), link: Some(link) });
        self
    }

    /// Where *Logga ut* posts to.
    #[must_use]
    pub fn sign_out(mut self, action: impl Into<String>) -> Self {
        self.sign_out = Some(action.into());
        self
    }

    /// Warns before the session ends (R44).
    #[must_use]
    pub fn session(mut self, session: Session) -> Self {
        self.session = Some(session);
        self
    }

    /// A message on top of the page.
    #[must_use]
    pub fn notice(mut self, notice: Notice) -> Self {
        self.notice = Some(notice);
        self
    }

    /// One more field that is wrong (R46).
    #[must_use]
    pub fn fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// The section of the help page that belongs to this page (R43).
    #[must_use]
    pub fn help(mut self, link: Link) -> Self {
        self.help = Some(link);
        self
    }

    /// Lets the language be changed by a form instead of a link: fields `language` and `next`, the page to come back to.
    #[must_use]
    pub fn switch_by_form(mut self, action: impl Into<String>) -> Self {
        let back = self.switch.back.clone();
        self.switch.form = Some(SwitchForm { action: action.into(), back });
        self
    }

    /// Shows *Stäng*, which closes the window, or leads here where it cannot (R42).
    #[must_use]
    pub fn close(mut self, href: impl Into<String>) -> Self {
        self.close = Some(href.into());
        self
    }
}
