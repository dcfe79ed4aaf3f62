//! *Ändra avtalet*, step 1 (R2, R6, R14).

use super::{
    answer::{Answer, Fields},
    visitor::Visitor,
};
use crate::{
    app::App,
    commands::place::{Wish, place},
    company::terms,
    fault::Fault,
    paths,
    views::{Act, ChangeFault, ChangeScope, KindRow},
};
use axum::{
    Router,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use bevaka_domain::{agreement::Agreement, signing::Refusal};
use serde::Deserialize;

pub(super) fn router() -> Router<App> {
    Router::new().route(paths::CHANGE, get(show).post(change))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Typed {
    kind: Vec<String>,
    version: String,
}

async fn show(visitor: Visitor) -> Response {
    visitor.answer(Act::Change, form(&visitor).await)
}

async fn form(visitor: &Visitor) -> Answer {
    let agreement = visitor.manageable()?;
    visitor.none_waits().await?;
    visitor.page(&page(visitor, agreement, None))
}

impl Visitor {
    /// The agreement, if the person may change or end it in this session (R2, R3, R6).
    pub(super) fn manageable(&self) -> Result<&Agreement, Refusal> {
        if !self.may_sign() {
            return Err(Refusal::NoMandate);
        }
        // What the terms lend is what the company holds.
        terms(&self.company, self.caller).manageable()?;
        self.company.agreement.as_ref().ok_or(Refusal::NotConnected)
    }
}

fn page(visitor: &Visitor, agreement: &Agreement, chosen: Option<&[String]>) -> ChangeScope {
    let language = visitor.language();
    let row = |kind: &bevaka_catalogue::EventKind| {
        let now = agreement.scope.contains(&kind.kind);
        KindRow {
            id: kind.kind.to_string(),
            name: kind.name(language).to_owned(),
            description: kind.description(language).to_owned(),
            now,
            chosen: chosen.map_or(now, |chosen| chosen.iter().any(|chosen| chosen == kind.kind.as_str())),
        }
    };
    ChangeScope {
        version: agreement.version,
        kinds: visitor.app().chassis.catalogue.kinds().map(row).collect(),
        fault: None,
    }
}

async fn change(visitor: Visitor, Fields(typed): Fields<Typed>) -> Response {
    visitor.answer(Act::Change, placed(&visitor, typed).await)
}

async fn placed(visitor: &Visitor, typed: Typed) -> Answer {
    let agreement = visitor.manageable()?;
    let mut view = page(visitor, agreement, Some(&typed.kind));
    // No version is one that nobody can have seen.
    let seen = typed.version.parse().unwrap_or(0);
    let wish = Wish::Change { kinds: typed.kind, seen };
    let (fault, status) = match place(visitor.app(), visitor.caller, wish, visitor.language()).await {
        Ok(order) => return Ok(Redirect::to(&paths::order(order)).into_response()),
        Err(Fault::Refused(Refusal::NothingChosen)) => {
            (ChangeFault::NothingChosen, StatusCode::UNPROCESSABLE_ENTITY)
        }
        Err(Fault::Refused(Refusal::NoChange)) => {
            (ChangeFault::NothingChanged, StatusCode::UNPROCESSABLE_ENTITY)
        }
        Err(Fault::Refused(Refusal::ChangedMeanwhile)) => {
            view = page(visitor, agreement, None);
            (ChangeFault::ChangedMeanwhile, StatusCode::CONFLICT)
        }
        Err(fault) => return Err(fault.into()),
    };
    view.fault = Some(fault);
    visitor.page_with(status, &view)
}
