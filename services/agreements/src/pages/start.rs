//! The start page: how the company stands, and the one next step of the person.

use super::{
    answer::Answer,
    shown::{self, signers},
    visitor::Visitor,
};
use crate::{
    app::App,
    paths,
    views::{Act, NextStep, Start},
};
use axum::{Router, http::StatusCode, response::Response, routing::get};
use bevaka_domain::signing::Order;
use bevaka_store::{Tx, orders};

pub(super) fn router() -> Router<App> {
    Router::new().route(paths::START, get(show))
}

async fn show(visitor: Visitor) -> Response {
    visitor.answer(Act::Connect, page(&visitor).await)
}

async fn page(visitor: &Visitor) -> Answer {
    let mut tx = visitor.app().chassis.db.begin_read().await?;
    let next = next(visitor, &mut tx).await?;
    drop(tx);
    // Whoever has nothing to do here without the permission is refused it, and told who can grant it (R20).
    let is_refused = matches!(next, NextStep::AskAdministrator { .. }) && visitor.with_insight().is_err();
    let view = Start {
        company: visitor.company.organisation.name.clone(),
        standing: visitor.standing(),
        next,
        is_administrator: visitor.is_administrator(),
    };
    visitor.page_with(if is_refused { StatusCode::FORBIDDEN } else { StatusCode::OK }, &view)
}

async fn next(visitor: &Visitor, tx: &mut Tx) -> Answer<NextStep> {
    let mut open = orders::open(tx, visitor.caller.organisation).await?;
    open.retain(|order| order.is_visible_to_all() && visitor.now < order.expires_at());
    let signable = |order: &&Order| {
        order.may_be_signed(visitor.caller.person, &visitor.company.authority, visitor.now).is_ok()
    };
    if let Some(order) = open.iter().find(signable) {
        return to_sign(tx, order).await;
    }
    let signed = |order: &&Order| signers(order).contains(&visitor.caller.person);
    if let Some(order) = open.iter().find(signed) {
        return Ok(NextStep::WaitForOther {
            subject: shown::subject(&order.content),
            order: paths::order(order.id),
            others: visitor.completing(&signers(order)),
            expires_at: order.expires_at(),
        });
    }
    Ok(match (visitor.company.agreement.is_some(), visitor.may_sign()) {
        (false, true) => NextStep::Connect,
        (false, false) => NextStep::AskSignatory { signatories: visitor.signatories() },
        (true, _) if visitor.has_access() => NextStep::Watches { href: paths::WATCHES.to_owned() },
        (true, _) => NextStep::AskAdministrator { administrators: visitor.administrators() },
    })
}

async fn to_sign(tx: &mut Tx, order: &Order) -> Answer<NextStep> {
    let subject = shown::subject(&order.content);
    let (href, expires_at) = (paths::order(order.id), order.expires_at());
    if let Some(signature) = order.signatures.last() {
        let signed_by = shown::name(tx, signature.user).await?;
        return Ok(NextStep::Sign { subject, order: href, signed_by, expires_at });
    }
    let placed_by = shown::name(tx, order.placed_by).await?;
    Ok(NextStep::Approve { subject, order: href, placed_by, expires_at })
}
