//! Signing an order: waiting for BankID, or answering the token's challenge (R9–R13).

use super::{
    attempts::{
        self, Purpose,
        bankid::{self, BankIdWait},
        token::{self, AnswerForm, TokenChallenge},
    },
    display::OrderSubject,
    flash::Done,
    session::{CompanySession, Guest},
};
use crate::{
    app::App,
    fault::Fault,
    identity::{
        self,
        attempt::{self, Attempt, Failure, SignedOutcome, State},
    },
    paths,
};
use axum::{
    Router,
    extract::{FromRequestParts, Path},
    http::request::Parts,
    routing::{get, post},
};
use bevaka_domain::{
    ids::{AttemptId, OrderId},
    signing::Order,
};
use bevaka_web::{
    form::HtmlForm,
    local_path::with_query,
    page::FieldError,
    page_error::{PageError, PageResult},
};

pub(super) fn router() -> Router<App> {
    let below = |path: &str, end: &str| format!("{path}{end}");
    Router::new()
        .route(paths::ORDER_BANKID, get(wait))
        .route(&below(paths::ORDER_BANKID, paths::STATUS), get(status))
        .route(&below(paths::ORDER_BANKID, paths::QR), get(qr))
        .route(&below(paths::ORDER_BANKID, paths::CANCEL), post(cancel))
        .route(paths::ORDER_TOKEN, get(challenge).post(answer))
        .route(&below(paths::ORDER_TOKEN, paths::CANCEL), post(cancel))
}

/// The ids of an address. Text that is no id leads to the page that says so, as an id that does not exist.
struct Ids(OrderId, AttemptId);

impl FromRequestParts<App> for Ids {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> PageResult<Self> {
        let ids = Path::from_request_parts(parts, app).await;
        ids.map(|Path((order, attempt))| Self(order, attempt)).map_err(|_| PageError::not_found())
    }
}

/// An attempt of this person in this browser to sign an order.
struct SignAttempt {
    session: CompanySession,
    attempt: Attempt,
    secret: String,
    order: Order,
}

impl FromRequestParts<App> for SignAttempt {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> PageResult<Self> {
        let session = CompanySession::from_request_parts(parts, app).await?;
        let Ids(order, attempt) = Ids::from_request_parts(parts, app).await?;
        let (attempt, secret) = attempts::find(&session.browser, attempt).await?;
        let mut tx = app.chassis.db.begin_read().await?;
        let order = session.order(&mut tx, order).await?;
        match attempt.purpose {
            attempt::Purpose::Sign { order: of, user, .. }
                if of == order.id && user == session.caller.user => {}
            _ => return Err(Fault::NotFound.into()),
        }
        session.set_at(OrderSubject::of(&order.content).at());
        Ok(Self { session, attempt, secret, order })
    }
}

async fn wait(found: SignAttempt) -> PageResult {
    let SignAttempt { session, attempt, order, .. } = &found;
    let here = paths::order_bankid(order.id, attempt.id);
    match BankIdWait::new(&session.browser, attempt, Purpose::sign(order), here)? {
        Some(view) => session.page(&view),
        None => ended(&found).await,
    }
}

/// Asked every other second by a page that nobody touches, so it does not ask for the session (R44): the secret of the
/// attempt is enough.
async fn status(guest: Guest, Ids(order, attempt): Ids) -> PageResult {
    bankid::status(&guest, attempt, paths::order_bankid(order, attempt)).await
}

async fn qr(guest: Guest, Ids(_, attempt): Ids) -> PageResult {
    bankid::qr(&guest, attempt).await
}

async fn challenge(found: SignAttempt) -> PageResult {
    challenge_with(&found, Vec::new()).await
}

async fn challenge_with(found: &SignAttempt, errors: Vec<FieldError>) -> PageResult {
    let SignAttempt { session, attempt, order, .. } = found;
    let here = paths::order_token(order.id, attempt.id);
    match TokenChallenge::new(&session.browser, attempt, Purpose::sign(order), here)? {
        Some(view) => session.page(&TokenChallenge { errors, ..view }),
        None => ended(found).await,
    }
}

async fn answer(found: SignAttempt, HtmlForm(form): HtmlForm<AnswerForm>) -> PageResult {
    let (attempt, errors) =
        token::answer(&found.session.browser, found.attempt, &found.secret, &form).await?;
    challenge_with(&SignAttempt { attempt, ..found }, errors).await
}

async fn cancel(found: SignAttempt) -> PageResult {
    let attempt = identity::bankid::cancel(found.session.app(), found.attempt.id, &found.secret).await?;
    ended(&SignAttempt { attempt, ..found }).await
}

/// Leads on from an attempt that is over: to the confirmation, which is shown once (R11), or back to the order.
async fn ended(SignAttempt { session, attempt, secret, order }: &SignAttempt) -> PageResult {
    let to_order = paths::order(order.id);
    match &attempt.state {
        State::Signed { .. } => match attempt::told(session.app(), attempt.id, secret).await? {
            SignedOutcome::Waits | SignedOutcome::Completed => {
                Ok(session.redirect_with_flash(&Done::Signed(order.id), &paths::order_done(order.id)))
            }
            SignedOutcome::Refused => Err(PageError::redirect(&to_order)),
        },
        State::Failed { why: Failure::Refused(refusal) } => Err(Fault::from(*refusal).into()),
        State::Used => Err(PageError::redirect(&to_order)),
        _ => {
            let attempt = attempt.id.to_string();
            Err(PageError::redirect(&with_query(&to_order, [(attempts::ENDED, attempt.as_str())])))
        }
    }
}
