//! Whatever a user sets and whenever events come: each alert leaves exactly once, in one message, when it may.

use super::at;
use bevaka_domain::{
    clock::{Clock, TimeOfDay, Timestamp, Weekday, Zone},
    delivery::{Delivery, State},
    user::Access,
    watch::{Digest, QuietHours, Settings},
};
use bevaka_support::house::{House, bytes, message};
use proptest::prelude::*;
use serde_json::json;
use std::time::Duration;

const KIND: &str = "message.received";

fn any_time() -> impl Strategy<Value = TimeOfDay> {
    (0_u16..24, 0_u16..60).prop_map(|(hour, minute)| TimeOfDay::new(hour, minute).unwrap())
}

fn any_settings() -> impl Strategy<Value = Settings> {
    let quiet =
        (any_time(), any_time()).prop_map(|(from, to)| QuietHours { from, to, zone: Zone::STOCKHOLM });
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
    let weekend = settings.weekdays_only && day.weekday().is_weekend();
    weekend || settings.quiet.is_some_and(|quiet| quiet.holds(now))
}

/// When the first of these is due that nobody works on now.
fn due(deliveries: &[Delivery]) -> Option<Timestamp> {
    let waiting = deliveries.iter().filter(|delivery| matches!(delivery.state, State::Waiting { .. }));
    waiting.filter_map(|delivery| delivery.state.due_at()).min()
}

/// Moves the clock on from one due time to the next until an event's alerts have left.
async fn until_told(house: &House, event: &str) -> Vec<Delivery> {
    loop {
        let quiet = |all: &[Delivery]| all.iter().all(|d| !matches!(d.state, State::Sending { .. }));
        let (_, deliveries) = house.event_when(event, quiet).await;
        let Some(next) = due(&deliveries) else { return deliveries };
        house.clock.set(next.max(house.clock.now()));
        house.event_when(event, |all| due(all) != Some(next)).await;
    }
}

async fn each_alert_leaves_once(settings: Settings, gaps: Vec<u64>, start: &str) {
    let house = House::open().await;
    house.clock.set(at(start));
    let company = house.company().await;
    let (anna, _) = house.user(company, "anna", Access::Unrestricted, &["0701740605"]).await;
    house.narrow(anna, KIND, settings.clone()).await;
    let names: Vec<_> = (0..gaps.len()).map(|n| format!("m{n}")).collect();
    for (name, minutes) in names.iter().zip(gaps) {
        house.clock.advance(Duration::from_secs(60 * minutes));
        let mut event = message(name);
        event["time"] = json!(house.clock.now());
        house.publish([bytes(&event)]).await;
        house.event_when(name, |all| all.len() == 1).await;
    }
    let mut all = Vec::new();
    for name in &names {
        all.extend(until_told(&house, name).await);
    }
    let sent = house.sms.sent();
    for alert in &all {
        assert_eq!((alert.state.name(), alert.attempts), ("accepted", 1), "{settings:?} {alert:?}");
        let key = alert.parcel.map_or(alert.id.0, |parcel| parcel.0);
        let messages: Vec<_> = sent.iter().filter(|message| message.key == key).collect();
        assert_eq!(messages.len(), 1, "{settings:?} {alert:?}");
        // A personal message is told for a week: there always is a calm minute to wait for.
        assert!(!disturbs(&settings, messages[0].sent_at), "{settings:?} {alert:?}");
    }
    let keys: std::collections::BTreeSet<_> = sent.iter().map(|message| message.key).collect();
    assert_eq!(keys.len(), sent.len(), "no message without an alert, and none twice");
    house.close().await;
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn r27_each_alert_leaves_exactly_once_whatever_is_set(
        settings in any_settings(), gaps in proptest::collection::vec(0_u64..1_000, 1..6), before_the_change in any::<bool>(),
    ) {
        // Some days that hold a change of the clock, and some that do not.
        let start = if before_the_change { "2027-03-26T13:02:00Z" } else { "2026-11-21T13:02:00Z" };
        let runtime = tokio::runtime::Runtime::new().unwrap();
        runtime.block_on(each_alert_leaves_once(settings, gaps, start));
    }
}
