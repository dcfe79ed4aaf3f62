//! What users set for their watches: filters, pauses, stand-ins and times, and that a right lost wins over them all.

use super::*;
use crate::{
    clock::{LocalDate, TimeOfDay, Zone},
    event::{Account, Amount},
    watch::{Because, Pause, QuietHours, StandIn},
};
use proptest::{collection::vec, prelude::*};
use std::time::Duration;
use uuid::Uuid;

/// A Saturday noon in Stockholm.
const NOW: &str = "2026-11-21T11:00:00Z";
const ANYBODY: Audience<'_> = Audience::Watchers { recipient: None };

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn user_id(n: u128) -> UserId {
    UserId(Uuid::from_u128(n))
}

fn contact_id(n: u128) -> ContactId {
    ContactId(Uuid::from_u128(n))
}

fn kind() -> Kind {
    Kind::parse("payment.rejected").unwrap()
}

/// An unrestricted user who watches by SMS and has an e-mail address besides, both confirmed.
fn user(n: u128) -> UserStanding {
    let chosen = ChosenContact { id: contact_id(n * 10), verified: true };
    UserStanding {
        id: user_id(n),
        reference: format!("user-{n}"),
        state: UserState::Active,
        access: Access::Unrestricted,
        may_watch: false,
        channels: vec![ChosenChannel { channel: Channel::Sms, contact: Some(chosen) }],
        settings: None,
        is_off: false,
        spare: vec![(Channel::Email, contact_id(n * 10 + 1)), (Channel::Sms, contact_id(n * 10))],
    }
}

fn with(n: u128, settings: Settings) -> UserStanding {
    UserStanding { settings: Some(Box::new(settings)), ..user(n) }
}

/// Who watches nothing, and so is told as a stand-in only.
fn idle(n: u128) -> UserStanding {
    UserStanding { channels: vec![], ..user(n) }
}

fn away(n: u128, stand_in: u128) -> UserStanding {
    let day = LocalDate::parse("2026-11-21").unwrap();
    let stand_in = Some(StandIn { user: user_id(stand_in), from: day, to: day });
    with(n, Settings { stand_in, ..Settings::default() })
}

fn company(users: Vec<UserStanding>) -> Standing {
    let agreement =
        ActiveAgreement { id: AgreementId(Uuid::from_u128(1)), version: 1, scope: [kind()].into() };
    Standing { agreement: Some(agreement), users }
}

fn verdicts_of(audience: Audience<'_>, facts: &Facts, received: &str, standing: &Standing) -> Vec<Verdict> {
    let (kind, received_at) = (kind(), at(received));
    let expires_at = received_at.plus(Duration::from_secs(86_400));
    let subject = Subject { kind: &kind, audience, facts, received_at, expires_at };
    decide(subject, standing, received_at).into_iter().map(|decision| decision.verdict).collect()
}

fn verdicts(standing: &Standing) -> Vec<Verdict> {
    verdicts_of(ANYBODY, &Facts::NONE, NOW, standing)
}

fn told(to: &[u128]) -> Verdict {
    Verdict::Deliver(Deliver { to: to.iter().map(|n| contact_id(*n)).collect(), ..Deliver::default() })
}

fn told_instead(to: &[u128], of: &[u128]) -> Verdict {
    let Verdict::Deliver(deliver) = told(to) else { unreachable!() };
    Verdict::Deliver(Deliver { instead_of: of.iter().map(|n| user_id(*n)).collect(), ..deliver })
}

const fn suppressed(reason: Reason) -> Verdict {
    Verdict::Suppressed(reason)
}

#[test]
fn a_watch_that_is_switched_off_tells_nothing() {
    let off = UserStanding { is_off: true, ..user(1) };
    assert_eq!(verdicts(&company(vec![off, user(2)])), [suppressed(Reason::WatchOff), told(&[20])]);
}

