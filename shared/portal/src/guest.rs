//! A browser, whoever sits before it.

use crate::{CustomerFrame, Site, Viewer, paths, session::Absent};
use axum::{
    extract::{FromRequestParts, MatchedPath},
    http::{Method, StatusCode, Uri, request::Parts},
    response::{IntoResponse, Response},
};
use axum_extra::extract::cookie::CookieJar;
use bevaka_domain::language::Language;
use bevaka_web::{
    cookies::{Cookies, Flash},
    language::ChosenLanguage,
    layout::{Here, Session},
    local_path::{local, with_query},
    page::{PageFrame, View},
    page_error::{PageResult, PageSlot},
};
use std::{convert::Infallible, sync::Arc};

/// Before its end without use a session is warned of so many seconds ahead (R44).
const WARNS_S: u32 = 60;

/// A browser, whoever sits before it.
#[derive(Clone, Debug)]
pub struct Guest<S> {
    /// The service.
    pub app: S,
    /// The language of the answer: what this browser was switched to, else the user's, else Swedish.
    pub language: Language,
    /// What the browser keeps for us.
    pub cookies: Cookies,
    /// Where the frame of refusals is left.
    pub slot: PageSlot,
    /// What this browser was switched to.
    chosen: Option<Language>,
    here: Here,
    /// Where to come back to after signing in: only pages that are read.
    back: Option<String>,
}

impl<S: Site> FromRequestParts<S> for Guest<S> {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &S) -> Result<Self, Infallible> {
        let Ok(ChosenLanguage(chosen)) = ChosenLanguage::from_request_parts(parts, app).await;
        let Ok(jar) = CookieJar::from_request_parts(parts, app).await;
        let is_read = matches!(parts.method, Method::GET | Method::HEAD);
        let path = parts.uri.path_and_query().map(|path| path.as_str().to_owned());
        let back = path.filter(|path| is_read && local(path).is_some() && path != paths::START);
        let guest = Self {
            app: app.clone(),
            language: chosen.unwrap_or_default(),
            cookies: Cookies::new(jar),
            slot: PageSlot::of(parts),
            chosen,
            here: here::<S>(parts),
            back,
        };
        guest.slot.set_frame(Arc::new(guest.frame(Viewer::Guest)));
        Ok(guest)
    }
}

/// Where the same page is had in the other language.
fn here<S: Site>(parts: &Parts) -> Here {
    match parts.extensions.get::<MatchedPath>() {
        Some(route) if S::takes_forms_only(route.as_str()) => Uri::from_static(paths::START).into(),
        _ => parts.uri.clone().into(),
    }
}

impl<S: Site> Guest<S> {
    /// The frame around what a viewer sees.
    pub fn frame(&self, viewer: Viewer) -> CustomerFrame {
        CustomerFrame {
            pages: self.app.pages().clone(),
            language: self.language,
            here: self.here.clone(),
            viewer,
        }
    }

    /// A page for whoever has not signed in.
    ///
    /// # Errors
    /// If a text is missing, which tests rule out.
    pub fn page<V: View>(&self, status: StatusCode, view: &V) -> PageResult {
        let frame = self.frame(Viewer::Guest);
        let frame: &dyn PageFrame = &frame;
        Ok((status, frame.page(view)?).into_response())
    }

    /// Leads to a page that says what has been done.
    pub fn redirect_with_flash<F: Flash>(&self, flash: &F, to: &str) -> Response {
        self.cookies.redirect_with_flash(flash, to)
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
        self.slot.set_frame(Arc::new(self.frame(Viewer::Guest)));
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
