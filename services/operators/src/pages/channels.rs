//! *Kanaler*: how each gateway stands, with what an operator does about it: stop it, let it run again, send a test.

use super::{
    Answer, Place, Stop, Title, View, Visitor,
    now::{many, tone},
    paths,
};
use crate::{
    App,
    commands::channels::{self, NoTest},
    queries::channels::{ChannelNow, channels as standing},
};
use axum::{
    Form, Router,
    extract::{Path, rejection::FormRejection},
    http::StatusCode,
    response::Response,
    routing::{get, post},
};
use bevaka_domain::{
    clock::Timestamp,
    delivery::Outcome,
    operator::{Act, InvalidJustification, Justification},
    watch::Channel,
};
use bevaka_portal::{FieldFault, Message};
use bevaka_web::layout::Tone;
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

/// The page.
#[derive(Serialize)]
struct Page {
    channels: Vec<Card>,
    may_run: bool,
    #[serde(skip)]
    faults: Vec<FieldFault>,
    #[serde(skip)]
    news: Option<Message>,
}

impl View for Page {
    const TEMPLATE: &'static str = "channels";

    fn title(&self) -> Title {
        "channels-title".into()
    }

    fn place(&self) -> Place {
        Place::Channels
    }

    fn notice(&self) -> Option<Message> {
        self.news.clone()
    }

    fn faults(&self) -> Vec<FieldFault> {
        self.faults.clone()
    }
}

/// One channel.
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
    /// Where the forms post to.
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

/// The form of a test.
#[derive(Default, Deserialize)]
#[serde(default)]
struct To {
    address: String,
}

