//! A watch as JSON: what a user chose for a kind, what it is narrowed to, and when its alerts leave. Types of their own:
//! what is sent is checked to the last field, while what is stored is read as it is.

use bevaka_domain::{
    clock::{LocalDate, TimeOfDay, Timestamp, Weekday, Zone},
    event::{Account, Amount, Kind},
    ids::{ContactId, UserId},
    watch::{Channel, Digest, Interval, Pause, QuietHours, Settings, StandIn, Watch},
};
use bevaka_web::problem::Problem;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// What a user chose for a kind.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Watch)]
pub(super) struct WatchView {
    /// The mobile number to use; left out: no SMS.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    sms: Option<ContactId>,
    /// The e-mail address to use; left out: no e-mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    email: Option<ContactId>,
    /// Channels that were chosen and tell nothing, as their contact point has been removed.
    missing: Vec<Channel>,
    settings: SettingsView,
    /// Since when it is switched off from a mail; left out: it is on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    off_at: Option<Timestamp>,
}

/// A watch with its kind.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct StoredWatch {
    /// What is watched.
    kind: Kind,
    #[serde(flatten)]
    watch: WatchView,
}

impl WatchView {
    pub fn new(watch: &Watch) -> Self {
        let chosen = |channel| watch.channels.get(&channel).copied().flatten();
        let missing = watch.channels.iter().filter(|(_, contact)| contact.is_none());
        Self {
            sms: chosen(Channel::Sms),
            email: chosen(Channel::Email),
            missing: missing.map(|(channel, _)| *channel).collect(),
            settings: (&watch.settings).into(),
            off_at: watch.off_at,
        }
    }
}

impl StoredWatch {
    pub fn new(watch: &Watch) -> Self {
        Self { kind: watch.kind.clone(), watch: WatchView::new(watch) }
    }
}

/// What a watch is narrowed to and when its alerts leave. Nothing set: every event is told at once.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = Settings)]
pub(super) struct SettingsView {
    /// Events about less are not told, in Swedish kronor.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "10000.00")]
    least_amount: Option<Amount>,
    /// Events about other accounts are not told; empty: all accounts.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    #[schema(value_type = Vec<String>, max_items = 20)]
    accounts: BTreeSet<Account>,
    /// When nothing is sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    quiet: Option<QuietView>,
    /// Whether nothing is sent on Saturdays and Sundays.
    weekdays_only: bool,
    /// When alerts are sent together, instead of each at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    digest: Option<DigestView>,
    /// While what happens is not told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pause: Option<PauseView>,
    /// While what happens is told to somebody else.
    #[serde(skip_serializing_if = "Option::is_none")]
    stand_in: Option<StandInView>,
}

/// From a time, included, to another, not included; over midnight where the second is the earlier one.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = QuietHours)]
struct QuietView {
    /// The first quiet minute, such as `22:00`.
    from: TimeOfDay,
    /// The first minute that is not quiet any more, such as `06:00`.
    to: TimeOfDay,
    /// Whose clock counts, such as `Europe/Stockholm`.
    #[serde(default)]
    #[schema(required = false)]
    zone: Zone,
}

/// When gathered alerts leave, by the bank's clock.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Digest)]
struct DigestView {
    /// How often what is gathered leaves.
    every: Interval,
    /// The day of a weekly gathering, and only of such.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    day: Option<Weekday>,
    /// When, such as `08:00`.
    at: TimeOfDay,
}

/// While what happens is not told.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Pause)]
struct PauseView {
    /// Since when. It is told, and not chosen: a pause begins when it is saved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    from: Option<Timestamp>,
    /// The first day on which events are told again.
    until: LocalDate,
}

/// Who is told instead.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = StandIn)]
struct StandInView {
    /// One of the colleagues.
    user: UserId,
    /// The first day.
    from: LocalDate,
    /// The last day.
    to: LocalDate,
}

impl SettingsView {
    /// What is chosen, at a path of the request.
    pub fn parse(self, path: &str, now: Timestamp) -> Result<Settings, Problem> {
        let digest = self.digest.map(|digest| digest.parse(path)).transpose()?;
        Ok(Settings {
            least_amount: self.least_amount,
            accounts: self.accounts,
            quiet: self.quiet.map(|quiet| QuietHours { from: quiet.from, to: quiet.to, zone: quiet.zone }),
            weekdays_only: self.weekdays_only,
            digest,
            pause: self.pause.map(|pause| Pause { from: now, until: pause.until }),
            stand_in: self.stand_in.map(|absence| StandIn {
                user: absence.user,
                from: absence.from,
                to: absence.to,
            }),
        })
    }
}

impl DigestView {
    fn parse(self, path: &str) -> Result<Digest, Problem> {
        match (self.every, self.day) {
            (Interval::Day, None) => Ok(Digest::Day { at: self.at }),
            (Interval::Week, Some(day)) => Ok(Digest::Week { day, at: self.at }),
            _ => Err(Problem::invalid(format!("{path}.digest.day"))),
        }
    }
}

impl From<&Settings> for SettingsView {
    fn from(settings: &Settings) -> Self {
        Self {
            least_amount: settings.least_amount,
            accounts: settings.accounts.clone(),
            quiet: settings.quiet.map(|quiet| QuietView { from: quiet.from, to: quiet.to, zone: quiet.zone }),
            weekdays_only: settings.weekdays_only,
            digest: settings.digest.map(|digest| match digest {
                Digest::Day { at } => DigestView { every: Interval::Day, day: None, at },
                Digest::Week { day, at } => DigestView { every: Interval::Week, day: Some(day), at },
            }),
            pause: settings.pause.map(|pause| PauseView { from: Some(pause.from), until: pause.until }),
            stand_in: settings.stand_in.map(|absence| StandInView {
                user: absence.user,
                from: absence.from,
                to: absence.to,
            }),
        }
    }
}