#[test]
fn filters_leave_out_what_the_user_does_not_want_and_in_doubt_tell() {
    let least_amount = Some(Amount::parse("10000").unwrap());
    let accounts = [Account::parse("8327-9, 123 456").unwrap()].into();
    let filtered = company(vec![
        with(1, Settings { least_amount, ..Settings::default() }),
        with(2, Settings { accounts, ..Settings::default() }),
    ]);
    let facts = |amount: Option<&str>, currency: Option<&str>, account: Option<&str>| Facts {
        amount: amount.map(|amount| Amount::parse(amount).unwrap()),
        currency: currency.map(str::to_owned),
        account: account.map(|account| Account::parse(account).unwrap()),
    };
    let (low, other) = (suppressed(Reason::BelowLeastAmount), suppressed(Reason::AccountNotChosen));
    for (facts, expected) in [
        (facts(Some("9999.99"), None, Some("8327 9 123 456")), [low, told(&[20])]),
        (facts(Some("10000.00"), Some("SEK"), Some("83279123457")), [told(&[10]), other]),
        (facts(Some("1"), Some("EUR"), None), [told(&[10]), told(&[20])]),
        (Facts::NONE, [told(&[10]), told(&[20])]),
    ] {
        assert_eq!(verdicts_of(ANYBODY, &facts, NOW, &filtered), expected, "{facts:?}");
    }
}

#[test]
fn a_pause_silences_what_comes_in_it_and_loses_nothing_promised_before() {
    let pause = Pause { from: at(NOW), until: LocalDate::parse("2026-11-22").unwrap() };
    let paused = company(vec![with(1, Settings { pause: Some(pause), ..Settings::default() })]);
    assert_eq!(verdicts(&paused), [suppressed(Reason::Paused)]);
    assert_eq!(verdicts_of(ANYBODY, &Facts::NONE, "2026-11-21T23:00:00Z", &paused), [told(&[10])]);
    let (kind, received_at) = (kind(), at("2026-11-21T10:59:59Z"));
    let expires_at = at("2026-11-22T12:00:00Z");
    let subject = Subject { kind: &kind, audience: ANYBODY, facts: &Facts::NONE, received_at, expires_at };
    let may = may_still_be_told(subject, &paused, user_id(1), contact_id(10), at(NOW));
    assert_eq!(may, Ok(Leave::Now), "it came before the pause and only waited");
}

#[test]
fn quiet_hours_put_an_alert_off_and_say_why() {
    let time = |text| TimeOfDay::parse(text).unwrap();
    let quiet = Some(QuietHours { from: time("11:00"), to: time("14:00"), zone: Zone::STOCKHOLM });
    let settings = Settings { quiet, ..Settings::default() };
    let [Verdict::Deliver(deliver)] = &verdicts(&company(vec![with(1, settings)]))[..] else {
        panic!("it is told")
    };
    let later = Later { at: at("2026-11-21T13:00:00Z"), because: Because::QuietHours };
    assert_eq!(deliver.later, Some(later));
}

#[test]
fn a_stand_in_with_the_right_is_told_instead_and_back_by_itself() {
    let standing = company(vec![away(1, 2), idle(2), user(3)]);
    let instead = [suppressed(Reason::StoodIn), told_instead(&[20], &[1]), told(&[30])];
    assert_eq!(verdicts(&standing), instead);
    let next_day = "2026-11-21T23:00:00Z";
    let back = [told(&[10]), suppressed(Reason::NoWatch), told(&[30])];
    assert_eq!(verdicts_of(ANYBODY, &Facts::NONE, next_day, &standing), back);
}

#[test]
fn a_stand_in_who_may_not_or_cannot_be_told_leaves_it_to_the_one_who_is_away() {
    for unable in [
        UserStanding { state: UserState::Blocked, ..idle(2) },
        UserStanding { access: Access::Restricted, ..idle(2) },
        UserStanding { spare: vec![], ..idle(2) },
    ] {
        assert_eq!(verdicts(&company(vec![away(1, 2), unable]))[0], told(&[10]));
    }
    assert_eq!(verdicts(&company(vec![away(1, 9)])), [told(&[10])], "who left the company");
    assert_eq!(verdicts(&company(vec![away(1, 1)])), [told(&[10])], "oneself");
}

#[test]
fn r29_nobody_stands_in_for_a_message_addressed_to_one_user() {
    let standing = company(vec![away(1, 2), idle(2)]);
    let audience = Audience::Watchers { recipient: Some("user-1") };
    let verdicts = verdicts_of(audience, &Facts::NONE, NOW, &standing);
    assert_eq!(verdicts, [told(&[10]), suppressed(Reason::NotAddressed)]);
}

