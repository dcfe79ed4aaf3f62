//! The language of pages: what the browser was switched to, else what the user has chosen.

use crate::house::{ANNA, House, SIGNATORY};
use bevaka_agreements::paths;

async fn house() -> House {
    let house = House::open().await;
    house.user(house.company().await, (ANNA, "Anna Lind"), SIGNATORY).await;
    house
}

#[tokio::test]
async fn whoever_has_not_signed_in_switches_by_a_link_and_only_this_browser() {
    let house = house().await;
    let mut anna = house.browser();
    let page = anna.get(paths::SIGN_IN).await;
    page.says(200, &["hreflang=\"en\"", "In English"]);
    anna.get("/logga-in?lang=en").await.says(200, &["På svenska"]);
    anna.sign_in(ANNA).await.says(200, &["Sign out"]);
    house.browser().sign_in(ANNA).await.says(200, &["Logga ut"]);
}

#[tokio::test]
async fn a_user_chooses_the_language_of_pages_and_alerts_for_every_browser() {
    let house = house().await;
    let mut anna = house.browser();
    let start = anna.sign_in(ANNA).await;
    start.says(200, &["action=\"/sprak\"", "name=\"language\" value=\"en\""]);
    let fields = [("language", "en"), ("next", "/avtal?x=1")];
    assert_eq!(anna.post(paths::LANGUAGE, &fields).await.location(), "/avtal?x=1");
    anna.get(paths::START).await.says(200, &["Sign out"]);
    // Elsewhere it holds as well, once it is known who asks.
    let mut phone = house.browser();
    phone.get(paths::SIGN_IN).await.says(200, &["In English"]);
    phone.sign_in(ANNA).await.says(200, &["Sign out"]);
    // A browser that was switched keeps to that.
    let mut other = house.browser();
    other.get("/logga-in?lang=sv").await;
    other.sign_in(ANNA).await.says(200, &["Logga ut"]);
}

#[tokio::test]
async fn nothing_is_changed_by_a_link_by_another_site_or_for_an_unknown_language() {
    let house = house().await;
    let mut anna = house.browser();
    anna.sign_in(ANNA).await;
    anna.get("/sprak?language=en").await.says(405, &[]);
    anna.get("/?lang=en").await.says(200, &["Sign out"]);
    anna.post_from("cross-site", paths::LANGUAGE, &[("language", "en")]).await.says(403, &[]);
    anna.post(paths::LANGUAGE, &[("language", "de")]).await.says(400, &[]);
    house.browser().sign_in(ANNA).await.says(200, &["Logga ut"]);
}

#[tokio::test]
async fn the_way_back_from_the_choice_leads_to_no_other_server_and_needs_no_session() {
    let house = house().await;
    let mut stranger = house.browser();
    let fields = [("language", "en"), ("next", "//evil.example")];
    assert_eq!(stranger.post(paths::LANGUAGE, &fields).await.location(), paths::START);
    stranger.get(paths::SIGN_IN).await.says(200, &["På svenska"]);
}
