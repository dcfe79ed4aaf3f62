//! *Företagets bevakningar*.

use crate::house::{House, INVOICE, PAYMENT, choice, days};
use bevaka_watches::paths;

#[tokio::test]
async fn r21_only_administrators_see_what_the_company_watches() {
    let house = House::open().await;
    for caller in [house.anna, house.erik, house.maja] {
        let mut other = house.browser(caller).await;
        let refused = ["Du kan inte se företagets bevakningar", "är Karin."];
        other.get(paths::COVERAGE).await.says(403, &refused);
        other.post::<&str>(paths::COVERAGE, &[]).await.says(403, &refused);
    }
    assert!(house.trail().await.is_empty());
}

#[tokio::test]
async fn gaps_come_first_and_the_yearly_confirmation_is_noted() {
    let house = House::open().await;
    let sms = house.contact(house.anna, "070-174 06 05", true).await;
    let email = house.contact(house.maja, "maja@exempelbolaget.se", false).await;
    house.saves(house.anna, &[choice(PAYMENT, Some(sms), None)]).await;
    house.saves(house.maja, &[choice(INVOICE, None, Some(email))]).await;
    let mut karin = house.browser(house.karin).await;
    let page = karin.get(paths::COVERAGE).await;
    page.says(200, &["1 ärende når ingen", "Är valt, men når inte Maja.", "Får besked", "Inte gjord"]);
    page.says_not(&["070-174 06 05", "maja@exempelbolaget.se"]);
    let page = karin.done::<&str>(paths::COVERAGE, &[]).await;
    page.says(200, &["Genomgången är noterad", "Karin bekräftade 20 november 2026", "20 november 2027"]);
    karin.get(paths::COVERAGE).await.says_not(&["Genomgången är noterad"]);
    house.clock.advance(days(365));
    let mut karin = house.browser(house.karin).await;
    karin.get(paths::COVERAGE).await.says(200, &["Dags igen", "Det är mer än ett år sedan."]);
}