#[test]
fn r32_a_stand_in_who_watches_too_gets_one_alert_at_the_earlier_time() {
    let digest = Some(crate::watch::Digest::Day { at: TimeOfDay::parse("20:00").unwrap() });
    let own = Settings { digest, ..Settings::default() };
    let verdicts = verdicts(&company(vec![away(1, 2), with(2, own)]));
    assert_eq!(verdicts[1], told_instead(&[20], &[1]));
}

#[test]
fn a_stand_in_is_told_by_the_chosen_channels_or_by_what_there_is() {
    let mail_only = UserStanding { spare: vec![(Channel::Email, contact_id(21))], ..idle(2) };
    assert_eq!(verdicts(&company(vec![away(1, 2), mail_only]))[1], told_instead(&[21], &[1]));
}

#[test]
fn nobody_stands_in_for_a_stand_in_and_two_may_swap() {
    let chain = company(vec![away(1, 2), away(2, 3), idle(3)]);
    let told = [suppressed(Reason::StoodIn), told_instead(&[20], &[1]), told_instead(&[30], &[2])];
    assert_eq!(verdicts(&chain), told);
    let swap = company(vec![away(1, 2), away(2, 1)]);
    assert_eq!(verdicts(&swap), [told_instead(&[10], &[2]), told_instead(&[20], &[1])]);
}

#[test]
fn r28_only_its_code_reaches_a_contact_point_that_is_not_confirmed() {
    let fresh = ChosenContact { id: contact_id(12), verified: false };
    let mut one = user(1);
    one.channels.push(ChosenChannel { channel: Channel::Email, contact: Some(fresh) });
    let standing = Standing { agreement: None, users: vec![one] };
    let (users, named) = ([user_id(1)].into(), [contact_id(12)].into());
    let (confirmed, unknown) = ([contact_id(10)].into(), [contact_id(99)].into());
    let tell = |by| verdicts_of(Audience::Named { users: &users, by }, &Facts::NONE, NOW, &standing);
    assert_eq!(tell(By::ToConfirm(&named)), [told(&[12])]);
    assert_eq!(tell(By::Contacts(&named)), [suppressed(Reason::ContactNotVerified)]);
    assert_eq!(tell(By::Mail), [suppressed(Reason::ContactNotVerified)]);
    assert_eq!(tell(By::Contacts(&confirmed)), [told(&[10])]);
    assert_eq!(tell(By::ToConfirm(&unknown)), [suppressed(Reason::ContactMissing)]);
}

fn any_user(n: u128) -> impl Strategy<Value = UserStanding> {
    let state = prop_oneof![5 => Just(UserState::Active), 1 => Just(UserState::Blocked)];
    let narrowed = (any::<bool>(), any::<bool>(), proptest::option::of(1_u128..5), any::<bool>());
    (state, any::<bool>(), any::<bool>(), 0_u8..3, narrowed, crate::watch::any_timing()).prop_map(
        move |(state, restricted, may_watch, reach, (paused, low, stand_in, off), timing)| {
            let day = LocalDate::parse("2026-11-21").unwrap();
            let settings = Settings {
                least_amount: low.then(|| Amount::parse("100").unwrap()),
                pause: paused.then(|| Pause { from: at(NOW), until: day.plus_days(1) }),
                stand_in: stand_in.map(|n| StandIn { user: user_id(n), from: day, to: day }),
                ..timing
            };
            let mut user = with(n, settings);
            user.state = state;
            user.access = if restricted { Access::Restricted } else { Access::Unrestricted };
            (user.may_watch, user.is_off) = (may_watch, off && paused);
            if reach == 0 {
                user.channels.clear();
            }
            if reach == 1 {
                user.spare.clear();
            }
            user
        },
    )
}

fn any_company() -> impl Strategy<Value = Standing> {
    (any_user(1), any_user(2), any_user(3), any_user(4))
        .prop_map(|(one, two, three, four)| company(vec![one, two, three, four]))
}

