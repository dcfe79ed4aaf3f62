//! What signing in and signing have in common: waiting for BankID, the token's challenge, and how an attempt ended.

pub mod bankid;
pub mod token;

use super::{display::OrderSubject, nav, session::Guest};
use crate::{
    app::App,
    fault::{Fault, Outcome},
    identity::{
        attempt::{self, Attempt, Failure, State, Way},
        methods::{Availability, METHODS},
    },
};
use axum::{http::StatusCode, response::Response};
use bevaka_domain::{
    ids::AttemptId,
    signing::{Method, Order},
};
use bevaka_eid::bankid::{BankIdError, Message as BankIdMessage};
use bevaka_web::{
    layout::Tone,
    page::{At, Message},
    pages::ViewError,
};
use serde::Serialize;

/// The parameter that names an attempt whose end a page tells.
pub(super) const ENDED: &str = "forsok";

/// The cookie with the secret of whoever begins an attempt.
const SECRET: &str = "__Host-bevaka-try";

/// What a method is used for.
#[derive(Clone, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Purpose {
    SignIn,
    Sign { subject: OrderSubject, text: String },
}

impl Purpose {
    pub(super) fn sign(order: &Order) -> Self {
        Self::Sign { subject: OrderSubject::of(&order.content), text: order.text.clone() }
    }

    const fn at(&self) -> At {
        match self {
            Self::SignIn => nav::OUTSIDE,
            Self::Sign { subject, .. } => subject.at(),
        }
    }
}

/// The method of this name, if it can be used now.
pub(super) fn method(app: &App, name: &str) -> Outcome<Method> {
    let is_meant = |method: &Method| match method {
        Method::OnCard => name == "on_card",
        Method::Mobile => name == "mobile",
        Method::Token => name == "token",
    };
    let is_open = |method: &Method| app.availability(*method, app.now()) == Availability::Open;
    METHODS.into_iter().find(is_meant).filter(is_open).ok_or(Fault::MethodClosed)
}

/// The secret of this browser for attempts. One that is new here has to reach the browser with the answer:
/// [`redirect_with_secret`].
pub(super) fn secret(guest: &Guest) -> String {
    guest.cookies.get(SECRET).map_or_else(|| guest.app.chassis.entropy.token(), str::to_owned)
}

/// A redirect that lets the browser keep the secret of its attempts.
pub(super) fn redirect_with_secret(guest: &Guest, secret: String, to: &str) -> Response {
    guest.cookies.clone().with(SECRET, secret).redirect(to)
}

/// The attempt of this browser, with the secret that says so.
pub(super) async fn find(guest: &Guest, id: AttemptId) -> Outcome<(Attempt, String)> {
    let secret = guest.cookies.get(SECRET).ok_or(Fault::NotFound)?.to_owned();
    let found = attempt::find(&guest.app, id, &secret).await?;
    Ok((found, secret))
}

/// The attempt before, if the address names one of this browser.
pub(super) async fn find_former(guest: &Guest, id: &str) -> Option<Attempt> {
    let (attempt, _) = find(guest, id.parse().ok()?).await.ok()?;
    Some(attempt)
}

/// Why an attempt did not come to its end (R12); `None` while it has not ended, or ended well.
pub(super) fn problem(guest: &Guest, attempt: &Attempt) -> Result<Option<Message>, ViewError> {
    let why = match &attempt.state {
        State::Failed { why } => why,
        State::Pending { .. } if is_late(guest, attempt) => &Failure::TokenExpired,
        _ => return Ok(None),
    };
    Ok(Some(match why {
        Failure::BankId(key) if key == BankIdMessage::Rfa4.key() => in_progress(),
        Failure::BankId(key) => bankid_failed(guest, key)?,
        Failure::Cancelled => Message::new(Tone::Info, "problem-cancelled"),
        Failure::TokenExpired => Message::new(Tone::Error, "problem-token-expired"),
        Failure::TokenLocked => Message::new(Tone::Error, "problem-token-locked"),
        Failure::NotAccepted => Message::new(Tone::Error, "problem-not-accepted"),
        // Has a refusal of its own.
        Failure::Refused(_) => return Ok(None),
    }))
}

/// Whether a challenge can no longer be answered. BankID ends its own orders.
fn is_late(guest: &Guest, attempt: &Attempt) -> bool {
    attempt.is_pending() && matches!(attempt.way, Way::Token(_)) && guest.app.now() >= attempt.expires_at
}

/// Why BankID did not begin, with the answer's status.
pub(super) fn not_begun(guest: &Guest, error: &BankIdError) -> Result<(StatusCode, Message), ViewError> {
    tracing::warn!(%error, "BankID did not begin an order");
    Ok(match BankIdMessage::error(error) {
        BankIdMessage::Rfa4 => (StatusCode::CONFLICT, in_progress()),
        message => (StatusCode::SERVICE_UNAVAILABLE, bankid_failed(guest, message.key())?),
    })
}

fn bankid_failed(guest: &Guest, key: &str) -> Result<Message, ViewError> {
    let message = guest.app.pages.text(guest.language, key)?;
    Ok(Message::new(Tone::Error, "problem-bankid").with("message", message))
}

fn in_progress() -> Message {
    Message::new(Tone::Warning, "problem-in-progress")
}
