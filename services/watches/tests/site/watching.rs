//! *Mina bevakningar*: read, tested, switched on again.

use crate::house::{House, INVOICE, PAYMENT, choice, hours, kind};
use bevaka_domain::{
    clock::{LocalDate, Timestamp},
    watch::StandIn,
};
use bevaka_watches::{commands::switch, paths};

#[tokio::test]
async fn r24_before_any_choice_nothing_is_watched_and_the_page_says_so() {
    let house = House::open().await;
    let page = house.browser(house.anna).await.get(paths::WATCHES).await;
    page.says(200, &["Du bevakar ingenting än.", "Avvisad betalning", "Inkommen e-faktura", "Bevakas inte"]);
    page.says_not(&["Skicka ett prov till mig"]);
}

#[tokio::test]
async fn r25_my_watches_are_to_read_and_the_way_to_change_them_is_a_link() {
    let house = House::open().await;
    let sms = house.contact(house.anna, "070-174 06 05", true).await;
    let email = house.contact(house.anna, "anna@exempelbolaget.se", false).await;
    house.saves(house.anna, &[choice(PAYMENT, Some(sms), None), choice(INVOICE, None, Some(email))]).await;
    let page = house.browser(house.anna).await.get(paths::WATCHES).await;
    page.says(200, &["070-174 06 05", "anna@exempelbolaget.se är inte bekräftat.", "Genast, dygnet runt"]);
    page.says(200, &["<a class=\"button primary\" href=\"/bevakningar/andra\">Ändra</a>"]);
    page.says_not(&["type=\"checkbox\"", "<textarea", "Spara"]);
    // R42, R43: skip link, print, close, the help about watches.
    page.says(200, &["href=\"#text\"", "data-print", "data-close", "href=\"/hjalp#mina-bevakningar\""]);
}

#[tokio::test]
async fn a_test_goes_to_a_confirmed_contact_point_until_the_limit() {
    let house = House::open_with(|settings| {
        settings.contacts.tests_per_hour = std::num::NonZeroU32::new(1).unwrap();
    })
    .await;
    let (sms, other) = (
        house.contact(house.anna, "070-174 06 05", true).await.to_string(),
        house.contact(house.anna, "073-555 01 02", false).await.to_string(),
    );
    let mut anna = house.browser(house.anna).await;
    let page = anna.done(paths::TEST, &[("contact", &sms)]).await;
    page.says(200, &["Ett prov är på väg.", "Det kommer till 070-174 06 05"]);
    anna.get(paths::WATCHES).await.says_not(&["Ett prov är på väg."]);
    assert_eq!(house.notices().await.len(), 1);
    anna.done(paths::TEST, &[("contact", &sms)]).await.says(200, &["Inget prov skickades.", "15.02"]);
    assert_eq!(anna.post(paths::TEST, &[("contact", &other)]).await.location(), paths::CONTACTS);
    anna.post(paths::TEST, &[("contact", "x")]).await.says(404, &["Sidan finns inte"]);
    let theirs = house.contact(house.maja, "maja@exempelbolaget.se", true).await.to_string();
    anna.post(paths::TEST, &[("contact", &theirs)]).await.says(404, &[]);
    assert!(house.notices().await.is_empty());
}

#[tokio::test]
async fn what_is_off_from_a_mail_is_switched_on_again_here() {
    let house = House::open().await;
    let email = house.contact(house.anna, "anna@exempelbolaget.se", true).await;
    house.saves(house.anna, &[choice(PAYMENT, None, Some(email))]).await;
    switch::off(&house.app, house.anna.user, &[kind(PAYMENT)].into()).await.unwrap();
    let mut anna = house.browser(house.anna).await;
    anna.get(paths::WATCHES).await.says(200, &["Avstängd", "Slå på igen"]);
    let page = anna.done(paths::SWITCH_ON, &[("kind", PAYMENT)]).await;
    page.says(200, &["Bevakningen är på igen.", "Du får besked om Avvisad betalning som förut."]);
    page.says_not(&["Avstängd"]);
    anna.post(paths::SWITCH_ON, &[("kind", INVOICE)]).await.says(404, &[]);
    anna.post(paths::SWITCH_ON, &[("kind", "!")]).await.says(404, &[]);
}

#[tokio::test]
async fn r15_what_left_the_agreement_is_shown_as_kept_with_whom_to_ask() {
    let house = House::open().await;
    let email = house.contact(house.anna, "anna@exempelbolaget.se", true).await;
    house.saves(house.anna, &[choice(INVOICE, None, Some(email))]).await;
    house.set_scope(&[PAYMENT]).await;
    let page = house.browser(house.anna).await.get(paths::WATCHES).await;
    page.says(200, &["Ingår inte i avtalet", "Dina val är sparade", "Avtalet kan ändras av Karin."]);
    page.says_not(&["Nytt meddelande"]);
}

#[tokio::test]
async fn who_stands_in_sees_for_whom_and_how_many_alerts_came_lately() {
    let house = House::open().await;
    let hers = house.contact(house.anna, "anna@exempelbolaget.se", true).await;
    let day = |text| LocalDate::parse(text).unwrap();
    let mut away = choice(PAYMENT, None, Some(hers));
    let (from, to) = (day("2026-11-20"), day("2026-12-06"));
    away.settings.stand_in = Some(StandIn { user: house.maja.user, from, to });
    house.saves(house.anna, &[away]).await;
    let email = house.contact(house.maja, "maja@exempelbolaget.se", true).await;
    house.saves(house.maja, &[choice(INVOICE, None, Some(email))]).await;
    house.happens(INVOICE, house.now()).await;
    let mut maja = house.browser(house.maja).await;
    let page = maja.get(paths::WATCHES).await;
    page.says(200, &["Du är ersättare", "Anna", "20 november 2026 till och med 6 december 2026"]);
    page.says(200, &["De senaste 90 dagarna: 1 avisering, 0 nattetid."]);
    house.clock.set(Timestamp::parse("2026-12-07T09:00:00Z").unwrap());
    let mut maja = house.browser(house.maja).await;
    maja.get(paths::WATCHES).await.says(200, &[]).says_not(&["Du är ersättare"]);
    house.clock.advance(hours(24 * 90));
    let mut maja = house.browser(house.maja).await;
    maja.get(paths::WATCHES).await.says(200, &["De senaste 90 dagarna: 0 aviseringar"]);
}

#[tokio::test]
async fn the_page_is_in_english_for_whom_wants_it_so_and_kinds_as_well() {
    let house = House::open().await;
    let mut anna = house.browser(house.anna).await;
    for path in [paths::WATCHES, paths::WATCHES_CHANGE, paths::CONTACTS, paths::ALERTS] {
        let page = anna.get(&format!("{path}?lang=en")).await;
        page.says(200, &["<html lang=\"en\">", "Sign out"]).says_not(&["Avvisad", "Kontaktuppgifter"]);
    }
    anna.get(paths::WATCHES_CHANGE).await.says(200, &["Rejected payment", "Save"]);
}
