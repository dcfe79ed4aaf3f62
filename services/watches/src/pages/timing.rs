//! What a watch is set to, as a person reads it: filters, times, absence.

use bevaka_domain::{
    clock::{LocalDate, TimeOfDay, Zone},
    event::{Account, Amount},
    watch::{Digest, QuietHours, Settings},
};
use serde::Serialize;
use std::collections::BTreeSet;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Filters {
    /// The least amount; left out: any.
    pub least_amount: Option<Amount>,
    pub accounts: BTreeSet<Account>,
}

/// When an alert leaves. Nothing set: at once, day and night.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct When {
    pub digest: Option<Digest>,
    pub quiet: Option<Quiet>,
    /// Whether Saturdays and Sundays are without alerts.
    pub weekdays_only: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Quiet {
    pub from: TimeOfDay,
    pub to: TimeOfDay,
    /// Whose clock counts, if it is not the bank's.
    pub zone: Option<Zone>,
}

/// Why a watch is silent for a while, or tells somebody else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Away {
    Paused {
        /// The first day that is told again.
        until: LocalDate,
    },
    StandIn {
        name: String,
        from: LocalDate,
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
    pub filters: Filters,
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
