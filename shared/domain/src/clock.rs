//! Instants in UTC, and the bank's local time for people.

use chrono::{Datelike, TimeZone, Timelike};
use serde::{Deserialize, Serialize};
use std::{
    fmt,
    str::FromStr,
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};
use strum::{EnumString, IntoStaticStr, VariantArray};
use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

/// An instant in UTC with microsecond precision: what both databases can hold without loss.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(
    feature = "schema",
    derive(utoipa::ToSchema),
    schema(value_type = String, format = DateTime, description = "A time (RFC 3339), written in UTC.")
)]
pub struct Timestamp(i64);

/// A text that is not an RFC 3339 instant in the years 1970 to 9999.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a time as RFC 3339 writes it, such as 2026-11-21T13:02:00Z, in the years 1970 to 9999")]
pub struct InvalidTime;

impl Timestamp {
    /// The latest instant that can be written with a four-digit year.
    const MAX_MICROS: i64 = 253_402_300_799_999_999;

    /// The instant so many microseconds after 1970-01-01T00:00:00Z, kept within the years 1970 to 9999.
    pub const fn from_micros(micros: i64) -> Self {
        match micros {
            ..0 => Self(0),
            0..=Self::MAX_MICROS => Self(micros),
            _ => Self(Self::MAX_MICROS),
        }
    }

    /// Microseconds since 1970-01-01T00:00:00Z.
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub const fn as_millis(self) -> i64 {
        self.0 / 1_000
    }

    /// When the minute of this instant began.
    #[must_use]
    pub const fn minute(self) -> Self {
        Self(self.0 - self.0.rem_euclid(60_000_000))
    }

    /// Reads an instant with any offset.
    ///
    /// # Errors
    /// [`InvalidTime`] if the text is not RFC 3339 or lies outside the years 1970 to 9999.
    pub fn parse(text: &str) -> Result<Self, InvalidTime> {
        // The library takes any character between date and time.
        if !matches!(text.as_bytes().get(10), Some(b'T' | b't')) {
            return Err(InvalidTime);
        }
        let instant = OffsetDateTime::parse(text, &Rfc3339).map_err(|_| InvalidTime)?;
        let micros = i64::try_from(instant.unix_timestamp_nanos() / 1_000).map_err(|_| InvalidTime)?;
        if (0..=Self::MAX_MICROS).contains(&micros) { Ok(Self(micros)) } else { Err(InvalidTime) }
    }

    /// This instant moved forward, at most to the end of the year 9999.
    #[must_use]
    pub fn plus(self, duration: Duration) -> Self {
        let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        Self::from_micros(self.0.saturating_add(micros))
    }

    /// This instant moved back, at most to 1970.
    #[must_use]
    pub fn minus(self, duration: Duration) -> Self {
        let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        Self::from_micros(self.0.saturating_sub(micros))
    }

    /// How long ago `earlier` was; zero if it lies ahead.
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(u64::try_from(self.0 - earlier.0).unwrap_or(0))
    }

    /// The same instant as the `time` crate has it.
    pub fn to_offset_date_time(self) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp_nanos(i128::from(self.0) * 1_000)
            .unwrap_or(OffsetDateTime::UNIX_EPOCH)
    }

    /// What a clock on the wall in Stockholm shows.
    pub fn local(self) -> LocalTime {
        let utc = chrono::DateTime::from_timestamp_micros(self.0).unwrap_or_default();
        let local = chrono_tz::Europe::Stockholm.from_utc_datetime(&utc.naive_utc());
        LocalTime {
            year: local.year(),
            month: local.month(),
            day: local.day(),
            hour: local.hour(),
            minute: local.minute(),
        }
    }
}

impl From<OffsetDateTime> for Timestamp {
    fn from(instant: OffsetDateTime) -> Self {
        Self::from_micros(i64::try_from(instant.unix_timestamp_nanos() / 1_000).unwrap_or(i64::MAX))
    }
}

