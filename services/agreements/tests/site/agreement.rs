//! Connecting, changing, ending, and what is kept of it.

use crate::house::{ADMINISTRATOR, ANNA, ERIK, House, MAJA, NILS, RESTRICTED, SIGNATORY, USER};
use axum::http::header;
use bevaka_agreements::paths;
use bevaka_domain::{agreement::HeldThrough, organisation::CompanyForm};
use std::time::Duration;

const TWO_KINDS: [(&str, &str); 2] = [("kind", "payment.rejected"), ("kind", "message.received")];

#[tokio::test]
async fn r08_connecting_is_choosing_signing_and_a_confirmation() {
    let house = House::open().await;
    let company = house.company().await;
    house.user(company, (ANNA, "Anna Lind"), SIGNATORY).await;
    house.user(company, (MAJA, "Maja Öst"), RESTRICTED).await;
    let mut anna = house.browser();
    anna.sign_in(ANNA).await.says(200, &["Anslut företaget", "Du har fullmakt att teckna det."]);
    anna.get(paths::CONNECT).await.says(200, &["Avvisad betalning", "Personligt meddelande"]);
    let placed = anna.post(paths::CONNECT, &TWO_KINDS).await;
    let order = placed.location().to_owned();
    let page = anna.get(&order).await;
    page.says(200, &["Din underskrift räcker.", "556016-0680", "1 användare har tillgång"]);
    assert!(!house.is_connected(company).await);
    let begun = anna.post(&order, &[("method", "token")]).await;
    let challenge = anna.get(begun.location()).await;
    // The company's digits and the text's check number, for a person to compare.
    challenge.says(200, &["160680", "Jämför innan du svarar", "Jag ansluter företaget till Bevaka"]);
    let signed = anna.sign(&order).await;
    assert_eq!(signed.location(), format!("{order}/klart"));
    anna.follow(signed).await.says(200, &["Företaget är anslutet", "Anna Lind", "Säkerhetsdosa"]);
    assert!(house.is_connected(company).await);
    anna.get(paths::START).await.says(200, &["Gäller", "Avvisad betalning"]);
    anna.get(paths::CONNECT).await.says(409, &["Företaget är redan anslutet"]);
}

#[tokio::test]
async fn r11_the_confirmation_is_shown_once_and_the_receipt_is_kept() {
    let house = House::open().await;
    house.user(house.company().await, (ANNA, "Anna Lind"), SIGNATORY).await;
    let mut anna = house.browser();
    anna.sign_in(ANNA).await;
    let order = anna.post(paths::CONNECT, &TWO_KINDS).await.location().to_owned();
    let done = anna.sign(&order).await.location().to_owned();
    anna.get(&done).await.says(200, &["Företaget är anslutet", "Bekräftelsen visas en gång."]);
    let again = anna.get(&done).await;
    assert_eq!(again.location(), order);
    anna.follow(again).await.says(200, &["Kvitto", "Underskriven och gäller från"]);
}

#[tokio::test]
async fn r12_the_end_of_an_attempt_is_told_with_one_connection() {
    let house = House::open().await;
    house.user(house.company().await, (ANNA, "Anna Lind"), SIGNATORY).await;
    let mut anna = house.browser();
    anna.sign_in(ANNA).await;
    let order = anna.post(paths::CONNECT, &TWO_KINDS).await.location().to_owned();
    let attempt = anna.post(&order, &[("method", "token")]).await.location().to_owned();
    let ended = anna.post(&format!("{attempt}{}", paths::CANCEL), &[]).await.location().to_owned();
    let db = &house.app.chassis.db;
    // Four readers is all that SQLite gets.
    let held = [db.begin_read().await, db.begin_read().await, db.begin_read().await];
    let page = tokio::time::timeout(Duration::from_secs(20), anna.get(&ended)).await.unwrap();
    page.says(200, &["Du avbröt"]);
    drop(held);
}

