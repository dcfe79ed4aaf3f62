//! *Kontaktuppgifter* (R28).

use crate::house::{House, INVOICE, PAYMENT, choice, minutes};
use bevaka_bus::Queue;
use bevaka_watches::paths;
use serde_json::Value;
use std::{
    num::{NonZeroU32, NonZeroUsize},
    time::Duration,
};
use tokio::time::timeout;

const MOBILE: [(&str, &str); 2] = [("channel", "sms"), ("address", "070-174 06 05")];

fn wrong(code: &str) -> &'static str {
    if code == "000000" { "111111" } else { "000000" }
}

#[tokio::test]
async fn r28_a_number_is_added_and_counts_once_its_code_was_typed() {
    let house = House::open().await;
    let mut anna = house.browser(house.anna).await;
    anna.get(paths::CONTACTS).await.says(200, &["Du har inget mobilnummer här."]);
    let page = anna.done(paths::CONTACTS, &MOBILE).await;
    page.says(200, &["Koden är på väg.", "070-174 06 05", "Väntar på kod", "Du har 5 försök kvar."]);
    page.says(200, &["Koden gäller till kl. 14.32", "autocomplete=\"one-time-code\""]);
    let (code, id) = (house.code().await, page.between("id=\"contact-", "\"").to_owned());
    page.says_not(&[&code]);
    let page = anna.post(&paths::confirm(&id), &[("code", wrong(&code))]).await;
    page.says(422, &["Koden stämmer inte.", "Du har 4 försök kvar.", &format!("href=\"#code-{id}\"")]);
    let page = anna.post(&paths::confirm(&id), &[("code", "12")]).await;
    page.says(422, &["Koden har sex siffror.", "Du har 4 försök kvar."]);
    let page = anna.done(&paths::confirm(&id), &[("code", &code)]).await;
    page.says(200, &["Bekräftat.", "070-174 06 05 kan användas", "sedan 20 november 2026"]);
    // Sending the form again changes nothing.
    anna.done(&paths::confirm(&id), &[("code", "x")]).await.says(200, &["Bekräftat."]);
    assert_eq!(anna.post::<&str>(&paths::new_code(&id), &[]).await.location(), paths::CONTACTS);
}

#[tokio::test]
async fn r28_after_five_wrong_codes_or_half_an_hour_a_new_one_is_needed() {
    let house = House::open().await;
    let mut anna = house.browser(house.anna).await;
    let page = anna.done(paths::CONTACTS, &MOBILE).await;
    let (code, id) = (house.code().await, page.between("id=\"contact-", "\"").to_owned());
    for left in [4, 3, 2, 1] {
        let page = anna.post(&paths::confirm(&id), &[("code", wrong(&code))]).await;
        page.says(422, &[&format!("Du har {left} försök kvar.")]);
    }
    let page = anna.post(&paths::confirm(&id), &[("code", wrong(&code))]).await;
    page.says(422, &["Koden var fel fem gånger", "Skicka en kod"]);
    anna.post(&paths::confirm(&id), &[("code", &code)]).await.says(422, &["Koden var fel fem gånger"]);
    anna.done::<&str>(&paths::new_code(&id), &[]).await.says(200, &["Koden är på väg."]);
    let code = house.code().await;
    house.clock.advance(minutes(30));
    let mut anna = house.browser(house.anna).await;
    anna.post(&paths::confirm(&id), &[("code", &code)]).await.says(422, &["äldre än 30 minuter"]);
    anna.done::<&str>(&paths::new_code(&id), &[]).await;
    let page = anna.done(&paths::confirm(&id), &[("code", &house.code().await)]).await;
    page.says(200, &["Bekräftat."]);
}

#[tokio::test]
async fn r46_what_cannot_be_added_is_told_beside_what_was_typed() {
    let house = House::open_with(|settings| {
        settings.contacts.max_contacts = NonZeroUsize::new(2).unwrap();
    })
    .await;
    let mut anna = house.browser(house.anna).await;
    for (channel, address, says) in [
        ("sms", " ", "Skriv ett nummer eller en adress."),
        ("sms", "12", "Det är inte ett telefonnummer."),
        ("sms", "08-123 456 78", "Numret kan inte ta emot sms."),
        ("email", "anna", "Det är inte en e-postadress."),
    ] {
        let page = anna.post(paths::CONTACTS, &[("channel", channel), ("address", address)]).await;
        page.says(422, &[says, &format!("value=\"{address}\"")]);
    }
    anna.done(paths::CONTACTS, &MOBILE).await;
    anna.post(paths::CONTACTS, &MOBILE).await.says(422, &["Du har redan lagt till den."]);
    let page = anna.done(paths::CONTACTS, &[("channel", "email"), ("address", "a@exempelbolaget.se")]).await;
    page.says(200, &["Du har 2 nummer och adresser, och fler går inte att ha."]);
    let third = [("channel", "email"), ("address", "b@exempelbolaget.se")];
    anna.post(paths::CONTACTS, &third).await.says(422, &["Du har så många som går att ha."]);
    anna.post(paths::CONTACTS, &[("channel", "fax"), ("address", "1")]).await.says(404, &[]);
}

