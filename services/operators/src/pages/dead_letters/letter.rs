//! One dead letter: what is wrong with it, what it holds, and what is to be done.

use super::{Typed, address, words};
use crate::{
    commands::dead_letters::{self as commands, Refusal},
    pages::{
        Answer, Place, Stop, Title, View, Visitor, paths,
        repaired::{News, because},
    },
    queries::dead_letters::{self as queries, Now},
    shown::{Form, Shown},
};
use axum::{
    extract::Path,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use bevaka_alerting::accept::Refused;
use bevaka_domain::{
    clock::Timestamp,
    dead_letter::{SentAs, State},
    ids::EventId,
    operator::Act,
};
use bevaka_portal::{FieldFault, Fields, Message, local::with_query};
use bevaka_store::{
    Tx,
    dead_letters::{self, Kept, Listed},
    events,
};
use serde::Serialize;
use uuid::Uuid;

#[derive(Serialize)]
struct LetterView {
    id: Uuid,
    word: &'static str,
    reason: String,
    detail: String,
    message_id: String,
    received_at: Timestamp,
    bytes: usize,
    state: &'static str,
    mended: bool,
    ended: Option<EndedView>,
    event: Option<EventLink>,
    content: Option<ContentView>,
    may_read: bool,
    may_repair: bool,
    /// What is typed to be sent in; none while nobody has read the letter.
    body: Option<String>,
    because: String,
    #[serde(skip)]
    notice: Option<Message>,
    #[serde(skip)]
    faults: Vec<FieldFault>,
}

#[derive(Serialize)]
struct EndedView {
    at: Timestamp,
    by: String,
    because: String,
}

#[derive(Serialize)]
struct EventLink {
    source: String,
    id: String,
    address: String,
}

#[derive(Serialize)]
struct ContentView {
    text: String,
    form: Form,
    mended: Option<String>,
    passes: bool,
    /// What is wrong with it today.
    field: Option<&'static str>,
    detail: Option<String>,
    stored: Option<String>,
}

impl View for LetterView {
    const TEMPLATE: &'static str = "dead_letter";

    fn title(&self) -> Title {
        "dead-letter-title".into()
    }

    fn place(&self) -> Place {
        Place::DeadLetters
    }

    fn notice(&self) -> Option<Message> {
        self.notice.clone()
    }

    fn faults(&self) -> Vec<FieldFault> {
        self.faults.clone()
    }
}

pub(super) async fn show(visitor: Visitor, Path(letter): Path<String>) -> Response {
    visitor.answer(Place::DeadLetters, shown(&visitor, &letter).await)
}

async fn shown(visitor: &Visitor, letter: &str) -> Answer {
    visitor.may(Act::See)?;
    let news = visitor.cookies.news::<News>();
    let view = LetterView { notice: news.map(News::message), ..view(visitor, id(letter)?).await? };
    let page = visitor.page(StatusCode::OK, &view)?;
    Ok(if news.is_some() { visitor.told(page) } else { page })
}

pub(super) async fn read(visitor: Visitor, Path(letter): Path<String>) -> Response {
    visitor.answer(Place::DeadLetters, with_content(&visitor, &letter).await)
}

async fn with_content(visitor: &Visitor, letter: &str) -> Answer {
    visitor.may(Act::ReadContent)?;
    let id = id(letter)?;
    let kept = commands::read(&visitor.app, &visitor.operator, id).await.map_err(stop)?;
    let now = queries::now(&visitor.app, &kept).await?;
    let content = ContentView::new(kept, now);
    let body = Some(content.text.clone());
    let view = LetterView { content: Some(content), body, ..view(visitor, id).await? };
    // What it holds is not kept by the browser.
    let page = visitor.page(StatusCode::OK, &view)?;
    Ok(([("cache-control", "no-store")], page).into_response())
}

pub(super) async fn requeue(
    visitor: Visitor,
    Path(letter): Path<String>,
    Fields(typed): Fields<Typed>,
) -> Response {
    visitor.answer(Place::DeadLetters, requeued(&visitor, &letter, typed).await)
}

async fn requeued(visitor: &Visitor, letter: &str, typed: Typed) -> Answer {
    visitor.may(Act::Repair)?;
    let id = id(letter)?;
    let because = match because(&typed.because) {
        Ok(because) => because,
        Err(fault) => return again(visitor, id, typed, fault).await,
    };
    let mended = typed.body.as_deref();
    match commands::requeue(&visitor.app, &visitor.operator, id, &because, mended).await {
        Ok(requeued) => {
            let news = if requeued.stored.is_some() { News::Repeated } else { News::Requeued };
            Ok(visitor.telling(&news, &address(id)))
        }
        Err(Refusal::Faulty(fault)) => {
            let field = if typed.body.is_some() { "body" } else { "original" };
            let told = FieldFault::new(field, "dead-letter-still-faulty")
                .with("field", fault.field())
                .with("detail", fault.detail);
            again(visitor, id, typed, told).await
        }
        Err(Refusal::NeedsApproval { recipients, before, limit }) => {
            let told = FieldFault::new("body", "dead-letter-needs-approval")
                .with("recipients", recipients.to_string())
                .with("before", before.to_string())
                .with("limit", limit.to_string());
            again(visitor, id, typed, told).await
        }
        Err(Refusal::AlreadyEnded(_)) => Ok(visitor.telling(&News::AlreadyEnded, &address(id))),
        Err(refusal) => Err(stop(refusal)),
    }
}

pub(super) async fn discard(
    visitor: Visitor,
    Path(letter): Path<String>,
    Fields(typed): Fields<Typed>,
) -> Response {
    visitor.answer(Place::DeadLetters, discarded(&visitor, &letter, typed).await)
}

async fn discarded(visitor: &Visitor, letter: &str, typed: Typed) -> Answer {
    visitor.may(Act::Repair)?;
    let id = id(letter)?;
    let because = match because(&typed.because) {
        Ok(because) => because,
        Err(fault) => return again(visitor, id, Typed { body: None, ..typed }, fault).await,
    };
    match commands::discard(&visitor.app, &visitor.operator, id, &because).await {
        Ok(()) => Ok(visitor.telling(&News::Discarded, &address(id))),
        Err(Refusal::AlreadyEnded(_)) => Ok(visitor.telling(&News::AlreadyEnded, &address(id))),
        Err(refusal) => Err(stop(refusal)),
    }
}

/// The page with what was typed and what is wrong with it. What the letter holds is not shown again: that would be
/// another reading.
async fn again(visitor: &Visitor, id: Uuid, typed: Typed, fault: FieldFault) -> Answer {
    let view = LetterView {
        body: typed.body,
        because: typed.because,
        faults: vec![fault],
        ..view(visitor, id).await?
    };
    Ok(visitor.page(StatusCode::UNPROCESSABLE_ENTITY, &view)?)
}

async fn view(visitor: &Visitor, id: Uuid) -> Answer<LetterView> {
    let mut tx = visitor.app.chassis.db.begin_read().await?;
    let letter = dead_letters::look(&mut tx, id).await?.ok_or(Stop::NotFound)?;
    let event = match &letter.state {
        State::Requeued { event, .. } => Some(link(&mut tx, event).await?),
        State::Open | State::Discarded { .. } => None,
    };
    let may = |act| visitor.is_allowed(act);
    Ok(LetterView { may_read: may(Act::ReadContent), may_repair: may(Act::Repair), event, ..letter.into() })
}

/// The event that a letter was sent in as: its own page once it has come, until then where it is searched for.
async fn link(tx: &mut Tx, event: &SentAs) -> Answer<EventLink> {
    let stored = events::find_external(tx, &event.source, &event.id).await?;
    let address = stored.map_or_else(
        || with_query(paths::EVENTS, [("source", &*event.source), ("id", &*event.id)]).into_owned(),
        |decided| event_address(decided.event.id),
    );
    Ok(EventLink { source: event.source.clone(), id: event.id.clone(), address })
}

fn event_address(id: EventId) -> String {
    format!("{}/{id}", paths::EVENTS)
}

fn id(text: &str) -> Answer<Uuid> {
    text.parse().map_err(|_| Stop::NotFound)
}

fn stop(refusal: Refusal) -> Stop {
    match refusal {
        Refusal::NotFound => Stop::NotFound,
        Refusal::Store(fault) => fault.into(),
        refusal => Stop::ours(format!("an answer for it is missing: {refusal:?}")),
    }
}

impl ContentView {
    fn new(kept: Kept, now: Now) -> Self {
        let Shown { text, form } = Shown::of(&kept.letter.body);
        let mended = kept.mended.map(|body| Shown::of(&body).text);
        let nothing = Self { text, form, mended, passes: true, field: None, detail: None, stored: None };
        match now {
            Now::Passes { stored, .. } => Self { stored: stored.map(event_address), ..nothing },
            Now::Fails(fault @ Refused { .. }) => {
                Self { passes: false, field: Some(fault.field()), detail: Some(fault.detail), ..nothing }
            }
        }
    }
}

impl From<Listed> for LetterView {
    fn from(letter: Listed) -> Self {
        let ended = letter.state.ending().cloned();
        Self {
            id: letter.id,
            word: words::known(&letter.reason),
            reason: letter.reason,
            detail: letter.detail,
            message_id: letter.message_id,
            received_at: letter.received_at,
            bytes: letter.bytes,
            state: letter.state.name(),
            mended: letter.mended,
            ended: ended.map(|end| EndedView { at: end.at, by: end.by, because: end.because }),
            event: None,
            content: None,
            may_read: false,
            may_repair: false,
            body: None,
            because: String::new(),
            notice: None,
            faults: Vec::new(),
        }
    }
}
