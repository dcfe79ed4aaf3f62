//! The pages of *Mina bevakningar* and what belongs to it, in each state, before the inspector.

use crate::{demonstration::EXEMPELBOLAGET, tab::Tab, visit::Visit};
use serde_json::json;

const CHANGE: &str = "/bevakningar/andra";
const CONTACTS: &str = "/kontaktuppgifter";
const ALERTS: &str = "/aviseringar";
const COVERAGE: &str = "/foretagets-bevakningar";
const SAVE: &str = "button[name=do][value=save]";
/// Fields with something wrong in each, in a fold or outside of it.
const WRONG: [(&str, &str); 6] = [
    ("payment.rejected.least_amount", "mycket"),
    ("payment.rejected.accounts", "&"),
    ("einvoice.received.quiet_from", "22:00"),
    ("einvoice.received.pause_until", "2020-01-01"),
    ("message.received.stand_in_from", "2020-01-03"),
    ("message.received.stand_in_to", "2020-01-02"),
];

async fn open(visit: &Visit, tab: &Tab, address: &str) {
    tab.go(&format!("{}{address}", visit.home.url)).await;
}

async fn fill_all(tab: &Tab, fields: &[(&str, &str)]) {
    for (id, text) in fields {
        tab.fill(&format!("[id='{id}']"), text).await;
    }
}

/// Adds what is typed into a field of *Kontaktuppgifter*.
async fn add(visit: &Visit, tab: &Tab, field: &str, typed: &str) {
    open(visit, tab, CONTACTS).await;
    tab.fill(field, typed).await;
    tab.press_at(&format!("form:has({field}) button")).await;
}

/// A day to come, as forms have it.
async fn in_days(tab: &Tab, days: u32) -> String {
    let day = tab.ask(&format!("new Date(Date.now() + {days} * 864e5).toISOString().slice(0, 10)")).await;
    day.as_str().unwrap().to_owned()
}

