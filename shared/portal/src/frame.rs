//! The frame around every page: who is signed in, where one can go.

use crate::{help, nav, paths};
use bevaka_domain::language::Language;
use bevaka_web::{
    layout::{Frame, Here, Link, Session},
    page::{At, NavItem, PageFrame},
    pages::{Pages, ViewError},
};

/// What every page of a request has in common.
#[derive(Clone, Debug)]
pub struct CustomerFrame {
    /// Templates and texts.
    pub pages: Pages,
    /// The language of the request.
    pub language: Language,
    /// The address of the request.
    pub here: Here,
    /// Who asks.
    pub viewer: Viewer,
}

/// Who looks at a page.
#[derive(Clone, Debug)]
pub enum Viewer {
    /// Nobody has signed in.
    Guest,
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

impl PageFrame for CustomerFrame {
    fn pages(&self) -> &Pages {
        &self.pages
    }

    fn language(&self) -> Language {
        self.language
    }

    fn frame(&self, title: &str, at: At) -> Result<Frame, ViewError> {
        let frame = Frame::new(title, self.language, &self.here).home(paths::START).close(paths::START);
        let frame = match at.help {
            Some(section) => frame.help(Link { href: help::href(section), text: self.text(section.link)? }),
            None => frame,
        };
        match &self.viewer {
            Viewer::Guest => Ok(frame.close(paths::SIGN_IN)),
            Viewer::Person { name, session } => {
                Ok(frame.who(name).sign_out(paths::SIGN_OUT).session(session.clone()))
            }
            Viewer::Member(member) => self.member_frame(frame, member, at.nav),
        }
    }

    fn way_out(&self) -> (&'static str, &'static str) {
        (paths::START, "refused-to-start")
    }
}

impl CustomerFrame {
    fn member_frame(&self, mut frame: Frame, member: &Member, current: NavItem) -> Result<Frame, ViewError> {
        for (href, text, of) in member.links() {
            frame = frame.nav(href, self.text(text)?, of == current);
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

    fn text(&self, key: &str) -> Result<String, ViewError> {
        self.pages.text(self.language, key)
    }
}

impl Member {
    /// The links of the navigation in their order, each with its text and its entry.
    fn links(&self) -> impl Iterator<Item = (&'static str, &'static str, NavItem)> {
        let has_agreement = self.watching != Watching::NoAgreement;
        let is_open = self.watching == Watching::Open;
        let connects = self.agreement == AgreementLink::Connect;
        let sees_agreement = self.agreement == AgreementLink::Agreement;
        let administers = self.is_administrator;
        let links = [
            // Whoever has access begins with their watches; the name of the service still leads to the start page.
            (!is_open, (paths::START, "nav-start", nav::START)),
            (has_agreement, (paths::WATCHES, "nav-watches", nav::WATCHES)),
            (is_open, (paths::ALERTS, "nav-alerts", nav::ALERTS)),
            (is_open, (paths::CONTACTS, "nav-contacts", nav::CONTACTS)),
            (connects, (paths::CONNECT, "nav-connect", nav::AGREEMENT)),
            (sees_agreement, (paths::AGREEMENT, "nav-agreement", nav::AGREEMENT)),
            (administers, (paths::PERMISSIONS, "nav-permissions", nav::PERMISSIONS)),
            (administers && has_agreement, (paths::COVERAGE, "nav-coverage", nav::COVERAGE)),
            (true, (paths::HELP, "nav-help", nav::HELP)),
        ];
        links.into_iter().filter_map(|(is_shown, link)| is_shown.then_some(link))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(agreement: AgreementLink, watching: Watching, is_administrator: bool) -> Vec<NavItem> {
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
        member.links().map(|(_, _, entry)| entry).collect()
    }

    #[test]
    fn the_navigation_leads_only_where_somebody_has_something_to_do() {
        use {AgreementLink as Link, Watching as W};
        let signatory = entries(Link::Connect, W::NoAgreement, false);
        assert_eq!(signatory, [nav::START, nav::AGREEMENT, nav::HELP]);
        let user = entries(Link::Hidden, W::Open, false);
        assert_eq!(user, [nav::WATCHES, nav::ALERTS, nav::CONTACTS, nav::HELP]);
        let all = [
            nav::WATCHES,
            nav::ALERTS,
            nav::CONTACTS,
            nav::AGREEMENT,
            nav::PERMISSIONS,
            nav::COVERAGE,
            nav::HELP,
        ];
        assert_eq!(entries(Link::Agreement, W::Open, true), all);
        let before = entries(Link::Agreement, W::NoAgreement, true);
        assert_eq!(before, [nav::START, nav::AGREEMENT, nav::PERMISSIONS, nav::HELP]);
    }

    #[test]
    fn r20_without_the_permission_only_the_page_that_says_whom_to_ask_is_linked() {
        let restricted = entries(AgreementLink::Hidden, Watching::NoPermission, false);
        assert_eq!(restricted, [nav::START, nav::WATCHES, nav::HELP]);
    }
}
