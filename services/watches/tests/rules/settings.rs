use crate::house::*;
use bevaka_domain::{
    clock::{LocalDate, TimeOfDay, Weekday, Zone},
    event::{Account, Amount},
    ids::{ContactId, UserId},
    user::UserState,
    watch::{Digest, Pause, QuietHours, Settings, StandIn},
};
use bevaka_watches::{choice::Choice, commands::save::save, fault::Outcome};

fn day(text: &str) -> LocalDate {
    LocalDate::parse(text).unwrap()
}

fn time(text: &str) -> TimeOfDay {
    TimeOfDay::parse(text).unwrap()
}

fn quiet(from: &str, to: &str) -> QuietHours {
    QuietHours { from: time(from), to: time(to), zone: Zone::default() }
}

fn daily() -> Digest {
    Digest::Day { at: time("08:00") }
}

fn weekly() -> Digest {
    Digest::Week { day: Weekday::Monday, at: time("08:00") }
}

struct Anna {
    house: House,
    email: ContactId,
}

impl Anna {
    async fn new() -> Self {
        let house = House::open().await;
        house.set_scope(&[PAYMENT, INVOICE, MESSAGE]).await;
        let email = house.contact(house.anna, "anna@exempelbolaget.se", true).await;
        Self { house, email }
    }

    async fn tries(&self, name: &str, settings: Settings) -> Outcome<u64> {
        let version = self.house.mine(self.house.anna).await.version.number;
        let choice = Choice { settings, ..choice(name, None, Some(self.email)) };
        save(&self.house.app, self.house.anna, version, &[choice]).await
    }

    async fn refused(&self, name: &str, settings: Settings) -> Vec<(String, &'static str)> {
        broken(self.tries(name, settings).await)
    }

    async fn stored(&self, name: &str) -> Settings {
        let mine = self.house.mine(self.house.anna).await;
        mine.kinds.into_iter().find(|view| view.kind.as_str() == name).unwrap().watch.unwrap().settings
    }
}

fn stand_in(user: UserId, from: &str, to: &str) -> Settings {
    let stand_in = Some(StandIn { user, from: day(from), to: day(to) });
    Settings { stand_in, ..Settings::default() }
}

fn fault(name: &str, field: &str, code: &'static str) -> (String, &'static str) {
    (format!("choices[{name}].{field}"), code)
}

#[tokio::test]
async fn a_critical_kind_is_told_at_once_and_can_be_narrowed_all_the_same() {
    let anna = Anna::new().await;
    let settings = Settings {
        quiet: Some(quiet("22:00", "06:00")),
        weekdays_only: true,
        digest: Some(daily()),
        ..Settings::default()
    };
    let faults = anna.refused(PAYMENT, settings).await;
    let fields = ["quiet", "weekdays_only", "digest"];
    assert_eq!(faults, fields.map(|field| fault(PAYMENT, field, "critical")));
    let settings = Settings {
        least_amount: Some(Amount::parse("10000").unwrap()),
        accounts: [Account::parse("8327-9 1").unwrap()].into(),
        ..Settings::default()
    };
    anna.tries(PAYMENT, settings.clone()).await.unwrap();
    assert_eq!(anna.stored(PAYMENT).await, settings);
}

#[tokio::test]
async fn filters_are_refused_where_events_do_not_tell_what_to_narrow_by_and_accounts_are_limited() {
    let anna = Anna::new().await;
    let accounts = |n: u32| (0..n).map(|n| Account::parse(&n.to_string()).unwrap()).collect();
    let least_amount = Some(Amount::parse("1").unwrap());
    let faults =
        anna.refused(MESSAGE, Settings { least_amount, accounts: accounts(1), ..Settings::default() }).await;
    let fields = ["least_amount", "accounts"];
    assert_eq!(faults, fields.map(|field| fault(MESSAGE, field, "no_such_filter")));
    let faults = anna.refused(PAYMENT, Settings { accounts: accounts(21), ..Settings::default() }).await;
    assert_eq!(faults, [fault(PAYMENT, "accounts", "too_many_accounts")]);
    anna.tries(PAYMENT, Settings { accounts: accounts(20), ..Settings::default() }).await.unwrap();
}

