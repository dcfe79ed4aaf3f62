//! The clock's traps one by one, then what holds for any settings.

use super::*;
use crate::{
    clock::{LocalDate, Weekday},
    watch::{Pause, StandIn},
};
use proptest::prelude::*;
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3_600);
const MINUTE: Duration = Duration::from_secs(60);

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn time(text: &str) -> TimeOfDay {
    TimeOfDay::parse(text).unwrap()
}

fn quiet(from: &str, to: &str) -> Settings {
    Settings {
        quiet: Some(QuietHours { from: time(from), to: time(to), zone: Zone::STOCKHOLM }),
        ..Settings::default()
    }
}

fn later(settings: &Settings, received: &str, now: &str) -> Option<(String, Because)> {
    let far = Timestamp::parse("2030-01-01T00:00:00Z").unwrap();
    let later = settings.leaves(at(received), far, at(now))?;
    Some((later.at.to_string()[..16].to_owned(), later.because))
}

fn held(settings: &Settings, now: &str) -> Option<String> {
    later(settings, now, now).map(|(at, _)| at)
}

#[test]
fn nothing_set_leaves_at_once() {
    assert_eq!(held(&Settings::default(), "2026-11-22T02:00:00Z"), None);
}

#[test]
fn quiet_hours_last_from_the_first_minute_to_the_last_also_over_midnight() {
    let night = quiet("22:00", "07:00");
    for (now, end) in [
        ("2026-11-21T20:59:59Z", None),
        ("2026-11-21T21:00:00Z", Some("2026-11-22T06:00")),
        ("2026-11-21T23:30:00Z", Some("2026-11-22T06:00")),
        ("2026-11-22T05:59:59Z", Some("2026-11-22T06:00")),
        ("2026-11-22T06:00:00Z", None),
    ] {
        assert_eq!(held(&night, now).as_deref(), end, "{now}");
    }
    let noon = quiet("12:00", "13:00");
    assert_eq!(held(&noon, "2026-11-22T11:30:00Z").as_deref(), Some("2026-11-22T12:00"));
    assert_eq!(held(&noon, "2026-11-22T12:00:00Z"), None);
}

#[test]
fn quiet_hours_follow_the_clock_when_it_is_set_forward() {
    // On 29 March 2026 the clock in Stockholm goes from 02:00 to 03:00, at 01:00 UTC.
    assert_eq!(held(&quiet("22:00", "07:00"), "2026-03-28T23:00:00Z").as_deref(), Some("2026-03-29T05:00"));
    assert_eq!(
        held(&quiet("22:00", "02:30"), "2026-03-29T00:30:00Z").as_deref(),
        Some("2026-03-29T01:00"),
        "an end that is never shown: the first moment behind the gap"
    );
    assert_eq!(held(&quiet("02:15", "02:45"), "2026-03-29T01:00:00Z"), None, "hours that are never shown");
}

#[test]
fn quiet_hours_follow_the_clock_when_it_is_set_back() {
    // On 25 October 2026 the clock in Stockholm shows 02:00 to 03:00 twice: from 00:00 and from 01:00 UTC.
    assert_eq!(held(&quiet("22:00", "07:00"), "2026-10-24T22:00:00Z").as_deref(), Some("2026-10-25T06:00"));
    let early = quiet("22:00", "02:30");
    assert_eq!(held(&early, "2026-10-25T00:10:00Z").as_deref(), Some("2026-10-25T00:30"));
    assert_eq!(held(&early, "2026-10-25T01:10:00Z").as_deref(), Some("2026-10-25T01:30"), "quiet once more");
    assert_eq!(held(&quiet("02:30", "07:00"), "2026-10-25T00:40:00Z").as_deref(), Some("2026-10-25T06:00"));
}

