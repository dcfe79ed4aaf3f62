//! *Avtal och historik* with its evidence (R10, R18).

use super::{
    display::{self, OrderRow, Signature, Standing},
    flash::Done,
    nav,
    session::CompanySession,
};
use crate::{app::App, fault::Fault, numbers, paths};
use axum::{Router, http::header, response::IntoResponse, routing::get};
use bevaka_domain::{agreement::HeldThrough, clock::Timestamp, ids::SignatureId};
use bevaka_portal::help;
use bevaka_store::{Tx, agreements, orders};
use bevaka_web::{
    layout::Tone,
    page::{At, Message, View},
    page_error::{PageId, PageResult},
};
use serde::Serialize;

pub(super) fn router() -> Router<App> {
    Router::new().route(paths::AGREEMENT, get(show)).route(paths::EVIDENCE, get(evidence))
}

/// The agreement with all that has happened to it.
#[derive(Clone, Serialize)]
pub struct AgreementHistory {
    pub company: String,
    pub standing: Standing,
    /// Orders that wait for a signature.
    pub pending: Vec<OrderRow>,
    /// The newest first.
    pub versions: Vec<Version>,
    /// What this person may do.
    pub manage: Manage,
    #[serde(skip)]
    pub notice: Option<Message>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Manage {
    Connect,
    ChangeAndEnd,
    Read,
}

#[derive(Clone, Serialize)]
pub struct Version {
    pub number: u32,
    pub from: Timestamp,
    pub state: VersionState,
    pub kinds: Vec<String>,
    pub held_through: HeldThrough,
    /// What was signed; none if the bank handed the agreement over.
    pub text: Option<String>,
    pub signatures: Vec<Signature>,
    /// Where the order is, if there was one.
    pub receipt: Option<String>,
}

#[derive(Clone, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum VersionState {
    InForce,
    /// By a newer one.
    Replaced {
        at: Timestamp,
    },
    /// The agreement ended with it.
    Ended {
        at: Timestamp,
        by: String,
    },
}

impl View for AgreementHistory {
    const TEMPLATE: &'static str = "history";
    const TITLE: &'static str = "history-title";
    const AT: At = nav::CHANGE;

    fn at(&self) -> At {
        match self.manage {
            Manage::Connect => At { help: Some(help::CONNECT), ..Self::AT },
            Manage::ChangeAndEnd | Manage::Read => Self::AT,
        }
    }

    fn notice(&self) -> Option<Message> {
        self.notice.clone()
    }
}

async fn show(session: CompanySession) -> PageResult {
    session.require_insight()?;
    let mut tx = session.app().chassis.db.begin_read().await?;
    let mut versions = Vec::new();
    let mut newer: Option<&agreements::Version> = None;
    for version in &session.history {
        versions.push(row(&session, &mut tx, version, newer).await?);
        newer = Some(version);
    }
    let mut pending = Vec::new();
    for order in session.pending_orders(&mut tx).await? {
        pending.push(OrderRow::load(&mut tx, &order).await?);
    }
    drop(tx);
    let manage = match (session.may_sign(), session.company.agreement.is_some()) {
        (true, false) => Manage::Connect,
        (true, true) => Manage::ChangeAndEnd,
        (false, _) => Manage::Read,
    };
    let is_cancelled = session.flash() == Some(Done::Cancelled);
    session.page(&AgreementHistory {
        company: session.company_name(),
        standing: session.standing(),
        pending,
        versions,
        manage,
        notice: is_cancelled.then(|| Message::new(Tone::Success, "history-order-cancelled")),
    })
}

async fn row(
    session: &CompanySession,
    tx: &mut Tx,
    version: &agreements::Version,
    newer: Option<&agreements::Version>,
) -> PageResult<Version> {
    let order = match version.order {
        Some(order) => orders::find(tx, order).await?,
        None => None,
    };
    let signatures = match &order {
        Some(order) => display::signatures(tx, order).await?,
        None => Vec::new(),
    };
    let replaced = newer.filter(|newer| newer.agreement == version.agreement);
    let state = match (replaced, version.ended_at) {
        (Some(newer), _) => VersionState::Replaced { at: newer.effective_at },
        (None, Some(at)) => {
            let by_bank = || session.app().pages.text(session.language(), "ended-by-bank");
            VersionState::Ended { at, by: version.ended_by.clone().map_or_else(by_bank, Ok)? }
        }
        (None, None) => VersionState::InForce,
    };
    Ok(Version {
        number: version.version,
        from: version.effective_at,
        state,
        kinds: session.kind_names(&version.scope),
        held_through: version.held_through,
        receipt: order.as_ref().map(|order| paths::order(order.id)),
        text: order.map(|order| order.text),
        signatures,
    })
}

async fn evidence(session: CompanySession, PageId(signature): PageId<SignatureId>) -> PageResult {
    let mut tx = session.app().chassis.db.begin_read().await?;
    let found = orders::evidence(&mut tx, signature).await?;
    drop(tx);
    let (_, sealed) = found.filter(|(of, _)| *of == session.caller.organisation).ok_or(Fault::NotFound)?;
    session.require_insight()?;
    let evidence = numbers::evidence_of(&session.app().vault, &sealed).map_err(Fault::from)?;
    let name = format!("attachment; filename=\"bevaka-underlag-{signature}.json\"");
    let headers =
        [(header::CONTENT_TYPE, "application/json".to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, evidence).into_response())
}
