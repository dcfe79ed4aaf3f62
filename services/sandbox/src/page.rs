//! The page: phone and mailbox side by side, live.

use crate::{
    gateway::FAILING,
    mail::Mail,
    mail_page,
    message::{Content, Message, Status, carriage},
    store::Store,
};
use axum::{
    Router,
    extract::State,
    response::{
        Html, IntoResponse, Redirect,
        sse::{Event, KeepAlive, Sse},
    },
    routing::get,
};
use bevaka_domain::{clock::Timestamp, language::Language};
use bevaka_web::{
    assets,
    language::RequestLanguage,
    layout::{Frame, Here},
    pages::{Pages, PagesBuilder, PagesError, ViewError},
    problem::Problem,
    translations::Translations,
};
use futures_util::{Stream, StreamExt};
use rust_embed::RustEmbed;
use serde::Serialize;
use std::{convert::Infallible, net::SocketAddr, sync::Arc};
use tokio_stream::wrappers::WatchStream;
use tokio_util::sync::CancellationToken;

/// How many messages each column shows.
const SHOWN: usize = 50;
const ASSETS: &str = "/sandbox/assets";

#[derive(RustEmbed)]
#[folder = "templates"]
struct Templates;

#[derive(RustEmbed)]
#[folder = "assets"]
struct Assets;

#[derive(Clone)]
pub(crate) struct PageState {
    pub store: Arc<Store>,
    pub pages: Pages,
    pub hint_command: Arc<str>,
    pub smtp_addr: SocketAddr,
    pub stopping: CancellationToken,
}

/// Templates, texts and assets of the sandbox.
pub(crate) fn pages() -> Result<Pages, PagesError> {
    let texts = Translations::parse(
        include_str!("../translations/sv.toml"),
        include_str!("../translations/en.toml"),
    )?;
    PagesBuilder::new()?.templates::<Templates>().assets::<Assets>(ASSETS).texts(texts)?.build()
}

pub(crate) fn router(state: PageState) -> Router {
    Router::new()
        .route("/sandbox", get(async || Redirect::temporary("/sandbox/")))
        .route("/sandbox/", get(index))
        .route("/sandbox/messages", get(messages))
        .route("/sandbox/live", get(live))
        .merge(mail_page::router())
        .with_state(state)
        .merge(assets::service::<Assets>(ASSETS))
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    Messages,
    BankId,
    Token,
    /// The bank's sign-in, to which nothing leads from here.
    SignIn,
}

/// The frame of every page here.
pub(crate) fn frame(
    pages: &Pages,
    title: &str,
    language: Language,
    here: &Here,
    section: Section,
) -> Result<Frame, ViewError> {
    let links = [
        (Section::Messages, "/sandbox/", "sandbox-title"),
        (Section::BankId, "/sandbox/bankid", "bankid-title"),
        (Section::Token, "/sandbox/token", "token-title"),
    ];
    let frame = Frame::new(title, language, here)
        .who(pages.text(language, "sandbox-development-only")?)
        .close("/sandbox/");
    links.into_iter().try_fold(frame, |frame, (leads, href, key)| {
        Ok(frame.nav(href, pages.text(language, key)?, leads == section))
    })
}

/// When something happened, as people read it.
pub(crate) fn when(at: Timestamp, language: Language) -> String {
    at.local().moment(language)
}

#[derive(Serialize)]
struct Index<'a> {
    #[serde(flatten)]
    messages: Messages<'a>,
    smtp: String,
    failing: &'static str,
}

#[derive(Serialize)]
struct Messages<'a> {
    newest: u64,
    empty: bool,
    hint: &'a str,
    sms: Column<SmsRow>,
    mails: Column<MailRow>,
}

#[derive(Serialize)]
struct Column<T> {
    count: usize,
    more: bool,
    shown: usize,
    rows: Vec<T>,
}

#[derive(Serialize)]
struct SmsRow {
    id: u64,
    from: String,
    to: String,
    when: String,
    text: String,
    segments: u32,
    encoding: &'static str,
    failed: bool,
}

#[derive(Serialize)]
struct MailRow {
    id: u64,
    from: String,
    to: String,
    when: String,
    subject: String,
}

async fn index(
    State(state): State<PageState>,
    RequestLanguage(language): RequestLanguage,
    here: Here,
) -> Result<Html<String>, Problem> {
    let title = state.pages.text(language, "sandbox-title")?;
    let frame = frame(&state.pages, &title, language, &here, Section::Messages)?;
    let index = Index {
        messages: gather(&state.store, &state.hint_command, language),
        smtp: state.smtp_addr.to_string(),
        failing: FAILING,
    };
    Ok(state.pages.page(language, "sandbox", &frame, &index)?)
}

async fn messages(
    State(state): State<PageState>,
    RequestLanguage(language): RequestLanguage,
) -> Result<Html<String>, Problem> {
    let messages = gather(&state.store, &state.hint_command, language);
    Ok(state.pages.fragment(language, "messages", &messages)?)
}

/// Tells the newest id, at once and whenever it changes; many changes at a time are told once.
async fn live(State(state): State<PageState>) -> impl IntoResponse {
    Sse::new(news(&state)).keep_alive(KeepAlive::default())
}

fn news(state: &PageState) -> impl Stream<Item = Result<Event, Infallible>> + use<> {
    WatchStream::new(state.store.changes())
        .map(|id| Ok(Event::default().event("newest").data(id.to_string())))
        .take_until(state.stopping.clone().cancelled_owned())
}

fn gather<'a>(store: &Store, hint: &'a str, language: Language) -> Messages<'a> {
    let all = store.all();
    let (sms, mails): (Vec<_>, Vec<_>) = all
        .iter()
        .map(AsRef::as_ref)
        .partition(|message: &&Message| matches!(message.content, Content::Sms { .. }));
    Messages {
        newest: all.first().map_or(0, |message| message.id),
        empty: all.is_empty(),
        hint,
        sms: Column::of(&sms, |message| sms_row(message, language)),
        mails: Column::of(&mails, |message| mail_row(message, language)),
    }
}

impl<T> Column<T> {
    fn of(messages: &[&Message], row: impl Fn(&Message) -> Option<T>) -> Self {
        let rows: Vec<T> = messages.iter().take(SHOWN).filter_map(|message| row(message)).collect();
        Self { count: messages.len(), more: messages.len() > SHOWN, shown: rows.len(), rows }
    }
}

fn sms_row(message: &Message, language: Language) -> Option<SmsRow> {
    let Content::Sms { text, status } = &message.content else { return None };
    let (encoding, segments) = carriage(text);
    Some(SmsRow {
        id: message.id,
        from: message.from.clone(),
        to: message.to.clone(),
        when: when(message.received_at, language),
        text: text.clone(),
        segments,
        encoding,
        failed: *status == Status::Failed,
    })
}

fn mail_row(message: &Message, language: Language) -> Option<MailRow> {
    let Content::Email { raw } = &message.content else { return None };
    let mail = Mail::read(&raw.0);
    Some(MailRow {
        id: message.id,
        from: if mail.from.is_empty() { message.from.clone() } else { mail.from },
        to: message.to.clone(),
        when: when(message.received_at, language),
        subject: mail.subject,
    })
}
