//! What *Nu* shows.

use super::{
    super::{nav, paths},
    plot::{self, Head},
};
use crate::queries::{
    channels::ChannelNow,
    now::{Minute, Now},
};
use bevaka_domain::{channel::Standing, clock::Timestamp, entitlement::Reason, language::Language};
use bevaka_store::waiting::{COUNTED, Overdue};
use bevaka_web::{
    page::{At, View},
    pages::{Pages, ViewError},
};
use serde::Serialize;
use std::time::Duration;

#[derive(Serialize)]
pub(super) struct Page {
    /// Where its inside is renewed from.
    pub stream: &'static str,
    #[serde(flatten)]
    pub inside: Inside,
}

impl View for Page {
    const TEMPLATE: &'static str = "now";
    const TITLE: &'static str = "now-title";
    const AT: At = nav::NOW;
}

#[derive(Serialize)]
pub(super) struct Inside {
    at: Timestamp,
    from: Timestamp,
    rate: String,
    events: u64,
    busiest: u64,
    lag: String,
    /// The mean of the last minute in which something left.
    mean_lag: Option<String>,
    greatest_lag: Option<String>,
    channels: Vec<Way>,
    decisions: Vec<Counted>,
    dead_letters: Vec<Counted>,
    longest: Vec<Waits>,
    minutes: Vec<Row>,
}

#[derive(Serialize)]
struct Way {
    channel: &'static str,
    gateway: String,
    standing: &'static str,
    tone: &'static str,
    overdue: String,
    later: String,
    sending: String,
}

#[derive(Serialize)]
struct Counted {
    name: String,
    count: u64,
}

#[derive(Serialize)]
struct Waits {
    href: String,
    short: String,
    channel: &'static str,
    cause: Option<String>,
    waited: String,
    expires_at: Timestamp,
}

#[derive(Serialize)]
struct Row {
    at: Timestamp,
    events: u64,
    told: u64,
    untold: u64,
    accepted: u64,
    failed: u64,
    lag: Option<String>,
}

impl Inside {
    pub(super) fn new(pages: &Pages, language: Language, now: &Now) -> Result<Self, ViewError> {
        let rates: Vec<_> = now.minutes.iter().map(|minute| minute.events).collect();
        let lags: Vec<_> = now.minutes.iter().map(|minute| minute.lag_ms).collect();
        let (events, busiest) = (rates.iter().sum(), rates.iter().copied().max().unwrap_or(0));
        let greatest = now.minutes.iter().filter_map(|minute| minute.greatest_lag_ms).max();
        let shown = |ms| seconds(ms, language);
        let greatest_lag = greatest.map(shown);
        let counts = [("count", u64::to_string(&events)), ("busiest", busiest.to_string())];
        let rate_text = pages.format(language, "now-rate-description", &counts)?;
        let lag_text = match &greatest_lag {
            Some(greatest) => {
                pages.format(language, "now-lag-description", &[("greatest", greatest.clone())])?
            }
            None => pages.text(language, "now-lag-none")?,
        };
        let (rate_title, lag_title) = (pages.text(language, "now-rate")?, pages.text(language, "now-lag")?);
        let rate = Head { id: "rate", title: &rate_title, description: &rate_text };
        let lag = Head { id: "lag", title: &lag_title, description: &lag_text };
        Ok(Self {
            at: now.at,
            from: now.minutes.first().map_or(now.at, |minute| minute.at),
            rate: plot::bars(&rate, &rates),
            events,
            busiest,
            lag: plot::line(&lag, &lags),
            mean_lag: lags.iter().rev().flatten().next().copied().map(shown),
            greatest_lag,
            channels: now.channels.iter().map(channel).collect(),
            decisions: decisions(&now.decisions),
            dead_letters: counted(&now.dead_letters),
            longest: now.longest.iter().map(|overdue| waits(overdue, now.at)).collect(),
            minutes: now.minutes.iter().rev().map(|minute| row(minute, language)).collect(),
        })
    }
}

fn channel(now: &ChannelNow) -> Way {
    Way {
        channel: now.channel.as_str(),
        gateway: now.gateway.clone(),
        standing: now.standing.as_str(),
        tone: tone(now.standing),
        overdue: many(now.waiting.overdue),
        later: many(now.waiting.later),
        sending: many(now.waiting.sending),
    }
}

/// The tint of a chip; its word says the same.
pub(in crate::pages) const fn tone(standing: Standing) -> &'static str {
    match standing {
        Standing::Paused | Standing::Troubled => "amber",
        Standing::Down => "red",
        Standing::Runs => "green",
        Standing::Untried => "",
    }
}

pub(in crate::pages) fn many(count: u64) -> String {
    if count >= COUNTED { format!("≥ {COUNTED}") } else { count.to_string() }
}

fn counted(all: &[(String, u64)]) -> Vec<Counted> {
    all.iter().map(|(name, count)| Counted { name: name.clone(), count: *count }).collect()
}

/// By reasons that have a text: another version may have counted more.
fn decisions(all: &[(String, u64)]) -> Vec<Counted> {
    let is_known = |name: &str| name == "told" || Reason::ALL.iter().any(|reason| reason.as_str() == name);
    let mut counted = counted(all);
    for decision in counted.iter_mut().filter(|decision| !is_known(&decision.name)) {
        "other".clone_into(&mut decision.name);
    }
    counted
}

fn waits(overdue: &Overdue, now: Timestamp) -> Waits {
    let id = overdue.id.to_string();
    Waits {
        href: format!("{}/{id}", paths::DELIVERIES),
        short: id.chars().take(13).collect(),
        channel: overdue.channel.as_str(),
        cause: overdue.cause.clone(),
        waited: waited(now.since(overdue.due_at)),
        expires_at: overdue.expires_at,
    }
}

fn row(minute: &Minute, language: Language) -> Row {
    let Minute { at, events, told, untold, accepted, failed, expired, lag_ms, .. } = *minute;
    let lag = lag_ms.map(|ms| seconds(ms, language));
    Row { at, events, told, untold, accepted, failed: failed + expired, lag }
}

/// With one decimal, as the language writes it.
fn seconds(ms: u64, language: Language) -> String {
    let tenths = ms.saturating_add(50) / 100;
    let point = match language {
        Language::Swedish => ',',
        Language::English => '.',
    };
    format!("{}{point}{}\u{a0}s", tenths / 10, tenths % 10)
}

/// In the greatest unit that fits, the same in all languages.
fn waited(duration: Duration) -> String {
    match duration.as_secs() {
        s @ 0..60 => format!("{s}\u{a0}s"),
        s @ 60..3_600 => format!("{}\u{a0}min", s / 60),
        s => format!("{}\u{a0}h", s / 3_600),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_short() {
        assert_eq!(seconds(1_149, Language::Swedish), "1,1\u{a0}s");
        assert_eq!(seconds(49, Language::English), "0.0\u{a0}s");
        assert_eq!(seconds(u64::MAX, Language::English).split('.').count(), 2);
        let shown = |s| waited(Duration::from_secs(s));
        assert_eq!([shown(59), shown(60), shown(7_300)], ["59\u{a0}s", "1\u{a0}min", "2\u{a0}h"]);
        assert_eq!([many(9_999), many(10_000)], ["9999", "≥ 10000"]);
    }
}
