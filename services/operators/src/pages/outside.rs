//! A browser before anybody has signed in, and the frame around what it sees.

use super::{Answer, Stop, Title, View, paths};
use crate::app::App;
use axum::{
    extract::FromRequestParts,
    http::{Method, StatusCode, Uri, request::Parts},
    response::{IntoResponse, Response},
};
use axum_extra::extract::cookie::CookieJar;
use bevaka_domain::{language::Language, operator::Role};
use bevaka_portal::Cookies;
use bevaka_web::{
    language::RequestLanguage,
    layout::{Frame, Here, Link, Notice},
    pages::ViewError,
    problem::{Problem, Refusal},
};
use std::convert::Infallible;

/// The refusal whose reason names the roles that there are.
pub(super) const NO_ROLE: &str = "sign-in-no-role";

/// A browser, whoever sits before it.
pub(crate) struct Outside {
    /// The service.
    pub app: App,
    /// The language of the answer.
    pub language: Language,
    /// What the browser keeps for us.
    pub cookies: Cookies,
    here: Here,
}

impl FromRequestParts<App> for Outside {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let Ok(RequestLanguage(language)) = RequestLanguage::from_request_parts(parts, app).await;
        let Ok(jar) = CookieJar::from_request_parts(parts, app).await;
        // Nothing links back to an address that only takes forms, or whose code counts once.
        let shown = parts.method == Method::GET && parts.uri.path() != paths::SIGNED_IN;
        let here = if shown { parts.uri.clone() } else { Uri::from_static(paths::SIGN_IN) };
        Ok(Self { app: app.clone(), language, cookies: Cookies::new(jar), here: here.into() })
    }
}

impl Outside {
    /// A page in its frame.
    ///
    /// # Errors
    /// [`ViewError`] if a text is missing, which tests rule out.
    pub(crate) fn page<V: View>(&self, status: StatusCode, view: &V) -> Result<Response, ViewError> {
        let title = match view.title() {
            Title::Text(key, values) => self.app.pages.format(self.language, key, &values)?,
            Title::Words(words) => words,
        };
        let mut frame = self.frame(&title)?;
        if let Some(message) = view.notice() {
            frame = frame.notice(Notice {
                tone: message.tone,
                title: self.text(&format!("{}-title", message.key))?,
                text: self.app.pages.format(
                    self.language,
                    &format!("{}-text", message.key),
                    &message.values,
                )?,
            });
        }
        Ok((status, self.app.pages.page(self.language, V::TEMPLATE, &frame, view)?).into_response())
    }

    /// The answer of a handler.
    pub(crate) fn answer(&self, answer: Answer) -> Response {
        let (status, key) = match answer {
            Ok(response) => return response,
            Err(Stop::Answer(response)) => return *response,
            Err(Stop::Refused(status, key)) => (status, key),
            Err(Stop::Away) => (StatusCode::SERVICE_UNAVAILABLE, "away"),
            Err(Stop::NotFound) => (StatusCode::NOT_FOUND, "not-found"),
            Err(Stop::Denied(_) | Stop::OurFault) => (StatusCode::INTERNAL_SERVER_ERROR, "our-fault"),
        };
        self.refuse(status, key).unwrap_or_else(|fault| Problem::from(fault).into_response())
    }

    /// A refusal by the texts `refused-KEY-…`.
    fn refuse(&self, status: StatusCode, key: &str) -> Result<Response, ViewError> {
        let reason = format!("refused-{key}-reason");
        let reason = match key {
            NO_ROLE => self.app.pages.format(self.language, &reason, &[("roles", self.roles()?)])?,
            _ => self.text(&reason)?,
        };
        let refusal = Refusal {
            status,
            title: self.text(&format!("refused-{key}-title"))?,
            reason,
            action: self.text(&format!("refused-{key}-action"))?,
            link: Some(Link { href: paths::SIGN_IN.to_owned(), text: self.text("refused-to-sign-in")? }),
        };
        let frame = self.frame(&refusal.title)?;
        let page = refusal.page(&self.app.pages, self.language, &frame)?;
        Ok((refusal.status, page).into_response())
    }

    /// Every role, as people say it.
    fn roles(&self) -> Result<String, ViewError> {
        let roles = Role::ALL.map(|role| self.text(role_key(role)));
        Ok(roles.into_iter().collect::<Result<Vec<_>, _>>()?.join(", "))
    }

    fn frame(&self, title: &str) -> Result<Frame, ViewError> {
        Ok(Frame::new(title, self.language, &self.here).brand(self.text("frame-brand")?).home(paths::SIGN_IN))
    }

    fn text(&self, key: &str) -> Result<String, ViewError> {
        self.app.pages.text(self.language, key)
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