/// Always UTC with exactly six fraction digits, so that texts sort as the instants do.
impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let t = self.to_offset_date_time().to_offset(UtcOffset::UTC);
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z",
            t.year(),
            u8::from(t.month()),
            t.day(),
            t.hour(),
            t.minute(),
            t.second(),
            t.microsecond()
        )
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Timestamp {
    type Err = InvalidTime;

    fn from_str(text: &str) -> Result<Self, InvalidTime> {
        Self::parse(text)
    }
}

impl TryFrom<String> for Timestamp {
    type Error = InvalidTime;

    fn try_from(text: String) -> Result<Self, InvalidTime> {
        Self::parse(&text)
    }
}

impl From<Timestamp> for String {
    fn from(timestamp: Timestamp) -> Self {
        timestamp.to_string()
    }
}

/// A date and time of day in Europe/Stockholm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalTime {
    /// Year of the Gregorian calendar.
    pub year: i32,
    /// Month, 1 to 12.
    pub month: u32,
    /// Day of the month, 1 to 31.
    pub day: u32,
    /// Hour, 0 to 23.
    pub hour: u32,
    /// Minute, 0 to 59.
    pub minute: u32,
}

impl LocalTime {
    /// The date as people read it: "21 november 2026", "21 November 2026".
    pub fn date(&self, language: crate::language::Language) -> String {
        let month = usize::try_from(self.month).unwrap_or(1).clamp(1, 12) - 1;
        format!("{} {} {}", self.day, language.months()[month], self.year)
    }

    /// The time of day as people read it: "kl. 14.02" in Swedish, "14:02" in English.
    pub fn time_of_day(&self, language: crate::language::Language) -> String {
        match language {
            crate::language::Language::Swedish => format!("kl. {:02}.{:02}", self.hour, self.minute),
            crate::language::Language::English => format!("{:02}:{:02}", self.hour, self.minute),
        }
    }

    /// Date and time of day: "21 november 2026 kl. 14.02", "21 November 2026 14:02". No line breaks inside the time.
    pub fn moment(&self, language: crate::language::Language) -> String {
        format!("{} {}", self.date(language), self.time_of_day(language).replace(' ', "\u{a0}"))
    }
}

/// A time zone by its IANA name; the bank's, Europe/Stockholm, unless another is chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(value_type = String))]
pub struct Zone(chrono_tz::Tz);

/// A text that names no time zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a time zone of the IANA database, such as Europe/Stockholm")]
pub struct InvalidZone;

impl Zone {
    /// The bank's.
    pub const STOCKHOLM: Self = Self(chrono_tz::Europe::Stockholm);

    /// Reads an IANA name.
    ///
    /// # Errors
    /// [`InvalidZone`].
    pub fn parse(text: &str) -> Result<Self, InvalidZone> {
        text.parse().map(Self).map_err(|_| InvalidZone)
    }

    /// The IANA name.
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// What calendar and clock on the wall show here.
    pub fn read(self, at: Timestamp) -> (LocalDate, TimeOfDay) {
        let utc = chrono::DateTime::from_timestamp_micros(at.0).unwrap_or_default();
        let local = self.0.from_utc_datetime(&utc.naive_utc());
        let minutes = local.hour() * 60 + local.minute();
        (LocalDate(local.date_naive()), TimeOfDay(u16::try_from(minutes).unwrap_or(0)))
    }

    /// When the clock on the wall shows this: once; twice where it is set back; where it is set forward past it, the
    /// first moment behind the gap. In order of time.
    pub fn instants(self, date: LocalDate, time: TimeOfDay) -> impl Iterator<Item = Timestamp> {
        let wall = date.0.and_time(chrono::NaiveTime::MIN) + chrono::TimeDelta::minutes(i64::from(time.0));
        // No gap is longer than a day: where a country changed sides of the date line.
        let shown = (0..=24 * 60)
            .map(|minutes| self.0.from_local_datetime(&(wall + chrono::TimeDelta::minutes(minutes))))
            .find(|shown| !matches!(shown, chrono::LocalResult::None));
        let (first, second) = match shown {
            Some(chrono::LocalResult::Single(only)) => (Some(only), None),
            Some(chrono::LocalResult::Ambiguous(first, second)) => (Some(first), Some(second)),
            Some(chrono::LocalResult::None) | None => (None, None),
        };
        [first, second].into_iter().flatten().map(|local| Timestamp::from_micros(local.timestamp_micros()))
    }

