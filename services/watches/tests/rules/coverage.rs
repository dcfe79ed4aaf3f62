use crate::house::*;
use bevaka_domain::{clock::LocalDate, user::UserState};
use bevaka_watches::{
    commands::{review::review, switch},
    fault::Fault,
    queries::{
        self,
        coverage::{Coverage, Covered, Reached},
    },
};

async fn seen(house: &House) -> Coverage {
    queries::coverage(&house.app, house.karin).await.unwrap()
}

fn gaps(coverage: &Coverage) -> Vec<&str> {
    coverage.kinds.iter().filter(|kind| kind.is_gap()).map(|kind| Covered::kind(kind).as_str()).collect()
}

#[tokio::test]
async fn a_kind_that_nobody_is_told_of_is_a_gap_whatever_the_cause() {
    let house = House::open().await;
    assert_eq!(gaps(&seen(&house).await), [INVOICE, PAYMENT]);
    let unconfirmed = house.contact(house.anna, "anna@exempelbolaget.se", false).await;
    let sms = house.contact(house.maja, "0701740605", true).await;
    house.saves(house.anna, &[choice(PAYMENT, None, Some(unconfirmed))]).await;
    house.saves(house.maja, &[choice(INVOICE, Some(sms), None)]).await;
    let coverage = seen(&house).await;
    assert_eq!(gaps(&coverage), [PAYMENT]);
    let watchers: Vec<_> = coverage.kinds.iter().flat_map(|kind| &kind.watchers).collect();
    let told: Vec<_> = watchers.iter().map(|w| (w.name.as_str(), w.channels[0].1, w.is_told())).collect();
    assert_eq!(told, [("Maja", Reached::Confirmed, true), ("Anna", Reached::NotConfirmed, false)]);

    switch::off(&house.app, house.maja.user, &[kind(INVOICE)].into()).await.unwrap();
    assert_eq!(gaps(&seen(&house).await), [INVOICE, PAYMENT]);
    switch::on(&house.app, house.maja, &kind(INVOICE)).await.unwrap();
    house.set_state(house.maja, UserState::Blocked).await;
    let coverage = seen(&house).await;
    assert_eq!(gaps(&coverage), [INVOICE, PAYMENT]);
    assert!(!coverage.kinds[0].watchers[0].has_access, "still shown, with the reason");
}

#[tokio::test]
async fn only_a_permission_administrator_sees_and_confirms_what_the_company_watches() {
    let house = House::open().await;
    for caller in [house.anna, house.erik, house.maja] {
        let shown = queries::coverage(&house.app, caller).await.map(drop);
        for outcome in [shown, review(&house.app, caller).await] {
            let Err(Fault::NotAdministrator { administrators }) = outcome else { panic!("{outcome:?}") };
            assert_eq!(administrators, ["Karin"]);
        }
    }
    assert!(house.trail().await.is_empty());
}

#[tokio::test]
async fn a_confirmation_holds_for_a_year() {
    let house = House::open().await;
    let coverage = seen(&house).await;
    assert!(coverage.review.is_none() && coverage.is_due);
    review(&house.app, house.karin).await.unwrap();
    let coverage = seen(&house).await;
    let last = coverage.review.unwrap();
    assert_eq!((last.by, last.name.as_str(), last.at), (house.karin.user, "Karin", house.now()));
    assert_eq!((coverage.due, coverage.is_due), (LocalDate::parse("2027-11-20").unwrap(), false));
    let (actor, detail) = house.trail_detail("coverage_reviewed").await;
    assert_eq!(actor, format!("user:{}", house.karin.user));
    assert_eq!(detail["nobody_watches"], serde_json::json!([INVOICE, PAYMENT]));
    house.clock.advance(days(364));
    assert!(!seen(&house).await.is_due);
    house.clock.advance(days(1));
    assert!(seen(&house).await.is_due);
}
