//! Who asks, with what is only known here: the history of a company's agreements.

use super::nav;
use crate::{
    app::App,
    commands::place::{Wish, place},
    company::{self, Caller, Company, terms, visible},
    fault::{Fault, Outcome},
    paths,
    refusals::{self, Circumstances},
};
use axum::{
    extract::FromRequestParts,
    http::request::Parts,
    response::{IntoResponse, Redirect, Response},
};
use bevaka_domain::{
    agreement::Agreement,
    clock::Timestamp,
    ids::OrderId,
    language::Language,
    signing::{Order, Refusal},
};
use bevaka_portal::{Act, CustomerFrame};
use bevaka_store::{Tx, agreements, orders};
use bevaka_web::{
    layout::Frame,
    page::{At, PageFrame},
    page_error::{PageError, PageRefusal, PageResult},
    pages::{Pages, ViewError},
};
use std::{error::Error, ops::Deref, sync::Arc};

pub(super) type Guest = bevaka_portal::Guest<App>;
pub(super) type UserSession = bevaka_portal::UserSession<App>;

/// A person signed in for a company, the company as it stands now, and its history.
pub(super) struct CompanySession {
    session: bevaka_portal::CompanySession<App>,
    /// Every version of the company's agreements, the newest first.
    pub history: Vec<agreements::Version>,
}

impl Deref for CompanySession {
    type Target = bevaka_portal::CompanySession<App>;

    fn deref(&self) -> &Self::Target {
        &self.session
    }
}

impl FromRequestParts<App> for CompanySession {
    type Rejection = PageError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> PageResult<Self> {
        let session = bevaka_portal::CompanySession::from_request_parts(parts, app).await?;
        session.browser.slot.set_frame(Arc::new(CompanyFrame {
            frame: session.frame.clone(),
            caller: session.caller,
            company: session.company.clone(),
            now: session.now,
        }));
        let mut tx = app.chassis.db.begin_read().await?;
        let history = agreements::history(&mut tx, session.caller.organisation).await?;
        Ok(Self { session, history })
    }
}

impl CompanySession {
    /// Refuses everybody but signatories and permission administrators.
    pub(super) fn require_insight(&self) -> Outcome<()> {
        company::insight(&self.company, self.caller, self.now)
    }

    /// Refuses everybody but permission administrators (R21).
    pub(super) fn require_administrator(&self) -> Outcome<()> {
        if self.is_administrator() { Ok(()) } else { Err(Refusal::NotAdministrator.into()) }
    }

    /// Refuses to begin while an order about the agreement waits for somebody's signature (R13).
    pub(super) async fn require_no_pending_order(&self) -> Outcome<()> {
        let mut tx = self.app().chassis.db.begin_read().await?;
        let mut pending = self.pending_orders(&mut tx).await?.into_iter();
        let pending = pending.find(|order| order.content.is_about_agreement());
        pending.map_or(Ok(()), |order| Err(Fault::OrderPending(order.id)))
    }

    /// The agreement, if the person may change or end it in this session (R2, R3, R6).
    pub(super) fn manageable(&self) -> Outcome<&Agreement> {
        if !self.may_sign() {
            return Err(Refusal::NoMandate.into());
        }
        // What the terms lend is what the company holds.
        terms(&self.company, self.caller).manageable()?;
        Ok(self.company.agreement.as_ref().ok_or(Refusal::NotConnected)?)
    }

    /// Places an order, and leads to where it is signed.
    pub(super) async fn place(&self, wish: Wish) -> Outcome<Response> {
        let order = place(self.app(), self.caller, wish, self.language()).await?;
        Ok(Redirect::to(&paths::order(order)).into_response())
    }

    /// What waits for signatures and is not a draft.
    pub(super) async fn pending_orders(&self, tx: &mut Tx) -> Outcome<Vec<Order>> {
        let mut open = orders::open(tx, self.caller.organisation).await?;
        open.retain(|order| order.is_visible_to_all() && self.now < order.expires_at());
        Ok(open)
    }

    /// An order of the company that the person can see.
    pub(super) async fn order(&self, tx: &mut Tx, id: OrderId) -> Outcome<Order> {
        let order = orders::find(tx, id).await?;
        Ok(visible(&self.company, order, self.caller, self.now)?.expire(self.now))
    }
}

/// The frame of refusals, which knows what to say to whom.
struct CompanyFrame {
    frame: Arc<CustomerFrame>,
    caller: Caller,
    company: Arc<Company>,
    now: Timestamp,
}

impl PageFrame for CompanyFrame {
    fn pages(&self) -> &Pages {
        self.frame.pages()
    }

    fn language(&self) -> Language {
        self.frame.language()
    }

    fn frame(&self, title: &str, at: At) -> Result<Frame, ViewError> {
        self.frame.frame(title, at)
    }

    fn way_out(&self) -> (&'static str, &'static str) {
        self.frame.way_out()
    }

    fn refusal(&self, error: &(dyn Error + 'static), at: At) -> Option<PageRefusal> {
        let act = match at {
            nav::CHANGE => Act::Change,
            nav::END => Act::End,
            nav::USERS => Act::Users,
            _ => Act::Connect,
        };
        let of = Circumstances { caller: self.caller, company: &self.company, act, now: self.now };
        refusals::refused(error.downcast_ref::<Fault>()?, of).map(PageRefusal::from)
    }
}
