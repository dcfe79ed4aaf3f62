//! The link of a mail that turns a watch off, without signing in.

use crate::house::{House, INVOICE, PAYMENT, choice, kind, minutes};
use bevaka_domain::language::Language;
use bevaka_store::members;
use bevaka_watches::paths;

/// Anna watches payments by mail, and has got one with this link.
async fn mailed(house: &House) -> String {
    let email = house.contact(house.anna, "anna@exempelbolaget.se", true).await;
    let watched = [choice(PAYMENT, None, Some(email)), choice(INVOICE, None, Some(email))];
    house.saves(house.anna, &watched).await;
    paths::unsubscribe(house.app.proofs.unsubscribe_token(house.anna.user, &[kind(PAYMENT)].into()))
}

async fn off(house: &House) -> Vec<String> {
    let kinds = house.mine(house.anna).await.kinds.into_iter().filter_map(|kind| kind.watch);
    kinds.filter(|watch| watch.off_at.is_some()).map(|watch| watch.kind.to_string()).collect()
}

#[tokio::test]
async fn opening_the_link_changes_nothing_and_its_button_switches_only_that_watch_off() {
    let house = House::open().await;
    let link = mailed(&house).await;
    let mut mail = house.stranger();
    let page = mail.get(&link).await;
    page.says(200, &["Stäng av bevakningen?", "Avvisad betalning för Exempelbolaget AB", &link]);
    page.says_not(&["Anna", "anna@", "Inkommen e-faktura"]);
    assert!(off(&house).await.is_empty());
    let page = mail.post::<&str>(&link, &[]).await;
    page.says(200, &["Bevakningen är avstängd", "20 november 2026", "href=\"/bevakningar\""]);
    assert_eq!(off(&house).await, [PAYMENT]);
    // Again, later: done already, and since when it is.
    let version = house.mine(house.anna).await.version;
    house.clock.advance(minutes(60));
    mail.post::<&str>(&link, &[]).await.says(200, &["Bevakningen är avstängd", "14.02"]);
    mail.get(&link).await.says(200, &["Bevakningen är avstängd", "14.02"]);
    assert_eq!(house.mine(house.anna).await.version, version);
    // Her own choice brings it back, and the link works again.
    let mut anna = house.browser(house.anna).await;
    anna.done(paths::SWITCH_ON, &[("kind", PAYMENT)]).await.says(200, &["Bevakningen är på igen."]);
    assert!(off(&house).await.is_empty());
    mail.get(&link).await.says(200, &["Stäng av bevakningen?"]);
}

#[tokio::test]
async fn a_mail_provider_switches_it_off_by_one_click() {
    let house = House::open().await;
    let link = mailed(&house).await;
    // RFC 8058, 3.1 and 3.2: no cookies, no origin, and no redirect in the answer.
    let mut provider = house.stranger();
    let page = provider.post_with(&[], &link, &[("List-Unsubscribe", "One-Click")]).await;
    page.says(200, &["Bevakningen är avstängd"]);
    assert_eq!(off(&house).await, [PAYMENT]);
}

#[tokio::test]
async fn a_form_of_another_site_changes_nothing() {
    let house = House::open().await;
    let link = mailed(&house).await;
    let mut anna = house.browser(house.anna).await;
    let other_sites = [
        &[("sec-fetch-site", "cross-site")][..],
        &[("sec-fetch-site", "same-site")],
        &[("origin", "https://evil.example")],
    ];
    for headers in other_sites {
        for path in [&*link, paths::WATCHES_CHANGE, paths::CONTACTS, paths::SWITCH_ON, paths::TEST] {
            let page = anna.post_with(headers, path, &[("version", "1"), ("channel", "sms")]).await;
            page.says(403, &["en annan webbplats"]);
        }
    }
    assert!(off(&house).await.is_empty());
}

#[tokio::test]
async fn a_forged_link_and_one_about_what_is_gone_lead_nowhere() {
    let house = House::open().await;
    let link = mailed(&house).await;
    let mut forged = link.clone();
    let last = if forged.ends_with('A') { 'B' } else { 'A' };
    forged.replace_range(forged.len() - 3..forged.len() - 2, &last.to_string());
    let mut mail = house.stranger();
    for path in [&*forged, "/sluta/x"] {
        mail.get(path).await.says(404, &["Länken fungerar inte"]);
        mail.post::<&str>(path, &[]).await.says(404, &["Länken fungerar inte"]);
    }
    assert!(off(&house).await.is_empty());
    house.saves(house.anna, &[choice(PAYMENT, None, None)]).await;
    mail.get(&link).await.says(404, &["Länken fungerar inte"]);
    house.remove_user(house.anna).await;
    mail.post::<&str>(&link, &[]).await.says(404, &[]);
}

#[tokio::test]
async fn the_page_is_in_the_language_of_the_mail() {
    let house = House::open().await;
    let link = mailed(&house).await;
    let mut tx = house.db.begin().await.unwrap();
    members::set_language(&mut tx, house.anna.user, Language::English).await.unwrap();
    tx.commit().await.unwrap();
    house.stranger().get(&link).await.says(200, &["<html lang=\"en\">", "Rejected payment"]);
    house.stranger().get(&format!("{link}?lang=sv")).await.says(200, &["<html lang=\"sv\">"]);
}
