//! The rules one by one, then the properties that hold for any company.

use super::*;
use proptest::{collection::vec, prelude::*};
use std::collections::BTreeSet;
use uuid::Uuid;

const ANYBODY: Audience<'_> = Audience::Watchers { recipient: None };
const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

fn kind(name: &str) -> Kind {
    Kind::parse(name).unwrap()
}

fn contact(n: u128, verified: bool) -> ChosenContact {
    ChosenContact { id: ContactId(Uuid::from_u128(n)), verified }
}

fn sms(contact: Option<ChosenContact>) -> ChosenChannel {
    ChosenChannel { channel: Channel::Sms, contact }
}

fn email(contact: Option<ChosenContact>) -> ChosenChannel {
    ChosenChannel { channel: Channel::Email, contact }
}

/// An unrestricted user who watches by a confirmed mobile number.
fn user(n: u128) -> UserStanding {
    UserStanding {
        id: UserId(Uuid::from_u128(n)),
        reference: format!("user-{n}"),
        state: UserState::Active,
        access: Access::Unrestricted,
        may_watch: false,
        channels: vec![sms(Some(contact(n * 10, true)))],
        settings: None,
        is_off: false,
        spare: vec![],
    }
}

fn company(users: Vec<UserStanding>) -> Standing {
    let scope = BTreeSet::from([kind("payment.rejected")]);
    Standing {
        agreement: Some(ActiveAgreement { id: AgreementId(Uuid::from_u128(1)), version: 1, scope }),
        users,
    }
}

fn verdict_at(now: Timestamp, recipient: Option<&str>, standing: &Standing) -> Verdict {
    let kind = kind("payment.rejected");
    let expires_at = NOW.plus(std::time::Duration::from_secs(60));
    decide(
        Subject {
            kind: &kind,
            facts: &Facts::NONE,
            received_at: BEFORE,
            audience: Audience::Watchers { recipient },
            expires_at,
        },
        standing,
        now,
    )
    .remove(0)
    .verdict
}

fn verdict(standing: &Standing) -> Verdict {
    verdict_at(NOW, None, standing)
}

fn deliver(contacts: &[u128]) -> Verdict {
    let to = contacts.iter().map(|n| ContactId(Uuid::from_u128(*n))).collect();
    Verdict::Deliver(Deliver { to, ..Deliver::default() })
}

fn told_by_name(names: &[u128], standing: &Standing) -> Vec<Verdict> {
    let users = names.iter().map(|n| UserId(Uuid::from_u128(*n))).collect();
    let kind = kind("agreement.ended");
    let subject = Subject {
        kind: &kind,
        facts: &Facts::NONE,
        received_at: BEFORE,
        audience: Audience::Named { users: &users, by: By::Mail },
        expires_at: NOW,
    };
    decide(subject, standing, BEFORE).into_iter().map(|decision| decision.verdict).collect()
}

#[test]
fn r11_named_users_are_told_by_mail_without_agreement_access_or_watch() {
    let mail = |n: u128| UserStanding { channels: vec![email(Some(contact(n * 10, true)))], ..user(n) };
    let users = vec![
        mail(1),
        UserStanding { access: Access::Restricted, ..mail(2) },
        mail(3),
        UserStanding { channels: vec![], ..user(4) },
        UserStanding { channels: vec![email(Some(contact(50, false)))], ..user(5) },
        UserStanding {
            channels: vec![email(Some(contact(60, true))), email(Some(contact(61, true)))],
            ..user(6)
        },
    ];
    for agreement in [None, company(vec![]).agreement] {
        let standing = Standing { agreement, users: users.clone() };
        assert_eq!(
            told_by_name(&[1, 2, 4, 5, 6, 99], &standing),
            [
                deliver(&[10]),
                deliver(&[20]),
                Verdict::Suppressed(Reason::NotAddressed),
                Verdict::Suppressed(Reason::ContactMissing),
                Verdict::Suppressed(Reason::ContactNotVerified),
                deliver(&[60, 61]),
            ]
        );
    }
}

