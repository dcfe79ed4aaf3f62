//! The confirmation after a signature, shown once (R11).

use super::{
    answer::{Answer, Stop},
    news::News,
    shown::{self, signers},
    visitor::Visitor,
};
use crate::{
    app::App,
    paths,
    views::{Act, Outcome, SignedDone},
};
use axum::{Router, extract::Path, response::Response, routing::get};
use bevaka_domain::signing::OrderState;

pub(super) fn router() -> Router<App> {
    Router::new().route(paths::ORDER_DONE, get(show))
}

async fn show(visitor: Visitor, Path(id): Path<String>) -> Response {
    visitor.answer(Act::Connect, page(&visitor, &id).await)
}

async fn page(visitor: &Visitor, id: &str) -> Answer {
    let mut tx = visitor.app().chassis.db.begin_read().await?;
    let order = visitor.order(&mut tx, id).await?;
    let receipt = paths::order(order.id);
    let outcome = match order.state {
        OrderState::Completed { at } => Some(Outcome::InForce { at }),
        OrderState::Open => Some(Outcome::Waiting {
            others: visitor.completing(&signers(&order)),
            expires_at: order.expires_at(),
        }),
        _ => None,
    };
    let is_new = visitor.browser.cookies.news() == Some(News::Signed(order.id));
    let (true, Some(outcome)) = (is_new, outcome) else { return Err(Stop::redirect(&receipt)) };
    let view = SignedDone {
        subject: shown::subject(&order.content),
        outcome,
        text: order.text.clone(),
        signatures: shown::signatures(&mut tx, &order).await?,
        receipt,
    };
    drop(tx);
    Ok(visitor.browser.told(visitor.page(&view)?))
}
