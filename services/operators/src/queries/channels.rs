//! How each channel stands: its gateway, its pause, its last attempts, and what waits for it.

use crate::App;
use bevaka_domain::{
    channel::{Lately, Pause, Standing},
    clock::Timestamp,
    watch::Channel,
};
use bevaka_store::{
    Result, Tx, channel_health, channel_pauses,
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
    /// The last attempts, of all dispatchers, and the last test of this process.
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
    let figures = figures::since(&mut tx, now.minute().minus(HOUR)).await?;
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
    let mut health = channel_health::all(tx).await?;
    let mut channels = Vec::with_capacity(Channel::ALL.len());
    for channel in Channel::ALL {
        let pause = pauses.remove(&channel);
        let attempts = attempts(channel, figures);
        let lately = health.remove(&channel).unwrap_or_default().or_later(app.tests().lately(channel));
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

/// The attempts by outcome.
fn attempts(channel: Channel, figures: &[Figure]) -> BTreeMap<String, u64> {
    let mut attempts = BTreeMap::new();
    let prefix = format!("attempts.{channel}.");
    for figure in figures {
        if let Some(outcome) = figure.name.strip_prefix(&prefix) {
            *attempts.entry(outcome.to_owned()).or_default() += figure.value;
        }
    }
    attempts
}