#[tokio::test]
async fn a_refused_form_without_a_page_offers_the_other_language_on_the_start_page() {
    let house = House::open().await;
    house.user(house.company().await, (ANNA, "Anna Lind"), SIGNATORY).await;
    let mut anna = house.browser();
    anna.sign_in(ANNA).await;
    for path in ["/avtal/order/1/avbryt", "/behorigheter/1"] {
        let refused = anna.post(path, &[("do", "block")]).await;
        assert!(refused.status.is_client_error(), "{path}: {}", refused.status);
        assert_eq!(refused.between("name=\"next\" value=\"", "\""), paths::START, "{path}");
    }
}

#[tokio::test]
async fn r10_the_evidence_is_downloaded_by_those_whom_it_concerns() {
    let house = House::open().await;
    let company = house.company().await;
    house.user(company, (ANNA, "Anna Lind"), SIGNATORY).await;
    house.user(company, (MAJA, "Maja Öst"), USER).await;
    house.user(company, (ERIK, "Erik Berg"), ADMINISTRATOR).await;
    let other = house.company_of("2021005448", "Andra", CompanyForm::Other).await;
    house.user(other, (NILS, "Nils Dahl"), SIGNATORY).await;
    let mut anna = house.browser();
    anna.sign_in(ANNA).await;
    let order = anna.post(paths::CONNECT, &TWO_KINDS).await.location().to_owned();
    anna.sign(&order).await;
    let history = anna.get(paths::AGREEMENT).await;
    history.says(200, &["Version 1", "Texten som skrevs under", "Ladda ner underlaget"]);
    let href = format!("/avtal/underlag/{}", history.between("href=\"/avtal/underlag/", "\""));
    let file = anna.get(&href).await;
    file.says(200, &["security_token"]);
    assert_eq!(file.headers[header::CONTENT_TYPE], "application/json");
    let disposition = file.headers[header::CONTENT_DISPOSITION].to_str().unwrap();
    assert!(disposition.starts_with("attachment; filename=\"bevaka-underlag-"), "{disposition}");
    let mut erik = house.browser();
    erik.sign_in(ERIK).await;
    assert_eq!(erik.get(&href).await.body, file.body);
    let mut maja = house.browser();
    maja.sign_in(MAJA).await;
    for path in [href.as_str(), order.as_str(), paths::AGREEMENT] {
        maja.get(path).await.says(403, &["Du kan inte se avtalet", "Anna Lind"]);
    }
    // To another company there is no such thing.
    let mut nils = house.browser();
    nils.sign_in(NILS).await;
    for path in
        [href.as_str(), order.as_str(), &format!("{order}/klart"), "/avtal/order/1", "/avtal/underlag/x"]
    {
        nils.get(path).await.says(404, &["Sidan finns inte"]);
    }
    for path in [order.clone(), format!("{order}/avbryt")] {
        nils.post(&path, &[("method", "token")]).await.says(404, &[]);
    }
}

#[tokio::test]
async fn r01_r02_r03_without_a_mandate_nothing_is_connected_changed_or_ended() {
    let house = House::open().await;
    let company = house.company().await;
    house.user(company, (ANNA, "Anna Lind"), SIGNATORY).await;
    house.user(company, (MAJA, "Maja Öst"), USER).await;
    let mut maja = house.browser();
    let start = maja.sign_in(MAJA).await;
    start.says(200, &["du har inte fullmakt att teckna det. Det har Anna Lind."]);
    assert!(!start.body.contains(&format!("href=\"{}\"", paths::CONNECT)));
    let reason = ["Du har inte fullmakt", "Anna Lind"];
    maja.get(paths::CONNECT).await.says(403, &reason);
    maja.post(paths::CONNECT, &TWO_KINDS).await.says(403, &reason);
    assert!(!house.is_connected(company).await);
    house.agreement(company, HeldThrough::Corporate).await;
    for path in [paths::CHANGE, paths::END, paths::END_CONFIRM] {
        maja.get(path).await.says(403, &reason);
    }
    maja.post(paths::CHANGE, &[("version", "1"), TWO_KINDS[0]]).await.says(403, &reason);
    maja.post(paths::END_CONFIRM, &[("version", "1")]).await.says(403, &reason);
    assert!(house.is_connected(company).await);
}

