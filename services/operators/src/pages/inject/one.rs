//! One injection: where it stands, who, why, its events; and the second operator's buttons.

use super::{News, because};
use crate::{
    commands::{
        approve::{self as command, Refusal},
        reject as rejecting,
    },
    pages::{Answer, Place, Stop, Title, View, Visitor, paths},
    queries::injections::{self, Events, Shown},
};
use axum::{
    Form,
    extract::{Path, rejection::FormRejection},
    http::StatusCode,
    response::Response,
};
use bevaka_domain::{
    clock::Timestamp,
    injection::{Refusal as Undecided, State},
    operator::Act,
};
use bevaka_portal::{FieldFault, Message};
use bevaka_store::injections::Injection;
use bevaka_web::layout::Tone;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

#[derive(Serialize)]
struct InjectOne {
    id: Uuid,
    state: &'static str,
    because: String,
    by: String,
    at: Timestamp,
    expires_at: Option<Timestamp>,
    decided_by: Option<String>,
    decided_at: Option<Timestamp>,
    decided_because: Option<String>,
    events: u64,
    recipients: u64,
    /// How many of the events are stored by now, if they are published.
    stored: Option<u64>,
    rows: Vec<EventRow>,
    may_approve: bool,
    may_reject: bool,
    /// Whether it waits for somebody else than whoever looks.
    is_own: bool,
    /// What was typed to reject it.
    typed: String,
    #[serde(skip)]
    news: Option<News>,
    #[serde(skip)]
    faults: Vec<FieldFault>,
}

#[derive(Serialize)]
struct EventRow {
    kind: String,
    company: String,
    /// The publisher's id.
    id: String,
    /// Its page, once it is stored.
    href: Option<String>,
}

impl View for InjectOne {
    const TEMPLATE: &'static str = "inject_one";

    fn title(&self) -> Title {
        "inject-one-title".into()
    }

    fn place(&self) -> Place {
        Place::Inject
    }

    fn notice(&self) -> Option<Message> {
        self.news.map(|news| Message::new(Tone::Success, news.key()))
    }

    fn faults(&self) -> Vec<FieldFault> {
        self.faults.clone()
    }
}

pub(super) async fn show(visitor: Visitor, Path(id): Path<String>) -> Response {
    visitor.answer(Place::Inject, shown(&visitor, &id).await)
}

async fn shown(visitor: &Visitor, id: &str) -> Answer {
    visitor.may(Act::See)?;
    let mut view = view(visitor, parse(id)?).await?;
    view.news = visitor.cookies.news();
    let page = visitor.page(StatusCode::OK, &view)?;
    Ok(if view.news.is_some() { visitor.told(page) } else { page })
}

fn parse(id: &str) -> Answer<Uuid> {
    id.parse().map_err(|_| Stop::NotFound)
}

async fn view(visitor: &Visitor, id: Uuid) -> Answer<InjectOne> {
    let Shown { injection, events } = injections::one(&visitor.app, id).await?.ok_or(Stop::NotFound)?;
    let (stored, rows) = match events {
        Events::Gone => (None, Vec::new()),
        Events::Proposed(envelopes) => {
            let row = |envelope: bevaka_bus::Envelope| EventRow {
                kind: envelope.kind,
                company: envelope.subject,
                id: envelope.id,
                href: None,
            };
            (None, envelopes.into_iter().map(row).collect())
        }
        Events::Stored { first, count } => {
            let row = |decided: bevaka_store::events::Decided| EventRow {
                kind: decided.event.kind.to_string(),
                company: decided.event.organisation.to_string(),
                id: decided.event.external_id,
                href: Some(format!("{}/{}", paths::EVENTS, decided.event.id)),
            };
            (Some(count), first.into_iter().map(row).collect())
        }
    };
    let mut view = of(visitor, injection);
    (view.stored, view.rows) = (stored, rows);
    for row in &mut view.rows {
        let Ok(kind) = row.kind.parse() else { continue };
        row.kind = visitor.app.chassis.catalogue.name(&kind, visitor.language).to_owned();
    }
    Ok(view)
}

