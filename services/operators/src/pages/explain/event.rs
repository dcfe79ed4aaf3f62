//! One event: who was told and why, and its whole history; on request what it holds.

use super::{
    rows::{Row, Sheet, Wording},
    timeline::{self, Line},
    words::Words,
};
use crate::{
    app::App,
    commands::{
        read_content::read_content,
        send_again::{self, Refusal},
    },
    pages::{OperatorSession, nav, paths},
    queries::{
        explain::{self, Explanation},
        timeline as history,
    },
};
use bevaka_domain::{event::Origin, ids::EventId, operator::Act};
use bevaka_store::{
    Tx, deliveries,
    events::{self, Decided},
    people,
};
use bevaka_web::{
    cookies::Flash,
    layout::Tone,
    page::{At, Message, Title, View},
    page_error::{PageError, PageId, PageResult},
};
use serde::{Deserialize, Serialize};

/// An event was sent again, and so many alerts are on their way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SentAgain(pub usize);

impl Flash for SentAgain {
    const NAME: &'static str = "again";
}

#[derive(Serialize)]
struct EventPage {
    kind: String,
    id: String,
    company: String,
    number: String,
    /// The publisher and the publisher's id.
    source: String,
    external_id: String,
    /// When it came in, to the millisecond.
    received: String,
    /// How long the first alert took; empty while none has left.
    first_sent: String,
    expires: String,
    has_expired: bool,
    /// How it came in, in words, if not by its publisher alone; and where that is shown.
    origin: String,
    origin_href: String,
    company_known: bool,
    rows: Vec<Row>,
    texts: Vec<Wording>,
    lines: Vec<Line>,
    /// Where it is tried out what would happen now.
    try_href: String,
    /// What the event holds, if it was asked for.
    content: Option<String>,
    may_read: bool,
    /// How many alerts sending it again would make; nothing for who may not.
    owed: u64,
    #[serde(skip)]
    sent_again: Option<SentAgain>,
}

impl View for EventPage {
    const TEMPLATE: &'static str = "explain_event";
    const AT: At = nav::EVENTS;

    fn title(&self) -> Title {
        Title::Words(self.kind.clone())
    }

    fn notice(&self) -> Option<Message> {
        let SentAgain(count) = self.sent_again?;
        Some(Message::new(Tone::Success, "explain-again-done").with("count", count.to_string()))
    }
}

pub(super) async fn show(session: OperatorSession, PageId(id): PageId<EventId>) -> PageResult {
    session.may(Act::See)?;
    let mut tx = session.app.chassis.db.begin_snapshot().await?;
    let decided = find(&mut tx, id).await?;
    let sent_again = session.cookies.flash();
    session.page(&EventPage { sent_again, ..view(&session, &mut tx, &decided).await? })
}

/// What the event holds. It leaves an entry in the trail, so it is asked for by a form, and no address shows it twice.
pub(super) async fn content(session: OperatorSession, PageId(id): PageId<EventId>) -> PageResult {
    session.may(Act::ReadContent)?;
    let decided = read_content(&session.app, &session.operator, id).await?;
    let decided = decided.ok_or_else(PageError::not_found)?;
    let mut tx = session.app.chassis.db.begin_snapshot().await?;
    let content = Some(pretty(&decided.event.data));
    session.page_once(&EventPage { content, ..view(&session, &mut tx, &decided).await? })
}

/// The event that an address names.
pub(super) async fn find(tx: &mut Tx, id: EventId) -> PageResult<Decided> {
    events::find(tx, id).await?.ok_or_else(PageError::not_found)
}

pub(super) fn words(session: &OperatorSession) -> Words<'_> {
    Words { pages: &session.app.pages, language: session.language, now: session.now }
}

pub(super) fn sheet<'a>(session: &'a OperatorSession, explanation: &'a Explanation) -> Sheet<'a> {
    Sheet { words: words(session), gateway: gateway(&session.app), explanation }
}

fn gateway(app: &App) -> &str {
    &app.chassis.settings.sms.gateway
}

async fn view(session: &OperatorSession, tx: &mut Tx, decided: &Decided) -> PageResult<EventPage> {
    let (app, now) = (&session.app, session.now);
    let event = &decided.event;
    let explanation = explain::stored(app, tx, decided, now).await?;
    let alerts = deliveries::of_event(tx, event.id).await?;
    let users = people::users(tx, alerts.iter().map(|alert| alert.user)).await?;
    let contacts = people::contacts(tx, alerts.iter().map(|alert| alert.contact)).await?;
    let happened = history::of(tx, decided, &alerts, &users, &contacts, now).await?;
    let words = words(session);
    let sheet = sheet(session, &explanation);
    let (origin, origin_href) = match event.origin {
        None => (String::new(), String::new()),
        Some(Origin::Injection(id)) => {
            (words.text("explain-origin-injection")?, format!("{}/{id}", paths::INJECT))
        }
        Some(Origin::DeadLetter(id)) => {
            (words.text("explain-origin-dead-letter")?, format!("{}/{id}", paths::DEAD_LETTERS))
        }
    };
    let first_sent = history::first_sent_at(&alerts).map(|at| words.took(event.received_at, at));
    Ok(EventPage {
        kind: app.chassis.catalogue.name(&event.kind, session.language).to_owned(),
        id: event.id.to_string(),
        company: explanation.company.name.clone().unwrap_or_default(),
        number: event.organisation.to_string(),
        source: event.source.clone(),
        external_id: event.external_id.clone(),
        received: words.precise(event.received_at),
        first_sent: first_sent.unwrap_or_default(),
        expires: words.moment(event.expires_at),
        has_expired: now >= event.expires_at,
        origin,
        origin_href,
        company_known: explanation.company.name.is_some(),
        rows: sheet.rows()?,
        texts: sheet.texts()?,
        lines: timeline::lines(words, &happened)?,
        try_href: format!("{}?handelse={}", paths::EXPLAIN, event.id),
        content: None,
        may_read: session.is_allowed(Act::ReadContent),
        owed: owed(session, tx, decided).await?,
        sent_again: None,
    })
}

async fn owed(session: &OperatorSession, tx: &mut Tx, decided: &Decided) -> PageResult<u64> {
    if !session.is_allowed(Act::Repair) {
        return Ok(0);
    }
    match send_again::owed(tx, decided, session.now).await {
        Ok(owed) => Ok(owed.len() as u64),
        Err(Refusal::Store(fault)) => Err(fault.into()),
        Err(_) => Ok(0),
    }
}

/// As people read it; stored is only what was read as JSON before.
fn pretty(data: &str) -> String {
    let value: Result<serde_json::Value, _> = serde_json::from_str(data);
    value.and_then(|value| serde_json::to_string_pretty(&value)).unwrap_or_else(|_| data.to_owned())
}
