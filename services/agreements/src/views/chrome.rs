//! What is around every page: who is signed in, where one can go.

use super::{FieldFault, Message, Place, View, help::Section};
use crate::paths;
use axum::response::Html;
use bevaka_domain::language::Language;
use bevaka_web::{
    layout::{Fault, Frame, Here, Link, Notice, Session},
    pages::{Pages, ViewError},
};

/// What every page of a request has in common.
#[derive(Clone, Debug)]
pub struct Chrome<'a> {
    /// Templates and texts.
    pub pages: &'a Pages,
    /// The language of the request.
    pub language: Language,
    /// The address of the request.
    pub here: &'a Here,
    /// Who asks.
    pub viewer: Viewer,
}

/// Who looks at a page.
#[derive(Clone, Debug)]
pub enum Viewer {
    /// Nobody has signed in.
    Stranger,
    /// A person who has signed in and not chosen a company yet.
    Person {
        /// The person's name.
        name: String,
        /// When the session ends without use.
        session: Session,
    },
    /// A person signed in for a company.
    Member(Member),
}

/// A person signed in for a company.
#[derive(Clone, Debug)]
pub struct Member {
    /// The person's name.
    pub name: String,
    /// The company's name.
    pub company: String,
    /// The company's number as people write it; masked where it is a personal number.
    pub number: String,
    /// Whether the person can choose another company.
    pub has_other_companies: bool,
    /// Which link to the agreement the person sees.
    pub agreement: AgreementLink,
    /// Whether the person administers permissions: only then is the link shown (R21).
    pub is_administrator: bool,
    /// When the session ends without use.
    pub session: Session,
}

/// The link to the agreement in the navigation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgreementLink {
    /// *Anslut*: there is no agreement, and the person may sign one.
    Connect,
    /// *Avtal*.
    Agreement,
    /// None: the person has nothing to do there.
    Hidden,
}

impl Chrome<'_> {
    /// Renders a view inside its frame.
    pub(super) fn page<V: View>(&self, view: &V) -> Result<Html<String>, ViewError> {
        let title = self.text(view.title())?;
        let mut frame = self.frame(&title, view.place(), view.help())?;
        if let Some(message) = view.notice() {
            frame = frame.notice(self.notice(&message)?);
        }
        for fault in view.faults() {
            frame = frame.fault(self.fault(&fault)?);
        }
        self.pages.page(self.language, V::TEMPLATE, &frame, view)
    }

    /// A frame with navigation, the signed-in person and the links of the footer.
    ///
    /// # Errors
    /// [`ViewError`] if a text is missing, which tests rule out.
    pub fn frame(&self, title: &str, place: Place, help: Section) -> Result<Frame, ViewError> {
        let frame = Frame::new(title, self.language, self.here)
            .home(paths::START)
            .help(Link { href: help.href(), text: self.text(help.link_text())? })
            .close(paths::START);
        match &self.viewer {
            Viewer::Stranger => Ok(frame.close(paths::SIGN_IN)),
            Viewer::Person { name, session } => {
                Ok(frame.who(name).sign_out(paths::SIGN_OUT).session(session.clone()))
            }
            Viewer::Member(member) => self.member_frame(frame, member, place),
        }
    }

    fn member_frame(&self, frame: Frame, member: &Member, place: Place) -> Result<Frame, ViewError> {
        let mut frame = frame.nav(paths::START, self.text("nav-start")?, place == Place::Start);
        let here = place == Place::Agreement;
        frame = match member.agreement {
            AgreementLink::Connect => frame.nav(paths::CONNECT, self.text("nav-connect")?, here),
            AgreementLink::Agreement => frame.nav(paths::AGREEMENT, self.text("nav-agreement")?, here),
            AgreementLink::Hidden => frame,
        };
        if member.is_administrator {
            let here = place == Place::Permissions;
            frame = frame.nav(paths::PERMISSIONS, self.text("nav-permissions")?, here);
        }
        frame = frame.nav(paths::HELP, self.text("nav-help")?, place == Place::Help).who(&member.name);
        let company = format!("{} · {}", member.company, member.number);
        frame = if member.has_other_companies {
            let text = self.text("nav-other-company")?;
            frame.who_with(company, Link { href: paths::CHOOSE_COMPANY.to_owned(), text })
        } else {
            frame.who(company)
        };
        Ok(frame.sign_out(paths::SIGN_OUT).session(member.session.clone()))
    }

    fn notice(&self, message: &Message) -> Result<Notice, ViewError> {
        let Message { tone, key, values } = message;
        Ok(Notice {
            tone: *tone,
            title: self.text(&format!("{key}-title"))?,
            text: self.pages.format(self.language, &format!("{key}-text"), values)?,
        })
    }

    fn fault(&self, fault: &FieldFault) -> Result<Fault, ViewError> {
        Ok(Fault { field: fault.field, text: self.text(fault.key)? })
    }

    fn text(&self, key: &str) -> Result<String, ViewError> {
        self.pages.text(self.language, key)
    }
}