fn of(visitor: &Visitor, injection: Injection) -> InjectOne {
    let (waits, is_own) = (
        matches!(injection.state, State::Waiting { expires_at } if visitor.now < expires_at),
        injection.person == visitor.operator.person,
    );
    let may_approve = waits && !is_own && visitor.is_allowed(Act::Approve);
    let mut view = InjectOne {
        id: injection.id,
        state: injection.state.name(),
        because: injection.because,
        by: injection.proposed_by,
        at: injection.proposed_at,
        expires_at: None,
        decided_by: None,
        decided_at: None,
        decided_because: None,
        events: injection.events,
        recipients: injection.recipients,
        stored: None,
        rows: Vec::new(),
        may_approve,
        may_reject: may_approve || (waits && is_own),
        is_own: waits && is_own,
        typed: String::new(),
        news: None,
        faults: Vec::new(),
    };
    let decided = match injection.state {
        State::Waiting { expires_at } => {
            view.expires_at = Some(expires_at);
            None
        }
        State::Published { approved } => approved,
        State::Rejected { by, because } => {
            view.decided_because = Some(because);
            Some(by)
        }
        State::Expired { at } => {
            view.decided_at = Some(at);
            None
        }
    };
    if let Some(decided) = decided {
        (view.decided_by, view.decided_at) = (Some(decided.by), Some(decided.at));
    }
    view
}

pub(super) async fn approve(visitor: Visitor, Path(id): Path<String>) -> Response {
    visitor.answer(Place::Inject, approved(&visitor, &id).await)
}

async fn approved(visitor: &Visitor, id: &str) -> Answer {
    visitor.may(Act::Approve)?;
    let id = parse(id)?;
    command::approve(&visitor.app, &visitor.operator, id).await.map_err(refused)?;
    Ok(visitor.telling(&News::Approved, &super::path(id)))
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Typed {
    because: String,
}

pub(super) async fn reject(
    visitor: Visitor,
    Path(id): Path<String>,
    typed: Result<Form<Typed>, FormRejection>,
) -> Response {
    let typed = typed.map_or_else(|_| Typed::default(), |Form(typed)| typed);
    visitor.answer(Place::Inject, rejected(&visitor, &id, typed).await)
}

async fn rejected(visitor: &Visitor, id: &str, typed: Typed) -> Answer {
    visitor.may(Act::Reject)?;
    let id = parse(id)?;
    let because = match because(&typed.because) {
        Ok(because) => because,
        Err(fault) => {
            let mut view = view(visitor, id).await?;
            (view.typed, view.faults) = (typed.because, vec![fault]);
            return Ok(visitor.page(StatusCode::UNPROCESSABLE_ENTITY, &view)?);
        }
    };
    rejecting::reject(&visitor.app, &visitor.operator, id, &because).await.map_err(refused)?;
    Ok(visitor.telling(&News::Rejected, &super::path(id)))
}

fn refused(refusal: Refusal) -> Stop {
    match refusal {
        Refusal::NotFound => Stop::NotFound,
        Refusal::Store(error) => error.into(),
        Refusal::Unsound(_) => Stop::Refused(StatusCode::CONFLICT, "inject-unsound"),
        Refusal::Undecided(Undecided::Denied(denied)) => denied.into(),
        Refusal::Undecided(Undecided::Own) => Stop::Refused(StatusCode::FORBIDDEN, "inject-own"),
        Refusal::Undecided(Undecided::AlreadyDecided) => {
            Stop::Refused(StatusCode::CONFLICT, "inject-decided")
        }
        Refusal::Undecided(Undecided::Expired) => Stop::Refused(StatusCode::CONFLICT, "inject-expired"),
    }
}