#[tokio::test]
async fn codes_are_limited_and_the_page_says_until_when() {
    let house = House::open_with(|settings| {
        settings.contacts.codes_per_hour = NonZeroU32::new(1).unwrap();
    })
    .await;
    let mut anna = house.browser(house.anna).await;
    let page = anna.done(paths::CONTACTS, &MOBILE).await;
    let id = page.between("id=\"contact-", "\"").to_owned();
    let page = anna.done::<&str>(&paths::new_code(&id), &[]).await;
    page.says(200, &["Ingen kod skickades.", "Du kan få en ny 20 november 2026 kl.\u{a0}15.02."]);
    let other = [("channel", "email"), ("address", "a@exempelbolaget.se")];
    anna.post(paths::CONTACTS, &other).await.says(429, &["Det har skickats för många koder"]);
    house.clock.advance(minutes(31));
    let mut anna = house.browser(house.anna).await;
    let page = anna.done::<&str>(&paths::new_code(&id), &[]).await;
    page.says(200, &["Det har skickats många koder. Du kan få en ny 20 november 2026 kl.\u{a0}15.02."]);
}

#[tokio::test]
async fn a_number_is_replaced_once_the_new_one_is_confirmed() {
    let house = House::open().await;
    let old = house.contact(house.anna, "073-555 01 03", true).await;
    house.saves(house.anna, &[choice(PAYMENT, Some(old), None)]).await;
    let mut anna = house.browser(house.anna).await;
    let replace = paths::replace(old);
    anna.get(&replace).await.says(200, &["Byt mobilnummer", "Det du bevakar följer med: Avvisad betalning."]);
    anna.post(&replace, &[("address", "073-555 01 03")]).await.says(422, &["Du har redan lagt till den."]);
    let page = anna.done(&replace, &[("address", "073-555 01 02")]).await;
    page.says(200, &["Ersätter 073-555 01 03 när det är bekräftat.", "073-555 01 02"]);
    let new = house.mine(house.anna).await.contacts.into_iter().find(|contact| contact.id != old).unwrap();
    let page = anna.done(&paths::confirm(new.id), &[("code", &house.code().await)]).await;
    page.says(200, &["Bytt.", "Det du bevakar kommer nu till 073-555 01 02."]);
    page.says_not(&["073-555 01 03"]);
    anna.get(&replace).await.says(404, &[]);
}

#[tokio::test]
async fn removing_says_first_what_falls_silent() {
    let house = House::open().await;
    let sms = house.contact(house.anna, "073-555 01 03", true).await;
    let email = house.contact(house.anna, "anna@exempelbolaget.se", true).await;
    let watched = [choice(PAYMENT, Some(sms), Some(email)), choice(INVOICE, Some(sms), None)];
    house.saves(house.anna, &watched).await;
    let mut anna = house.browser(house.anna).await;
    let page = anna.get(&paths::remove(sms)).await;
    page.says(200, &["2 bevakningar påverkas", "Skickas bara till anna@exempelbolaget.se.", "Tystnar"]);
    assert_eq!(house.mine(house.anna).await.contacts.len(), 2);
    let page = anna.done::<&str>(&paths::remove(sms), &[]).await;
    page.says(200, &["Borttaget.", "Ingenting mer skickas dit."]).says_not(&["073-555 01 03"]);
    anna.get(paths::WATCHES).await.says(200, &["Numret är borttaget", "Lägg till ett nummer"]);
    anna.post::<&str>(&paths::remove(sms), &[]).await.says(404, &[]);
}

#[tokio::test]
async fn another_users_contact_points_are_not_there() {
    let house = House::open().await;
    let theirs = house.contact(house.maja, "maja@exempelbolaget.se", false).await;
    let mut anna = house.browser(house.anna).await;
    anna.get(&paths::remove(theirs)).await.says(404, &["Sidan finns inte"]);
    anna.get(&paths::replace(theirs)).await.says(404, &[]);
    anna.post(&paths::replace(theirs), &[("address", "a@exempelbolaget.se")]).await.says(404, &[]);
    for path in [paths::confirm(theirs), paths::new_code(theirs), paths::remove(theirs)] {
        anna.post(&path, &[("code", "123456")]).await.says(404, &[]);
    }
    assert_eq!(house.mine(house.maja).await.contacts.len(), 1);
}

#[tokio::test]
async fn a_code_leaves_the_service_by_its_own_relay() {
    let house = House::open().await;
    let mut anna = house.browser(house.anna).await;
    anna.done(paths::CONTACTS, &MOBILE).await.says(200, &["Koden är på väg."]);
    let working = tokio::spawn(bevaka_watches::work(house.app.clone()));
    let mut events = house.app.chassis.bus.reader(Queue::Events, 1);
    let batch = timeout(Duration::from_secs(20), events.next(1)).await.unwrap();
    let notice: Value = serde_json::from_slice(&batch.messages[0].body).unwrap();
    assert_eq!(notice["type"], "contact.code");
    events.acknowledge(batch).await.unwrap();
    house.app.chassis.shutdown.cancel();
    timeout(Duration::from_secs(20), working).await.unwrap().unwrap();
    assert!(house.notices().await.is_empty());
}