#[test]
fn quiet_hours_of_another_zone_follow_its_clock() {
    let mut settings = quiet("22:00", "07:00");
    settings.quiet.as_mut().unwrap().zone = Zone::parse("America/New_York").unwrap();
    assert_eq!(held(&settings, "2026-11-22T08:00:00Z").as_deref(), Some("2026-11-22T12:00"));
    assert_eq!(held(&settings, "2026-11-21T21:00:00Z"), None);
    assert!(Zone::parse("Mars/Olympus").is_err());
}

#[test]
fn weekends_last_from_saturday_to_monday_and_then_the_night() {
    let week = Settings { weekdays_only: true, ..Settings::default() };
    assert_eq!(held(&week, "2026-11-20T22:59:59Z"), None, "friday night");
    let monday = Some(("2026-11-22T23:00".to_owned(), Because::Weekend));
    assert_eq!(later(&week, "2026-11-20T23:00:00Z", "2026-11-20T23:00:00Z"), monday);
    assert_eq!(later(&week, "2026-11-22T12:00:00Z", "2026-11-22T12:00:00Z"), monday);
    let both = Settings { weekdays_only: true, ..quiet("22:00", "07:00") };
    assert_eq!(held(&both, "2026-11-22T12:00:00Z").as_deref(), Some("2026-11-23T06:00"));
    assert_eq!(
        held(&both, "2026-11-20T21:30:00Z").as_deref(),
        Some("2026-11-23T06:00"),
        "from friday's night on"
    );
}

#[test]
fn digests_leave_at_their_time_each_day_or_week_over_both_clock_changes() {
    let daily = Settings { digest: Some(Digest::Day { at: time("08:00") }), ..Settings::default() };
    for (received, leaves) in [
        ("2026-11-21T06:59:59Z", "2026-11-21T07:00"),
        ("2026-11-21T07:00:00Z", "2026-11-22T07:00"),
        ("2026-03-28T12:00:00Z", "2026-03-29T06:00"),
        ("2026-10-24T12:00:00Z", "2026-10-25T07:00"),
    ] {
        let expected = Some((leaves.to_owned(), Because::Digest));
        assert_eq!(later(&daily, received, received), expected, "{received}");
    }
    let weekly = Digest::Week { day: Weekday::Monday, at: time("02:30") };
    let weekly = Settings { digest: Some(weekly), ..Settings::default() };
    assert_eq!(held(&weekly, "2026-11-22T12:00:00Z").as_deref(), Some("2026-11-23T01:30"));
    let workdays = Settings { weekdays_only: true, ..daily };
    assert_eq!(held(&workdays, "2026-11-20T12:00:00Z").as_deref(), Some("2026-11-23T07:00"));
    let gap = Settings { digest: Some(Digest::Day { at: time("02:30") }), ..Settings::default() };
    assert_eq!(held(&gap, "2026-03-28T12:00:00Z").as_deref(), Some("2026-03-29T01:00"));
}

#[test]
fn a_digest_that_falls_into_quiet_hours_leaves_when_they_end() {
    let digest = Some(Digest::Day { at: time("05:00") });
    let settings = Settings { digest, ..quiet("22:00", "07:00") };
    assert_eq!(held(&settings, "2026-11-21T12:00:00Z").as_deref(), Some("2026-11-22T06:00"));
}

#[test]
fn what_was_gathered_and_could_not_leave_at_its_time_stays_together() {
    let settings = Settings { digest: Some(Digest::Day { at: time("18:00") }), ..quiet("22:00", "07:00") };
    let late = later(&settings, "2026-11-21T12:00:00Z", "2026-11-21T21:30:00Z");
    assert_eq!(late, Some(("2026-11-22T06:00".to_owned(), Because::Digest)));
}

#[test]
fn what_would_expire_leaves_at_once_and_never_later_than_it_must() {
    let (received, now) = (at("2026-11-21T21:30:00Z"), at("2026-11-21T21:30:00Z"));
    let night = quiet("22:00", "07:00");
    let end = at("2026-11-22T06:00:00Z");
    assert_eq!(night.leaves(received, end, now), None, "it expires when they end");
    assert_eq!(night.leaves(received, end.plus(Duration::from_micros(1)), now).unwrap().at, end);
    let weekly = Digest::Week { day: Weekday::Wednesday, at: time("09:00") };
    let weekly = Settings { digest: Some(weekly), ..night };
    let tomorrow = now.plus(HOUR * 24);
    let kept = weekly.leaves(received, tomorrow, now).unwrap();
    assert_eq!(
        (kept.at, kept.because),
        (end, Because::QuietHours),
        "too late for the digest, not for the morning"
    );
}

