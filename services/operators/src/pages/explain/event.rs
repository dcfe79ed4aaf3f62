//! One event: who was told and why, and its whole history; on request what it holds.

use super::{
    news::SentAgain,
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
    pages::{Answer, Place, Stop, Title, View, Visitor, paths},
    queries::{
        explain::{self, Explanation},
        timeline as history,
    },
};
use axum::{
    extract::Path,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use bevaka_domain::{event::Origin, ids::EventId, operator::Act};
use bevaka_portal::Message;
use bevaka_store::{
    Tx, deliveries,
    events::{self, Decided},
    people,
};
use bevaka_web::layout::Tone;
use serde::Serialize;

/// One event.
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
    news: Option<SentAgain>,
}

impl View for EventPage {
    const TEMPLATE: &'static str = "explain_event";

    fn title(&self) -> Title {
        Title::Words(self.kind.clone())
    }

    fn place(&self) -> Place {
        Place::Events
    }

    fn notice(&self) -> Option<Message> {
        let SentAgain(count) = self.news?;
        Some(Message::new(Tone::Success, "explain-again-done").with("count", count.to_string()))
    }
}

pub(super) async fn show(visitor: Visitor, Path(id): Path<String>) -> Response {
    visitor.answer(Place::Events, shown(&visitor, &id).await)
}

async fn shown(visitor: &Visitor, id: &str) -> Answer {
    visitor.may(Act::See)?;
    let news = visitor.cookies.news::<SentAgain>();
    let mut tx = visitor.app.chassis.db.begin_snapshot().await?;
    let decided = find(&mut tx, id).await?;
    let mut view = view(visitor, &mut tx, &decided).await?;
    view.news = news;
    let page = visitor.page(StatusCode::OK, &view)?;
    Ok(if news.is_some() { visitor.told(page) } else { page })
}

/// What the event holds. It leaves an entry in the trail, so it is asked for by a form, and no address shows it twice.
pub(super) async fn content(visitor: Visitor, Path(id): Path<String>) -> Response {
    visitor.answer(Place::Events, with_content(&visitor, &id).await)
}

async fn with_content(visitor: &Visitor, id: &str) -> Answer {
    visitor.may(Act::ReadContent)?;
    let id: EventId = id.parse().map_err(|_| Stop::NotFound)?;
    let decided = read_content(&visitor.app, &visitor.operator, id).await?.ok_or(Stop::NotFound)?;
    let mut tx = visitor.app.chassis.db.begin_snapshot().await?;
    let mut view = view(visitor, &mut tx, &decided).await?;
    view.content = Some(pretty(&decided.event.data));
    let mut page = visitor.page(StatusCode::OK, &view)?.into_response();
    page.headers_mut()
        .insert(axum::http::header::CACHE_CONTROL, axum::http::HeaderValue::from_static("no-store"));
    Ok(page)
}

/// The event that an address names.
pub(super) async fn find(tx: &mut Tx, id: &str) -> Answer<Decided> {
    let id: EventId = id.parse().map_err(|_| Stop::NotFound)?;
    events::find(tx, id).await?.ok_or(Stop::NotFound)
}

pub(super) fn words(visitor: &Visitor) -> Words<'_> {
    Words { pages: &visitor.app.pages, language: visitor.language, now: visitor.now }
}

pub(super) fn sheet<'a>(visitor: &'a Visitor, explanation: &'a Explanation) -> Sheet<'a> {
    Sheet { words: words(visitor), gateway: gateway(&visitor.app), explanation }
}

fn gateway(app: &App) -> &str {
    &app.chassis.settings.sms.gateway
}

async fn view(visitor: &Visitor, tx: &mut Tx, decided: &Decided) -> Answer<EventPage> {
    let (app, now) = (&visitor.app, visitor.now);
    let event = &decided.event;
    let explanation = explain::stored(app, tx, decided, now).await?;
    let alerts = deliveries::of_event(tx, event.id).await?;
    let users = people::users(tx, alerts.iter().map(|alert| alert.user)).await?;
    let contacts = people::contacts(tx, alerts.iter().map(|alert| alert.contact)).await?;
    let happened = history::of(tx, decided, &alerts, &users, &contacts, now).await?;
    let words = words(visitor);
    let sheet = sheet(visitor, &explanation);
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
        kind: app.chassis.catalogue.name(&event.kind, visitor.language).to_owned(),
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
        may_read: visitor.is_allowed(Act::ReadContent),
        owed: owed(visitor, tx, decided).await?,
        news: None,
    })
}

async fn owed(visitor: &Visitor, tx: &mut Tx, decided: &Decided) -> Answer<u64> {
    if !visitor.is_allowed(Act::Repair) {
        return Ok(0);
    }
    match send_again::owed(tx, decided, visitor.now).await {
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
