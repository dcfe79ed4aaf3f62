//! *Ändra mina bevakningar*: the only page that saves.

use crate::{
    browser::Page,
    house::{House, INVOICE, MESSAGE, PAYMENT, choice, hours, kind},
};
use bevaka_domain::watch::Channel;
use bevaka_watches::{commands::switch, paths};

const CHANGE: &str = paths::WATCHES_CHANGE;

/// The form as it came, with some fields typed anew. A field without a value is a box that is no longer ticked.
fn typed(page: &Page, changes: &[(&str, Option<&str>)], what: &str) -> Vec<(String, String)> {
    let mut fields = page.fields();
    for (name, value) in changes {
        fields.retain(|(key, _)| key != name);
        fields.extend(value.map(|value| ((*name).to_owned(), value.to_owned())));
    }
    fields.push(("do".to_owned(), what.to_owned()));
    fields
}

#[tokio::test]
async fn r25_nothing_changes_until_spara() {
    let house = House::open().await;
    let sms = house.contact(house.anna, "070-174 06 05", true).await;
    house.contact(house.anna, "anna@exempelbolaget.se", true).await;
    let mut anna = house.browser(house.anna).await;
    let form = anna.get(CHANGE).await;
    form.says(200, &["Ändra mina bevakningar", "Sms till 070-174 06 05", "Spara", "Avbryt"]);
    let ticked = [("payment.rejected.sms", Some("on")), ("payment.rejected.least_amount", Some("10 000,50"))];
    let preview = anna.post(CHANGE, &typed(&form, &ticked, "preview")).await;
    preview.says(200, &["Med de här valen hade du fått", "<strong>0 aviseringar</strong>"]);
    preview.says(200, &["name=\"payment.rejected.sms\" value=\"on\" checked", "value=\"10 000,50\""]);
    assert_eq!(house.mine(house.anna).await.version.number, 0);
    assert!(house.mine(house.anna).await.kinds.iter().all(|kind| kind.watch.is_none()));
    let saved = anna.post(CHANGE, &typed(&preview, &ticked, "save")).await;
    assert_eq!(saved.location(), paths::WATCHES);
    anna.get(paths::WATCHES).await.says(200, &["Dina val är sparade.", "från 10"]);
    let mine = house.mine(house.anna).await;
    let watch = mine.kinds.iter().find_map(|kind| kind.watch.as_ref()).unwrap();
    assert_eq!(watch.kind, kind(PAYMENT));
    assert_eq!(watch.channels, [(Channel::Sms, Some(sms))].into());
    assert_eq!(watch.settings.least_amount.unwrap().to_string(), "10000.50");
    // R27: exactly the ways that are chosen, and the form shows them as they are stored.
    let form = anna.get(CHANGE).await;
    form.says(200, &["name=\"payment.rejected.sms\" value=\"on\" checked", "value=\"10000,50\""]);
    form.says_not(&["name=\"payment.rejected.email\" value=\"on\" checked"]);
    assert_eq!(anna.post(CHANGE, &typed(&form, &[], "save")).await.location(), paths::WATCHES);
    assert_eq!(house.mine(house.anna).await.version, mine.version);
    let off = [("payment.rejected.sms", None)];
    anna.done(CHANGE, &typed(&form, &off, "save")).await.says(200, &["Dina val är sparade."]);
    assert!(house.mine(house.anna).await.kinds.iter().all(|kind| kind.watch.is_none()));
}