/// Chooses something of everything, so that every part of the pages is there to be read.
async fn choose_everything(visit: &Visit, tab: &Tab) {
    let (first, last) = (in_days(tab, 20).await, in_days(tab, 30).await);
    open(visit, tab, CHANGE).await;
    tab.choose("[id='einvoice.received.zone']", "America/New_York").await;
    tab.choose("[id='einvoice.received.stand_in']", "Maja").await;
    tab.choose("[id='message.received.digest_day']", "fredag").await;
    tab.press_at("[id='message.received.digest-weekly']").await;
    let fields = [
        ("payment.rejected.least_amount", "10 000"),
        ("payment.rejected.accounts", "8105-9,123 456 789-0"),
        ("payment.rejected.pause_until", &last),
        ("einvoice.received.quiet_from", "22:00"),
        ("einvoice.received.quiet_to", "06:30"),
        ("einvoice.received.stand_in_from", &first),
        ("einvoice.received.stand_in_to", &last),
        ("message.received.digest_at", "08:00"),
    ];
    fill_all(tab, &fields).await;
    tab.press_at(SAVE).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r42_r45_nobody_is_hindered_from_choosing_watches_on_axe() {
    let mut visit = Visit::begin().await;
    let karin = visit.home.member("Karin Holm", "Exempelbolaget AB").await;
    visit.addresses(&karin, "without watches", &["/bevakningar", CHANGE]).await;
    let anna = visit.home.member("Anna Lind", "Exempelbolaget AB").await;
    let late = visit.home.chromium.beside(&anna).await;
    open(&visit, &late, CHANGE).await;
    let test = "form[action='/bevakningar/prov'] button";
    visit.press(&anna, "/bevakningar", test, "test sent", ".note.success").await;

    open(&visit, &anna, CHANGE).await;
    fill_all(&anna, &WRONG).await;
    anna.press_at(SAVE).await;
    visit.page(&anna, "wrong choices", ".note.error").await;
    visit.press(&anna, CHANGE, "button[value=preview]", "preview", "#preview").await;
    choose_everything(&visit, &anna).await;
    visit.page(&anna, "saved", ".note.success").await;
    visit.addresses(&anna, "with everything", &[CHANGE]).await;
    late.press_at("[id='message.received.email']").await;
    late.press_at(SAVE).await;
    visit.page(&late, "second saver", "table.compared").await;

    let nils = visit.home.member("Nils Dahl", "Nils Dahls Snickeri").await;
    let erik = visit.home.member("Erik Berg", "Exempelbolaget AB").await;
    visit.addresses(&nils, "not connected", &["/bevakningar"]).await;
    visit.addresses(&erik, "without permission", &["/bevakningar", COVERAGE]).await;
    visit.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r42_r45_nobody_is_hindered_from_changing_contact_points_on_axe() {
    let mut visit = Visit::begin().await;
    let karin = visit.home.member("Karin Holm", "Exempelbolaget AB").await;
    visit.addresses(&karin, "none", &[CONTACTS]).await;
    add(&visit, &karin, "#number", "08-1").await;
    visit.page(&karin, "wrong number", ".note.error").await;
    add(&visit, &karin, "#number", "070-174 06 75").await;
    visit.page(&karin, "code sent", ".note.success").await;
    karin.fill("input[name=code]", "12345").await;
    karin.press_at("form:has(input[name=code]) button").await;
    visit.page(&karin, "wrong code", ".note.error").await;

    let anna = visit.home.member("Anna Lind", "Exempelbolaget AB").await;
    visit.addresses(&anna, "confirmed", &[CONTACTS]).await;
    for (way, name) in [("ta-bort", "remove"), ("byt", "replace")] {
        let (link, form) = (format!("a[href$='/{way}']"), format!("form[action$='/{way}']"));
        visit.press(&anna, CONTACTS, &link, name, &form).await;
    }
    anna.fill("#address", "070-174 06 55").await;
    anna.press_at("main form button").await;
    visit.page(&anna, "replacement", ".note.success").await;
    visit.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r42_r45_nobody_is_hindered_from_seeing_what_was_sent_on_axe() {
    let mut visit = Visit::begin().await;
    let anna = visit.home.member("Anna Lind", "Exempelbolaget AB").await;
    visit.addresses(&anna, "administrator", &[ALERTS, COVERAGE]).await;
    let again = "main form button:not(.primary)";
    visit.press(&anna, COVERAGE, "main form button", "reviewed", again).await;
    let payment = json!({"payment_id": "1", "reason": "other"});
    visit.home.inject("payment.rejected", EXEMPELBOLAGET, &payment);
    let sms = visit.home.telephone.sms("+46701740605", "Avvisad betalning", 1).await;
    let code = sms.split("Kod ").nth(1).unwrap().trim_end_matches('.');
    for (typed, name, sign) in [
        (code, "genuine code", "#kontroll .note.success"),
        ("0000-0000", "unknown code", "#kontroll .note.error"),
        ("1", "malformed code", "#code-fault"),
    ] {
        open(&visit, &anna, ALERTS).await;
        anna.fill("#code", typed).await;
        anna.press_at("form:has(#code) button").await;
        visit.page(&anna, name, sign).await;
    }
    visit.addresses(&anna, "told", &[ALERTS]).await;

    let mail = visit.home.telephone.mail("anna@exempelbolaget.example", "Avvisad betalning", 1).await;
    let anybody = visit.home.chromium.person().await;
    anybody.go(&format!("{mail}/html")).await;
    anybody.press_at("a[href*='/sluta/']").await;
    visit.page(&anybody, "to switch off", "form[action^='/sluta/'] button").await;
    anybody.press_at("main form button").await;
    visit.page(&anybody, "switched off", ".note.success").await;
    visit.addresses(&anybody, "unknown link", &["/sluta/x"]).await;
    visit.addresses(&anna, "switched off", &["/bevakningar"]).await;
    visit.end().await;
}
