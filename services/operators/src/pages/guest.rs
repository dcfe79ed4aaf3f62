//! A browser before anybody has signed in, and the frame around what it sees.

use super::{nav, paths};
use crate::app::App;
use axum::{
    extract::FromRequestParts,
    http::{Method, StatusCode, Uri, request::Parts},
    response::{IntoResponse, Response},
};
use axum_extra::extract::cookie::CookieJar;
use bevaka_domain::{language::Language, operator::Role};
use bevaka_web::{
    cookies::Cookies,
    language::RequestLanguage,
    layout::{Frame, Here},
    page::{At, PageFrame, View},
    page_error::{PageError, PageRefusal, PageResult, PageSlot},
    pages::{Pages, ViewError},
};
use std::{convert::Infallible, sync::Arc};

/// A browser, whoever sits before it.
#[derive(Clone)]
pub(crate) struct Guest {
    pub app: App,
    pub language: Language,
    here: Here,
}

/// A [`Guest`] with what the browser keeps for us.
pub(crate) struct GuestBrowser {
    pub guest: Arc<Guest>,
    pub cookies: Cookies,
}

impl FromRequestParts<App> for GuestBrowser {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let Ok(RequestLanguage(language)) = RequestLanguage::from_request_parts(parts, app).await;
        let Ok(jar) = CookieJar::from_request_parts(parts, app).await;
        let guest = Arc::new(Guest::new(parts, app, language));
        PageSlot::of(parts).set_frame(guest.clone());
        Ok(Self { guest, cookies: Cookies::new(jar) })
    }
}

impl std::ops::Deref for GuestBrowser {
    type Target = Guest;

    fn deref(&self) -> &Guest {
        &self.guest
    }
}

impl Guest {
    pub(super) fn new(parts: &Parts, app: &App, language: Language) -> Self {
        // Nothing links back to an address that only takes forms, or whose code counts once.
        let shown = parts.method == Method::GET && parts.uri.path() != paths::SIGNED_IN;
        let here = if shown { parts.uri.clone() } else { Uri::from_static(paths::SIGN_IN) };
        Self { app: app.clone(), language, here: here.into() }
    }

    pub(crate) fn page<V: View>(&self, status: StatusCode, view: &V) -> PageResult {
        let frame: &dyn PageFrame = self;
        Ok((status, frame.page(view)?).into_response())
    }

    /// Refuses an operator without any role, naming those that there are.
    pub(crate) fn no_role(&self) -> PageError {
        let roles = Role::ALL.map(|role| self.app.pages.text(self.language, role_key(role)));
        match roles.into_iter().collect::<Result<Vec<_>, _>>() {
            Ok(roles) => PageRefusal::new(StatusCode::FORBIDDEN, "refused-sign-in-no-role")
                .with("roles", roles.join(", "))
                .into(),
            Err(error) => error.into(),
        }
    }

    /// What a handler ends in, where more is to be done with it than the layer does.
    pub(crate) fn answer(&self, result: PageResult) -> Response {
        result.unwrap_or_else(|error| error.page(self, nav::OUTSIDE))
    }
}

impl PageFrame for Guest {
    fn pages(&self) -> &Pages {
        &self.app.pages
    }

    fn language(&self) -> Language {
        self.language
    }

    fn frame(&self, title: &str, _at: At) -> Result<Frame, ViewError> {
        let brand = self.app.pages.text(self.language, "frame-brand")?;
        Ok(Frame::new(title, self.language, &self.here).brand(brand).home(paths::SIGN_IN))
    }

    fn way_out(&self) -> (&'static str, &'static str) {
        (paths::SIGN_IN, "refused-to-sign-in")
    }
}

/// The text with the name of a role, as people say it.
pub(super) const fn role_key(role: Role) -> &'static str {
    match role {
        Role::Viewer => "role-viewer",
        Role::Operator => "role-operator",
        Role::Approver => "role-approver",
        Role::Auditor => "role-auditor",
    }
}
