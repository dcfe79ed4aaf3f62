//! What can be injected, what waits for approval, and what was injected lately.

use super::{FORM, PASTE};
use crate::{
    pages::{Answer, Place, Title, View, Visitor},
    queries::injections::{self, Listed},
};
use axum::{
    extract::{Query, rejection::QueryRejection},
    http::StatusCode,
    response::Response,
};
use bevaka_domain::{clock::Timestamp, operator::Act};
use bevaka_store::injections::Injection;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How many are listed at once.
const SHOWN: u32 = 20;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Asked {
    before: Option<Uuid>,
}

#[derive(Serialize)]
struct Overview {
    /// Whether whoever looks may inject.
    may_inject: bool,
    form: &'static str,
    paste: &'static str,
    kinds: Vec<KindRow>,
    waiting: Vec<Row>,
    rows: Vec<Row>,
    older: Option<String>,
}

#[derive(Serialize)]
struct KindRow {
    kind: String,
    name: String,
    description: String,
}

/// An injection in a list.
#[derive(Serialize)]
struct Row {
    href: String,
    at: Timestamp,
    by: String,
    because: String,
    events: u64,
    recipients: u64,
    state: &'static str,
}

impl View for Overview {
    const TEMPLATE: &'static str = "inject";

    fn title(&self) -> Title {
        "inject-title".into()
    }

    fn place(&self) -> Place {
        Place::Inject
    }
}

impl From<Injection> for Row {
    fn from(injection: Injection) -> Self {
        Self {
            href: super::path(injection.id),
            at: injection.proposed_at,
            by: injection.proposed_by,
            because: injection.because,
            events: injection.events,
            recipients: injection.recipients,
            state: injection.state.name(),
        }
    }
}

pub(super) async fn show(visitor: Visitor, asked: Result<Query<Asked>, QueryRejection>) -> Response {
    let asked = asked.map_or_else(|_| Asked::default(), |Query(asked)| asked);
    visitor.answer(Place::Inject, shown(&visitor, &asked).await)
}

async fn shown(visitor: &Visitor, asked: &Asked) -> Answer {
    visitor.may(Act::See)?;
    let app = &visitor.app;
    let rows = async |state, before| {
        let listed = injections::list(app, state, before, SHOWN).await?;
        Answer::Ok(listed.unwrap_or(Listed { injections: Vec::new(), next: None }))
    };
    let (waiting, latest) = (rows(Some("waiting"), None).await?, rows(None, asked.before).await?);
    let kind = |kind: &bevaka_catalogue::EventKind| KindRow {
        kind: kind.kind.to_string(),
        name: kind.name(visitor.language).to_owned(),
        description: kind.description(visitor.language).to_owned(),
    };
    let view = Overview {
        may_inject: visitor.is_allowed(Act::Inject),
        form: FORM,
        paste: PASTE,
        kinds: app.chassis.catalogue.kinds().map(kind).collect(),
        waiting: waiting.injections.into_iter().map(Row::from).collect(),
        older: latest.next.map(|id| format!("{}?before={id}", crate::pages::paths::INJECT)),
        rows: latest.injections.into_iter().map(Row::from).collect(),
    };
    Ok(visitor.page(StatusCode::OK, &view)?)
}
