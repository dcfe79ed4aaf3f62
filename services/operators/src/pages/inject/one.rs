//! One injection: where it stands, who, why, its events; and the second operator's buttons.

use super::Done;
use crate::{
    commands::{
        approve::{self as command, Refusal},
        reject as rejecting,
    },
    pages::{OperatorSession, justification::justification, nav, paths},
    queries::injections::{self, Events, Shown},
};
use axum::http::StatusCode;
use bevaka_domain::{
    clock::Timestamp,
    injection::{Refusal as Undecided, State},
    operator::Act,
};
use bevaka_store::injections::Injection;
use bevaka_web::{
    form::HtmlForm,
    layout::Tone,
    page::{At, FieldError, Message, View},
    page_error::{PageError, PageId, PageResult},
};
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
    done: Option<Done>,
    #[serde(skip)]
    errors: Vec<FieldError>,
}

#[derive(Serialize)]
struct EventRow {
    kind: String,
    company: String,
    id: String,
    /// Its page, once it is stored.
    href: Option<String>,
}

impl View for InjectOne {
    const TEMPLATE: &'static str = "inject_one";
    const TITLE: &'static str = "inject-one-title";
    const AT: At = nav::INJECT;

    fn notice(&self) -> Option<Message> {
        self.done.map(|done| Message::new(Tone::Success, done.key()))
    }

    fn errors(&self) -> Vec<FieldError> {
        self.errors.clone()
    }
}

pub(super) async fn show(session: OperatorSession, PageId(id): PageId<Uuid>) -> PageResult {
    session.may(Act::See)?;
    session.page(&InjectOne { done: session.cookies.flash(), ..view(&session, id).await? })
}

async fn view(session: &OperatorSession, id: Uuid) -> PageResult<InjectOne> {
    let Shown { injection, events } =
        injections::one(&session.app, id).await?.ok_or_else(PageError::not_found)?;
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
    let mut view = of(session, injection);
    (view.stored, view.rows) = (stored, rows);
    for row in &mut view.rows {
        let Ok(kind) = row.kind.parse() else { continue };
        row.kind = session.app.chassis.catalogue.name(&kind, session.language).to_owned();
    }
    Ok(view)
}

fn of(session: &OperatorSession, injection: Injection) -> InjectOne {
    let (waits, is_own) = (
        matches!(injection.state, State::Waiting { expires_at } if session.now < expires_at),
        injection.person == session.operator.person,
    );
    let may_approve = waits && !is_own && session.is_allowed(Act::Approve);
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
        done: None,
        errors: Vec::new(),
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

pub(super) async fn approve(session: OperatorSession, PageId(id): PageId<Uuid>) -> PageResult {
    session.may(Act::Approve)?;
    command::approve(&session.app, &session.operator, id)
        .await
        .map_err(|refusal| refused(&session, refusal))?;
    Ok(session.redirect_with_flash(&Done::Approved, &super::path(id)))
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Because {
    because: String,
}

pub(super) async fn reject(
    session: OperatorSession,
    PageId(id): PageId<Uuid>,
    HtmlForm(Because { because }): HtmlForm<Because>,
) -> PageResult {
    session.may(Act::Reject)?;
    let justification = match justification("because", &because) {
        Ok(justification) => justification,
        Err(error) => {
            let view = view(&session, id).await?;
            return session.page(&InjectOne { typed: because, errors: vec![error], ..view });
        }
    };
    rejecting::reject(&session.app, &session.operator, id, &justification)
        .await
        .map_err(|refusal| refused(&session, refusal))?;
    Ok(session.redirect_with_flash(&Done::Rejected, &super::path(id)))
}

fn refused(session: &OperatorSession, refusal: Refusal) -> PageError {
    match refusal {
        Refusal::NotFound => PageError::not_found(),
        Refusal::Store(error) => error.into(),
        Refusal::Unsound(_) => PageError::refused(StatusCode::CONFLICT, "refused-inject-unsound"),
        Refusal::Undecided(Undecided::Denied(denied)) => session.denied(&denied),
        Refusal::Undecided(Undecided::Own) => PageError::refused(StatusCode::FORBIDDEN, "refused-inject-own"),
        Refusal::Undecided(Undecided::AlreadyDecided) => {
            PageError::refused(StatusCode::CONFLICT, "refused-inject-decided")
        }
        Refusal::Undecided(Undecided::Expired) => {
            PageError::refused(StatusCode::CONFLICT, "refused-inject-expired")
        }
    }
}
