//! What a watch is set to, as a person reads it: filters, times, absence.

use bevaka_domain::{
    clock::{LocalDate, TimeOfDay, Zone},
    event::{Account, Amount},
    watch::{Digest, QuietHours, Settings},
};
use serde::Serialize;
use std::collections::BTreeSet;

/// Which events are told.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Filters {
    /// The least amount; left out: any.
    pub least_amount: Option<Amount>,
    /// The accounts; empty: all.
    pub accounts: BTreeSet<Account>,
}

/// When an alert leaves. Nothing set: at once, day and night.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct When {
    /// Gathered instead of at once.
    pub digest: Option<Digest>,
    /// Hours without alerts.
    pub quiet: Option<Quiet>,
    /// Whether Saturdays and Sundays are without alerts.
    pub weekdays_only: bool,
}

/// Hours without alerts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Quiet {
    /// From.
    pub from: TimeOfDay,
    /// To.
    pub to: TimeOfDay,
    /// Whose clock counts, if it is not the bank's.
    pub zone: Option<Zone>,
}

/// Why a watch is silent for a while, or tells somebody else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Away {
    /// Nobody is told.
    Paused {
        /// The first day that is told again.
        until: LocalDate,
    },
    /// A colleague is told instead.
    StandIn {
        /// The colleague's name.
        name: String,
        /// The first day.
        from: LocalDate,
        /// The last day.
        to: LocalDate,
    },
}

/// One watch in short: what two savers compare.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// The number, if SMS is chosen.
    pub sms: Option<String>,
    /// The address, if e-mail is chosen.
    pub email: Option<String>,
    /// Which events.
    pub filters: Filters,
    /// When.
    pub when: When,
    /// Paused or with a stand-in, now or ahead.
    pub away: Vec<Away>,
}

impl From<&Settings> for Filters {
    fn from(settings: &Settings) -> Self {
        Self { least_amount: settings.least_amount, accounts: settings.accounts.clone() }
    }
}

impl From<&Settings> for When {
    fn from(settings: &Settings) -> Self {
        Self {
            digest: settings.digest,
            quiet: settings.quiet.map(Quiet::from),
            weekdays_only: settings.weekdays_only,
        }
    }
}

impl From<QuietHours> for Quiet {
    fn from(hours: QuietHours) -> Self {
        let zone = (hours.zone != Zone::STOCKHOLM).then_some(hours.zone);
        Self { from: hours.from, to: hours.to, zone }
    }
}