#[test]
fn r11_named_users_who_lost_their_access_are_not_told() {
    for (state, reason) in [
        (UserState::Blocked, Reason::UserBlocked),
        (UserState::Denied, Reason::UserDenied),
        (UserState::Expired, Reason::UserExpired),
    ] {
        let standing = company(vec![UserStanding { state, ..user(1) }]);
        assert_eq!(told_by_name(&[1], &standing), [Verdict::Suppressed(reason)]);
    }
    let (users, kind) = ([UserId(Uuid::from_u128(1))].into(), kind("agreement.ended"));
    let subject = Subject {
        kind: &kind,
        facts: &Facts::NONE,
        received_at: BEFORE,
        audience: Audience::Named { users: &users, by: By::Mail },
        expires_at: NOW,
    };
    let (who, to) = (UserId(Uuid::from_u128(1)), ContactId(Uuid::from_u128(10)));
    let mail = UserStanding { channels: vec![email(Some(contact(10, true)))], ..user(1) };
    let check = |standing: &Standing, now| may_still_be_told(subject, standing, who, to, now);
    assert_eq!(check(&company(vec![mail.clone()]), BEFORE), Ok(Leave::Now));
    assert_eq!(check(&company(vec![mail.clone()]), NOW), Err(Reason::EventExpired));
    assert_eq!(check(&company(vec![]), BEFORE), Err(Reason::UserRemoved));
    let blocked = UserStanding { state: UserState::Blocked, ..mail };
    assert_eq!(check(&company(vec![blocked]), BEFORE), Err(Reason::UserBlocked));
}

#[test]
fn r15_a_kind_outside_the_scope_is_not_sent_and_works_again_when_it_returns() {
    let mut standing = company(vec![user(1)]);
    standing.agreement.as_mut().unwrap().scope.clear();
    assert_eq!(verdict(&standing), Verdict::Suppressed(Reason::KindNotInScope));
    standing.agreement.as_mut().unwrap().scope.insert(kind("payment.rejected"));
    assert_eq!(verdict(&standing), deliver(&[10]));
}

#[test]
fn r17_without_an_agreement_in_force_nobody_is_told() {
    let standing = Standing { agreement: None, users: vec![user(1)] };
    assert_eq!(verdict(&standing), Verdict::Suppressed(Reason::NoActiveAgreement));
}

#[test]
fn r19_unrestricted_users_are_told_by_the_agreement_alone() {
    assert_eq!(verdict(&company(vec![user(1)])), deliver(&[10]));
}

#[test]
fn r20_restricted_users_need_the_permission() {
    let mut restricted = UserStanding { access: Access::Restricted, ..user(1) };
    assert_eq!(verdict(&company(vec![restricted.clone()])), Verdict::Suppressed(Reason::NoAccess));
    restricted.may_watch = true;
    assert_eq!(verdict(&company(vec![restricted])), deliver(&[10]));
}

#[test]
fn r22_what_was_decided_is_decided_again_when_it_leaves() {
    let kind = kind("payment.rejected");
    let subject = Subject {
        kind: &kind,
        facts: &Facts::NONE,
        received_at: BEFORE,
        audience: ANYBODY,
        expires_at: NOW.plus(std::time::Duration::from_secs(60)),
    };
    let (who, to) = (UserId(Uuid::from_u128(1)), ContactId(Uuid::from_u128(10)));
    let check = |standing: &Standing| may_still_be_told(subject, standing, who, to, NOW);

    assert_eq!(check(&company(vec![user(1)])), Ok(Leave::Now));
    assert_eq!(check(&company(vec![])), Err(Reason::UserRemoved));
    assert_eq!(
        check(&company(vec![UserStanding { state: UserState::Blocked, ..user(1) }])),
        Err(Reason::UserBlocked)
    );
    assert_eq!(
        check(&company(vec![UserStanding { access: Access::Restricted, ..user(1) }])),
        Err(Reason::NoAccess)
    );
    let moved = UserStanding { channels: vec![sms(Some(contact(99, true)))], ..user(1) };
    assert_eq!(check(&company(vec![moved])), Err(Reason::ChannelNotChosen));
}

#[test]
fn r23_each_state_but_active_has_its_own_reason() {
    for (state, reason) in [
        (UserState::Blocked, Reason::UserBlocked),
        (UserState::Denied, Reason::UserDenied),
        (UserState::Expired, Reason::UserExpired),
    ] {
        let standing = company(vec![UserStanding { state, ..user(1) }]);
        assert_eq!(verdict(&standing), Verdict::Suppressed(reason));
    }
}

#[test]
fn r24_before_any_choice_nothing_is_sent() {
    let standing = company(vec![UserStanding { channels: vec![], ..user(1) }]);
    assert_eq!(verdict(&standing), Verdict::Suppressed(Reason::NoWatch));
}

