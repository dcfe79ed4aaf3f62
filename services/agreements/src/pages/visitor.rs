//! Who asks: a browser, a person signed in, or that person for a company with all that decides what they may do.

use super::{
    answer::{self, Answer, Stop},
    cookies::{Cookies, News},
    local::{local, with_query},
    shown,
};
use crate::{
    app::App,
    client::ClientAddress,
    company::{Caller, Company},
    fault::{Fault, Outcome},
    identity::{
        bankid::Asking,
        session::{self, Absent, SignedIn},
    },
    paths, refusals,
    views::{self, Act, AgreementLink, Chrome, Refused, View, Viewer},
};
use axum::{
    extract::{FromRequestParts, MatchedPath},
    http::{Method, StatusCode, Uri, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use axum_extra::extract::cookie::CookieJar;
use bevaka_domain::{clock::Timestamp, language::Language};
use bevaka_store::{agreements, members::Member};
use bevaka_web::{
    language::RequestLanguage,
    layout::{Here, Session},
};
use std::{convert::Infallible, net::IpAddr};

/// Before its end without use a session is warned of so many seconds ahead (R44).
const WARNS_S: u32 = 60;

/// A browser, whoever sits before it.
pub(super) struct Browser {
    pub app: App,
    pub language: Language,
    here: Here,
    /// Where to come back to after signing in: only pages that are read.
    back: Option<String>,
    address: IpAddr,
    pub cookies: Cookies,
}

impl FromRequestParts<App> for Browser {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let Ok(RequestLanguage(language)) = RequestLanguage::from_request_parts(parts, app).await;
        let here = here(parts);
        let Ok(ClientAddress(address)) = ClientAddress::from_request_parts(parts, app).await;
        let Ok(jar) = CookieJar::from_request_parts(parts, app).await;
        let is_read = matches!(parts.method, Method::GET | Method::HEAD);
        let path = parts.uri.path_and_query().map(|path| path.as_str().to_owned());
        let back = path.filter(|path| is_read && local(path).is_some() && path != paths::START);
        Ok(Self { app: app.clone(), language, here, back, address, cookies: Cookies::new(jar) })
    }
}

/// Where the same page is had in the other language.
fn here(parts: &Parts) -> Here {
    match parts.extensions.get::<MatchedPath>() {
        Some(route) if paths::takes_forms_only(route.as_str()) => Uri::from_static(paths::START).into(),
        _ => parts.uri.clone().into(),
    }
}

impl Browser {
    pub(super) fn chrome(&self, viewer: Viewer) -> Chrome<'_> {
        Chrome { pages: &self.app.pages, language: self.language, here: &self.here, viewer }
    }

    /// A page for whoever has not signed in.
    pub(super) fn page(&self, status: StatusCode, view: &impl View) -> Answer {
        Ok((status, view.render(&self.chrome(Viewer::Stranger))?).into_response())
    }

    /// The answer of a handler for whoever has not signed in.
    pub(super) fn answer(&self, answer: Answer) -> Response {
        let refused = match answer {
            Ok(response) => return response,
            Err(Stop::Answer(response)) => return *response,
            Err(Stop::Refused(refused)) => refused,
            Err(Stop::Fault(fault)) => answer::refused(&fault),
        };
        answer::refuse(&self.chrome(Viewer::Stranger), None, &refused)
    }

    /// The secret of this browser for attempts. One that is new here has to reach the browser with the answer:
    /// [`Browser::keeping`].
    pub(super) fn attempt_secret(&self) -> String {
        self.cookies.attempt().map_or_else(|| self.app.chassis.entropy.token(), str::to_owned)
    }

    /// Who begins an attempt.
    pub(super) const fn asking<'a>(&self, secret: &'a str) -> Asking<'a> {
        Asking { secret, address: self.address }
    }

    /// A redirect that lets the browser keep the secret of its attempts.
    pub(super) fn keeping(&self, secret: String, to: &str) -> Response {
        self.cookies.clone().with_attempt(secret).redirect(to)
    }

    /// A redirect to a page that tells what has been done.
    pub(super) fn telling(&self, news: News, to: &str) -> Response {
        self.cookies.clone().with_news(news).redirect(to)
    }

    /// The same page, with the news of the browser told.
    pub(super) fn told(&self, page: Response) -> Response {
        (self.cookies.clone().without_news().into_jar(), page).into_response()
    }

    /// Leads to where one signs in, with the reason.
    fn to_sign_in(&self, absent: Absent) -> Response {
        let reason = match absent {
            Absent::Stranger => "",
            Absent::Inactive => "inaktiv",
            Absent::Over => "slut",
        };
        let next = self.back.as_deref().unwrap_or_default();
        let to = with_query(paths::SIGN_IN, [("next", next), ("skal", reason)]);
        self.cookies.clone().without_session().redirect(&to)
    }

    fn session(&self, keep: &str) -> Session {
        let idle = self.app.chassis.settings.sessions.idle_s;
        Session { ends_s: idle.try_into().unwrap_or(u32::MAX), warns_s: WARNS_S, keep: keep.to_owned() }
    }
}

/// A person signed in, with or without a company. To be here counts as use of the session (R44).
pub(super) struct Person {
    pub browser: Browser,
    pub token: String,
    pub signed_in: SignedIn,
}

impl FromRequestParts<App> for Person {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let Ok(browser) = Browser::from_request_parts(parts, app).await;
        let Some(token) = browser.cookies.session().map(str::to_owned) else {
            return Err(browser.to_sign_in(Absent::Stranger));
        };
        match session::resume(app, &token).await {
            Ok(Ok(signed_in)) => Ok(Self { browser, token, signed_in }),
            Ok(Err(absent)) => Err(browser.to_sign_in(absent)),
            Err(fault) => Err(browser.answer(Err(fault.into()))),
        }
    }
}

