//! What a watch is narrowed to, and when its alerts leave.

use super::timing;
use crate::{
    clock::{LocalDate, TimeOfDay, Timestamp, Weekday, Zone},
    entitlement::Reason,
    event::{Account, Amount, Facts},
    ids::UserId,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use strum::{EnumDiscriminants, EnumString, IntoStaticStr, VariantArray};

/// The currency that least amounts are in (ISO 4217).
const CURRENCY: &str = "SEK";

/// What a user set for one watch. Nothing set: every event is told at once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Events about less are not told, in Swedish kronor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub least_amount: Option<Amount>,
    /// Events about other accounts are not told; empty: all accounts.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub accounts: BTreeSet<Account>,
    /// When nothing is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quiet: Option<QuietHours>,
    /// Whether nothing is sent on Saturdays and Sundays, by the bank's calendar.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub weekdays_only: bool,
    /// When alerts are sent together, instead of each at once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Digest>,
    /// While what happens is not told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pause: Option<Pause>,
    /// While what happens is told to somebody else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stand_in: Option<StandIn>,
}

/// The part of each day in which nothing is sent: from a time, included, to another, not included; over midnight where
/// the second is the earlier one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuietHours {
    /// The first quiet minute.
    pub from: TimeOfDay,
    /// The first minute that is not quiet any more.
    pub to: TimeOfDay,
    /// Whose clock counts.
    #[serde(default)]
    pub zone: Zone,
}

/// When gathered alerts leave, by the bank's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, EnumDiscriminants)]
#[serde(tag = "every", rename_all = "snake_case")]
#[strum_discriminants(
    name(Interval),
    doc = "How often what is gathered leaves.",
    derive(Serialize, Deserialize, EnumString, IntoStaticStr, VariantArray),
    serde(rename_all = "snake_case"),
    strum(serialize_all = "snake_case"),
    cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = DigestInterval))
)]
pub enum Digest {
    /// Every day.
    Day {
        /// When.
        at: TimeOfDay,
    },
    /// Every week.
    Week {
        /// On which day.
        day: Weekday,
        /// When.
        at: TimeOfDay,
    },
}

/// While what happens is not told. What was to be told before is told all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pause {
    /// Since when.
    pub from: Timestamp,
    /// The first day on which events are told again, by the bank's calendar.
    pub until: LocalDate,
}

/// Who is told instead, on these days by the bank's calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StandIn {
    /// A user of the same company with the same right.
    pub user: UserId,
    /// The first day.
    pub from: LocalDate,
    /// The last day.
    pub to: LocalDate,
}

impl Settings {
    /// Whether nothing is set.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Why an event of a watched kind is not told all the same. What an event does not say narrows nothing: in doubt it
    /// is told.
    pub fn silences(&self, facts: &Facts, received_at: Timestamp) -> Option<Reason> {
        let in_kronor = facts.currency.as_deref().is_none_or(|currency| currency == CURRENCY);
        let amount = facts.amount.filter(|_| in_kronor);
        if self.least_amount.zip(amount).is_some_and(|(least, amount)| amount < least) {
            return Some(Reason::BelowLeastAmount);
        }
        let account = facts.account.as_ref();
        if !self.accounts.is_empty() && account.is_some_and(|account| !self.accounts.contains(account)) {
            return Some(Reason::AccountNotChosen);
        }
        self.pause.is_some_and(|pause| pause.holds(received_at)).then_some(Reason::Paused)
    }

    /// Who is told instead of what came at this moment.
    pub fn stand_in_at(&self, received_at: Timestamp) -> Option<UserId> {
        let (day, _) = Zone::STOCKHOLM.read(received_at);
        self.stand_in
            .filter(|stand_in| (stand_in.from..=stand_in.to).contains(&day))
            .map(|stand_in| stand_in.user)
    }

    /// When an alert leaves, if not now: after its gathering, the weekend and the quiet hours. An alert whose event
    /// would have expired by then leaves now.
    pub fn leaves(
        &self,
        received_at: Timestamp,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Option<timing::Later> {
        timing::leaves(self, received_at, expires_at, now)
    }
}

impl QuietHours {
    /// Whether the clock on the wall shows a quiet minute.
    pub fn holds(self, at: Timestamp) -> bool {
        let (_, time) = self.zone.read(at);
        if self.from <= self.to {
            (self.from..self.to).contains(&time)
        } else {
            time >= self.from || time < self.to
        }
    }
}

impl Pause {
    /// Whether what came at this moment is not told.
    pub fn holds(self, at: Timestamp) -> bool {
        at >= self.from && at < Zone::STOCKHOLM.first_instant(self.until, TimeOfDay::MIDNIGHT)
    }
}