fn any_facts() -> impl Strategy<Value = Facts> {
    proptest::option::of(0_u32..200).prop_map(|amount| Facts {
        amount: amount.map(|amount| Amount::parse(&amount.to_string()).unwrap()),
        ..Facts::NONE
    })
}

proptest! {
    #[test]
    fn a_right_that_is_lost_wins_over_every_setting(standing in any_company(), facts in any_facts(), hour in 0_u64..48) {
        let kind = kind();
        let received_at = at(NOW).minus(Duration::from_secs(86_400)).plus(Duration::from_secs(3_600 * hour));
        let expires_at = received_at.plus(Duration::from_secs(3 * 86_400));
        let subject = Subject { kind: &kind, audience: ANYBODY, facts: &facts, received_at, expires_at };
        for (decision, user) in decide(subject, &standing, received_at).into_iter().zip(&standing.users) {
            if let Verdict::Deliver(deliver) = decision.verdict {
                prop_assert!(user.state == UserState::Active && (user.access == Access::Unrestricted || user.may_watch));
                prop_assert!(!deliver.to.is_empty());
                let unique: BTreeSet<_> = deliver.to.iter().collect();
                prop_assert_eq!(unique.len(), deliver.to.len(), "one alert for each contact point");
            }
        }
        let mut ended = standing.clone();
        ended.agreement = None;
        for decision in decide(subject, &ended, received_at) {
            prop_assert_eq!(decision.verdict, suppressed(Reason::NoActiveAgreement));
        }
        for which in 0..standing.users.len() {
            let mut less = standing.clone();
            less.users[which].state = UserState::Blocked;
            let decisions = decide(subject, &less, received_at);
            prop_assert_eq!(&decisions[which].verdict, &suppressed(Reason::UserBlocked));
        }
    }

    #[test]
    fn whoever_is_away_loses_nothing_to_a_stand_in(standing in any_company(), facts in any_facts()) {
        let (kind, received_at) = (kind(), at(NOW));
        let expires_at = received_at.plus(Duration::from_secs(3 * 86_400));
        let subject = Subject { kind: &kind, audience: ANYBODY, facts: &facts, received_at, expires_at };
        let decisions = decide(subject, &standing, received_at);
        for (n, user) in standing.users.iter().enumerate() {
            let mut at_home = standing.clone();
            at_home.users[n].settings.as_mut().unwrap().stand_in = None;
            let would_be_told = matches!(&decide(subject, &at_home, received_at)[n].verdict, Verdict::Deliver(deliver) if deliver.to.contains(&contact_id((n as u128 + 1) * 10)) && !user.channels.is_empty());
            let by = |decision: &Decision| matches!(&decision.verdict, Verdict::Deliver(deliver) if deliver.instead_of.contains(&user.id));
            let stood_in = decisions.iter().filter(|decision| by(decision)).count();
            let own = matches!(&decisions[n].verdict, Verdict::Deliver(deliver) if deliver.to.contains(&contact_id((n as u128 + 1) * 10)));
            if would_be_told {
                prop_assert!(own || stood_in == 1, "{:?}", decisions);
            }
            prop_assert!(stood_in <= 1);
        }
    }

    #[test]
    fn asked_again_at_the_same_moment_the_answer_is_the_same(standing in any_company(), facts in any_facts(), contacts in vec(1_u128..50, 1..4)) {
        let (kind, received_at) = (kind(), at(NOW));
        let expires_at = received_at.plus(Duration::from_secs(86_400));
        let subject = Subject { kind: &kind, audience: ANYBODY, facts: &facts, received_at, expires_at };
        for decision in decide(subject, &standing, received_at) {
            let may = |contact| may_still_be_told(subject, &standing, decision.user, contact, received_at);
            match decision.verdict {
                Verdict::Suppressed(reason) => {
                    for contact in &contacts {
                        prop_assert_eq!(may(contact_id(*contact)), Err(reason));
                    }
                }
                Verdict::Deliver(deliver) => {
                    let leave = deliver.later.map_or(Leave::Now, Leave::Later);
                    for contact in &deliver.to {
                        prop_assert_eq!(may(*contact), Ok(leave));
                    }
                    prop_assert_eq!(may(contact_id(999)), Err(Reason::ChannelNotChosen));
                }
            }
        }
    }
}
