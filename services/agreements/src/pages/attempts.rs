//! What signing in and signing have in common: waiting for BankID, the token's challenge, and how an attempt ended.

use super::{
    answer::Answer,
    visitor::{Browser, id},
};
use crate::{
    fault::{Fault, Outcome},
    identity::{
        attempt::{self, Attempt, BankIdWay, Failure, State, TokenWay, Way},
        bankid::way_of,
    },
    paths,
    views::{
        BankIdKind, BankIdProgress, BankIdStatus, BankIdWait, ChallengeParts, Purpose, SignProblem,
        TokenChallenge, TokenFault,
    },
};
use axum::{
    Json,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use bevaka_domain::{clock::Timestamp, language::Language};
use bevaka_eid::bankid::{self, BankIdError, Hint, Message};
use bevaka_web::pages::{Pages, ViewError};
use qrcode::{QrCode, render::svg};
use url::form_urlencoded::byte_serialize;

/// The parameter that names an attempt whose end a page tells.
pub(super) const TOLD: &str = "forsok";

/// The cookie with the secret of whoever begins an attempt.
const SECRET: &str = "__Host-bevaka-try";

/// The secret of this browser for attempts. One that is new here has to reach the browser with the answer: [`keeping`].
pub(super) fn secret(browser: &Browser) -> String {
    browser.cookies.get(SECRET).map_or_else(|| browser.app.chassis.entropy.token(), str::to_owned)
}

/// A redirect that lets the browser keep the secret of its attempts.
pub(super) fn keeping(browser: &Browser, secret: String, to: &str) -> Response {
    browser.cookies.clone().with(SECRET, secret).redirect(to)
}

/// The attempt of this browser, with the secret that says so.
pub(super) async fn find(browser: &Browser, attempt: &str) -> Outcome<(Attempt, String)> {
    let secret = browser.cookies.get(SECRET).ok_or(Fault::NotFound)?.to_owned();
    let found = attempt::find(&browser.app, id(attempt)?, &secret).await?;
    Ok((found, secret))
}

/// How far an attempt at BankID has come. Looking at it is no use of a session (R44).
fn progress(attempt: &Attempt) -> BankIdProgress {
    match &attempt.state {
        State::Pending { hint: None | Some(Hint::OutstandingTransaction | Hint::NoClient) } => {
            BankIdProgress::Waiting
        }
        State::Pending { .. } => BankIdProgress::Started,
        _ => BankIdProgress::Ended,
    }
}

/// What to do now, in BankID's own words.
fn message(attempt: &Attempt, way: &BankIdWay) -> Message {
    let hint = match &attempt.state {
        State::Pending { hint: Some(hint) } => hint,
        _ => &Hint::OutstandingTransaction,
    };
    Message::pending(hint, way_of(way.method))
}

/// The page that waits for BankID; `here` is its address.
pub(super) fn wait(
    browser: &Browser,
    attempt: &Attempt,
    way: &BankIdWay,
    purpose: Purpose,
    here: String,
) -> Result<BankIdWait, ViewError> {
    let app_url = &browser.app.chassis.settings.bankid.app_url;
    let token = &way.auto_start_token;
    let back = format!("{}{here}", browser.app.chassis.settings.pages_url());
    let start = |own: &str| {
        if app_url.is_empty() {
            return format!("{own}?autostarttoken={token}&redirect=null");
        }
        let back: String = byte_serialize(back.as_bytes()).collect();
        format!("{app_url}?autostarttoken={token}&redirect={back}")
    };
    let kind = match way.method {
        bankid::Method::OnCard => BankIdKind::OnCard { start: start("bankid:///") },
        bankid::Method::Mobile => {
            BankIdKind::Mobile { start: start("https://app.bankid.com/"), qr: format!("{here}{}", paths::QR) }
        }
    };
    Ok(BankIdWait {
        purpose,
        kind,
        progress: progress(attempt),
        message: browser.app.pages.text(browser.language, message(attempt, way).key())?,
        status: format!("{here}{}", paths::STATUS),
        cancel: format!("{here}{}", paths::CANCEL),
        here,
    })
}

/// What the waiting page's script asks for; `here` is the address of that page, which leads on when it is over.
pub(super) async fn status(browser: &Browser, attempt: &str, here: String) -> Answer {
    let (attempt, _) = find(browser, attempt).await?;
    let Way::BankId(way) = &attempt.way else { return Err(Fault::NotFound.into()) };
    let state = progress(&attempt);
    let message = browser.app.pages.text(browser.language, message(&attempt, way).key())?;
    let next = (state == BankIdProgress::Ended).then_some(here);
    Ok(Json(BankIdStatus { state, message, next }).into_response())
}

/// The QR code of this second. It is another one in the next: the secret that it follows from stays here.
pub(super) async fn qr(browser: &Browser, attempt: &str) -> Answer {
    let (attempt, _) = find(browser, attempt).await?;
    let Way::BankId(way) = &attempt.way else { return Err(Fault::NotFound.into()) };
    if progress(&attempt) != BankIdProgress::Waiting || way.method != bankid::Method::Mobile {
        return Err(Fault::NotFound.into());
    }
    let seconds = browser.app.now().since(attempt.started_at).as_secs();
    let text = bankid::qr(&way.qr_start_token, &way.qr_start_secret.clone().into(), seconds);
    let code = QrCode::new(text).map_err(|fault| Fault::Internal(fault.into()))?;
    let image = code.render::<svg::Color<'_>>().min_dimensions(220, 220).build();
    Ok(([(header::CONTENT_TYPE, "image/svg+xml")], image).into_response())
}

/// The page with a token's challenge; `here` is its address.
pub(super) fn challenge(
    attempt: &Attempt,
    way: &TokenWay,
    purpose: Purpose,
    here: String,
    fault: Option<TokenFault>,
) -> TokenChallenge {
    let made_of = way.text.as_ref().and_then(|_| way.challenge.split_at_checked(way.challenge.len() / 2));
    TokenChallenge {
        purpose,
        challenge: way.challenge.clone(),
        made_of: made_of.map(|(organisation, check)| ChallengeParts {
            organisation: organisation.to_owned(),
            check: check.to_owned(),
        }),
        tries_left: way.tries_left.into(),
        expires_at: attempt.expires_at,
        cancel: format!("{here}{}", paths::CANCEL),
        action: here,
        fault,
    }
}

/// The status of the page with a challenge.
pub(super) const fn challenge_status(fault: Option<TokenFault>) -> StatusCode {
    match fault {
        None => StatusCode::OK,
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

/// Why an attempt did not come to its end (R12); `None` while it has not ended, or ended well.
pub(super) fn problem(
    pages: &Pages,
    language: Language,
    attempt: &Attempt,
    now: Timestamp,
) -> Result<Option<SignProblem>, ViewError> {
    Ok(match &attempt.state {
        State::Failed { why } => failure(pages, language, why)?,
        State::Pending { .. } if is_late(attempt, now) => Some(SignProblem::TokenExpired),
        _ => None,
    })
}

/// Whether a challenge can no longer be answered. BankID ends its own orders.
pub(super) fn is_late(attempt: &Attempt, now: Timestamp) -> bool {
    attempt.is_pending() && matches!(attempt.way, Way::Token(_)) && now >= attempt.expires_at
}

fn failure(pages: &Pages, language: Language, why: &Failure) -> Result<Option<SignProblem>, ViewError> {
    Ok(Some(match why {
        Failure::BankId(key) if key == Message::Rfa4.key() => SignProblem::InProgress,
        Failure::BankId(key) => SignProblem::BankId { message: pages.text(language, key)? },
        Failure::Cancelled => SignProblem::Cancelled,
        Failure::TokenExpired => SignProblem::TokenExpired,
        Failure::TokenLocked => SignProblem::TokenLocked,
        Failure::NotAccepted => SignProblem::NotAccepted,
        // Has a refusal of its own.
        Failure::Refused(_) => return Ok(None),
    }))
}

/// Why BankID did not begin, with the answer's status.
pub(super) fn not_begun(
    pages: &Pages,
    language: Language,
    error: &BankIdError,
) -> Result<(StatusCode, SignProblem), ViewError> {
    tracing::warn!(%error, "BankID did not begin an order");
    let message = Message::error(error);
    if message == Message::Rfa4 {
        return Ok((StatusCode::CONFLICT, SignProblem::InProgress));
    }
    let message = pages.text(language, message.key())?;
    Ok((StatusCode::SERVICE_UNAVAILABLE, SignProblem::BankId { message }))
}
