//! When an alert leaves that its user does not want at once.

use super::{Digest, QuietHours, Settings};
use crate::clock::{TimeOfDay, Timestamp, Weekday, Zone};
use strum::{EnumString, IntoStaticStr, VariantArray};

/// An alert that leaves later than it could.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Later {
    /// When.
    pub at: Timestamp,
    /// Why not now.
    pub because: Because,
}

/// Why an alert is held.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    serde::Serialize,
    serde::Deserialize,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = HoldReason))]
pub enum Because {
    /// Its user wants it together with others.
    Digest,
    /// It is a Saturday or a Sunday.
    Weekend,
    /// These are quiet hours.
    QuietHours,
}

/// When an alert leaves; `None` means now. The same question later, with the same settings, never names an earlier time
/// than the first answer did, unless that time has come.
pub(super) fn leaves(
    settings: &Settings,
    received_at: Timestamp,
    expires_at: Timestamp,
    now: Timestamp,
) -> Option<Later> {
    let gathered = settings.digest.and_then(|digest| {
        let due = digest.first_after(received_at, settings.weekdays_only);
        (due > now).then(|| Later {
            at: undisturbed(settings, due).map_or(due, |later| later.at),
            because: Because::Digest,
        })
    });
    let in_time = |later: &Later| later.at < expires_at;
    // What was gathered and could not leave at its time stays together until it can.
    let is_late = settings.digest.is_some() && gathered.is_none();
    let calm = || {
        let later = undisturbed(settings, now)?;
        Some(if is_late { Later { because: Because::Digest, ..later } } else { later })
    };
    gathered.filter(in_time).or_else(|| calm().filter(in_time))
}

/// The first moment from this one on that is neither on a weekend nor quiet, if this one is.
fn undisturbed(settings: &Settings, from: Timestamp) -> Option<Later> {
    let mut later: Option<Later> = None;
    // Each turn ends one weekend or one night; there is no third in a row.
    for _ in 0..4 {
        let at = later.map_or(from, |later| later.at);
        let next = weekend_end(settings.weekdays_only, at)
            .map(|end| (end, Because::Weekend))
            .or_else(|| settings.quiet.and_then(|quiet| quiet.end(at)).map(|end| (end, Because::QuietHours)));
        let Some((end, because)) = next else { break };
        later = Some(Later { at: end, because: later.map_or(because, |later| later.because) });
    }
    later
}

fn weekend_end(counts: bool, at: Timestamp) -> Option<Timestamp> {
    let (day, _) = Zone::STOCKHOLM.read(at);
    let days = match day.weekday() {
        Weekday::Saturday => 2,
        Weekday::Sunday => 1,
        _ => return None,
    };
    counts.then(|| Zone::STOCKHOLM.first_instant(day.plus_days(days), TimeOfDay::MIDNIGHT))
}

impl QuietHours {
    /// When the quiet hours end in which a moment lies: the next time that the clock on the wall shows their end.
    fn end(self, at: Timestamp) -> Option<Timestamp> {
        if !self.holds(at) {
            return None;
        }
        let (day, _) = self.zone.read(at);
        // Where the clock is set back, an end may be shown twice; where the date line moved, a day may be missing.
        (0..=2)
            .flat_map(|days| self.zone.instants(day.plus_days(days), self.to))
            .find(|end| *end > at && !self.holds(*end))
    }
}

impl Digest {
    /// The first time behind a moment at which what is gathered leaves. Without weekends, that of a daily one is always
    /// on a weekday.
    fn first_after(self, at: Timestamp, weekdays_only: bool) -> Timestamp {
        let (today, _) = Zone::STOCKHOLM.read(at);
        let (day_of_week, time) = match self {
            Self::Day { at } => (None, at),
            Self::Week { day, at } => (Some(day), at),
        };
        (0..=8)
            .map(|days| today.plus_days(days))
            .filter(|day| day_of_week.is_none_or(|wanted| day.weekday() == wanted))
            .filter(|day| day_of_week.is_some() || !weekdays_only || !day.weekday().is_weekend())
            .map(|day| Zone::STOCKHOLM.first_instant(day, time))
            .find(|due| *due > at)
            .unwrap_or(at)
    }
}

#[cfg(test)]
pub(super) mod tests;
