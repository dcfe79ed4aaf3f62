//! Days of forms, by the bank's clock.

use bevaka_domain::clock::{LocalDate, TimeOfDay, Timestamp, Zone};

pub(super) fn first_instant_of(text: &str) -> Option<Timestamp> {
    begin(LocalDate::parse(text).ok()?)
}

/// When the day after it begins.
pub(super) fn first_instant_after(text: &str) -> Option<Timestamp> {
    begin(LocalDate::parse(text).ok()?.plus_days(1))
}

fn begin(day: LocalDate) -> Option<Timestamp> {
    Some(Zone::STOCKHOLM.first_instant(day, TimeOfDay::new(0, 0)?))
}