fn any_instant() -> impl Strategy<Value = Timestamp> {
    // Ten days around each clock change of 2026, and any time of three years.
    let around = |change: &str| {
        let change = at(change);
        (0..20 * 24 * 60_u64).prop_map(move |minutes| {
            change.minus(HOUR * 24 * 10).plus(MINUTE * u32::try_from(minutes).unwrap())
        })
    };
    prop_oneof![
        around("2026-03-29T01:00:00Z"),
        around("2026-10-25T01:00:00Z"),
        (0..3 * 365 * 86_400_u64).prop_map(|s| at("2026-01-01T00:00:00Z").plus(Duration::from_secs(s))),
    ]
}

fn any_time() -> impl Strategy<Value = TimeOfDay> {
    (0_u16..24, 0_u16..60).prop_map(|(hour, minute)| TimeOfDay::new(hour, minute).unwrap())
}

fn any_zone() -> impl Strategy<Value = Zone> {
    prop_oneof![
        3 => Just(Zone::STOCKHOLM),
        1 => Just(Zone::parse("America/New_York").unwrap()),
        1 => Just(Zone::parse("Australia/Lord_Howe").unwrap()),
    ]
}

/// Timing in all combinations; what it is narrowed to has tests of its own.
pub(crate) fn any_timing() -> impl Strategy<Value = Settings> {
    let quiet =
        (any_time(), any_time(), any_zone()).prop_map(|(from, to, zone)| QuietHours { from, to, zone });
    let digest = prop_oneof![
        any_time().prop_map(|at| Digest::Day { at }),
        (0_usize..7, any_time()).prop_map(|(day, at)| Digest::Week { day: Weekday::ALL[day], at }),
    ];
    (proptest::option::of(quiet), any::<bool>(), proptest::option::of(digest)).prop_map(
        |(quiet, weekdays_only, digest)| Settings { quiet, weekdays_only, digest, ..Settings::default() },
    )
}

/// Whether nothing may be sent now.
fn disturbs(settings: &Settings, now: Timestamp) -> bool {
    let (day, _) = Zone::STOCKHOLM.read(now);
    settings.quiet.is_some_and(|quiet| quiet.holds(now))
        || (settings.weekdays_only && day.weekday().is_weekend())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn nothing_leaves_in_quiet_hours_unless_it_would_expire(
        settings in any_timing(), received in any_instant(), waited in 0..72_u32, lives in 1..240_u32,
    ) {
        let (now, expires_at) = (received.plus(HOUR * waited), received.plus(HOUR * lives));
        prop_assume!(now < expires_at);
        let leaves = settings.leaves(received, expires_at, now);
        let sent_at = leaves.map_or(now, |later| later.at);
        prop_assert!(sent_at >= now && sent_at < expires_at);
        if disturbs(&settings, sent_at) {
            prop_assert_eq!(sent_at, now, "nothing is put off into quiet hours");
            let mut minutes = (0..).map(|n| now.plus(MINUTE * n)).take_while(|at| *at < expires_at);
            prop_assert!(!minutes.any(|minute| !disturbs(&settings, minute)), "there was a calm minute to wait for");
        }
    }

    #[test]
    fn what_is_held_leaves_when_it_was_said_to(
        settings in any_timing(), received in any_instant(), lives in 1..240_u32,
    ) {
        let expires_at = received.plus(HOUR * lives);
        if let Some(later) = settings.leaves(received, expires_at, received) {
            prop_assert_eq!(settings.leaves(received, expires_at, later.at), None, "asked again when it is due");
            let before = later.at.minus(MINUTE).max(received);
            prop_assert_eq!(settings.leaves(received, expires_at, before).map(|again| again.at), Some(later.at));
        }
    }

    #[test]
    fn all_that_is_gathered_before_a_digest_leaves_at_its_one_time(
        settings in any_timing().prop_filter("gathers", |settings| settings.digest.is_some()), received in any_instant(),
        more in 0..600_u32,
    ) {
        let far = received.plus(HOUR * 24 * 60);
        let first = settings.leaves(received, far, received).unwrap();
        prop_assert_eq!(first.because, Because::Digest);
        let second = received.plus(MINUTE * more);
        let next = settings.leaves(second, far, second).unwrap();
        prop_assert!(next.at >= first.at);
        if let Some(digest) = settings.digest && second < digest.first_after(received, settings.weekdays_only) {
            prop_assert_eq!(next.at, first.at);
        }
    }

    #[test]
    fn a_day_has_each_time_of_day_and_its_instants_show_it(zone in any_zone(), instant in any_instant(), time in any_time()) {
        let (day, _) = zone.read(instant);
        let shown: Vec<_> = zone.instants(day, time).collect();
        prop_assert!(!shown.is_empty() && shown.is_sorted());
        for at in shown {
            let (_, read) = zone.read(at);
            prop_assert!(read == time || zone.read(at.minus(MINUTE)).1 < time, "shown or behind the gap");
        }
    }
}

