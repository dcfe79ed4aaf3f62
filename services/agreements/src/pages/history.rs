//! *Avtal och historik* with its evidence (R10, R18).

use super::{
    answer::Answer,
    news::News,
    shown,
    visitor::{Visitor, id},
};
use crate::{
    app::App,
    fault::Fault,
    numbers, paths,
    views::{Act, AgreementHistory, History, Manage, PendingRow, Version, VersionState},
};
use axum::{
    Router,
    extract::Path,
    http::header,
    response::{IntoResponse, Response},
    routing::get,
};
use bevaka_domain::ids::SignatureId;
use bevaka_store::{Tx, agreements, orders};

pub(super) fn router() -> Router<App> {
    Router::new().route(paths::AGREEMENT, get(show)).route(paths::EVIDENCE, get(evidence))
}

async fn show(visitor: Visitor) -> Response {
    visitor.answer(Act::Change, page(&visitor).await)
}

async fn page(visitor: &Visitor) -> Answer {
    visitor.with_insight()?;
    let mut tx = visitor.app().chassis.db.begin_read().await?;
    let mut versions = Vec::new();
    let mut newer: Option<&agreements::Version> = None;
    for version in &visitor.history {
        versions.push(row(visitor, &mut tx, version, newer).await?);
        newer = Some(version);
    }
    let pending = pending(visitor, &mut tx).await?;
    drop(tx);
    let manage = match (visitor.may_sign(), visitor.company.agreement.is_some()) {
        (true, false) => Manage::Connect,
        (true, true) => Manage::ChangeAndEnd,
        (false, _) => Manage::Read,
    };
    let is_cancelled = visitor.browser.cookies.news() == Some(News::Cancelled);
    let view = AgreementHistory {
        company: visitor.company.organisation.name.clone(),
        standing: visitor.standing(),
        pending,
        versions,
        manage,
        notice: is_cancelled.then_some(History::OrderCancelled),
    };
    let page = visitor.page(&view)?;
    Ok(if is_cancelled { visitor.browser.told(page) } else { page })
}

async fn row(
    visitor: &Visitor,
    tx: &mut Tx,
    version: &agreements::Version,
    newer: Option<&agreements::Version>,
) -> Answer<Version> {
    let order = match version.order {
        Some(order) => orders::find(tx, order).await?,
        None => None,
    };
    let signatures = match &order {
        Some(order) => shown::signatures(tx, order).await?,
        None => Vec::new(),
    };
    let replaced = newer.filter(|newer| newer.agreement == version.agreement);
    let state = match (replaced, version.ended_at) {
        (Some(newer), _) => VersionState::Replaced { at: newer.effective_at },
        (None, Some(at)) => VersionState::Ended { at, by: ended_by(visitor, version)? },
        (None, None) => VersionState::InForce,
    };
    Ok(Version {
        number: version.version,
        from: version.effective_at,
        state,
        kinds: visitor.kinds(&version.scope),
        held_through: version.held_through,
        receipt: order.as_ref().map(|order| paths::order(order.id)),
        text: order.map(|order| order.text),
        signatures,
    })
}

fn ended_by(visitor: &Visitor, version: &agreements::Version) -> Answer<String> {
    match &version.ended_by {
        Some(name) => Ok(name.clone()),
        None => Ok(visitor.app().pages.text(visitor.language(), "ended-by-bank")?),
    }
}

async fn pending(visitor: &Visitor, tx: &mut Tx) -> Answer<Vec<PendingRow>> {
    let mut pending = Vec::new();
    for order in orders::open(tx, visitor.caller.organisation).await? {
        if !order.is_visible_to_all() || visitor.now >= order.expires_at() {
            continue;
        }
        pending.push(PendingRow {
            subject: shown::subject(&order.content),
            href: paths::order(order.id),
            created_by: shown::name(tx, order.placed_by).await?,
            created_at: order.placed_at,
            expires_at: order.expires_at(),
        });
    }
    Ok(pending)
}

async fn evidence(visitor: Visitor, Path(id): Path<String>) -> Response {
    visitor.answer(Act::Change, file(&visitor, &id).await)
}

async fn file(visitor: &Visitor, text: &str) -> Answer {
    let signature: SignatureId = id(text)?;
    let mut tx = visitor.app().chassis.db.begin_read().await?;
    let found = orders::evidence(&mut tx, signature).await?;
    drop(tx);
    let (_, sealed) = found.filter(|(of, _)| *of == visitor.caller.organisation).ok_or(Fault::NotFound)?;
    visitor.with_insight()?;
    let evidence = numbers::evidence_of(&visitor.app().vault, &sealed).map_err(Fault::from)?;
    let name = format!("attachment; filename=\"bevaka-underlag-{signature}.json\"");
    let headers =
        [(header::CONTENT_TYPE, "application/json".to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, evidence).into_response())
}
