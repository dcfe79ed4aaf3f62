//! The start page: what the service is, how the company stands, and the one next step of the person.

use super::{
    display::{OrderSubject, Standing, signers, user_name},
    session::CompanySession,
};
use crate::{app::App, paths};
use axum::{Router, http::StatusCode, routing::get};
use bevaka_domain::{clock::Timestamp, signing::Order};
use bevaka_portal::{help, nav};
use bevaka_store::Tx;
use bevaka_web::{
    page::{At, View},
    page_error::PageResult,
};
use serde::Serialize;

pub(super) fn router() -> Router<App> {
    Router::new().route(paths::START, get(show))
}

#[derive(Clone, Serialize)]
pub struct Start {
    pub company: String,
    pub standing: Standing,
    pub next: NextStep,
    /// Whether *Till administrera behörigheter* is shown (R21).
    pub is_administrator: bool,
}

/// What a person can do now. `order` is the address of an order.
#[derive(Clone, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum NextStep {
    /// No agreement in force, and the person may sign: *Anslut*.
    Connect,
    /// No agreement in force, and the person may not sign.
    AskSignatory { signatories: Vec<String> },
    /// Somebody else has signed an order that this person can complete (R13).
    Sign { subject: OrderSubject, order: String, signed_by: String, expires_at: Timestamp },
    /// An administrator has placed an order about a user, and nobody has signed it yet.
    Approve { subject: OrderSubject, order: String, placed_by: String, expires_at: Timestamp },
    /// The person has signed an order, and it waits for somebody else (R13).
    WaitForOther { subject: OrderSubject, order: String, others: Vec<String>, expires_at: Timestamp },
    /// The agreement is in force and the person has access: choose watches.
    Watches { href: String },
    /// The agreement is in force and the person lacks *Hantera Bevaka ärenden* (R20).
    AskAdministrator { administrators: Vec<String> },
}

impl View for Start {
    const TEMPLATE: &'static str = "start";
    const TITLE: &'static str = "start-title";
    const AT: At = At::new(nav::START, help::CONNECT);

    fn at(&self) -> At {
        match self.standing {
            Standing::Active { .. } => At::new(nav::START, help::WATCHES),
            Standing::None | Standing::Ended { .. } => Self::AT,
        }
    }
}

async fn show(session: CompanySession) -> PageResult {
    let mut tx = session.app().chassis.db.begin_read().await?;
    let next = next(&session, &mut tx).await?;
    drop(tx);
    // Whoever has nothing to do here without the permission is refused it, and told who can grant it (R20).
    let is_refused = matches!(next, NextStep::AskAdministrator { .. }) && session.require_insight().is_err();
    let view = Start {
        company: session.company_name(),
        standing: session.standing(),
        next,
        is_administrator: session.is_administrator(),
    };
    session.page_with(if is_refused { StatusCode::FORBIDDEN } else { StatusCode::OK }, &view)
}

async fn next(session: &CompanySession, tx: &mut Tx) -> PageResult<NextStep> {
    let pending = session.pending_orders(tx).await?;
    let signable = |order: &&Order| {
        order.may_be_signed(session.caller.person, &session.company.authority, session.now).is_ok()
    };
    if let Some(order) = pending.iter().find(signable) {
        return to_sign(tx, order).await;
    }
    let signed = |order: &&Order| signers(order).contains(&session.caller.person);
    if let Some(order) = pending.iter().find(signed) {
        return Ok(NextStep::WaitForOther {
            subject: OrderSubject::of(&order.content),
            order: paths::order(order.id),
            others: session.completing(&signers(order)),
            expires_at: order.expires_at(),
        });
    }
    Ok(match (session.company.agreement.is_some(), session.may_sign()) {
        (false, true) => NextStep::Connect,
        (false, false) => NextStep::AskSignatory { signatories: session.signatories() },
        (true, _) if session.has_access() => NextStep::Watches { href: paths::WATCHES.to_owned() },
        (true, _) => NextStep::AskAdministrator { administrators: session.administrators() },
    })
}

async fn to_sign(tx: &mut Tx, order: &Order) -> PageResult<NextStep> {
    let (subject, expires_at) = (OrderSubject::of(&order.content), order.expires_at());
    let href = paths::order(order.id);
    let signed = order.signatures.last();
    let by = user_name(tx, signed.map_or(order.placed_by, |signature| signature.user)).await?;
    Ok(match signed {
        Some(_) => NextStep::Sign { subject, order: href, signed_by: by, expires_at },
        None => NextStep::Approve { subject, order: href, placed_by: by, expires_at },
    })
}
