//! *Anslut*, step 1 (R1, R5, R8).

use super::{
    answer::{Answer, Fields},
    visitor::Visitor,
};
use crate::{
    app::App,
    commands::place::{Wish, place},
    fault::Fault,
    paths,
    views::{Act, ChooseKinds, ConnectFault, KindChoice, SoleTraderChannel},
};
use axum::{
    Router,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use bevaka_domain::{
    agreement::HeldThrough,
    organisation::CompanyForm,
    signing::{Content, Refusal},
};
use bevaka_store::orders;
use serde::Deserialize;

pub(super) fn router() -> Router<App> {
    Router::new().route(paths::CONNECT, get(show).post(connect))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Typed {
    kind: Vec<String>,
    channel: String,
}

async fn show(visitor: Visitor) -> Response {
    visitor.answer(Act::Connect, form(&visitor).await)
}

async fn form(visitor: &Visitor) -> Answer {
    may(visitor)?;
    visitor.none_waits().await?;
    visitor.page(&page(visitor, &[], None))
}

/// Whether the person may connect the company now.
fn may(visitor: &Visitor) -> Answer<()> {
    if !visitor.may_sign() {
        return Err(Refusal::NoMandate.into());
    }
    if visitor.company.agreement.is_some() {
        return Err(Refusal::AlreadyConnected.into());
    }
    Ok(())
}

fn page(visitor: &Visitor, chosen: &[String], channel: Option<HeldThrough>) -> ChooseKinds {
    let language = visitor.language();
    let choice = |kind: &bevaka_catalogue::EventKind| KindChoice {
        id: kind.kind.to_string(),
        name: kind.name(language).to_owned(),
        description: kind.description(language).to_owned(),
        chosen: chosen.iter().any(|chosen| chosen == kind.kind.as_str()),
    };
    ChooseKinds {
        company: visitor.company.organisation.name.clone(),
        kinds: visitor.app().chassis.catalogue.kinds().map(choice).collect(),
        channel: is_asked(visitor).then_some(SoleTraderChannel { chosen: channel }),
        faults: Vec::new(),
    }
}

/// Only a sole trader is asked for the internet bank (R5).
fn is_asked(visitor: &Visitor) -> bool {
    visitor.company.organisation.form == CompanyForm::SoleTrader
}

async fn connect(visitor: Visitor, Fields(typed): Fields<Typed>) -> Response {
    visitor.answer(Act::Connect, placed(&visitor, typed).await)
}

async fn placed(visitor: &Visitor, typed: Typed) -> Answer {
    may(visitor)?;
    let channel = match typed.channel.as_str() {
        "private" => Some(HeldThrough::Private),
        "corporate" => Some(HeldThrough::Corporate),
        _ => None,
    };
    let mut view = page(visitor, &typed.kind, channel);
    if typed.kind.is_empty() {
        view.faults.push(ConnectFault::NothingChosen);
    }
    if is_asked(visitor) && channel.is_none() {
        view.faults.push(ConnectFault::ChannelMissing);
    }
    if !view.faults.is_empty() {
        return visitor.page_with(StatusCode::UNPROCESSABLE_ENTITY, &view);
    }
    let wish = Wish::Connect { kinds: typed.kind, channel };
    let order = place(visitor.app(), visitor.caller, wish, visitor.language()).await?;
    Ok(Redirect::to(&paths::order(order)).into_response())
}

impl Visitor {
    /// Refuses to begin while an order about the agreement waits for somebody's signature (R13).
    pub(super) async fn none_waits(&self) -> Answer<()> {
        let mut tx = self.app().chassis.db.begin_read().await?;
        for order in orders::open(&mut tx, self.caller.organisation).await? {
            let is_about_it = matches!(order.content, Content::Connect { .. } | Content::Change { .. });
            if is_about_it && !order.signatures.is_empty() && self.now < order.expires_at() {
                return Err(Fault::OrderPending(order.id).into());
            }
        }
        Ok(())
    }
}