#[tokio::test]
async fn quiet_hours_end_and_a_digest_comes_while_telling_helps() {
    let anna = Anna::new().await;
    let always = Settings { quiet: Some(quiet("22:00", "22:00")), ..Settings::default() };
    assert_eq!(anna.refused(INVOICE, always).await, [fault(INVOICE, "quiet", "always_quiet")]);
    // An invoice is told within three days, a message within seven.
    let weekly = Settings { digest: Some(weekly()), ..Settings::default() };
    assert_eq!(anna.refused(INVOICE, weekly.clone()).await, [fault(INVOICE, "digest", "digest_too_slow")]);
    anna.tries(MESSAGE, weekly).await.unwrap();
    let weekdays = Settings { digest: Some(daily()), weekdays_only: true, ..Settings::default() };
    anna.tries(INVOICE, weekdays).await.unwrap();
    let over_midnight = Settings { quiet: Some(quiet("22:00", "06:00")), ..Settings::default() };
    anna.tries(INVOICE, over_midnight).await.unwrap();
}

#[tokio::test]
async fn a_pause_counts_from_when_it_was_saved_ends_within_a_year_and_is_forgotten_when_it_is_over() {
    let anna = Anna::new().await;
    let pause = |until: &str| {
        let pause = Some(Pause { from: anna.house.now().minus(days(9)), until: day(until) });
        Settings { pause, ..Settings::default() }
    };
    // It is the 20th of November 2026.
    for (until, code) in [("2026-11-20", "past"), ("2020-01-01", "past"), ("2027-11-22", "too_far_ahead")] {
        assert_eq!(anna.refused(PAYMENT, pause(until)).await, [fault(PAYMENT, "pause", code)], "{until}");
    }
    anna.tries(PAYMENT, pause("2027-11-21")).await.unwrap();
    anna.tries(PAYMENT, pause("2026-11-23")).await.unwrap();
    let begun = anna.house.now();
    assert_eq!(anna.stored(PAYMENT).await.pause.unwrap().from, begun);
    anna.house.clock.advance(days(1));
    anna.tries(PAYMENT, pause("2026-11-24")).await.unwrap();
    let went_on = anna.stored(PAYMENT).await.pause.unwrap();
    assert_eq!((went_on.from, went_on.until), (begun, day("2026-11-24")), "it never ended in between");
    anna.house.clock.advance(days(9));
    anna.tries(PAYMENT, pause("2026-11-24")).await.unwrap();
    assert_eq!(anna.stored(PAYMENT).await.pause, None, "over, and saved as it was shown");
}

#[tokio::test]
async fn a_stand_in_is_another_active_user_with_access() {
    let anna = Anna::new().await;
    let House { erik, maja, karin, .. } = anna.house;
    let week = |user| stand_in(user, "2026-11-23", "2026-11-27");
    anna.house.set_state(karin, UserState::Blocked).await;
    let stranger = UserId(uuid::Uuid::from_u128(1));
    for user in [erik.user, karin.user, stranger] {
        let faults = anna.refused(PAYMENT, week(user)).await;
        assert_eq!(faults, [fault(PAYMENT, "stand_in", "not_a_colleague")]);
    }
    let own = anna.refused(PAYMENT, week(anna.house.anna.user)).await;
    assert_eq!(own, [fault(PAYMENT, "stand_in", "yourself")]);
    anna.tries(PAYMENT, week(maja.user)).await.unwrap();
    let mine = anna.house.mine(anna.house.anna).await;
    let payment = mine.kinds.iter().find(|view| view.kind.as_str() == PAYMENT).unwrap();
    assert_eq!(payment.stand_in.as_deref(), Some("Maja"));
}

#[tokio::test]
async fn a_stand_in_ends_after_it_begins_and_within_a_year_and_is_forgotten_when_it_is_over() {
    let anna = Anna::new().await;
    let maja = anna.house.maja;
    for (from, to, code) in [
        ("2026-11-27", "2026-11-23", "ends_before_it_begins"),
        ("2026-11-01", "2026-11-19", "past"),
        ("2026-11-20", "2027-11-22", "too_far_ahead"),
    ] {
        let faults = anna.refused(PAYMENT, stand_in(maja.user, from, to)).await;
        assert_eq!(faults, [fault(PAYMENT, "stand_in", code)], "{from} {to}");
    }
    let today = stand_in(maja.user, "2026-11-20", "2026-11-20");
    anna.tries(PAYMENT, today.clone()).await.unwrap();
    assert_eq!(anna.stored(PAYMENT).await, today);
    anna.house.clock.advance(days(1));
    anna.house.remove_user(maja).await;
    anna.tries(PAYMENT, today).await.unwrap();
    assert_eq!(anna.stored(PAYMENT).await.stand_in, None, "over, and saved as it was shown");
}
