//! One order: to be signed, waiting, or over, with its receipt (R10–R14).

use super::{
    answer::{Answer, Fields},
    attempts,
    news::News,
    shown::{self, signers},
    sign_in,
    visitor::{Visitor, id},
};
use crate::{
    app::App,
    client::ClientAddress,
    commands::place,
    company::{is_orphan, visible},
    fault::Fault,
    identity::{
        attempt::{Attempt, Purpose},
        bankid::{self, Asking},
        methods::Availability,
        token,
    },
    paths,
    views::{self, Act, Effect, OrderSubject, SignProblem, Signing, Stage},
};
use axum::{
    Router,
    extract::{Path, Query},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use bevaka_domain::{
    ids::OrderId,
    signing::{Content, Method, Order, OrderState},
};
use bevaka_store::{Tx, orders};
use serde::Deserialize;
use std::net::IpAddr;

pub(super) fn router() -> Router<App> {
    Router::new()
        .route(paths::ORDER, get(show).post(begin))
        .route(&format!("{}{}", paths::ORDER, paths::CANCEL), post(cancel))
}

/// What signing such an order is.
pub(super) const fn act(content: &Content) -> Act {
    match content {
        Content::Connect { .. } => Act::Connect,
        Content::Change { .. } => Act::Change,
        Content::AddUser { .. } | Content::RemoveUser { .. } => Act::Users,
    }
}

impl Visitor {
    /// An order of the company that the person can see.
    pub(super) async fn order(&self, tx: &mut Tx, text: &str) -> Answer<Order> {
        let order = orders::find(tx, id::<OrderId>(text)?).await?;
        Ok(visible(&self.company, order, self.caller, self.now)?.expire(self.now))
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Asked {
    /// The attempt that did not come to its end.
    forsok: String,
}

async fn show(visitor: Visitor, Path(id): Path<String>, Query(asked): Query<Asked>) -> Response {
    visitor.answer(Act::Connect, page(&visitor, &id, &asked.forsok).await)
}

async fn page(visitor: &Visitor, id: &str, attempt: &str) -> Answer {
    // Before the order is read: a request never holds two connections.
    let attempt = ended(visitor, attempt).await;
    let mut tx = visitor.app().chassis.db.begin_read().await?;
    let order = visitor.order(&mut tx, id).await?;
    let problem = problem(visitor, &order, attempt.as_ref())?;
    let view = view(visitor, &mut tx, &order, problem).await?;
    drop(tx);
    visitor.page(&view)
}

/// The attempt before, if the address names one of this browser.
async fn ended(visitor: &Visitor, attempt: &str) -> Option<Attempt> {
    if attempt.is_empty() {
        return None;
    }
    attempts::find(&visitor.browser, attempt).await.ok().map(|(attempt, _)| attempt)
}

/// Why the attempt before did not come to its end (R12).
fn problem(visitor: &Visitor, order: &Order, attempt: Option<&Attempt>) -> Answer<Option<SignProblem>> {
    let is_for_this =
        |attempt: &&Attempt| matches!(attempt.purpose, Purpose::Sign { order: of, .. } if of == order.id);
    match attempt.filter(is_for_this) {
        Some(attempt) if order.state == OrderState::Open => {
            Ok(attempts::problem(&visitor.app().pages, visitor.language(), attempt, visitor.now)?)
        }
        _ => Ok(None),
    }
}

async fn view(
    visitor: &Visitor,
    tx: &mut Tx,
    order: &Order,
    problem: Option<SignProblem>,
) -> Answer<views::Order> {
    let created_by = shown::name(tx, order.placed_by).await?;
    let stage = stage(visitor, tx, order, &created_by).await?;
    let is_open = matches!(stage, Stage::Sign { .. } | Stage::Waiting { .. });
    let effect = match &order.content {
        Content::Connect { scope, .. } | Content::Change { scope, .. } if is_open => {
            visitor.effect(tx, scope).await?
        }
        Content::RemoveUser { user, .. } if is_open => visitor.effect_without(tx, *user).await?,
        _ => Effect::default(),
    };
    Ok(views::Order {
        href: paths::order(order.id),
        subject: shown::subject(&order.content),
        text: order.text.clone(),
        created_by,
        created_at: order.placed_at,
        effect,
        signatures: shown::signatures(tx, order).await?,
        stage,
        problem,
    })
}

async fn stage(visitor: &Visitor, tx: &mut Tx, order: &Order, created_by: &str) -> Answer<Stage> {
    Ok(match order.state {
        OrderState::Open => return open(visitor, tx, order).await,
        OrderState::Completed { at } => Stage::Completed { at },
        OrderState::Cancelled { at } => Stage::Cancelled { by: created_by.to_owned(), at },
        OrderState::Expired { at } => Stage::Expired { at },
        OrderState::Refused { at, .. } => Stage::Refused { at },
    })
}

async fn open(visitor: &Visitor, tx: &mut Tx, order: &Order) -> Answer<Stage> {
    let is_own = order.placed_by == visitor.caller.user;
    let is_orphan = is_orphan(&visitor.company, order, visitor.caller, visitor.now);
    let cancel = (is_own || is_orphan).then(|| paths::order_cancel(order.id));
    let expires_at = order.expires_at();
    let mut signed = signers(order);
    if order.may_be_signed(visitor.caller.person, &visitor.company.authority, visitor.now).is_err() {
        return Ok(Stage::Waiting { others: visitor.completing(&signed), expires_at, cancel });
    }
    signed.insert(visitor.caller.person);
    let signing = match (visitor.binds(&signed), order.signatures.last()) {
        (true, None) => Signing::Alone,
        (true, Some(first)) => Signing::SecondOfTwo { signed_by: shown::name(tx, first.user).await? },
        (false, _) => Signing::FirstOfTwo { others: visitor.completing(&signed) },
    };
    let methods = shown::methods(visitor.app(), visitor.now);
    Ok(Stage::Sign { signing, methods, expires_at, cancel })
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Chosen {
    method: String,
}

async fn begin(
    visitor: Visitor,
    ClientAddress(address): ClientAddress,
    Path(id): Path<String>,
    Fields(chosen): Fields<Chosen>,
) -> Response {
    let mut act = Act::Connect;
    let answer = begun(&visitor, address, (&id, &chosen.method), &mut act).await;
    visitor.answer(act, answer)
}

async fn begun(visitor: &Visitor, address: IpAddr, (id, method): (&str, &str), tried: &mut Act) -> Answer {
    let app = visitor.app();
    let mut tx = app.chassis.db.begin_read().await?;
    let order = visitor.order(&mut tx, id).await?;
    drop(tx);
    *tried = act(&order.content);
    let method = sign_in::method(method).ok_or(Fault::MethodClosed)?;
    if app.availability(method, visitor.now) != Availability::Open {
        return Err(Fault::MethodClosed.into());
    }
    let secret = attempts::secret(&visitor.browser);
    let asking = Asking { secret: &secret, address };
    let about = (visitor.caller, order.id);
    let begun = match bankid::kind(method) {
        Some(kind) => bankid::sign_order(app, asking, kind, about).await,
        None => token::sign_order(app, asking, about).await,
    };
    match begun {
        Ok(attempt) => {
            let to = match method {
                Method::Token => paths::order_token(order.id, attempt),
                Method::OnCard | Method::Mobile => paths::order_bankid(order.id, attempt),
            };
            Ok(attempts::keeping(&visitor.browser, secret, &to))
        }
        Err(Fault::BankId(error)) => {
            let (status, problem) = attempts::not_begun(&app.pages, visitor.language(), &error)?;
            again(visitor, id, status, problem).await
        }
        Err(fault) => Err(fault.into()),
    }
}

/// The order's page with what went wrong.
async fn again(visitor: &Visitor, id: &str, status: StatusCode, problem: SignProblem) -> Answer {
    let mut tx = visitor.app().chassis.db.begin_read().await?;
    let order = visitor.order(&mut tx, id).await?;
    let view = view(visitor, &mut tx, &order, Some(problem)).await?;
    drop(tx);
    visitor.page_with(status, &view)
}

async fn cancel(visitor: Visitor, Path(id): Path<String>) -> Response {
    visitor.answer(Act::Connect, cancelled(&visitor, &id).await)
}

async fn cancelled(visitor: &Visitor, id: &str) -> Answer {
    let mut tx = visitor.app().chassis.db.begin_read().await?;
    let order = visitor.order(&mut tx, id).await?;
    drop(tx);
    place::cancel(visitor.app(), visitor.caller, order.id).await?;
    match shown::subject(&order.content) {
        OrderSubject::Connect | OrderSubject::Change => {
            Ok(visitor.browser.telling(&News::Cancelled, paths::AGREEMENT))
        }
        OrderSubject::AddUser | OrderSubject::RemoveUser => {
            Ok(Redirect::to(&paths::order(order.id)).into_response())
        }
    }
}