impl Person {
    pub(super) fn viewer(&self) -> Viewer {
        Viewer::Person {
            name: self.signed_in.person.name.clone(),
            session: self.browser.session(paths::CHOOSE_COMPANY),
        }
    }

    /// The answer of a handler.
    pub(super) fn answer(&self, answer: Answer) -> Response {
        let refused = match answer {
            Ok(response) => return response,
            Err(Stop::Answer(response)) => return *response,
            Err(Stop::Refused(refused)) => refused,
            Err(Stop::Fault(fault)) => answer::refused(&fault),
        };
        answer::refuse(&self.browser.chrome(self.viewer()), None, &refused)
    }
}

/// A person signed in for a company, and the company as it stands now.
pub(super) struct Visitor {
    pub browser: Browser,
    signed_in: SignedIn,
    pub caller: Caller,
    pub company: Company,
    pub now: Timestamp,
    /// Every version of the company's agreements, the newest first.
    pub history: Vec<agreements::Version>,
}

impl FromRequestParts<App> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let person = Person::from_request_parts(parts, app).await?;
        let Some(caller) = person.signed_in.caller() else {
            let next = person.browser.back.as_deref().unwrap_or_default();
            let to = with_query(paths::CHOOSE_COMPANY, [("next", next)]);
            return Err(Redirect::to(&to).into_response());
        };
        match company(app, caller).await {
            Ok((company, history)) => {
                let Person { browser, signed_in, .. } = person;
                Ok(Self { browser, signed_in, caller, company, now: app.now(), history })
            }
            Err(fault) => Err(person.answer(Err(fault.into()))),
        }
    }
}

async fn company(app: &App, caller: Caller) -> Outcome<(Company, Vec<agreements::Version>)> {
    let mut tx = app.chassis.db.begin_read().await?;
    let company = Company::load(&mut tx, caller.organisation).await?;
    let history = agreements::history(&mut tx, caller.organisation).await?;
    Ok((company, history))
}

impl Visitor {
    pub(super) const fn app(&self) -> &App {
        &self.browser.app
    }

    pub(super) const fn language(&self) -> Language {
        self.browser.language
    }

    /// Whether the person may take part in signing (R1).
    pub(super) fn may_sign(&self) -> bool {
        self.company.authority.may_sign(self.caller.person, self.now)
    }

    /// Whether the person administers permissions (R21).
    pub(super) fn is_administrator(&self) -> bool {
        self.member().is_some_and(Member::is_administrator)
    }

    /// Whether the person may see and change watches once there is an agreement (R19, R20).
    pub(super) fn has_access(&self) -> bool {
        self.member().is_some_and(Member::has_access)
    }

    fn member(&self) -> Option<&Member> {
        self.company.member(self.caller.user)
    }

    /// The names of those who may sign.
    pub(super) fn signatories(&self) -> Vec<String> {
        self.company.signatories(self.now).map(|member| member.name.clone()).collect()
    }

    /// The names of the permission administrators.
    pub(super) fn administrators(&self) -> Vec<String> {
        self.company.administrators().map(|member| member.name.clone()).collect()
    }

    /// Refuses everybody but signatories and administrators.
    pub(super) fn with_insight(&self) -> Answer<()> {
        Ok(self.company.insight(self.caller, self.now)?)
    }

    pub(super) fn viewer(&self) -> Viewer {
        let connects = self.company.agreement.is_none() && self.history.is_empty() && self.may_sign();
        let agreement = match (connects, self.with_insight()) {
            (true, _) => AgreementLink::Connect,
            (false, Ok(())) => AgreementLink::Agreement,
            (false, Err(_)) => AgreementLink::Hidden,
        };
        Viewer::Member(views::Member {
            name: self.signed_in.person.name.clone(),
            company: self.company.organisation.name.clone(),
            number: shown::number(&self.company.organisation),
            has_other_companies: self.signed_in.companies.len() > 1,
            agreement,
            is_administrator: self.is_administrator(),
            session: self.browser.session(paths::START),
        })
    }

    /// A page.
    pub(super) fn page(&self, view: &impl View) -> Answer {
        self.page_with(StatusCode::OK, view)
    }

    /// A page with another status than success.
    pub(super) fn page_with(&self, status: StatusCode, view: &impl View) -> Answer {
        Ok((status, view.render(&self.browser.chrome(self.viewer()))?).into_response())
    }

    /// The answer of a handler. `act` is what was tried.
    pub(super) fn answer(&self, act: Act, answer: Answer) -> Response {
        let refused = match answer {
            Ok(response) => return response,
            Err(Stop::Answer(response)) => return *response,
            Err(Stop::Refused(refused)) => refused,
            Err(Stop::Fault(fault)) => self.refused(act, &fault),
        };
        answer::refuse(&self.browser.chrome(self.viewer()), Some(act), &refused)
    }

    fn refused(&self, act: Act, fault: &Fault) -> Refused {
        let circumstances =
            refusals::Circumstances { caller: self.caller, company: &self.company, act, now: self.now };
        match (refusals::refused(fault, circumstances), fault) {
            (Some(refused), _) => refused,
            // What a form of ours asks for can become impossible only while it is shown.
            (None, Fault::Refused(_) | Fault::Field(_)) => Refused::ChangedMeanwhile,
            (None, fault) => answer::refused(fault),
        }
    }
}

/// An id as it stands in an address; what is none leads nowhere.
pub(super) fn id<T: std::str::FromStr>(text: &str) -> Outcome<T> {
    text.parse().map_err(|_| Fault::NotFound)
}
