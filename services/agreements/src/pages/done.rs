//! The confirmation after a signature with the receipt, shown once (R11).

use super::{
    display::{OrderSubject, Signature, signatures, signers},
    flash::Done,
    nav,
    session::CompanySession,
};
use crate::{app::App, paths};
use axum::{Router, routing::get};
use bevaka_domain::{clock::Timestamp, ids::OrderId, signing::OrderState};
use bevaka_web::{
    page::{At, Title, View},
    page_error::{PageError, PageId, PageResult},
};
use serde::Serialize;

pub(super) fn router() -> Router<App> {
    Router::new().route(paths::ORDER_DONE, get(show))
}

#[derive(Clone, Serialize)]
pub struct SignedDone {
    pub subject: OrderSubject,
    pub outcome: Outcome,
    /// Byte for byte as it was signed.
    pub text: String,
    pub signatures: Vec<Signature>,
    /// Where the order and its receipt stay readable.
    pub receipt: String,
}

#[derive(Clone, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Outcome {
    InForce {
        at: Timestamp,
    },
    /// `others` can give the signature that is missing (R13).
    Waiting {
        others: Vec<String>,
        expires_at: Timestamp,
    },
}

impl View for SignedDone {
    const TEMPLATE: &'static str = "done";
    const AT: At = nav::CONNECT;

    fn title(&self) -> Title {
        let key = match (&self.outcome, self.subject) {
            (Outcome::Waiting { .. }, _) => "done-title-waiting",
            (_, OrderSubject::Connect) => "done-title-connect",
            (_, OrderSubject::Change) => "done-title-change",
            (_, OrderSubject::AddUser) => "done-title-add-user",
            (_, OrderSubject::RemoveUser) => "done-title-remove-user",
        };
        key.into()
    }

    fn at(&self) -> At {
        self.subject.at()
    }
}

async fn show(session: CompanySession, PageId(id): PageId<OrderId>) -> PageResult {
    let mut tx = session.app().chassis.db.begin_read().await?;
    let order = session.order(&mut tx, id).await?;
    let receipt = paths::order(id);
    let is_new = session.flash() == Some(Done::Signed(id));
    let outcome = match order.state {
        OrderState::Completed { at } if is_new => Outcome::InForce { at },
        OrderState::Open if is_new => {
            let others = session.completing(&signers(&order));
            Outcome::Waiting { others, expires_at: order.expires_at() }
        }
        _ => return Err(PageError::redirect(&receipt)),
    };
    let subject = OrderSubject::of(&order.content);
    let signatures = signatures(&mut tx, &order).await?;
    drop(tx);
    session.page(&SignedDone { subject, outcome, text: order.text, signatures, receipt })
}
