//! *Kanaler*: how each gateway stands, with what an operator does about it: stop it, let it run again, send a test.

use super::{
    OperatorSession,
    justification::justification,
    nav,
    now::{many, tone},
    paths,
};
use crate::{
    App,
    commands::channels::{self, NoTest},
    queries::channels::{ChannelNow, channels as standing},
};
use axum::{
    Router,
    routing::{get, post},
};
use bevaka_domain::{clock::Timestamp, delivery::Outcome, operator::Act, watch::Channel};
use bevaka_web::{
    cookies::Flash,
    form::HtmlForm,
    layout::Tone,
    page::{At, FieldError, Message, View},
    page_error::{PageId, PageResult},
};
use serde::{Deserialize, Serialize};

/// The longest code of a provider that is told on the page, in characters.
const LONGEST_CODE: usize = 64;

pub(super) fn router() -> Router<App> {
    Router::new()
        .route(paths::CHANNELS, get(show))
        .route(paths::CHANNEL_PAUSE, post(pause))
        .route(paths::CHANNEL_RESUME, post(resume))
        .route(paths::CHANNEL_TEST, post(test))
}

#[derive(Serialize)]
struct Page {
    channels: Vec<Card>,
    may_run: bool,
    #[serde(skip)]
    errors: Vec<FieldError>,
    #[serde(skip)]
    notice: Option<Message>,
}

impl View for Page {
    const TEMPLATE: &'static str = "channels";
    const TITLE: &'static str = "channels-title";
    const AT: At = nav::CHANNELS;

    fn notice(&self) -> Option<Message> {
        self.notice.clone()
    }

    fn errors(&self) -> Vec<FieldError> {
        self.errors.clone()
    }
}

#[derive(Serialize)]
struct Card {
    channel: &'static str,
    gateway: String,
    standing: &'static str,
    tone: &'static str,
    is_down: bool,
    pause: Option<Pause>,
    success_at: Option<Timestamp>,
    failure_at: Option<Timestamp>,
    cause: String,
    attempts: Vec<Attempts>,
    overdue: String,
    later: String,
    sending: String,
    /// What was typed as a reason, if it is asked for again.
    because: String,
    path: String,
    because_id: String,
    address_id: String,
}

#[derive(Serialize)]
struct Pause {
    at: Timestamp,
    by: String,
    because: String,
}

#[derive(Serialize)]
struct Attempts {
    outcome: String,
    count: u64,
}

/// The form of a pause and of its end.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Because {
    because: String,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct To {
    address: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Done {
    Paused(Channel),
    Resumed(Channel),
    /// A test, what came of it, and the provider's reference or the cause.
    Tested(Channel, TestOutcome, String),
}

impl Flash for Done {
    const NAME: &'static str = "channel";
}

/// What a test may come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum TestOutcome {
    Accepted,
    Retry,
    Rejected,
    Unknown,
    ChannelDown,
}

impl Done {
    fn message(&self) -> Message {
        match self {
            Self::Paused(channel) => Message::new(Tone::Success, format!("channels-paused-{channel}")),
            Self::Resumed(channel) => Message::new(Tone::Success, format!("channels-resumed-{channel}")),
            Self::Tested(_, outcome, code) => {
                let (tone, key) = match outcome {
                    TestOutcome::Accepted => (Tone::Success, "channels-tested-accepted"),
                    TestOutcome::Retry => (Tone::Warning, "channels-tested-retry"),
                    TestOutcome::Rejected => (Tone::Warning, "channels-tested-rejected"),
                    TestOutcome::Unknown => (Tone::Warning, "channels-tested-unknown"),
                    TestOutcome::ChannelDown => (Tone::Warning, "channels-tested-channel-down"),
                };
                Message::new(tone, key).with("code", if code.is_empty() { "–" } else { code })
            }
        }
    }
}

/// What a provider said, fit for a page.
fn printable(code: &str) -> String {
    let fits = |c: char| if c.is_ascii_alphanumeric() || c == '-' || c == '.' { c } else { '-' };
    code.chars().take(LONGEST_CODE).map(fits).collect()
}

async fn show(session: OperatorSession) -> PageResult {
    session.may(Act::See)?;
    let done = session.cookies.flash::<Done>();
    let page = Page { notice: done.as_ref().map(Done::message), ..page(&session).await? };
    session.page(&page)
}

