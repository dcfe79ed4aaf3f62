//! Signing an order: waiting for BankID, or answering the token's challenge (R9–R13).

use super::{
    answer::{Answer, Fields, Stop, outside},
    attempts::{self, TOLD},
    news::News,
    order::act,
    shown,
    visitor::{Browser, Visitor},
};
use crate::{
    app::App,
    fault::{Fault, Field},
    identity::{
        attempt::{self, Attempt, Failure, Purpose, SignedOutcome, State, Way},
        bankid, token,
    },
    paths,
    views::{self, Act, TokenFault},
};
use axum::{
    Router,
    extract::Path,
    response::Response,
    routing::{get, post},
};
use bevaka_domain::signing::Order;
use bevaka_portal::local::with_query;
use serde::Deserialize;

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

type Ids = Path<(String, String)>;

/// An attempt of this person in this browser to sign an order.
struct Found {
    attempt: Attempt,
    secret: String,
    order: Order,
}

impl Found {
    fn purpose(&self) -> views::Purpose {
        views::Purpose::Sign { subject: shown::subject(&self.order.content), text: self.order.text.clone() }
    }
}

async fn find(visitor: &Visitor, (order, attempt): (&str, &str)) -> Answer<Found> {
    let (attempt, secret) = attempts::find(&visitor.browser, attempt).await?;
    let mut tx = visitor.app().chassis.db.begin_read().await?;
    let order = visitor.order(&mut tx, order).await?;
    match attempt.purpose {
        Purpose::Sign { order: of, user, .. } if of == order.id && user == visitor.caller.user => {
            Ok(Found { attempt, secret, order })
        }
        _ => Err(Fault::NotFound.into()),
    }
}

async fn wait(visitor: Visitor, Path((order, attempt)): Ids) -> Response {
    let mut tried = Act::Connect;
    let answer = waiting(&visitor, (&order, &attempt), &mut tried).await;
    visitor.answer(tried, answer)
}

async fn waiting(visitor: &Visitor, ids: (&str, &str), tried: &mut Act) -> Answer {
    let found = find(visitor, ids).await?;
    *tried = act(&found.order.content);
    let Way::BankId(way) = &found.attempt.way else { return Err(Fault::NotFound.into()) };
    if !found.attempt.is_pending() {
        return ended(visitor, &found).await;
    }
    let here = paths::order_bankid(found.order.id, found.attempt.id);
    let view = attempts::wait(&visitor.browser, &found.attempt, way, found.purpose(), here)?;
    visitor.page(&view)
}

/// Asked every other second by a page that nobody touches, so it does not ask for the session (R44): the secret of the
/// attempt is enough.
async fn status(browser: Browser, Path((order, attempt)): Ids) -> Response {
    let here = paths::order_bankid(order, &attempt);
    outside(&browser, attempts::status(&browser, &attempt, here).await)
}

async fn qr(browser: Browser, Path((_, attempt)): Ids) -> Response {
    outside(&browser, attempts::qr(&browser, &attempt).await)
}

async fn challenge(visitor: Visitor, Path((order, attempt)): Ids) -> Response {
    let mut tried = Act::Connect;
    let answer = challenged(&visitor, (&order, &attempt), None, &mut tried).await;
    visitor.answer(tried, answer)
}

async fn challenged(
    visitor: &Visitor,
    ids: (&str, &str),
    fault: Option<TokenFault>,
    tried: &mut Act,
) -> Answer {
    let found = find(visitor, ids).await?;
    *tried = act(&found.order.content);
    let Way::Token(way) = &found.attempt.way else { return Err(Fault::NotFound.into()) };
    if !found.attempt.is_pending() || attempts::is_late(&found.attempt, visitor.now) {
        return ended(visitor, &found).await;
    }
    let here = paths::order_token(found.order.id, found.attempt.id);
    let view = attempts::challenge(&found.attempt, way, found.purpose(), here, fault);
    visitor.page_with(attempts::challenge_status(fault), &view)
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Answered {
    answer: String,
}

async fn answer(visitor: Visitor, Path((order, attempt)): Ids, Fields(typed): Fields<Answered>) -> Response {
    let mut tried = Act::Connect;
    let answer = answered(&visitor, (&order, &attempt), &typed.answer, &mut tried).await;
    visitor.answer(tried, answer)
}

async fn answered(visitor: &Visitor, ids: (&str, &str), answer: &str, tried: &mut Act) -> Answer {
    let found = find(visitor, ids).await?;
    *tried = act(&found.order.content);
    let fault = match token::answer(visitor.app(), found.attempt.id, &found.secret, answer).await {
        Ok(_) => TokenFault::Wrong,
        Err(Fault::Field(Field::Answer)) => TokenFault::Malformed,
        Err(fault) => return Err(fault.into()),
    };
    challenged(visitor, ids, Some(fault), tried).await
}

async fn cancel(visitor: Visitor, Path((order, attempt)): Ids) -> Response {
    let mut tried = Act::Connect;
    let answer = cancelled(&visitor, (&order, &attempt), &mut tried).await;
    visitor.answer(tried, answer)
}

async fn cancelled(visitor: &Visitor, ids: (&str, &str), tried: &mut Act) -> Answer {
    let found = find(visitor, ids).await?;
    *tried = act(&found.order.content);
    let attempt = bankid::cancel(visitor.app(), found.attempt.id, &found.secret).await?;
    ended(visitor, &Found { attempt, ..found }).await
}

/// Leads on from an attempt that is over: to the confirmation, which is shown once (R11), or back to the order.
async fn ended(visitor: &Visitor, found: &Found) -> Answer {
    let order = paths::order(found.order.id);
    match &found.attempt.state {
        State::Signed { .. } => {
            let told = attempt::told(visitor.app(), found.attempt.id, &found.secret).await?;
            Ok(match told {
                SignedOutcome::Waits | SignedOutcome::Completed => {
                    visitor.browser.telling(&News::Signed(found.order.id), &paths::order_done(found.order.id))
                }
                SignedOutcome::Refused => return Err(Stop::redirect(&order)),
            })
        }
        State::Failed { why: Failure::Refused(refusal) } => Err((*refusal).into()),
        State::Used => Err(Stop::redirect(&order)),
        _ => {
            let id = found.attempt.id.to_string();
            Err(Stop::redirect(&with_query(&order, [(TOLD, id.as_str())])))
        }
    }
}
