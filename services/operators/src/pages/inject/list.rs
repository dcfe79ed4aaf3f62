//! What can be injected, what waits for approval, and what was injected lately.

use super::{FORM, PASTE};
use crate::{
    pages::{OperatorSession, nav},
    queries::injections::{self, Listed},
};
use axum::extract::{Query, rejection::QueryRejection};
use bevaka_domain::{clock::Timestamp, operator::Act};
use bevaka_store::injections::Injection;
use bevaka_web::{
    page::{At, View},
    page_error::PageResult,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// How many are listed at once.
const SHOWN: u32 = 20;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct InjectionsQuery {
    before: Option<Uuid>,
}

#[derive(Serialize)]
struct Overview {
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
    const TITLE: &'static str = "inject-title";
    const AT: At = nav::INJECT;
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

pub(super) async fn show(
    session: OperatorSession,
    query: Result<Query<InjectionsQuery>, QueryRejection>,
) -> PageResult {
    session.may(Act::See)?;
    let asked = query.map_or_else(|_| InjectionsQuery::default(), |Query(query)| query);
    let app = &session.app;
    let rows = async |state, before| {
        let listed = injections::list(app, state, before, SHOWN).await?;
        PageResult::Ok(listed.unwrap_or(Listed { injections: Vec::new(), next: None }))
    };
    let (waiting, latest) = (rows(Some("waiting"), None).await?, rows(None, asked.before).await?);
    let kind = |kind: &bevaka_catalogue::EventKind| KindRow {
        kind: kind.kind.to_string(),
        name: kind.name(session.language).to_owned(),
        description: kind.description(session.language).to_owned(),
    };
    let view = Overview {
        may_inject: session.is_allowed(Act::Inject),
        form: FORM,
        paste: PASTE,
        kinds: app.chassis.catalogue.kinds().map(kind).collect(),
        waiting: waiting.injections.into_iter().map(Row::from).collect(),
        older: latest.next.map(|id| format!("{}?before={id}", crate::pages::paths::INJECT)),
        rows: latest.injections.into_iter().map(Row::from).collect(),
    };
    session.page(&view)
}
