use crate::house::*;
use bevaka_domain::{
    clock::{LocalDate, TimeOfDay, Timestamp, Weekday, Zone},
    event::{Amount, Facts},
    watch::{Digest, QuietHours, Settings, StandIn},
};
use bevaka_watches::{choice::Choice, queries};

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn time(text: &str) -> TimeOfDay {
    TimeOfDay::parse(text).unwrap()
}

/// How many alerts in all, and at night.
async fn would_get(house: &House, choices: &[Choice]) -> (u32, u32) {
    let preview = queries::preview(&house.app, house.anna, choices).await.unwrap();
    assert_eq!((preview.is_cut, preview.since), (false, house.now().minus(days(90))));
    (preview.alerts, preview.at_night)
}

/// Invoices in November 2026, when Stockholm is an hour ahead of UTC.
async fn with_invoices(times: &[&str]) -> House {
    let house = House::open().await;
    for text in times {
        house.happens(INVOICE, at(text)).await;
    }
    house
}

#[tokio::test]
async fn each_event_counts_once_for_each_contact_point_and_the_night_is_stockholms() {
    let times = [
        "2026-11-18T12:00:00Z",
        "2026-11-18T20:59:00Z",
        "2026-11-18T21:00:00Z",
        "2026-11-19T04:59:59Z",
        "2026-11-19T05:00:00Z",
    ];
    let house = with_invoices(&times).await;
    let sms = house.contact(house.anna, "0701740605", true).await;
    let email = house.contact(house.anna, "anna@exempelbolaget.se", true).await;
    assert_eq!(would_get(&house, &[]).await, (0, 0), "nothing is watched yet");
    assert_eq!(would_get(&house, &[choice(INVOICE, None, Some(email))]).await, (5, 2));
    assert_eq!(would_get(&house, &[choice(INVOICE, Some(sms), Some(email))]).await, (10, 4));
    assert_eq!(would_get(&house, &[choice(PAYMENT, Some(sms), None)]).await, (0, 0));
    house.saves(house.anna, &[choice(INVOICE, None, Some(email))]).await;
    assert_eq!(would_get(&house, &[choice(PAYMENT, Some(sms), None)]).await, (5, 2), "the stored one counts");
    assert_eq!(would_get(&house, &[choice(INVOICE, None, None)]).await, (0, 0));
    assert_eq!(house.mine(house.anna).await.version.number, 1, "a preview saves nothing");
}

#[tokio::test]
async fn events_of_ninety_days_count_and_those_of_others_do_not() {
    let house = House::open().await;
    let email = house.contact(house.anna, "anna@exempelbolaget.se", true).await;
    let unconfirmed = house.contact(house.anna, "anna2@exempelbolaget.se", false).await;
    let now = house.now();
    for age in [0, 89, 91, 200] {
        house.happens(INVOICE, now.minus(days(age))).await;
    }
    assert_eq!(would_get(&house, &[choice(INVOICE, None, Some(email))]).await.0, 2);
    assert_eq!(would_get(&house, &[choice(INVOICE, None, Some(unconfirmed))]).await.0, 0, "R28");
    house.happens_with(INVOICE, now, |event| event.recipient = Some("Maja".to_owned())).await;
    assert_eq!(would_get(&house, &[choice(INVOICE, None, Some(email))]).await.0, 2, "R29");
}

#[tokio::test]
async fn amounts_quiet_hours_and_gatherings_count_as_they_would_have_been() {
    let house = with_invoices(&["2026-11-18T22:00:00Z", "2026-11-18T23:00:00Z"]).await;
    let email = house.contact(house.anna, "anna@exempelbolaget.se", true).await;
    let with = |settings| [Choice { settings, ..choice(INVOICE, None, Some(email)) }];
    let quiet = Some(QuietHours { from: time("22:00"), to: time("06:00"), zone: Zone::default() });
    assert_eq!(would_get(&house, &with(Settings { quiet, ..Settings::default() })).await, (2, 0));
    let digest = Some(Digest::Day { at: time("23:30") });
    let gathered = with(Settings { digest, ..Settings::default() });
    assert_eq!(would_get(&house, &gathered).await, (2, 2), "one before and one after that time");
    let digest = Some(Digest::Day { at: time("08:00") });
    assert_eq!(would_get(&house, &with(Settings { digest, ..Settings::default() })).await, (1, 0));
    let facts = Facts { amount: Some(Amount::parse("100").unwrap()), ..Facts::NONE };
    house.happens_with(INVOICE, house.now(), |event| event.facts = facts).await;
    let least_amount = Some(Amount::parse("100.01").unwrap());
    assert_eq!(would_get(&house, &with(Settings { least_amount, ..Settings::default() })).await.0, 2);
    let too_slow = Some(Digest::Week { day: Weekday::Monday, at: time("08:00") });
    let settings = Settings { digest: too_slow, ..Settings::default() };
    let refused = queries::preview(&house.app, house.anna, &with(settings)).await;
    assert_eq!(broken(refused), [("choices[einvoice.received].digest".to_owned(), "digest_too_slow")]);
}

#[tokio::test]
async fn gatherings_of_several_kinds_to_one_contact_point_are_one_message() {
    let house = with_invoices(&["2026-11-18T12:00:00Z"]).await;
    house.set_scope(&[INVOICE, MESSAGE]).await;
    house
        .happens_with(MESSAGE, at("2026-11-18T13:00:00Z"), |event| event.recipient = Some("Anna".into()))
        .await;
    let email = house.contact(house.anna, "anna@exempelbolaget.se", true).await;
    let settings = Settings { digest: Some(Digest::Day { at: time("08:00") }), ..Settings::default() };
    let gathered = |name| Choice { settings: settings.clone(), ..choice(name, None, Some(email)) };
    assert_eq!(would_get(&house, &[gathered(INVOICE)]).await.0, 1);
    assert_eq!(would_get(&house, &[gathered(INVOICE), gathered(MESSAGE)]).await.0, 1);
}

#[tokio::test]
async fn while_a_stand_in_is_told_the_user_is_not() {
    let house = House::open().await;
    house.contact(house.maja, "maja@exempelbolaget.se", true).await;
    let email = house.contact(house.anna, "anna@exempelbolaget.se", true).await;
    house.happens(INVOICE, house.now()).await;
    let day = LocalDate::parse("2026-11-20").unwrap();
    let stand_in = Some(StandIn { user: house.maja.user, from: day, to: day });
    let away = Choice {
        settings: Settings { stand_in, ..Settings::default() },
        ..choice(INVOICE, None, Some(email))
    };
    assert_eq!(would_get(&house, &[away]).await.0, 0);
}
