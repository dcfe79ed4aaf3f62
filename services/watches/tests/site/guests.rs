//! Who comes in, and who is told where to go instead.

use crate::house::{House, PAYMENT, choice, minutes};
use bevaka_domain::user::UserState;
use bevaka_watches::paths;

const PAGES: [&str; 4] = [paths::WATCHES, paths::WATCHES_CHANGE, paths::CONTACTS, paths::ALERTS];

#[tokio::test]
async fn r20_without_the_permission_every_page_says_who_can_grant_it() {
    let house = House::open().await;
    let mut erik = house.browser(house.erik).await;
    let refused = ["Du saknar behörighet", "Hantera Bevaka ärenden", "Behörigheten kan ges av Karin."];
    for path in PAGES {
        erik.get(path).await.says(403, &refused);
    }
    for path in [paths::WATCHES_CHANGE, paths::CONTACTS, paths::ALERTS] {
        let fields = [("channel", "sms"), ("address", "070-174 06 05"), ("code", "K7M2-9QFD")];
        erik.post(path, &fields).await.says(403, &refused);
    }
    assert!(house.trail().await.is_empty());
}

#[tokio::test]
async fn r44_without_a_session_one_signs_in_and_comes_back() {
    let house = House::open().await;
    for path in PAGES.into_iter().chain([paths::COVERAGE]) {
        let to = format!("/logga-in?next={}", path.replace('/', "%2F"));
        assert_eq!(house.stranger().get(path).await.location(), to);
    }
    assert_eq!(house.stranger().post(paths::CONTACTS, &[("channel", "sms")]).await.location(), "/logga-in");
    let mut anna = house.browser(house.anna).await;
    anna.get(paths::WATCHES).await.says(200, &["data-ends-s=\"300\""]);
    house.clock.advance(minutes(5));
    let to = "/logga-in?next=%2Fbevakningar&skal=inaktiv";
    assert_eq!(anna.get(paths::WATCHES).await.location(), to);
    // R22: what is taken away is away at once.
    let mut anna = house.browser(house.anna).await;
    house.set_state(house.anna, UserState::Blocked).await;
    assert_eq!(anna.get(paths::ALERTS).await.location(), "/logga-in?next=%2Faviseringar&skal=slut");
}

#[tokio::test]
async fn whoever_has_not_chosen_the_company_chooses_it_first() {
    let house = House::open().await;
    let mut anna = house.signed_in(house.anna, None).await;
    assert_eq!(anna.get(paths::WATCHES).await.location(), "/valj-foretag?next=%2Fbevakningar");
}

#[tokio::test]
async fn r19_without_an_agreement_the_page_says_who_connects_the_company() {
    let house = House::open().await;
    let email = house.contact(house.anna, "anna@exempelbolaget.se", true).await;
    house.saves(house.anna, &[choice(PAYMENT, None, Some(email))]).await;
    house.end_agreement().await;
    let (mut anna, mut karin) = (house.browser(house.anna).await, house.browser(house.karin).await);
    let page = anna.get(paths::WATCHES).await;
    page.says(200, &["Företaget kan anslutas av Karin.", "Dina val från det tidigare avtalet är sparade."]);
    let page = karin.get(paths::WATCHES).await;
    page.says(200, &["Anslut företaget"]).says_not(&["tidigare avtalet"]);
    for path in [paths::WATCHES_CHANGE, paths::CONTACTS, paths::ALERTS] {
        assert_eq!(anna.get(path).await.location(), paths::WATCHES);
    }
    assert_eq!(karin.get(paths::COVERAGE).await.location(), paths::WATCHES);
}

#[tokio::test]
async fn routes_for_forms_are_no_pages_and_pages_lead_only_to_pages() {
    let house = House::open().await;
    let mut anna = house.browser(house.anna).await;
    anna.get(paths::TEST).await.says(405, &[]);
    anna.get(paths::SWITCH_ON).await.says(405, &[]);
    // A refusal of a form offers the other language of a page that can be opened.
    let page = anna.post(paths::TEST, &[("contact", "x")]).await;
    page.says(404, &[]).says_not(&["next\" value=\"/bevakningar/prov"]);
}