#[tokio::test]
async fn r05_a_sole_trader_chooses_the_internet_bank_and_r06_manages_it_there() {
    let house = House::open().await;
    let company = house.company_of("5908149858", "Dahls snickeri", CompanyForm::SoleTrader).await;
    house.user(company, (NILS, "Nils Dahl"), SIGNATORY).await;
    let mut nils = house.browser();
    nils.sign_in(NILS).await;
    nils.get(paths::CONNECT).await.says(200, &["name=\"channel\" value=\"private\""]);
    let page = nils.post(paths::CONNECT, &[]).await;
    page.says(422, &["href=\"#kinds\"", "href=\"#channel\""]);
    let page = nils.post(paths::CONNECT, &TWO_KINDS).await;
    page.says(422, &["href=\"#channel\"", "value=\"payment.rejected\" checked"]);
    let fields = [TWO_KINDS[0], ("channel", "private")];
    let order = nils.post(paths::CONNECT, &fields).await.location().to_owned();
    nils.get(&order).await.says(200, &["den privata internetbanken"]);
    let done = nils.sign(&order).await;
    nils.follow(done).await.says(200, &["Företaget är anslutet"]);
    for path in [paths::CHANGE, paths::END, paths::END_CONFIRM] {
        nils.get(path).await.says(403, &["Avtalet finns i den privata internetbanken"]);
    }
    nils.post(paths::END_CONFIRM, &[("version", "1")]).await.says(403, &["privata internetbanken"]);
    assert!(house.is_connected(company).await);
    // In a session of that internet bank it is managed.
    let page = nils.sign_in_to(NILS, "private", "/avtal/andra").await;
    nils.follow(page).await.says(200, &["Ändra avtalet"]);
}

#[tokio::test]
async fn r46_a_choice_that_cannot_be_is_told_at_its_field() {
    let house = House::open().await;
    let company = house.company().await;
    house.user(company, (ANNA, "Anna Lind"), SIGNATORY).await;
    let mut anna = house.browser();
    anna.sign_in(ANNA).await;
    let page = anna.post(paths::CONNECT, &[]).await;
    page.says(422, &["Något behöver rättas", "href=\"#kinds\"", "id=\"kinds-fault\""]);
    anna.post(paths::CONNECT, &[("kind", "no.such.kind")]).await.says(409, &["Någon ändrade under tiden"]);
    house.agreement(company, HeldThrough::Corporate).await;
    let all = [TWO_KINDS[0], TWO_KINDS[1], ("kind", "einvoice.received"), ("version", "1")];
    anna.post(paths::CHANGE, &[("version", "1")]).await.says(422, &["Välj minst ett ärende."]);
    anna.post(paths::CHANGE, &all).await.says(422, &["Du har inte ändrat något.", "checked"]);
    let page = anna.post(paths::CHANGE, &[TWO_KINDS[0], ("version", "7")]).await;
    page.says(409, &["Någon annan ändrade avtalet under tiden.", "name=\"version\" value=\"1\""]);
}

#[tokio::test]
async fn r14_before_signing_a_change_it_is_shown_who_loses_what() {
    let house = House::open().await;
    let company = house.company().await;
    house.user(company, (ANNA, "Anna Lind"), SIGNATORY).await;
    let maja = house.user(company, (MAJA, "Maja Öst"), USER).await;
    house.agreement(company, HeldThrough::Corporate).await;
    house.watch(maja, "einvoice.received").await;
    let mut anna = house.browser();
    anna.sign_in(ANNA).await;
    let fields = [TWO_KINDS[0], TWO_KINDS[1], ("version", "1")];
    let order = anna.post(paths::CHANGE, &fields).await.location().to_owned();
    anna.get(&order)
        .await
        .says(200, &["1 användare förlorar bevakningar.", "Maja Öst", "Inkommen e-faktura"]);
    let done = anna.sign(&order).await;
    anna.follow(done).await.says(200, &["Avtalet är ändrat"]);
    anna.get(paths::AGREEMENT).await.says(200, &["Version 2", "Version 1", "Ersatt", "Banken har papperen."]);
}