#[tokio::test]
async fn every_setting_of_the_form_is_stored_and_shown_again() {
    let house = House::open().await;
    house.contact(house.anna, "070-174 06 05", true).await;
    let second = house.contact(house.anna, "073-555 01 02", true).await.to_string();
    let (mut anna, maja) = (house.browser(house.anna).await, house.maja.user.to_string());
    let form = anna.get(CHANGE).await;
    let changes = [
        ("einvoice.received.sms", Some("on")),
        ("einvoice.received.sms_to", Some(&*second)),
        ("einvoice.received.digest", Some("daily")),
        ("einvoice.received.digest_at", Some("08:00")),
        ("einvoice.received.quiet_from", Some("22:00")),
        ("einvoice.received.quiet_to", Some("07:00")),
        ("einvoice.received.zone", Some("America/New_York")),
        ("einvoice.received.pause_until", Some("2026-12-01")),
        ("einvoice.received.stand_in", Some(&*maja)),
        ("einvoice.received.stand_in_from", Some("2026-12-02")),
        ("einvoice.received.stand_in_to", Some("2026-12-06")),
    ];
    let page = anna.done(CHANGE, &typed(&form, &changes, "save")).await;
    page.says(200, &["073-555 01 02", "Samlat varje dag kl. 8", "Pausad", "Maja, 2 december 2026"]);
    let again = anna.get(CHANGE).await.fields();
    for (name, value) in changes {
        assert!(again.iter().any(|(key, shown)| key == name && Some(shown.as_str()) == value), "{name}");
    }
    // What is stored can be saved as it is, also when it is not allowed any more.
    house.set_state(house.maja, bevaka_domain::user::UserState::Blocked).await;
    let form = anna.get(CHANGE).await;
    form.says(200, &["Maja"]);
    anna.done(CHANGE, &typed(&form, &[("einvoice.received.weekdays_only", None)], "save"))
        .await
        .says(200, &[]);
    let changes = [("einvoice.received.quiet_from", Some("21:00"))];
    let page = anna.post(CHANGE, &typed(&form, &changes, "save")).await;
    page.says(422, &["kollegan har inte längre rätt att få ärendet", "href=\"#einvoice.received.stand_in\""]);
}

#[tokio::test]
async fn r46_every_fault_is_told_beside_its_field_and_nothing_is_saved() {
    let house = House::open().await;
    house.contact(house.anna, "070-174 06 05", true).await;
    let mut anna = house.browser(house.anna).await;
    let form = anna.get(CHANGE).await;
    let cases: [(&str, &str, &str); 12] = [
        ("least_amount", "tiotusen", "skriv beloppet i kronor"),
        ("accounts", "å", "skriv ett kontonummer per rad"),
        ("pause_until", "snart", "skriv datumet med år"),
        ("pause_until", "2026-11-20", "datumet har passerat"),
        ("pause_until", "2028-01-01", "mer än ett år bort"),
        ("stand_in_from", "2026-12-01", "välj en kollega"),
        ("email", "on", "lägg till en e-postadress"),
        ("sms_to", "x", "finns inte kvar"),
        ("quiet_from", "22:00", "behöver både början och slut"),
        ("digest", "daily", "välj ett klockslag"),
        ("digest", "weekly", "välj ett klockslag"),
        ("weekdays_only", "on", "kritiskt ärende"),
    ];
    for (field, value, says) in cases {
        let name = format!("payment.rejected.{field}");
        let changes = [("payment.rejected.sms", Some("on")), (&*name, Some(value))];
        for what in ["save", "preview"] {
            let page = anna.post(CHANGE, &typed(&form, &changes, what)).await;
            page.says(
                422,
                &["Avvisad betalning: ", if field == "weekdays_only" { "är kritiskt" } else { says }],
            );
        }
    }
    let slow = [
        ("einvoice.received.sms", Some("on")),
        ("einvoice.received.digest", Some("weekly")),
        ("einvoice.received.digest_at", Some("08:00")),
        ("einvoice.received.digest_day", Some("monday")),
    ];
    let page = anna.post(CHANGE, &typed(&form, &slow, "save")).await;
    page.says(422, &["Välj att samla oftare, eller genast.", "id=\"einvoice.received.digest-fault\""]);
    assert!(house.mine(house.anna).await.kinds.iter().all(|kind| kind.watch.is_none()));
    assert!(house.trail().await.is_empty());
}

#[tokio::test]
async fn r26_a_kind_outside_the_agreement_is_refused_and_names_itself() {
    let house = House::open().await;
    let sms = house.contact(house.anna, "070-174 06 05", true).await.to_string();
    let mut anna = house.browser(house.anna).await;
    let form = anna.get(CHANGE).await;
    form.says(200, &[]).says_not(&["message.received"]);
    let forged = [("message.received.sms", Some("on")), ("message.received.sms_to", Some(&*sms))];
    let page = anna.post(CHANGE, &typed(&form, &forged, "save")).await;
    page.says(422, &["ingår inte i avtalet och kan inte bevakas", "id=\"message.received.sms\""]);
    // A form that was open while the agreement shrank.
    house.set_scope(&[PAYMENT]).await;
    let chosen = [("einvoice.received.sms", Some("on"))];
    let page = anna.post(CHANGE, &typed(&form, &chosen, "save")).await;
    page.says(422, &["href=\"#einvoice.received.sms\""]);
    anna.done(CHANGE, &typed(&form, &[], "save")).await.says(200, &["Dina val är sparade."]);
    assert!(house.mine(house.anna).await.kinds.iter().all(|kind| kind.watch.is_none()));
    assert_eq!(kind(MESSAGE).as_str(), MESSAGE);
}