/// What has just been done.
#[derive(Clone, Debug, PartialEq, Eq)]
enum News {
    Paused(Channel),
    Resumed(Channel),
    /// A test, what came of it, and the provider's reference or the cause.
    Tested(Channel, &'static str, String),
}

impl bevaka_portal::News for News {
    fn text(&self) -> String {
        match self {
            Self::Paused(channel) => format!("channel-paused.{channel}"),
            Self::Resumed(channel) => format!("channel-resumed.{channel}"),
            Self::Tested(channel, outcome, code) => format!("channel-tested.{channel}.{outcome}.{code}"),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let (what, of) = text.split_once('.')?;
        Some(match what {
            "channel-paused" => Self::Paused(of.parse().ok()?),
            "channel-resumed" => Self::Resumed(of.parse().ok()?),
            "channel-tested" => {
                let mut parts = of.splitn(3, '.');
                let channel = parts.next()?.parse().ok()?;
                let outcome = parts.next()?;
                let outcome = OUTCOMES.into_iter().find(|known| *known == outcome)?;
                Self::Tested(channel, outcome, printable(parts.next()?))
            }
            _ => return None,
        })
    }
}

/// What a test may come to, as it lies in the browser.
const OUTCOMES: [&str; 5] = ["accepted", "retry", "rejected", "unknown", "channel-down"];

fn message(news: &News) -> Message {
    match news {
        News::Paused(channel) => Message::new(Tone::Success, format!("channels-paused-{channel}")),
        News::Resumed(channel) => Message::new(Tone::Success, format!("channels-resumed-{channel}")),
        News::Tested(_, outcome, code) => {
            let tone = if *outcome == "accepted" { Tone::Success } else { Tone::Warning };
            let code = if code.is_empty() { "–" } else { code };
            Message::new(tone, format!("channels-tested-{outcome}")).with("code", code)
        }
    }
}

/// What a provider said, fit for a cookie and a page.
fn printable(code: &str) -> String {
    let fits = |c: char| if c.is_ascii_alphanumeric() || c == '-' || c == '.' { c } else { '-' };
    code.chars().take(LONGEST_CODE).map(fits).collect()
}

async fn show(visitor: Visitor) -> Response {
    let shown = shown(&visitor, Vec::new(), None).await;
    visitor.answer(Place::Channels, shown)
}

/// The page, with what is wrong with a form and the reason that was typed into it.
async fn shown(visitor: &Visitor, faults: Vec<FieldFault>, typed: Option<(Channel, String)>) -> Answer {
    visitor.may(Act::See)?;
    let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let mut channels: Vec<_> = standing(&visitor.app).await?.into_iter().map(card).collect();
    if let Some((channel, because)) = typed
        && let Some(card) = channels.iter_mut().find(|card| card.channel == channel.as_str())
    {
        card.because = because;
    }
    let news = visitor.cookies.news::<News>().filter(|_| faults.is_empty());
    let page = Page {
        channels,
        may_run: visitor.is_allowed(Act::RunChannels),
        faults,
        news: news.as_ref().map(message),
    };
    let page = visitor.page(status, &page)?;
    Ok(if news.is_some() { visitor.told(page) } else { page })
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

type Typed<T> = Result<Form<T>, FormRejection>;

async fn pause(visitor: Visitor, Path(channel): Path<String>, form: Typed<Because>) -> Response {
    let done = change(&visitor, &channel, form, true).await;
    visitor.answer(Place::Channels, done)
}

async fn resume(visitor: Visitor, Path(channel): Path<String>, form: Typed<Because>) -> Response {
    let done = change(&visitor, &channel, form, false).await;
    visitor.answer(Place::Channels, done)
}

async fn change(visitor: &Visitor, channel: &str, form: Typed<Because>, stops: bool) -> Answer {
    visitor.may(Act::RunChannels)?;
    let channel: Channel = channel.parse().map_err(|_| Stop::NotFound)?;
    let Because { because } = form.map_or_else(|_| Because::default(), |Form(form)| form);
    let justification = match Justification::parse(&because) {
        Ok(justification) => justification,
        Err(fault) => {
            let fault = FieldFault::new(format!("because-{channel}"), unjustified(fault));
            return shown(visitor, vec![fault], Some((channel, because))).await;
        }
    };
    let news = if stops {
        channels::pause(&visitor.app, &visitor.operator, channel, &justification).await?;
        News::Paused(channel)
    } else {
        channels::resume(&visitor.app, &visitor.operator, channel, &justification).await?;
        News::Resumed(channel)
    };
    Ok(visitor.telling(&news, paths::CHANNELS))
}

const fn unjustified(fault: InvalidJustification) -> &'static str {
    match fault {
        InvalidJustification::Length => "channels-because-length",
        InvalidJustification::Address => "channels-because-address",
        InvalidJustification::Number => "channels-because-number",
    }
}

async fn test(visitor: Visitor, Path(channel): Path<String>, form: Typed<To>) -> Response {
    let done = tested(&visitor, &channel, form).await;
    visitor.answer(Place::Channels, done)
}

async fn tested(visitor: &Visitor, channel: &str, form: Typed<To>) -> Answer {
    visitor.may(Act::RunChannels)?;
    let channel: Channel = channel.parse().map_err(|_| Stop::NotFound)?;
    let To { address } = form.map_or_else(|_| To::default(), |Form(form)| form);
    let key = match channels::test(&visitor.app, &visitor.operator, channel, &address, visitor.language).await
    {
        Ok(outcome) => {
            let name = outcome.name().replace('_', "-");
            let name = OUTCOMES.into_iter().find(|known| *known == name).unwrap_or("unknown");
            let code = match outcome {
                Outcome::Accepted { reference } => reference.unwrap_or_default(),
                Outcome::Retry { cause, .. }
                | Outcome::Rejected { cause }
                | Outcome::Unknown { cause }
                | Outcome::ChannelDown { cause } => cause,
            };
            let news = News::Tested(channel, name, printable(&code));
            return Ok(visitor.telling(&news, paths::CHANNELS));
        }
        Err(NoTest::Address(_)) if channel == Channel::Sms => "channels-address-sms",
        Err(NoTest::Address(_)) => "channels-address-email",
        Err(NoTest::TooMany(_)) => "channels-too-many",
        Err(NoTest::Store(fault)) => return Err(fault.into()),
        Err(NoTest::Text(fault)) => return Err(fault.into()),
    };
    // What was typed is not repeated: an address stands nowhere.
    shown(visitor, vec![FieldFault::new(format!("address-{channel}"), key)], None).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use bevaka_portal::News as _;

    #[test]
    fn news_come_back_as_they_were_and_nothing_else_is_told() {
        for news in [
            News::Paused(Channel::Sms),
            News::Resumed(Channel::Email),
            News::Tested(Channel::Sms, "channel-down", printable("smtp_451 <x>;")),
            News::Tested(Channel::Email, "accepted", String::new()),
        ] {
            let text = news.text();
            assert!(text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '.'), "{text}");
            assert_eq!(News::parse(&text), Some(news));
        }
        for text in ["", "saved", "channel-paused.pigeon", "channel-tested.sms.lost.x"] {
            assert_eq!(News::parse(text), None, "{text}");
        }
    }
}