#[tokio::test]
async fn r16_the_agreement_ends_in_two_steps_and_is_confirmed() {
    let house = House::open().await;
    let company = house.company().await;
    house.user(company, (ANNA, "Anna Lind"), SIGNATORY).await;
    let maja = house.user(company, (MAJA, "Maja Öst"), USER).await;
    house.agreement(company, HeldThrough::Corporate).await;
    house.watch(maja, "payment.rejected").await;
    let mut anna = house.browser();
    anna.sign_in(ANNA).await;
    let first = anna.get(paths::END).await;
    first.says(200, &["Maja Öst", "Avvisad betalning", &format!("href=\"{}\"", paths::END_CONFIRM)]);
    // Looking changes nothing, nor does a form that saw another version.
    anna.post(paths::END_CONFIRM, &[("version", "2")]).await.says(409, &["Någon ändrade under tiden"]);
    anna.post(paths::END_CONFIRM, &[]).await.says(409, &[]);
    anna.post(paths::END, &[("version", "1")]).await.says(405, &[]);
    let second = anna.get(paths::END_CONFIRM).await;
    second.says(200, &["Vill du avsluta avtalet?", "name=\"version\" value=\"1\""]);
    assert!(house.is_connected(company).await);
    let ended = anna.post(paths::END_CONFIRM, &[("version", "1")]).await;
    assert!(!house.is_connected(company).await);
    anna.follow(ended).await.says(200, &["Avtalet är avslutat", "Exempelbolaget AB", "Anna Lind"]);
    assert_eq!(anna.get(paths::ENDED).await.location(), paths::AGREEMENT);
    anna.get(paths::AGREEMENT).await.says(200, &["avslutat av Anna Lind", "Anslut"]);
    anna.get(paths::START).await.says(200, &["är avslutat. Du har fullmakt att ansluta företaget igen."]);
    anna.post(paths::END_CONFIRM, &[("version", "1")]).await.says(409, &["Avtalet är redan avslutat"]);
}

#[tokio::test]
async fn r12_a_cancelled_signature_changes_nothing_and_says_what_to_do() {
    let house = House::open().await;
    let company = house.company().await;
    house.user(company, (ANNA, "Anna Lind"), SIGNATORY).await;
    let mut anna = house.browser();
    anna.sign_in(ANNA).await;
    let order = anna.post(paths::CONNECT, &TWO_KINDS).await.location().to_owned();
    let begun = anna.post(&order, &[("method", "token")]).await;
    let cancel = format!("{}{}", begun.location(), paths::CANCEL);
    let page = anna.post(&cancel, &[]).await;
    anna.follow(page).await.says(200, &["Du avbröt.", "Du kan börja om här."]);
    anna.post(&order, &[("method", "mobile")]).await.says(403, &["Sättet går inte att använda nu"]);
    assert!(!house.is_connected(company).await);
    // The order itself is taken back by whoever placed it.
    let page = anna.post(&format!("{order}{}", paths::CANCEL), &[]).await;
    let page = anna.follow(page).await;
    page.says(200, &["Beställningen är tillbakatagen."]);
    assert!(!anna.get(paths::AGREEMENT).await.body.contains("Beställningen är tillbakatagen."));
    anna.get(&order).await.says(200, &["Beställningen är tillbakatagen", "Ingenting har ändrats."]);
    anna.post(&order, &[("method", "token")]).await.says(409, &["Beställningen går inte att skriva under"]);
}
