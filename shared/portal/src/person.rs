//! A person signed in, with or without a company.

use crate::{
    Browser, Section, Site, View, Viewer,
    answer::Answer,
    paths,
    session::{self, Absent, SignedIn},
    view::Place,
};
use axum::{
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
    response::{IntoResponse, Response},
};
use bevaka_web::pages::ViewError;

/// A person signed in, with or without a company. To be here counts as use of the session (R44). Others are led to where
/// one signs in.
#[derive(Clone, Debug)]
pub struct Person<S> {
    /// Their browser.
    pub browser: Browser<S>,
    /// The session's token.
    pub token: String,
    /// Who it is.
    pub signed_in: SignedIn,
}

impl<S: Site> FromRequestParts<S> for Person<S> {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &S) -> Result<Self, Response> {
        let Ok(mut browser) = Browser::from_request_parts(parts, app).await;
        let Some(token) = browser.cookies.session().map(str::to_owned) else {
            return Err(browser.to_sign_in(Absent::Stranger));
        };
        match session::resume(app, &token).await {
            Ok(Ok(signed_in)) => {
                browser.speak(signed_in.language());
                Ok(Self { browser, token, signed_in })
            }
            Ok(Err(absent)) => Err(browser.to_sign_in(absent)),
            Err(fault) => Err(browser.answer(Section::Connect, Err(fault.into()))),
        }
    }
}

impl<S: Site> Person<S> {
    /// Who looks at the page.
    pub fn viewer(&self) -> Viewer {
        Viewer::Person {
            name: self.signed_in.name.clone(),
            session: self.browser.session(paths::CHOOSE_COMPANY),
        }
    }

    /// A page.
    ///
    /// # Errors
    /// [`ViewError`] if a text is missing, which tests rule out.
    pub fn page(&self, view: &impl View) -> Result<Response, ViewError> {
        Ok((StatusCode::OK, view.render(&self.browser.chrome(self.viewer()))?).into_response())
    }

    /// The answer of a handler.
    pub fn answer(&self, answer: Answer) -> Response {
        self.browser.chrome(self.viewer()).answer((Place::Outside, Section::Connect), answer)
    }
}
