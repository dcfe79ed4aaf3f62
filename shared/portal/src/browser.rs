//! A browser, whoever sits before it.

use crate::{
    Chrome, Cookies, News, Site, View, Viewer,
    answer::Answer,
    help::Section,
    local::{local, with_query},
    paths,
    session::Absent,
    view::Place,
};
use axum::{
    extract::{FromRequestParts, MatchedPath},
    http::{Method, StatusCode, Uri, request::Parts},
    response::{IntoResponse, Response},
};
use axum_extra::extract::cookie::CookieJar;
use bevaka_domain::language::Language;
use bevaka_web::{
    language::ChosenLanguage,
    layout::{Here, Session},
    pages::ViewError,
};
use std::convert::Infallible;

/// Before its end without use a session is warned of so many seconds ahead (R44).
const WARNS_S: u32 = 60;

/// A browser, whoever sits before it.
#[derive(Clone, Debug)]
pub struct Browser<S> {
    /// The service.
    pub app: S,
    /// The language of the answer: what this browser was switched to, else the user's, else Swedish.
    pub language: Language,
    /// What this browser was switched to.
    chosen: Option<Language>,
    here: Here,
    /// Where to come back to after signing in: only pages that are read.
    back: Option<String>,
    /// What the browser keeps for us.
    pub cookies: Cookies,
}

impl<S: Site> FromRequestParts<S> for Browser<S> {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &S) -> Result<Self, Infallible> {
        let Ok(ChosenLanguage(chosen)) = ChosenLanguage::from_request_parts(parts, app).await;
        let here = here::<S>(parts);
        let Ok(jar) = CookieJar::from_request_parts(parts, app).await;
        let is_read = matches!(parts.method, Method::GET | Method::HEAD);
        let path = parts.uri.path_and_query().map(|path| path.as_str().to_owned());
        let back = path.filter(|path| is_read && local(path).is_some() && path != paths::START);
        let (language, cookies) = (chosen.unwrap_or_default(), Cookies::new(jar));
        Ok(Self { app: app.clone(), language, chosen, here, back, cookies })
    }
}

/// Where the same page is had in the other language.
fn here<S: Site>(parts: &Parts) -> Here {
    match parts.extensions.get::<MatchedPath>() {
        Some(route) if S::takes_forms_only(route.as_str()) => Uri::from_static(paths::START).into(),
        _ => parts.uri.clone().into(),
    }
}

impl<S: Site> Browser<S> {
    /// What the page of a viewer stands in.
    pub fn chrome(&self, viewer: Viewer) -> Chrome<'_> {
        Chrome { pages: self.app.pages(), language: self.language, here: &self.here, viewer }
    }

    /// A page for whoever has not signed in.
    ///
    /// # Errors
    /// [`ViewError`] if a text is missing, which tests rule out.
    pub fn page(&self, status: StatusCode, view: &impl View) -> Result<Response, ViewError> {
        Ok((status, view.render(&self.chrome(Viewer::Stranger))?).into_response())
    }

    /// The answer of a handler for whoever has not signed in; `help` is the section of the page.
    pub fn answer(&self, help: Section, answer: Answer) -> Response {
        self.chrome(Viewer::Stranger).answer((Place::Outside, help), answer)
    }

    /// A redirect to a page that tells what has been done.
    pub fn telling(&self, news: &impl News, to: &str) -> Response {
        self.cookies.clone().with_news(news).redirect(to)
    }

    /// The same page, with the news of the browser told.
    pub fn told(&self, page: Response) -> Response {
        (self.cookies.clone().without_news().into_jar(), page).into_response()
    }

    /// Leads to where one signs in and from there back, with the reason.
    pub fn to_sign_in(&self, absent: Absent) -> Response {
        let reason = match absent {
            Absent::Stranger => "",
            Absent::Inactive => "inaktiv",
            Absent::Over => "slut",
        };
        let to = with_query(paths::SIGN_IN, [("next", self.back()), ("skal", reason)]);
        self.cookies.clone().without_session().redirect(&to)
    }

    /// Leads to where one chooses the company, and from there back.
    pub fn to_choose_company(&self) -> Response {
        self.cookies.clone().redirect(&with_query(paths::CHOOSE_COMPANY, [("next", self.back())]))
    }

    /// From now on in the language of this user, unless the browser was switched.
    pub fn speak(&mut self, users: Option<Language>) {
        self.language = self.chosen.or(users).unwrap_or_default();
    }

    /// When the session ends without use; `keep` is an address that counts as use.
    pub(crate) fn session(&self, keep: &str) -> Session {
        let idle = self.app.chassis().settings.sessions.idle_s;
        Session { ends_s: idle.try_into().unwrap_or(u32::MAX), warns_s: WARNS_S, keep: keep.to_owned() }
    }

    fn back(&self) -> &str {
        self.back.as_deref().unwrap_or_default()
    }
}