#[test]
fn r27_exactly_the_chosen_channels_are_used() {
    let (number, address) = (contact(10, true), contact(11, true));
    for (channels, expected) in [
        (vec![sms(Some(number))], deliver(&[10])),
        (vec![email(Some(address))], deliver(&[11])),
        (vec![sms(Some(number)), email(Some(address))], deliver(&[10, 11])),
    ] {
        assert_eq!(verdict(&company(vec![UserStanding { channels, ..user(1) }])), expected);
    }
}

#[test]
fn r28_unconfirmed_and_missing_contact_points_stay_silent() {
    let with = |channels| verdict(&company(vec![UserStanding { channels, ..user(1) }]));
    assert_eq!(with(vec![sms(None)]), Verdict::Suppressed(Reason::ContactMissing));
    assert_eq!(with(vec![sms(Some(contact(10, false)))]), Verdict::Suppressed(Reason::ContactNotVerified));
    let Verdict::Deliver(partly) = with(vec![sms(Some(contact(10, false))), email(Some(contact(11, true)))])
    else {
        panic!("the confirmed address is enough");
    };
    assert_eq!(partly.to, [ContactId(Uuid::from_u128(11))]);
    assert_eq!(partly.silent, [(Channel::Sms, Reason::ContactNotVerified)]);
}

#[test]
fn r29_an_addressed_event_reaches_only_that_user() {
    let standing = company(vec![user(1)]);
    assert_eq!(verdict_at(NOW, Some("user-1"), &standing), deliver(&[10]));
    assert_eq!(verdict_at(NOW, Some("user-2"), &standing), Verdict::Suppressed(Reason::NotAddressed));
}

#[test]
fn an_expired_event_is_told_to_nobody() {
    let standing = company(vec![user(1)]);
    let late = NOW.plus(std::time::Duration::from_secs(60));
    assert_eq!(verdict_at(late, None, &standing), Verdict::Suppressed(Reason::EventExpired));
}

#[test]
fn r31_decisions_read_back_as_they_were_stored_and_every_reason_has_its_stored_name() {
    let decisions = vec![
        Decision { user: UserId(Uuid::from_u128(1)), verdict: deliver(&[10]) },
        Decision { user: UserId(Uuid::from_u128(2)), verdict: Verdict::Suppressed(Reason::NoWatch) },
    ];
    let text = serde_json::to_string(&decisions).unwrap();
    assert_eq!(serde_json::from_str::<Vec<Decision>>(&text).unwrap(), decisions);
}

fn any_user() -> impl Strategy<Value = UserStanding> {
    let state = prop_oneof![
        4 => Just(UserState::Active),
        1 => Just(UserState::Blocked),
        1 => Just(UserState::Denied),
        1 => Just(UserState::Expired)
    ];
    let access = prop_oneof![Just(Access::Unrestricted), Just(Access::Restricted)];
    let channel = (any::<bool>(), proptest::option::of((1_u128..50, any::<bool>())));
    (1_u128..6, state, access, any::<bool>(), vec(channel, 0..3)).prop_map(
        |(n, state, access, may_watch, chosen)| UserStanding {
            id: UserId(Uuid::from_u128(n)),
            reference: format!("user-{n}"),
            state,
            access,
            may_watch,
            channels: chosen
                .into_iter()
                .map(|(by_sms, to)| ChosenChannel {
                    channel: if by_sms { Channel::Sms } else { Channel::Email },
                    contact: to.map(|(id, verified)| contact(id, verified)),
                })
                .collect(),
            settings: None,
            is_off: false,
            spare: vec![],
        },
    )
}

fn any_standing() -> impl Strategy<Value = Standing> {
    (vec(any_user(), 0..6), proptest::option::weighted(0.8, any::<bool>())).prop_map(|(users, in_scope)| {
        let mut standing = company(users);
        standing.agreement = standing.agreement.filter(|_| in_scope.is_some());
        if in_scope == Some(false) {
            standing.agreement.as_mut().unwrap().scope.clear();
        }
        standing
    })
}

fn told(standing: &Standing, recipient: Option<&str>, now: Timestamp) -> Vec<(UserId, ContactId)> {
    let kind = kind("payment.rejected");
    decide(
        Subject {
            kind: &kind,
            facts: &Facts::NONE,
            received_at: BEFORE,
            audience: Audience::Watchers { recipient },
            expires_at: NOW,
        },
        standing,
        now,
    )
    .into_iter()
    .flat_map(|decision| match decision.verdict {
        Verdict::Deliver(deliver) => deliver.to.into_iter().map(|to| (decision.user, to)).collect(),
        Verdict::Suppressed(_) => vec![],
    })
    .collect()
}

