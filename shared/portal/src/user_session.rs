//! A person signed in, with or without a company.

use crate::{
    CustomerFrame, Guest, Site, Viewer, paths,
    session::{self, Absent, SignedIn},
};
use axum::{
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
    response::IntoResponse,
};
use bevaka_web::{
    page::{PageFrame, View},
    page_error::{PageError, PageResult},
};
use std::sync::Arc;

/// A person signed in, with or without a company. To be here counts as use of the session (R44). Others are led to where
/// one signs in.
#[derive(Clone, Debug)]
pub struct UserSession<S> {
    /// Their browser.
    pub browser: Guest<S>,
    /// The session's token.
    pub token: String,
    /// Who it is.
    pub signed_in: SignedIn,
    frame: Arc<CustomerFrame>,
}

impl<S: Site> FromRequestParts<S> for UserSession<S> {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &S) -> PageResult<Self> {
        let Ok(mut browser) = Guest::from_request_parts(parts, app).await;
        let Some(token) = browser.cookies.session().map(str::to_owned) else {
            return Err(browser.to_sign_in(Absent::Stranger).into());
        };
        let signed_in = match session::resume(app, &token).await? {
            Ok(signed_in) => signed_in,
            Err(absent) => return Err(browser.to_sign_in(absent).into()),
        };
        browser.speak(signed_in.language());
        let session = browser.session(paths::CHOOSE_COMPANY);
        let viewer = Viewer::Person { name: signed_in.name.clone(), session };
        let frame = Arc::new(browser.frame(viewer));
        browser.slot.set_frame(frame.clone());
        Ok(Self { browser, token, signed_in, frame })
    }
}

impl<S: Site> UserSession<S> {
    /// A page.
    ///
    /// # Errors
    /// If a text is missing, which tests rule out.
    pub fn page<V: View>(&self, view: &V) -> PageResult {
        let frame: &dyn PageFrame = &*self.frame;
        Ok((StatusCode::OK, frame.page(view)?).into_response())
    }
}
