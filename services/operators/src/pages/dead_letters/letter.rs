//! One dead letter: what is wrong with it, what it holds, and what is to be done.

use super::{LetterForm, address, words};
use crate::{
    commands::dead_letters::{self as commands, Refusal},
    pages::{OperatorSession, justification::justification, nav, paths, repairs::Done},
    queries::dead_letters::{self as queries, Now},
    shown::{Form, Shown},
};
use bevaka_alerting::accept::Refused;
use bevaka_domain::{
    clock::Timestamp,
    dead_letter::{SentAs, State},
    ids::EventId,
    operator::Act,
};
use bevaka_store::{
    Tx,
    dead_letters::{self, Kept, Listed},
    events,
};
use bevaka_web::{
    form::HtmlForm,
    local_path::with_query,
    page::{At, FieldError, Message, View},
    page_error::{PageError, PageId, PageResult},
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
    errors: Vec<FieldError>,
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
    const TITLE: &'static str = "dead-letter-title";
    const AT: At = nav::DEAD_LETTERS;

    fn notice(&self) -> Option<Message> {
        self.notice.clone()
    }

    fn errors(&self) -> Vec<FieldError> {
        self.errors.clone()
    }
}

pub(super) async fn show(session: OperatorSession, PageId(id): PageId<Uuid>) -> PageResult {
    session.may(Act::See)?;
    let done = session.cookies.flash::<Done>();
    session.page(&LetterView { notice: done.map(Done::message), ..view(&session, id).await? })
}

pub(super) async fn read(session: OperatorSession, PageId(id): PageId<Uuid>) -> PageResult {
    session.may(Act::ReadContent)?;
    let kept = commands::read(&session.app, &session.operator, id).await.map_err(refused)?;
    let now = queries::now(&session.app, &kept).await?;
    let content = ContentView::new(kept, now);
    let body = Some(content.text.clone());
    session.page_once(&LetterView { content: Some(content), body, ..view(&session, id).await? })
}

pub(super) async fn requeue(
    session: OperatorSession,
    PageId(id): PageId<Uuid>,
    HtmlForm(form): HtmlForm<LetterForm>,
) -> PageResult {
    session.may(Act::Repair)?;
    let because = match justification("because-mend", &form.because) {
        Ok(because) => because,
        Err(error) => return again(&session, id, form, error).await,
    };
    let edited = form.body.as_deref();
    match commands::requeue(&session.app, &session.operator, id, &because, edited).await {
        Ok(requeued) => {
            let done = if requeued.stored.is_some() { Done::Repeated } else { Done::Requeued };
            Ok(session.redirect_with_flash(&done, &address(id)))
        }
        Err(Refusal::Faulty(fault)) => {
            let field = if form.body.is_some() { "body" } else { "original" };
            let error = FieldError::new(field, "dead-letter-still-faulty")
                .with("field", fault.field())
                .with("detail", fault.detail);
            again(&session, id, form, error).await
        }
        Err(Refusal::NeedsApproval { recipients, before, limit }) => {
            let error = FieldError::new("body", "dead-letter-needs-approval")
                .with("recipients", recipients.to_string())
                .with("before", before.to_string())
                .with("limit", limit.to_string());
            again(&session, id, form, error).await
        }
        Err(Refusal::AlreadyEnded(_)) => Ok(session.redirect_with_flash(&Done::AlreadyEnded, &address(id))),
        Err(refusal) => Err(refused(refusal)),
    }
}

pub(super) async fn discard(
    session: OperatorSession,
    PageId(id): PageId<Uuid>,
    HtmlForm(form): HtmlForm<LetterForm>,
) -> PageResult {
    session.may(Act::Repair)?;
    let because = match justification("because", &form.because) {
        Ok(because) => because,
        Err(error) => return again(&session, id, LetterForm { body: None, ..form }, error).await,
    };
    let done = match commands::discard(&session.app, &session.operator, id, &because).await {
        Ok(()) => Done::Discarded,
        Err(Refusal::AlreadyEnded(_)) => Done::AlreadyEnded,
        Err(refusal) => return Err(refused(refusal)),
    };
    Ok(session.redirect_with_flash(&done, &address(id)))
}

/// The page with what was typed and what is wrong with it. What the letter holds is not shown again: that would be
/// another reading.
async fn again(session: &OperatorSession, id: Uuid, form: LetterForm, error: FieldError) -> PageResult {
    session.page(&LetterView {
        body: form.body,
        because: form.because,
        errors: vec![error],
        ..view(session, id).await?
    })
}

async fn view(session: &OperatorSession, id: Uuid) -> PageResult<LetterView> {
    let mut tx = session.app.chassis.db.begin_read().await?;
    let letter = dead_letters::look(&mut tx, id).await?.ok_or_else(PageError::not_found)?;
    let event = match &letter.state {
        State::Requeued { event, .. } => Some(link(&mut tx, event).await?),
        State::Open | State::Discarded { .. } => None,
    };
    let may = |act| session.is_allowed(act);
    Ok(LetterView { may_read: may(Act::ReadContent), may_repair: may(Act::Repair), event, ..letter.into() })
}

/// The event that a letter was sent in as: its own page once it has come, until then where it is searched for.
async fn link(tx: &mut Tx, event: &SentAs) -> PageResult<EventLink> {
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

fn refused(refusal: Refusal) -> PageError {
    match refusal {
        Refusal::NotFound => PageError::not_found(),
        Refusal::Store(error) => error.into(),
        refusal => PageError::other(format!("an answer for it is missing: {refusal:?}")),
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
            errors: Vec::new(),
        }
    }
}
