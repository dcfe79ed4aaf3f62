//! *Anslut*, step 1: choose kinds (R1, R5, R8).

use super::{display::KindRow, nav, session::CompanySession};
use crate::{app::App, commands::place::Wish, fault::Outcome, paths};
use axum::{Router, routing::get};
use bevaka_domain::{agreement::HeldThrough, organisation::CompanyForm, signing::Refusal};
use bevaka_web::{
    form::HtmlForm,
    page::{At, FieldError, View},
    page_error::PageResult,
};
use serde::{Deserialize, Serialize};

pub(super) fn router() -> Router<App> {
    Router::new().route(paths::CONNECT, get(show).post(connect))
}

#[derive(Clone, Serialize)]
pub struct ChooseKinds {
    pub company: String,
    pub kinds: Vec<KindRow>,
    /// Only a sole trader is asked for the internet bank (R5).
    pub channel: Option<SoleTraderChannel>,
    #[serde(skip)]
    pub errors: Vec<FieldError>,
}

#[derive(Clone, Copy, Default, Serialize)]
pub struct SoleTraderChannel {
    pub chosen: Option<HeldThrough>,
}

impl View for ChooseKinds {
    const TEMPLATE: &'static str = "connect";
    const TITLE: &'static str = "connect-title";
    const AT: At = nav::CONNECT;

    fn errors(&self) -> Vec<FieldError> {
        self.errors.clone()
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct ConnectForm {
    kind: Vec<String>,
    channel: String,
}

async fn show(session: CompanySession) -> PageResult {
    require_connectable(&session)?;
    session.require_no_pending_order().await?;
    session.page(&view(&session, &[], None))
}

/// Whether the person may connect the company now.
fn require_connectable(session: &CompanySession) -> Outcome<()> {
    if !session.may_sign() {
        return Err(Refusal::NoMandate.into());
    }
    if session.company.agreement.is_some() {
        return Err(Refusal::AlreadyConnected.into());
    }
    Ok(())
}

fn view(session: &CompanySession, chosen: &[String], channel: Option<HeldThrough>) -> ChooseKinds {
    let is_asked = session.company.organisation.form == CompanyForm::SoleTrader;
    ChooseKinds {
        company: session.company_name(),
        kinds: session.kind_rows(Some(chosen)),
        channel: is_asked.then_some(SoleTraderChannel { chosen: channel }),
        errors: Vec::new(),
    }
}

async fn connect(session: CompanySession, HtmlForm(form): HtmlForm<ConnectForm>) -> PageResult {
    require_connectable(&session)?;
    let channel = match form.channel.as_str() {
        "private" => Some(HeldThrough::Private),
        "corporate" => Some(HeldThrough::Corporate),
        _ => None,
    };
    let mut view = view(&session, &form.kind, channel);
    if form.kind.is_empty() {
        view.errors.push(FieldError::new("kinds", "connect-nothing-chosen"));
    }
    if view.channel.is_some() && channel.is_none() {
        view.errors.push(FieldError::new("channel", "connect-channel-missing"));
    }
    if !view.errors.is_empty() {
        return session.page(&view);
    }
    let wish = Wish::Connect { kinds: form.kind, channel };
    Ok(session.place(wish).await?)
}