#[test]
fn a_pause_lasts_from_its_saving_to_the_first_minute_of_its_day() {
    let from = at("2026-11-20T10:00:00Z");
    let pause = Pause { from, until: LocalDate::parse("2026-11-23").unwrap() };
    for (moment, holds) in [
        ("2026-11-20T09:59:59Z", false),
        ("2026-11-20T10:00:00Z", true),
        ("2026-11-22T22:59:59Z", true),
        ("2026-11-22T23:00:00Z", false),
    ] {
        assert_eq!(pause.holds(at(moment)), holds, "{moment}");
    }
}

#[test]
fn a_stand_in_is_told_on_all_days_from_the_first_to_the_last() {
    let user = crate::ids::UserId(uuid::Uuid::from_u128(1));
    let (from, to) = (LocalDate::parse("2026-12-24").unwrap(), LocalDate::parse("2026-12-26").unwrap());
    let settings = Settings { stand_in: Some(StandIn { user, from, to }), ..Settings::default() };
    for (moment, told) in [
        ("2026-12-23T22:59:59Z", None),
        ("2026-12-23T23:00:00Z", Some(user)),
        ("2026-12-26T22:59:59Z", Some(user)),
        ("2026-12-26T23:00:00Z", None),
    ] {
        assert_eq!(settings.stand_in_at(at(moment)), told, "{moment}");
    }
}

#[test]
fn settings_come_back_from_their_json_and_nothing_set_is_an_empty_object() {
    assert_eq!(serde_json::to_string(&Settings::default()).unwrap(), "{}");
    let text = r#"{"least_amount":"10000.00","accounts":["832791234567890"],"quiet":{"from":"22:00","to":"07:00","zone":"Europe/Stockholm"},"weekdays_only":true,"digest":{"every":"week","day":"monday","at":"08:00"},"pause":{"from":"2026-11-20T10:00:00.000000Z","until":"2026-12-01"},"stand_in":{"user":"00000000-0000-0000-0000-000000000001","from":"2026-12-24","to":"2026-12-26"}}"#;
    let settings: Settings = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_string(&settings).unwrap(), text);
    for bad in [
        r#"{"quiet":{"from":"25:00","to":"07:00"}}"#,
        r#"{"digest":{"every":"year"}}"#,
        r#"{"pause":{"from":"2026-11-20T10:00:00Z","until":"2026-02-30"}}"#,
        r#"{"least_amount":"-1"}"#,
        r#"{"accounts":["å"]}"#,
    ] {
        assert!(serde_json::from_str::<Settings>(bad).is_err(), "{bad}");
    }
}