async fn page(session: &OperatorSession) -> PageResult<Page> {
    Ok(Page {
        channels: standing(&session.app).await?.into_iter().map(card).collect(),
        may_run: session.is_allowed(Act::RunChannels),
        errors: Vec::new(),
        notice: None,
    })
}

fn card(now: ChannelNow) -> Card {
    let channel = now.channel.as_str();
    let (failure_at, cause) = now.lately.failure.map_or((None, String::new()), |f| (Some(f.at), f.cause));
    Card {
        channel,
        gateway: now.gateway,
        standing: now.standing.as_str(),
        tone: tone(now.standing),
        is_down: now.standing == bevaka_domain::channel::Standing::Down,
        pause: now.pause.map(|pause| Pause { at: pause.at, by: pause.by, because: pause.because }),
        success_at: now.lately.success_at,
        failure_at,
        cause,
        attempts: now.attempts.into_iter().map(|(outcome, count)| Attempts { outcome, count }).collect(),
        overdue: many(now.waiting.overdue),
        later: many(now.waiting.later),
        sending: many(now.waiting.sending),
        because: String::new(),
        path: format!("{}/{channel}", paths::CHANNELS),
        because_id: format!("because-{channel}"),
        address_id: format!("address-{channel}"),
    }
}

async fn pause(
    session: OperatorSession,
    PageId(channel): PageId<Channel>,
    HtmlForm(form): HtmlForm<Because>,
) -> PageResult {
    session.may(Act::RunChannels)?;
    let because = match justification(format!("because-{channel}"), &form.because) {
        Ok(because) => because,
        Err(error) => return again(&session, channel, form.because, error).await,
    };
    channels::pause(&session.app, &session.operator, channel, &because).await?;
    Ok(session.redirect_with_flash(&Done::Paused(channel), paths::CHANNELS))
}

async fn resume(
    session: OperatorSession,
    PageId(channel): PageId<Channel>,
    HtmlForm(form): HtmlForm<Because>,
) -> PageResult {
    session.may(Act::RunChannels)?;
    let because = match justification(format!("because-{channel}"), &form.because) {
        Ok(because) => because,
        Err(error) => return again(&session, channel, form.because, error).await,
    };
    channels::resume(&session.app, &session.operator, channel, &because).await?;
    Ok(session.redirect_with_flash(&Done::Resumed(channel), paths::CHANNELS))
}

async fn test(
    session: OperatorSession,
    PageId(channel): PageId<Channel>,
    HtmlForm(To { address }): HtmlForm<To>,
) -> PageResult {
    session.may(Act::RunChannels)?;
    let key = match channels::test(&session.app, &session.operator, channel, &address, session.language).await
    {
        Ok(outcome) => {
            let (outcome, code) = match outcome {
                Outcome::Accepted { reference } => (TestOutcome::Accepted, reference.unwrap_or_default()),
                Outcome::Retry { cause, .. } => (TestOutcome::Retry, cause),
                Outcome::Rejected { cause } => (TestOutcome::Rejected, cause),
                Outcome::Unknown { cause } => (TestOutcome::Unknown, cause),
                Outcome::ChannelDown { cause } => (TestOutcome::ChannelDown, cause),
            };
            let done = Done::Tested(channel, outcome, printable(&code));
            return Ok(session.redirect_with_flash(&done, paths::CHANNELS));
        }
        Err(NoTest::Address(_)) if channel == Channel::Sms => "channels-address-sms",
        Err(NoTest::Address(_)) => "channels-address-email",
        Err(NoTest::TooMany(_)) => "channels-too-many",
        Err(NoTest::Store(error)) => return Err(error.into()),
        Err(NoTest::Text(error)) => return Err(error.into()),
    };
    // What was typed is not repeated: an address stands nowhere.
    again(&session, channel, String::new(), FieldError::new(format!("address-{channel}"), key)).await
}

/// The page with the reason that was typed for a channel, and what is wrong with it.
async fn again(
    session: &OperatorSession,
    channel: Channel,
    because: String,
    error: FieldError,
) -> PageResult {
    let mut page = Page { errors: vec![error], ..page(session).await? };
    if let Some(card) = page.channels.iter_mut().find(|card| card.channel == channel.as_str()) {
        card.because = because;
    }
    session.page(&page)
}
