use crate::world::*;
use bevaka_domain::{
    clock::LocalDate,
    contact::Address,
    entitlement::{ActiveAgreement, ChosenChannel, ChosenContact, Standing, UserStanding},
    event::Kind,
    ids::ContactId,
    language::Language,
    organisation::OrganisationNumber,
    user::{Access, Permission, UserState},
    watch::{Channel, Settings, StandIn, Watch},
};
use bevaka_store::{
    Db, Tx, agreements, members, standing,
    standing::{Companies, Company},
    watch_sets, watches,
};

crate::on_both_engines! {
    an_unknown_company_is_absent
    a_company_without_users_and_agreement_is_there
    an_ended_agreement_is_none
    the_agreement_comes_in_its_latest_version
    users_come_in_every_state_and_only_a_permission_lets_a_restricted_one_watch
    a_watch_by_both_channels_gives_both_addresses
    a_watch_of_another_kind_does_not_count
    a_removed_watch_does_not_count
    what_a_watch_is_narrowed_to_comes_with_it_and_a_stand_in_with_all_confirmed_contact_points
    a_removed_contact_point_leaves_the_channel_chosen_without_one
    an_unconfirmed_contact_point_is_not_verified
    several_companies_and_kinds_are_answered_at_once
    r11_for_a_notice_every_user_comes_with_every_contact_point_whatever_they_watch
}

async fn load(tx: &mut Tx, asked: &[(u32, Kind)]) -> Companies {
    let asked = asked.iter().map(|(n, kind)| (number(*n), kind.clone())).collect();
    standing::load(tx, &asked).await.unwrap()
}

/// Company 1 with respect to rejected payments.
async fn only(tx: &mut Tx) -> Company {
    load(tx, &[(1, rejected())]).await.remove(&(number(1), rejected())).unwrap()
}

fn chosen(channel: Channel, contact: u128, verified: bool) -> ChosenChannel {
    ChosenChannel { channel, contact: Some(ChosenContact { id: id(contact), verified }) }
}

async fn an_unknown_company_is_absent(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    company(&mut tx, 1).await;
    assert!(load(&mut tx, &[(2, rejected())]).await.is_empty());
    assert!(load(&mut tx, &[]).await.is_empty());
}

async fn a_company_without_users_and_agreement_is_there(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let stored = company(&mut tx, 1).await;
    let company = only(&mut tx).await;
    assert_eq!((company.id, &*company.name), (stored, "Exempelbolaget 1"));
    assert_eq!((company.standing.agreement, company.standing.users), (None, Vec::new()));
    assert!(company.reach.is_empty());
}

async fn an_ended_agreement_is_none(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let organisation = company(&mut tx, 1).await;
    agreement(&mut tx, organisation, &["payment.rejected"]).await;
    agreements::end(&mut tx, organisation, NOW).await.unwrap();
    assert_eq!(only(&mut tx).await.standing.agreement, None);
}

async fn the_agreement_comes_in_its_latest_version(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let organisation = company(&mut tx, 1).await;
    let stored = agreement(&mut tx, organisation, &["payment.rejected"]).await;
    let scope = scope(&["payment.rejected", "loan.due"]);
    agreements::change_scope(&mut tx, stored, 2, &scope, NOW).await.unwrap();
    let active = ActiveAgreement { id: stored, version: 2, scope };
    assert_eq!(only(&mut tx).await.standing.agreement, Some(active));
}

async fn users_come_in_every_state_and_only_a_permission_lets_a_restricted_one_watch(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let organisation = company(&mut tx, 1).await;
    let mut expected = Vec::new();
    for (n, access, state, may_watch) in [
        (1, Access::Unrestricted, UserState::Active, false),
        (2, Access::Restricted, UserState::Active, false),
        (3, Access::Restricted, UserState::Active, true),
        (4, Access::Restricted, UserState::Blocked, true),
        (5, Access::Unrestricted, UserState::Denied, false),
        (6, Access::Unrestricted, UserState::Expired, false),
    ] {
        let user = user_with(&mut tx, organisation, n, access, UserState::Active).await;
        agreements::set_user_state(&mut tx, user, state).await.unwrap();
        let other = [Permission::AdministerPermissions];
        let both = [Permission::AdministerPermissions, Permission::ManageWatches];
        let granted = if may_watch { &both[..] } else { &other[..] };
        agreements::set_permissions(&mut tx, user, granted, NOW).await.unwrap();
        let reference = format!("user-{n}");
        expected.push(UserStanding {
            id: user,
            reference,
            state,
            access,
            may_watch,
            channels: vec![],
            settings: None,
            is_off: false,
            spare: vec![],
        });
    }
    assert_eq!(only(&mut tx).await.standing.users, expected);
}