#[tokio::test]
async fn the_second_saver_is_shown_both_and_decides() {
    let house = House::open().await;
    let sms = house.contact(house.anna, "070-174 06 05", true).await;
    let (mut phone, mut desk) = (house.browser(house.anna).await, house.browser(house.anna).await);
    let (first, second) = (phone.get(CHANGE).await, desk.get(CHANGE).await);
    let invoices = typed(&first, &[("einvoice.received.sms", Some("on"))], "save");
    phone.done(CHANGE, &invoices).await.says(200, &["Dina val är sparade."]);
    let payments = typed(&second, &[("payment.rejected.sms", Some("on"))], "save");
    let page = desk.post(CHANGE, &payments).await;
    page.says(409, &["Valen har sparats från en annan sida under tiden.", "Sparat nu", "Dina val"]);
    page.says(409, &["Spara mina val", "Behåll det sparade"]);
    let watched = async || {
        let kinds = house.mine(house.anna).await.kinds;
        kinds.into_iter().filter_map(|kind| kind.watch).map(|watch| watch.kind).collect::<Vec<_>>()
    };
    assert_eq!(watched().await, [kind(INVOICE)]);
    desk.done(CHANGE, &typed(&page, &[], "save")).await.says(200, &["Dina val är sparade."]);
    assert_eq!(watched().await, [kind(PAYMENT)]);
    // Whoever wanted just what stands is not asked anything.
    let again = typed(&first, &[("payment.rejected.sms", Some("on"))], "save");
    phone.done(CHANGE, &again).await.says(200, &["Dina val är sparade."]);
    assert_eq!(watched().await, [kind(PAYMENT)]);
    // A form without a version is one that saw nothing.
    let mut blind = typed(&first, &[], "save");
    blind.retain(|(name, _)| name != "version");
    blind.push(("payment.rejected.pause_until".to_owned(), String::new()));
    desk.post(CHANGE, &blind).await.says(409, &[]);
    assert_eq!(sms, house.mine(house.anna).await.contacts[0].id);
}

#[tokio::test]
async fn what_was_switched_off_stays_off_until_it_is_changed_itself() {
    let house = House::open().await;
    let email = house.contact(house.anna, "anna@exempelbolaget.se", true).await;
    house.saves(house.anna, &[choice(PAYMENT, None, Some(email))]).await;
    switch::off(&house.app, house.anna.user, &[kind(PAYMENT)].into()).await.unwrap();
    let mut anna = house.browser(house.anna).await;
    let form = anna.get(CHANGE).await;
    anna.done(CHANGE, &typed(&form, &[("einvoice.received.email", Some("on"))], "save")).await;
    anna.get(paths::WATCHES).await.says(200, &["Avstängd"]);
    let form = anna.get(CHANGE).await;
    let changes = [("payment.rejected.least_amount", Some("500"))];
    anna.done(CHANGE, &typed(&form, &changes, "save")).await.says_not(&["Avstängd"]);
}

#[tokio::test]
async fn a_preview_counts_what_the_choices_would_have_meant() {
    let house = House::open().await;
    house.contact(house.anna, "070-174 06 05", true).await;
    for ago in [5, 15, 30] {
        house.happens(INVOICE, house.now().minus(hours(ago))).await;
    }
    let mut anna = house.browser(house.anna).await;
    let form = anna.get(CHANGE).await;
    let page = anna.post(CHANGE, &typed(&form, &[("einvoice.received.sms", Some("on"))], "preview")).await;
    page.says(200, &["<strong>3 aviseringar</strong>", "<strong>1 av dem nattetid.</strong>"]);
}
