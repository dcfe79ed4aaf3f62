use crate::house::*;
use bevaka_domain::user::UserState;
use bevaka_portal::Caller;
use bevaka_watches::{
    commands::{contacts, review::review, save::save, switch, test::send_test},
    fault::{Fault, Outcome},
    queries,
};

/// What every command and query of a user answers, without what it gives.
async fn everything(house: &House, caller: Caller) -> Vec<Outcome<()>> {
    let (app, contact) = (&house.app, house.contact(caller, "kim@exempelbolaget.se", true).await);
    vec![
        save(app, caller, 0, &[]).await.map(drop),
        contacts::add(app, caller, bevaka_domain::watch::Channel::Sms, "0701740605", None).await.map(drop),
        contacts::send_code(app, caller, contact).await,
        contacts::confirm(app, caller, contact, "123456").await,
        contacts::remove(app, caller, contact).await,
        send_test(app, caller, contact).await,
        switch::on(app, caller, &kind(PAYMENT)).await,
        queries::mine(app, caller).await.map(drop),
        queries::losses(app, caller, contact).await.map(drop),
        queries::preview(app, caller, &[]).await.map(drop),
        queries::alerts(app, caller, None).await.map(drop),
        queries::check(app, caller, "K7M2-9QFD").await.map(drop),
    ]
}

#[tokio::test]
async fn r20_a_restricted_user_without_the_permission_is_told_who_grants_it() {
    let house = House::open().await;
    for outcome in everything(&house, house.erik).await {
        let Err(Fault::NoAccess { administrators }) = outcome else { panic!("{outcome:?}") };
        assert_eq!(administrators, ["Karin"]);
    }
    assert!(house.trail().await.is_empty() && house.notices().await.is_empty());
    for outcome in everything(&house, house.maja).await {
        assert!(!matches!(outcome, Err(Fault::NoAccess { .. })), "{outcome:?}");
    }
}

#[tokio::test]
async fn r19_without_an_agreement_everybody_is_told_who_connects_the_company() {
    let house = House::open().await;
    house.end_agreement().await;
    for caller in [house.anna, house.erik] {
        for outcome in everything(&house, caller).await {
            let Err(Fault::NoAgreement { signatories }) = outcome else { panic!("{outcome:?}") };
            assert_eq!(signatories, ["Karin"]);
        }
    }
    assert!(matches!(queries::coverage(&house.app, house.karin).await, Err(Fault::NoAgreement { .. })));
    assert!(matches!(review(&house.app, house.karin).await, Err(Fault::NoAgreement { .. })));
}

#[tokio::test]
async fn r22_a_blocked_or_removed_user_is_let_in_nowhere() {
    let house = House::open().await;
    house.set_state(house.anna, UserState::Blocked).await;
    house.set_state(house.karin, UserState::Blocked).await;
    house.remove_user(house.maja).await;
    for caller in [house.anna, house.maja] {
        for outcome in everything(&house, caller).await {
            assert!(matches!(outcome, Err(Fault::NotActive)), "{outcome:?}");
        }
    }
    assert!(matches!(queries::coverage(&house.app, house.karin).await, Err(Fault::NotActive)));
    assert!(matches!(review(&house.app, house.karin).await, Err(Fault::NotActive)));
}