async fn a_watch_by_both_channels_gives_both_addresses(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let organisation = company(&mut tx, 1).await;
    for (n, addresses) in [(1, vec![mobile()]), (2, vec![mailbox()]), (3, vec![mobile(), mailbox()])] {
        let user = user(&mut tx, organisation, n).await;
        let mut channels = Vec::new();
        for (m, address) in (0..).zip(&addresses) {
            channels.push((address.channel(), contact(&mut tx, user, n * 10 + m, address, true).await));
        }
        watch(&mut tx, user, rejected(), &channels).await;
    }
    let company = only(&mut tx).await;
    let channels: Vec<_> = company.standing.users.iter().map(|user| user.channels.clone()).collect();
    let (sms, email) = (|n| chosen(Channel::Sms, n, true), |n| chosen(Channel::Email, n, true));
    assert_eq!(channels, [vec![sms(10)], vec![email(20)], vec![sms(30), email(31)]]);
    let reach = |n: u128| {
        let reach = &company.reach[&ContactId(id(n))];
        (reach.address.clone(), reach.language)
    };
    assert_eq!(company.reach.len(), 4);
    assert_eq!(reach(10), (mobile(), Language::English));
    assert_eq!(reach(31), (mailbox(), Language::English));
}

async fn a_watch_of_another_kind_does_not_count(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let organisation = company(&mut tx, 1).await;
    let user = user(&mut tx, organisation, 1).await;
    let sms = contact(&mut tx, user, 10, &mobile(), true).await;
    watch(&mut tx, user, kind("loan.due"), &[(Channel::Sms, sms)]).await;
    assert_eq!(only(&mut tx).await.standing.users[0].channels, []);
}

async fn a_removed_watch_does_not_count(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let organisation = company(&mut tx, 1).await;
    let user = user(&mut tx, organisation, 1).await;
    let sms = contact(&mut tx, user, 10, &mobile(), true).await;
    watch(&mut tx, user, rejected(), &[(Channel::Sms, sms)]).await;
    watch(&mut tx, user, kind("loan.due"), &[(Channel::Sms, sms)]).await;
    watches::remove_watch(&mut tx, user, &rejected()).await.unwrap();
    assert_eq!(only(&mut tx).await.standing.users[0].channels, []);
    let companies = load(&mut tx, &[(1, kind("loan.due"))]).await;
    assert_eq!(companies.values().next().unwrap().standing.users[0].channels.len(), 1);
}

async fn what_a_watch_is_narrowed_to_comes_with_it_and_a_stand_in_with_all_confirmed_contact_points(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let organisation = company(&mut tx, 1).await;
    let away = user(&mut tx, organisation, 1).await;
    let instead = user(&mut tx, organisation, 2).await;
    let to = contact(&mut tx, away, 10, &mobile(), true).await;
    contact(&mut tx, instead, 20, &mobile(), true).await;
    contact(&mut tx, instead, 21, &mailbox(), true).await;
    let unconfirmed = Address::parse(Channel::Email, "kim@annanstans.se").unwrap();
    contact(&mut tx, instead, 22, &unconfirmed, false).await;
    let day = LocalDate::parse("2026-12-24").unwrap();
    let settings = Settings {
        weekdays_only: true,
        stand_in: Some(StandIn { user: instead, from: day, to: day }),
        ..Settings::default()
    };
    let narrowed = Watch {
        id: id(77),
        user: away,
        kind: rejected(),
        channels: [(Channel::Sms, Some(to))].into(),
        settings: settings.clone(),
        off_at: Some(NOW),
    };
    watches::upsert_watch(&mut tx, &narrowed, NOW).await.unwrap();
    assert_eq!(watch_sets::find(&mut tx, away, &rejected()).await.unwrap(), Some(narrowed));

    let company = only(&mut tx).await;
    let [first, second] = &company.standing.users[..] else { panic!("two users") };
    assert_eq!((first.settings.as_deref(), first.is_off, &first.spare[..]), (Some(&settings), true, &[][..]));
    assert_eq!(
        (second.settings.as_deref(), second.is_off, &second.spare[..]),
        (None, false, &[(Channel::Sms, id(20)), (Channel::Email, id(21))][..])
    );
    assert_eq!(company.reach.len(), 3);
}

async fn a_removed_contact_point_leaves_the_channel_chosen_without_one(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let organisation = company(&mut tx, 1).await;
    let user = user(&mut tx, organisation, 1).await;
    let sms = contact(&mut tx, user, 10, &mobile(), true).await;
    let email = contact(&mut tx, user, 11, &mailbox(), true).await;
    watch(&mut tx, user, rejected(), &[(Channel::Sms, sms), (Channel::Email, email)]).await;
    watches::remove_contact(&mut tx, sms).await.unwrap();
    let company = only(&mut tx).await;
    let gone = ChosenChannel { channel: Channel::Sms, contact: None };
    assert_eq!(company.standing.users[0].channels, [gone, chosen(Channel::Email, 11, true)]);
    assert_eq!(company.reach.keys().copied().collect::<Vec<_>>(), [email]);
}