    /// The first of [`Zone::instants`].
    pub fn first_instant(self, date: LocalDate, time: TimeOfDay) -> Timestamp {
        self.instants(date, time).next().unwrap_or(Timestamp(Timestamp::MAX_MICROS))
    }
}

impl Default for Zone {
    fn default() -> Self {
        Self::STOCKHOLM
    }
}

impl TryFrom<String> for Zone {
    type Error = InvalidZone;

    fn try_from(text: String) -> Result<Self, InvalidZone> {
        Self::parse(&text)
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> Self {
        zone.name().to_owned()
    }
}

/// A time of day to the minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(value_type = String))]
pub struct TimeOfDay(u16);

/// A text that is no time of day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a time of day from 00:00 to 23:59, such as 07:30")]
pub struct InvalidTimeOfDay;

impl TimeOfDay {
    /// Midnight, when a day begins.
    pub const MIDNIGHT: Self = Self(0);

    /// A time of day from its hour (0 to 23) and minute (0 to 59).
    pub const fn new(hour: u16, minute: u16) -> Option<Self> {
        if hour < 24 && minute < 60 { Some(Self(hour * 60 + minute)) } else { None }
    }

    /// Reads `HH:MM`.
    ///
    /// # Errors
    /// [`InvalidTimeOfDay`].
    pub fn parse(text: &str) -> Result<Self, InvalidTimeOfDay> {
        let digits = |text: &str| match text.as_bytes() {
            [b'0'..=b'9', b'0'..=b'9'] => text.parse().ok(),
            _ => None,
        };
        let (hour, minute) = text.split_once(':').ok_or(InvalidTimeOfDay)?;
        let (hour, minute) = digits(hour).zip(digits(minute)).ok_or(InvalidTimeOfDay)?;
        Self::new(hour, minute).ok_or(InvalidTimeOfDay)
    }

    /// The hour, 0 to 23.
    pub const fn hour(self) -> u16 {
        self.0 / 60
    }

    /// The minute, 0 to 59.
    pub const fn minute(self) -> u16 {
        self.0 % 60
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.hour(), self.minute())
    }
}

impl TryFrom<String> for TimeOfDay {
    type Error = InvalidTimeOfDay;

    fn try_from(text: String) -> Result<Self, InvalidTimeOfDay> {
        Self::parse(&text)
    }
}

impl From<TimeOfDay> for String {
    fn from(time: TimeOfDay) -> Self {
        time.to_string()
    }
}

/// A day of the calendar, such as 2026-11-22.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(value_type = String, format = Date))]
pub struct LocalDate(chrono::NaiveDate);

/// A text that is no day of the calendar.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a date of the years 1970 to 9999, such as 2026-11-22")]
pub struct InvalidDate;

impl LocalDate {
    /// Reads `YYYY-MM-DD`.
    ///
    /// # Errors
    /// [`InvalidDate`].
    pub fn parse(text: &str) -> Result<Self, InvalidDate> {
        let date: chrono::NaiveDate = text.parse().map_err(|_| InvalidDate)?;
        if text.len() == 10 && date.year() >= 1970 { Ok(Self(date)) } else { Err(InvalidDate) }
    }

    /// So many days later, at most the last day that can be written.
    #[must_use]
    pub fn plus_days(self, days: u64) -> Self {
        Self(self.0.checked_add_days(chrono::Days::new(days)).unwrap_or(chrono::NaiveDate::MAX))
    }