const BEFORE: Timestamp = Timestamp::from_micros(NOW.as_micros() - 1);

proptest! {
    #[test]
    fn every_user_gets_exactly_one_decision(standing in any_standing()) {
        let kind = kind("payment.rejected");
        let decisions = decide(Subject { kind: &kind, facts: &Facts::NONE, received_at: BEFORE, audience: ANYBODY, expires_at: NOW }, &standing, BEFORE);
        let users: Vec<_> = standing.users.iter().map(|user| user.id).collect();
        prop_assert_eq!(decisions.iter().map(|decision| decision.user).collect::<Vec<_>>(), users);
        for decision in decisions {
            if let Verdict::Deliver(deliver) = decision.verdict {
                prop_assert!(!deliver.to.is_empty());
            }
        }
    }

    #[test]
    fn nobody_is_told_who_lacks_any_one_condition(standing in any_standing(), recipient in proptest::option::of(1_u128..6)) {
        let recipient = recipient.map(|n| format!("user-{n}"));
        for (who, to) in told(&standing, recipient.as_deref(), BEFORE) {
            let agreement = standing.agreement.as_ref().expect("an agreement in force");
            prop_assert!(agreement.scope.contains(&kind("payment.rejected")));
            let entitled = standing.users.iter().any(|user| {
                user.id == who
                    && user.state == UserState::Active
                    && (user.access == Access::Unrestricted || user.may_watch)
                    && recipient.as_ref().is_none_or(|r| *r == user.reference)
                    && user.channels.iter().any(|c| c.contact == Some(ChosenContact { id: to, verified: true }))
            });
            prop_assert!(entitled, "{who} was told by {to}");
        }
        prop_assert!(told(&standing, recipient.as_deref(), NOW).is_empty(), "nothing after expiry");
    }

    #[test]
    fn r11_a_notice_reaches_named_active_users_by_confirmed_addresses_only(standing in any_standing(), names in vec(1_u128..6, 0..4)) {
        let users: BTreeSet<_> = names.iter().map(|n| UserId(Uuid::from_u128(*n))).collect();
        let kind = kind("agreement.ended");
        let subject = Subject { kind: &kind, facts: &Facts::NONE, received_at: BEFORE, audience: Audience::Named { users: &users, by: By::Mail }, expires_at: NOW };
        for (decision, user) in decide(subject, &standing, BEFORE).into_iter().zip(&standing.users) {
            let confirmed: Vec<_> = user.channels.iter().filter(|c| c.channel == Channel::Email).filter_map(|c| c.contact).filter(|c| c.verified).map(|c| c.id).collect();
            let entitled = users.contains(&user.id) && user.state == UserState::Active && !confirmed.is_empty();
            match decision.verdict {
                Verdict::Deliver(deliver) => prop_assert!(entitled && deliver.to == confirmed),
                Verdict::Suppressed(_) => prop_assert!(!entitled),
            }
        }
        for decision in decide(subject, &standing, NOW) {
            prop_assert!(matches!(decision.verdict, Verdict::Suppressed(_)), "nothing after expiry");
        }
    }

    #[test]
    fn removing_a_right_never_adds_a_delivery(standing in any_standing(), which in any::<prop::sample::Index>(), right in 0..8) {
        let before = told(&standing, None, BEFORE);
        let mut less = standing.clone();
        match right {
            0 => less.agreement = None,
            1 => { if let Some(agreement) = &mut less.agreement { agreement.scope.clear(); } }
            _ if less.users.is_empty() => {}
            n => {
                let at = which.index(less.users.len());
                let user = &mut less.users[at];
                match n {
                    2 => user.state = UserState::Blocked,
                    3 => user.may_watch = false,
                    4 => { user.access = Access::Restricted; user.may_watch = false; }
                    5 => user.channels.clear(),
                    6 => for chosen in &mut user.channels { if let Some(c) = &mut chosen.contact { c.verified = false; } },
                    _ => { less.users.remove(at); }
                }
            }
        }
        for delivery in told(&less, None, BEFORE) {
            prop_assert!(before.contains(&delivery));
        }
    }
}
