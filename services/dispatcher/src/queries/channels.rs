//! How each channel stands: its gateway, its pause, its last attempts, and what waits for it.

use crate::{App, figures::minute};
use bevaka_domain::{
    channel::{Failure, Lately, Pause, Standing},
    clock::Timestamp,
    watch::Channel,
};
use bevaka_store::{
    Result, Tx, channel_pauses,
    figures::{self, Figure},
    waiting::{self, Waiting},
};
use std::{collections::BTreeMap, time::Duration};

/// How far back attempts are counted.
pub const HOUR: Duration = Duration::from_secs(59 * 60);

/// A channel as it stands now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelNow {
    /// Which.
    pub channel: Channel,
    /// The SMS gateway's name, or the mail server's host and port.
    pub gateway: String,
    /// How it stands.
    pub standing: Standing,
    /// The pause that an operator began.
    pub pause: Option<Pause>,
    /// The last attempts, of all processes: those of others to the minute, their causes as outcomes.
    pub lately: Lately,
    /// Attempts of the last hour by what came of them.
    pub attempts: BTreeMap<String, u64>,
    /// What is not settled.
    pub waiting: Waiting,
}

/// Both channels.
///
/// # Errors
/// If the database fails.
pub async fn channels(app: &App) -> Result<Vec<ChannelNow>> {
    let now = app.now();
    let mut tx = app.chassis.db.begin_read().await?;
    let figures = figures::since(&mut tx, minute(now).minus(HOUR)).await?;
    by_figures(app, &mut tx, &figures, now).await
}

/// Both channels, by the figures of the last hour.
///
/// # Errors
/// If the database fails.
pub(super) async fn by_figures(
    app: &App,
    tx: &mut Tx,
    figures: &[Figure],
    now: Timestamp,
) -> Result<Vec<ChannelNow>> {
    let mut pauses: BTreeMap<_, _> = channel_pauses::all(tx).await?.into_iter().collect();
    let mut channels = Vec::with_capacity(Channel::ALL.len());
    for channel in Channel::ALL {
        let pause = pauses.remove(&channel);
        let (attempts, elsewhere) = attempts(channel, figures);
        let lately = joined(app.context().figures.lately(channel), elsewhere);
        channels.push(ChannelNow {
            channel,
            gateway: gateway(app, channel),
            standing: lately.standing(pause.as_ref()),
            pause,
            lately,
            attempts,
            waiting: waiting::count(tx, channel, now).await?,
        });
    }
    Ok(channels)
}

fn gateway(app: &App, channel: Channel) -> String {
    let settings = &app.chassis.settings;
    match channel {
        Channel::Sms => settings.sms.gateway.clone(),
        Channel::Email => format!("{}:{}", settings.smtp.host, settings.smtp.port),
    }
}

/// The attempts by outcome, and the minutes in which one last succeeded and failed.
fn attempts(channel: Channel, figures: &[Figure]) -> (BTreeMap<String, u64>, Lately) {
    let (mut attempts, mut lately) = (BTreeMap::new(), Lately::default());
    let prefix = format!("attempts.{channel}.");
    for figure in figures {
        let Some(outcome) = figure.name.strip_prefix(&prefix) else { continue };
        *attempts.entry(outcome.to_owned()).or_default() += figure.value;
        if outcome == "accepted" {
            lately.success_at = lately.success_at.max(Some(figure.minute));
        } else if lately.failure.as_ref().is_none_or(|last| last.at <= figure.minute) {
            let channel_down = outcome == "channel_down";
            lately.failure = Some(Failure { at: figure.minute, cause: outcome.to_owned(), channel_down });
        }
    }
    (attempts, lately)
}

/// What this process saw, unless another one saw something in a later minute.
fn joined(own: Lately, all: Lately) -> Lately {
    let own_failure = own.failure.as_ref().map(|failure| minute(failure.at));
    let failure =
        if all.failure.as_ref().map(|failure| failure.at) > own_failure { all.failure } else { own.failure };
    let success_at =
        if all.success_at > own.success_at.map(minute) { all.success_at } else { own.success_at };
    Lately { success_at, failure }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

    fn figure(minutes: u64, name: &str, value: u64) -> Figure {
        Figure { minute: NOW.plus(Duration::from_secs(60 * minutes)), name: name.to_owned(), value }
    }

    #[test]
    fn what_other_processes_saw_later_counts_more_than_what_this_one_saw() {
        let figures = [
            figure(0, "attempts.sms.accepted", 7),
            figure(1, "attempts.email.accepted", 9),
            figure(2, "attempts.sms.accepted", 3),
            figure(2, "attempts.sms.channel_down", 4),
            figure(3, "attempts.sms.channel_down", 1),
        ];
        let (attempts, elsewhere) = attempts(Channel::Sms, &figures);
        assert_eq!(attempts, BTreeMap::from([("accepted".to_owned(), 10), ("channel_down".to_owned(), 5)]));
        let own = Lately { success_at: Some(NOW.plus(Duration::from_secs(130))), failure: None };
        let lately = joined(own.clone(), elsewhere);
        assert_eq!(lately.success_at, own.success_at, "the same minute, and more exact");
        assert_eq!(lately.standing(None), Standing::Down);
        let later = Lately { success_at: Some(NOW.plus(Duration::from_secs(190))), failure: None };
        let (_, elsewhere) = super::attempts(Channel::Sms, &figures);
        assert_eq!(joined(later, elsewhere).standing(None), Standing::Runs);
    }
}