    /// The day of the week.
    pub fn weekday(self) -> Weekday {
        Weekday::ALL[self.0.weekday().num_days_from_monday() as usize]
    }

    /// The date as people read it: "21 november 2026", "21 November 2026".
    pub fn text(self, language: crate::language::Language) -> String {
        let month = self.0.month0() as usize;
        format!("{} {} {}", self.0.day(), language.months()[month], self.0.year())
    }
}

impl fmt::Display for LocalDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.0.year(), self.0.month(), self.0.day())
    }
}

impl TryFrom<String> for LocalDate {
    type Error = InvalidDate;

    fn try_from(text: String) -> Result<Self, InvalidDate> {
        Self::parse(&text)
    }
}

impl From<LocalDate> for String {
    fn from(date: LocalDate) -> Self {
        date.to_string()
    }
}

/// A day of the week.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "they are the days of the week")]
#[strum(serialize_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl Weekday {
    /// Saturday or Sunday.
    pub const fn is_weekend(self) -> bool {
        matches!(self, Self::Saturday | Self::Sunday)
    }
}

/// Where the time comes from. Only the outermost layer asks it; everything else takes `now`.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Timestamp;
}

/// A clock that stands still until it is told otherwise.
#[derive(Debug)]
pub struct ManualClock(AtomicI64);

impl ManualClock {
    /// A clock that shows `now`.
    pub const fn at(now: Timestamp) -> Self {
        Self(AtomicI64::new(now.0))
    }

    /// Sets the clock, also back.
    pub fn set(&self, now: Timestamp) {
        self.0.store(now.0, Ordering::SeqCst);
    }

    /// Moves the clock forward.
    pub fn advance(&self, duration: Duration) {
        let micros = i64::try_from(duration.as_micros()).unwrap_or(i64::MAX);
        self.0.fetch_add(micros, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.load(Ordering::SeqCst))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::Language;

    #[test]
    fn a_minute_begins_at_its_first_second() {
        let t = Timestamp::parse("2026-11-21T13:02:11.2Z").unwrap();
        assert_eq!(t.minute(), Timestamp::parse("2026-11-21T13:02:00Z").unwrap());
        assert_eq!(t.minute().minute(), t.minute());
    }

    #[test]
    fn texts_have_six_digits_and_sort_as_the_instants_do() {
        let t = Timestamp::parse("2026-11-21T14:02:11.2+01:00").unwrap();
        assert_eq!(t.to_string(), "2026-11-21T13:02:11.200000Z");
        assert!(t.to_string() < t.plus(Duration::from_micros(1)).to_string());
        assert_eq!(Timestamp::parse(&t.to_string()), Ok(t));
    }

    #[test]
    fn years_out_of_range_are_refused() {
        for text in ["1969-12-31T23:59:59Z", "+12026-01-01T00:00:00Z", "yesterday", "2026-11-21", ""] {
            assert_eq!(Timestamp::parse(text), Err(InvalidTime), "{text}");
        }
    }

    #[test]
    fn people_see_stockholm_time_over_both_clock_changes() {
        let shown = |utc: &str| Timestamp::parse(utc).unwrap().local().time_of_day(Language::Swedish);
        assert_eq!(shown("2026-03-29T00:59:00Z"), "kl. 01.59");
        assert_eq!(shown("2026-03-29T01:00:00Z"), "kl. 03.00");
        assert_eq!(shown("2026-10-25T00:59:00Z"), "kl. 02.59");
        assert_eq!(shown("2026-10-25T01:00:00Z"), "kl. 02.00");
        let local = Timestamp::parse("2026-11-21T23:30:00Z").unwrap().local();
        assert_eq!(local.date(Language::Swedish), "22 november 2026");
        assert_eq!(local.date(Language::English), "22 November 2026");
        assert_eq!(local.moment(Language::Swedish), "22 november 2026 kl.\u{a0}00.30");
    }
}
