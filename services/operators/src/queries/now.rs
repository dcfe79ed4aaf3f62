//! What happens now: the last hour minute by minute, how channels stand, and what waits longest. Everything is read from
//! the figures and from the index of what needs attention, so that it costs the same however many alerts are stored.

use super::channels::{self, ChannelNow, HOUR};
use crate::App;
use bevaka_domain::{clock::Timestamp, watch::Channel};
use bevaka_store::{
    Result,
    figures::{self, Figure},
    waiting::{self, Overdue},
};
use std::{collections::BTreeMap, time::Duration};

/// How many alerts of a channel are shown that wait longest.
const LONGEST: u32 = 5;
const MINUTE: Duration = Duration::from_secs(60);
const MINUTES: u32 = 60;

/// What happens now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Now {
    /// When it was read.
    pub at: Timestamp,
    /// The last 60 minutes, the oldest first; the last one is not over.
    pub minutes: Vec<Minute>,
    /// Decisions of the last hour by reason, the most frequent first; `told` for those who are told.
    pub decisions: Vec<(String, u64)>,
    /// Both channels.
    pub channels: Vec<ChannelNow>,
    /// What could have left longest ago, the longest first.
    pub longest: Vec<Overdue>,
    /// Dead letters that nobody has dealt with, by reason.
    pub dead_letters: Vec<(String, u64)>,
}

/// What happened in a minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Minute {
    /// When it began.
    pub at: Timestamp,
    /// Events taken in.
    pub events: u64,
    /// Decisions to tell.
    pub told: u64,
    /// Decisions not to tell.
    pub untold: u64,
    /// Alerts that a provider took.
    pub accepted: u64,
    /// Alerts that no provider will take.
    pub failed: u64,
    /// Alerts that no attempt brought out in time.
    pub expired: u64,
    /// Alerts that are tried again.
    pub retried: u64,
    /// From intake to the provider, the mean in milliseconds; none if nothing left.
    pub lag_ms: Option<u64>,
    /// The greatest of them.
    pub greatest_lag_ms: Option<u64>,
}

/// Reads what happens now.
///
/// # Errors
/// If the database fails.
pub async fn now(app: &App) -> Result<Now> {
    let at = app.now();
    let from = at.minute().minus(HOUR);
    let mut tx = app.chassis.db.begin_read().await?;
    let figures = figures::since(&mut tx, from).await?;
    let channels = channels::by_figures(app, &mut tx, &figures, at).await?;
    let mut longest = Vec::new();
    for channel in Channel::ALL {
        longest.extend(waiting::longest(&mut tx, channel, at, LONGEST).await?);
    }
    longest.sort_by_key(|overdue| overdue.due_at);
    let dead_letters = waiting::dead_letters(&mut tx).await?;
    Ok(Now {
        at,
        minutes: minutes(from, &figures),
        decisions: decisions(&figures),
        channels,
        longest,
        dead_letters,
    })
}

fn minutes(from: Timestamp, figures: &[Figure]) -> Vec<Minute> {
    let mut by_minute: BTreeMap<_, BTreeMap<&str, u64>> = BTreeMap::new();
    for figure in figures {
        by_minute.entry(figure.minute).or_default().insert(&figure.name, figure.value);
    }
    let none = BTreeMap::new();
    let at = |n| from.plus(MINUTE * n);
    (0..MINUTES).map(|n| read(at(n), by_minute.get(&at(n)).unwrap_or(&none))).collect()
}

fn read(at: Timestamp, figures: &BTreeMap<&str, u64>) -> Minute {
    let value = |name: &str| figures.get(name).copied().unwrap_or(0);
    let ended =
        |end: &str| Channel::ALL.map(|channel| value(&format!("alerts.{channel}.{end}"))).iter().sum();
    let untold = figures.iter().filter(|(name, _)| name.starts_with("untold.")).map(|(_, value)| value).sum();
    let lags = value("lags");
    Minute {
        at,
        events: value("events"),
        told: value("told"),
        untold,
        accepted: ended("accepted"),
        failed: ended("failed"),
        expired: ended("expired"),
        retried: ended("retried"),
        lag_ms: value("lag_ms").checked_div(lags),
        greatest_lag_ms: (lags > 0).then(|| value("lag_greatest_ms")),
    }
}

fn decisions(figures: &[Figure]) -> Vec<(String, u64)> {
    let mut counted: BTreeMap<&str, u64> = BTreeMap::new();
    for figure in figures {
        let name = figure.name.strip_prefix("untold.").or_else(|| (figure.name == "told").then_some("told"));
        if let Some(name) = name {
            *counted.entry(name).or_default() += figure.value;
        }
    }
    let mut counted: Vec<_> = counted.into_iter().map(|(name, count)| (name.to_owned(), count)).collect();
    counted.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    counted
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

    fn figure(minutes: u32, name: &str, value: u64) -> Figure {
        Figure { minute: NOW.plus(MINUTE * minutes), name: name.to_owned(), value }
    }

    #[test]
    fn an_hour_has_sixty_minutes_also_those_in_which_nothing_happened() {
        let figures = [
            figure(0, "events", 3),
            figure(59, "alerts.email.accepted", 4),
            figure(59, "alerts.sms.accepted", 5),
            figure(59, "lag_greatest_ms", 900),
            figure(59, "lag_ms", 1_800),
            figure(59, "lags", 9),
            figure(59, "untold.no_access", 2),
            figure(59, "untold.no_watch", 6),
        ];
        let minutes = minutes(NOW, &figures);
        assert_eq!((minutes.len(), minutes[0].events, minutes[0].lag_ms), (60, 3, None));
        let last = minutes[59];
        assert_eq!((last.at, last.accepted, last.untold), (NOW.plus(MINUTE * 59), 9, 8));
        assert_eq!((last.lag_ms, last.greatest_lag_ms), (Some(200), Some(900)));
    }

    #[test]
    fn decisions_are_added_up_by_reason_the_most_frequent_first() {
        let figures = [
            figure(0, "told", 2),
            figure(0, "untold.no_watch", 4),
            figure(1, "told", 1),
            figure(1, "untold.no_access", 3),
            figure(1, "events", 9),
        ];
        let expected = [("no_watch", 4), ("no_access", 3), ("told", 3)];
        assert_eq!(decisions(&figures), expected.map(|(name, count)| (name.to_owned(), count)));
    }
}
