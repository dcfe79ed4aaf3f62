//! *Mina aviseringar* and *Har vi skickat det här?*.

use crate::house::{House, INVOICE, MESSAGE, PAYMENT, choice, minutes};
use bevaka_domain::{
    clock::LocalDate,
    event::{Amount, Facts},
    watch::{Pause, StandIn},
};
use bevaka_watches::{paths, queries::alerts::Told};

#[tokio::test]
async fn what_was_sent_and_what_was_not_stand_there_with_why() {
    let house = House::open().await;
    let email = house.contact(house.anna, "anna@exempelbolaget.se", true).await;
    let mut payments = choice(PAYMENT, None, Some(email));
    payments.settings.least_amount = Some(Amount::parse("10000").unwrap());
    let mut invoices = choice(INVOICE, None, Some(email));
    let until = LocalDate::parse("2026-12-01").unwrap();
    invoices.settings.pause = Some(Pause { from: house.now(), until });
    house.saves(house.anna, &[payments, invoices]).await;
    let mut anna = house.browser(house.anna).await;
    anna.get(paths::ALERTS).await.says(200, &["Det har inte hänt något"]);
    house.happens(PAYMENT, house.now()).await;
    house
        .happens_with(PAYMENT, house.now(), |event| {
            event.facts = Facts { amount: Some(Amount::parse("99.50").unwrap()), ..Facts::NONE };
        })
        .await;
    house.happens(INVOICE, house.now()).await;
    house.happens(MESSAGE, house.now()).await;
    let page = anna.get(paths::ALERTS).await;
    page.says(200, &["Mottagen", "a•••@exempelbolaget.se", "kod "]);
    page.says(200, &["Beloppet var lägre än det minsta du valt.", "Du hade pausat bevakningen."]);
    page.says(200, &["Ärenden som inte gällde dig", "Ärendet ingick inte i företagets avtal."]);
    page.says_not(&["anna@exempelbolaget.se", "Nyaste", "Äldre"]);
}

#[tokio::test]
async fn the_absent_and_the_stand_in_are_told_of_each_other() {
    let house = House::open().await;
    let hers = house.contact(house.anna, "anna@exempelbolaget.se", true).await;
    house.contact(house.maja, "maja@exempelbolaget.se", true).await;
    let day = LocalDate::parse("2026-11-20").unwrap();
    let mut away = choice(PAYMENT, None, Some(hers));
    away.settings.stand_in = Some(StandIn { user: house.maja.user, from: day, to: day });
    house.saves(house.anna, &[away]).await;
    house.happens(PAYMENT, house.now()).await;
    let page = house.browser(house.anna).await.get(paths::ALERTS).await;
    page.says(200, &["Du hade en ersättare.", "Maja fick den i stället."]);
    let page = house.browser(house.maja).await.get(paths::ALERTS).await;
    page.says(200, &["Mottagen", "Du var ersättare för Anna."]);
}

#[tokio::test]
async fn more_than_a_page_is_paged_from_the_newest_on() {
    let house = House::open().await;
    let email = house.contact(house.anna, "anna@exempelbolaget.se", true).await;
    house.saves(house.anna, &[choice(PAYMENT, None, Some(email))]).await;
    for ago in (0..51).rev() {
        house.happens(PAYMENT, house.now().minus(minutes(ago))).await;
    }
    let mut anna = house.browser(house.anna).await;
    let first = anna.get(paths::ALERTS).await;
    assert_eq!(first.body.matches("Mottagen").count(), 50);
    let older = first.between("<a href=\"/aviseringar?fore&#x3D;", "\"").to_owned();
    let page = anna.get(&format!("/aviseringar?fore={older}")).await;
    page.says(200, &["<a href=\"/aviseringar\">Nyaste</a>"]).says_not(&["Äldre"]);
    assert_eq!(page.body.matches("Mottagen").count(), 1);
    anna.get("/aviseringar?fore=x").await.says(404, &[]);
}

#[tokio::test]
async fn the_code_in_an_alert_tells_whether_it_is_ours() {
    let house = House::open().await;
    let email = house.contact(house.anna, "anna@exempelbolaget.se", true).await;
    house.saves(house.anna, &[choice(PAYMENT, None, Some(email))]).await;
    house.happens(PAYMENT, house.now()).await;
    let alerts = bevaka_watches::queries::alerts(&house.app, house.anna, None).await.unwrap().alerts;
    let Told::Sent { alerts, .. } = &alerts[0].outcome else { panic!("{alerts:?}") };
    let code = house.app.proofs.alert_code(alerts[0].id.0);
    let mut anna = house.browser(house.anna).await;
    anna.get(paths::ALERTS).await.says(200, &[&code]);
    for typed in [code.clone(), code.to_lowercase().replace('-', " ")] {
        let page = anna.post(paths::ALERTS, &[("code", &*typed)]).await;
        page.says(200, &["Ja, det kommer från oss.", "Avvisad betalning", "Den skickades som e-post."]);
    }
    let page = anna.post(paths::ALERTS, &[("code", "0000-0000")]).await;
    page.says(200, &["Nej, vi har inte skickat det till dig.", "kontakta banken"]);
    anna.post(paths::ALERTS, &[("code", "123")]).await.says(422, &["En kod från oss har åtta tecken"]);
    anna.post::<&str>(paths::ALERTS, &[]).await.says(422, &["href=\"#code\""]);
    // To others it says nothing.
    let mut maja = house.browser(house.maja).await;
    maja.post(paths::ALERTS, &[("code", &*code)])
        .await
        .says(200, &["Nej, vi har inte skickat det till dig."]);
}