async fn an_unconfirmed_contact_point_is_not_verified(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let organisation = company(&mut tx, 1).await;
    let user = user(&mut tx, organisation, 1).await;
    let sms = contact(&mut tx, user, 10, &mobile(), false).await;
    watch(&mut tx, user, rejected(), &[(Channel::Sms, sms)]).await;
    assert_eq!(only(&mut tx).await.standing.users[0].channels, [chosen(Channel::Sms, 10, false)]);
}

async fn several_companies_and_kinds_are_answered_at_once(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let due = kind("loan.due");
    for n in 1..=3 {
        let organisation = company(&mut tx, n).await;
        agreement(&mut tx, organisation, &["payment.rejected"]).await;
        for m in 0..2 {
            let user = user(&mut tx, organisation, u128::from(n) * 100 + m).await;
            let address = Address::parse(Channel::Sms, &format!("+4670174060{m}")).unwrap();
            let sms = contact(&mut tx, user, u128::from(n) * 1_000 + m, &address, true).await;
            let watched = if n == 2 { due.clone() } else { rejected() };
            watch(&mut tx, user, watched, &[(Channel::Sms, sms)]).await;
        }
    }
    let asked = [(1, rejected()), (1, due.clone()), (2, rejected()), (2, due.clone()), (4, rejected())];
    let companies = load(&mut tx, &asked).await;
    assert_eq!(companies.len(), 4, "company 3 was not asked for and 4 is unknown");
    for (n, kind, watchers) in [(1, rejected(), 2), (1, due.clone(), 0), (2, rejected(), 0), (2, due, 2)] {
        let key: (OrganisationNumber, Kind) = (number(n), kind);
        let users = &companies[&key].standing.users;
        let found = users.iter().filter(|user| !user.channels.is_empty()).count();
        assert_eq!((users.len(), found), (2, watchers), "company {n}, {}", key.1);
        assert!(companies[&key].standing.agreement.is_some());
        assert_eq!(companies[&key].reach.len(), watchers);
    }
}

async fn r11_for_a_notice_every_user_comes_with_every_contact_point_whatever_they_watch(db: &Db) {
    let mut tx = db.begin().await.unwrap();
    let organisation = company(&mut tx, 1).await;
    let key = (number(1), kind("agreement.ended"));
    let asked = [key.clone(), (number(2), kind("agreement.ended"))].into();
    let only = async |tx: &mut Tx| standing::load_named(tx, &asked).await.unwrap().remove(&key).unwrap();
    assert_eq!(only(&mut tx).await.standing, Standing::default());

    let watching = user(&mut tx, organisation, 1).await;
    let second = Address::parse(Channel::Email, "kim@annanstans.se").unwrap();
    contact(&mut tx, watching, 10, &mobile(), true).await;
    let chosen_one = contact(&mut tx, watching, 11, &mailbox(), true).await;
    contact(&mut tx, watching, 12, &second, false).await;
    watch(&mut tx, watching, rejected(), &[(Channel::Email, chosen_one)]).await;
    user_with(&mut tx, organisation, 2, Access::Restricted, UserState::Blocked).await;
    let other = company(&mut tx, 3).await;
    let stranger = user(&mut tx, other, 3).await;
    contact(&mut tx, stranger, 30, &mailbox(), true).await;

    let found = only(&mut tx).await;
    assert_eq!(
        (found.id, &*found.name, &found.standing.agreement),
        (organisation, "Exempelbolaget 1", &None)
    );
    let [first, blocked] = &found.standing.users[..] else { panic!("{:?}", found.standing.users) };
    assert_eq!(
        (first.id, &first.channels[..]),
        (
            watching,
            &[
                chosen(Channel::Sms, 10, true),
                chosen(Channel::Email, 11, true),
                chosen(Channel::Email, 12, false)
            ][..]
        )
    );
    assert_eq!(
        (blocked.state, blocked.access, blocked.channels.len()),
        (UserState::Blocked, Access::Restricted, 0)
    );
    let reach = &found.reach[&ContactId(uuid::Uuid::from_u128(12))];
    assert_eq!((&reach.address, reach.language, found.reach.len()), (&second, Language::English, 3));
    let stored = agreement(&mut tx, organisation, &["payment.rejected"]).await;
    assert_eq!(only(&mut tx).await.standing.agreement.map(|agreement| agreement.id), Some(stored));
    assert!(members::remove(&mut tx, watching, NOW).await.unwrap());
    let left = only(&mut tx).await;
    assert_eq!((left.standing.users.len(), left.reach.len()), (1, 0), "who was removed is not there");
}
