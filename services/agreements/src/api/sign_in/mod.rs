//! Signing in: a try is begun, looked at, answered or cancelled, and becomes a session once. Whoever began it proves so by
//! its secret.

pub(super) mod answer;
pub(super) mod begin;
pub(super) mod cancel;
pub(super) mod look;
pub(super) mod start_session;

use crate::{
    App,
    fault::{Fault, Outcome},
    identity::attempt::{self, Attempt},
};
use axum::{extract::FromRequestParts, http::request::Parts};
use bevaka_domain::ids::AttemptId;
use std::convert::Infallible;

/// The header with the secret of whoever began a try.
const HEADER: &str = "attempt-secret";

/// The secret of whoever began a try; without one, that of nobody.
pub(super) struct Secret(String);

impl<S: Sync> FromRequestParts<S> for Secret {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        let secret = parts.headers.get(HEADER).and_then(|value| value.to_str().ok());
        Ok(Self(secret.unwrap_or_default().to_owned()))
    }
}

impl Secret {
    /// The try to sign in that this secret began.
    async fn attempt(&self, app: &App, id: AttemptId) -> Outcome<Attempt> {
        let attempt = attempt::find(app, id, &self.0).await?;
        if attempt.is_for_order() { Err(Fault::NotFound) } else { Ok(attempt) }
    }
}
