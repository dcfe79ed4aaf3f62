//! What is around every page: who is signed in, where one can go.

use crate::{
    help::Section,
    paths,
    view::{FieldFault, Message, Place, View},
};
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
    /// How far the person comes with watches.
    pub watching: Watching,
    /// Whether the person administers permissions: only then are the links shown (R21).
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

/// How far a person comes with watches; the navigation leads as far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Watching {
    /// Nowhere: no agreement is in force.
    NoAgreement,
    /// To *Mina bevakningar*, which says who can grant the permission that is missing (R20).
    NoPermission,
    /// Everywhere.
    Open,
}

impl Chrome<'_> {
    /// Renders a view inside its frame.
    pub(crate) fn page<V: View>(&self, view: &V) -> Result<Html<String>, ViewError> {
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

    fn member_frame(&self, mut frame: Frame, member: &Member, place: Place) -> Result<Frame, ViewError> {
        for (href, text, of) in member.links() {
            frame = frame.nav(href, self.text(text)?, of == place);
        }
        frame = frame.who(&member.name);
        let company = format!("{} · {}", member.company, member.number);
        frame = if member.has_other_companies {
            let text = self.text("nav-other-company")?;
            frame.who_with(company, Link { href: paths::CHOOSE_COMPANY.to_owned(), text })
        } else {
            frame.who(company)
        };
        let frame = frame.sign_out(paths::SIGN_OUT).session(member.session.clone());
        // Changes what is stored of the user, and is therefore no link.
        Ok(frame.switch_by_form(paths::LANGUAGE))
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
        let FieldFault { field, key, values } = fault;
        Ok(Fault { field: field.clone(), text: self.pages.format(self.language, key, values)? })
    }

    fn text(&self, key: &str) -> Result<String, ViewError> {
        self.pages.text(self.language, key)
    }
}

impl Member {
    /// The links of the navigation in their order, each with its text and its place.
    fn links(&self) -> impl Iterator<Item = (&'static str, &'static str, Place)> {
        let has_agreement = self.watching != Watching::NoAgreement;
        let is_open = self.watching == Watching::Open;
        let connects = self.agreement == AgreementLink::Connect;
        let sees_agreement = self.agreement == AgreementLink::Agreement;
        let administers = self.is_administrator;
        let links = [
            // Whoever has access begins with their watches; the name of the service still leads to the start page.
            (!is_open, (paths::START, "nav-start", Place::Start)),
            (has_agreement, (paths::WATCHES, "nav-watches", Place::Watches)),
            (is_open, (paths::ALERTS, "nav-alerts", Place::Alerts)),
            (is_open, (paths::CONTACTS, "nav-contacts", Place::Contacts)),
            (connects, (paths::CONNECT, "nav-connect", Place::Agreement)),
            (sees_agreement, (paths::AGREEMENT, "nav-agreement", Place::Agreement)),
            (administers, (paths::PERMISSIONS, "nav-permissions", Place::Permissions)),
            (administers && has_agreement, (paths::COVERAGE, "nav-coverage", Place::Coverage)),
            (true, (paths::HELP, "nav-help", Place::Help)),
        ];
        links.into_iter().filter_map(|(is_shown, link)| is_shown.then_some(link))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(agreement: AgreementLink, watching: Watching, is_administrator: bool) -> Vec<Place> {
        let (name, company, number) = Default::default();
        let session = Session { ends_s: 300, warns_s: 60, keep: String::new() };
        let has_other_companies = false;
        let member = Member {
            name,
            company,
            number,
            has_other_companies,
            agreement,
            watching,
            is_administrator,
            session,
        };
        member.links().map(|(_, _, place)| place).collect()
    }

    #[test]
    fn the_navigation_leads_only_where_somebody_has_something_to_do() {
        use {AgreementLink as Link, Place as P, Watching as W};
        let signatory = places(Link::Connect, W::NoAgreement, false);
        assert_eq!(signatory, [P::Start, P::Agreement, P::Help]);
        let user = places(Link::Hidden, W::Open, false);
        assert_eq!(user, [P::Watches, P::Alerts, P::Contacts, P::Help]);
        let all = [P::Watches, P::Alerts, P::Contacts, P::Agreement, P::Permissions, P::Coverage, P::Help];
        assert_eq!(places(Link::Agreement, W::Open, true), all);
        let before = places(Link::Agreement, W::NoAgreement, true);
        assert_eq!(before, [P::Start, P::Agreement, P::Permissions, P::Help]);
    }

    #[test]
    fn r20_without_the_permission_only_the_page_that_says_whom_to_ask_is_linked() {
        let restricted = places(AgreementLink::Hidden, Watching::NoPermission, false);
        assert_eq!(restricted, [Place::Start, Place::Watches, Place::Help]);
    }
}
