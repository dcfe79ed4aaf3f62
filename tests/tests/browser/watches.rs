//! The story of a user's watches: chosen, confirmed, told, checked, switched off from a mail and on again; and of two
//! pages that save at the same time.

use crate::{
    demonstration::{Demonstration, EXEMPELBOLAGET, suppressed},
    tab::Tab,
    telephone::Telephone,
};
use serde_json::json;

const NILS: &str = "Nils Dahls Snickeri";
const NILS_NUMBER: &str = "590814-9858";
const SAVE: &str = "button[name=do][value=save]";

/// Connects the company of a sole trader.
pub async fn connect(telephone: &Telephone, nils: &Tab) {
    nils.press("Anslut").await;
    nils.press_at("input[value='payment.rejected']").await;
    nils.press_at("input[value='message.received']").await;
    nils.press_at("#channel-corporate").await;
    nils.press_at("form[action='/avtal/anslut'] button.primary").await;
    nils.press_at("button[name=method][value=mobile]").await;
    nils.find(".qr").await;
    telephone.confirm("Nils Dahl").await;
    nils.see("Kvitto").await;
}

/// Adds a mobile number as somebody writes it, and confirms it at the second try.
pub async fn add_number(telephone: &Telephone, tab: &Tab, typed: &str, number: &str) {
    tab.press_at("nav a[href='/kontaktuppgifter']").await;
    tab.fill("#number", typed).await;
    tab.press_at("form:has(#number) button").await;
    tab.see("Koden är på väg.").await;
    let code = telephone.code(number, "Din kod är", 1).await;
    let wrong = if code == "000000" { "111111" } else { "000000" };
    let (field, confirm) = ("input[name=code]", "form:has(input[name=code]) button");
    tab.fill(field, wrong).await;
    tab.press_at(confirm).await;
    tab.see("Koden stämmer inte.").await;
    tab.see("4 försök kvar").await;
    tab.fill(field, &code).await;
    tab.press_at(confirm).await;
    tab.see("kan användas för dina bevakningar").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r24_r25_r27_r28_a_user_chooses_is_told_and_trusts_it() {
    let home = Demonstration::begin().await;
    let nils = home.member("Nils Dahl", NILS).await;
    connect(&home.telephone, &nils).await;
    let rejected = || home.inject("payment.rejected", NILS_NUMBER, &payment("2500.00"));

    // Before any choice nothing is sent, and nothing changes before it is saved.
    nils.press_at("nav a[href='/bevakningar']").await;
    nils.see("Du bevakar ingenting än.").await;
    assert_eq!(suppressed(&rejected(), "nils"), Some("no_watch"));
    add_number(&home.telephone, &nils, "070/174 06-45", "+46701740645").await;
    nils.go(&format!("{}/bevakningar", home.url)).await;
    nils.press("Ändra").await;
    nils.press_at("[id='payment.rejected.sms']").await;
    nils.press("Avbryt").await;
    nils.see("Du bevakar ingenting än.").await;

    nils.press("Ändra").await;
    nils.press_at("[id='payment.rejected.sms']").await;
    nils.choose("[id='payment.rejected.sms_to']", "06 45").await;
    nils.press_at("[id='payment.rejected.email']").await;
    nils.fill("[id='payment.rejected.least_amount']", "1 000").await;
    nils.press_at("button[value=preview]").await;
    nils.see("Med de här valen hade du fått 2 aviseringar de senaste 90 dagarna.").await;
    nils.press_at(SAVE).await;
    nils.see("Dina val är sparade.").await;
    nils.see("från 1 000 kr").await;

    // He is told by what he chose, and can check that it comes from the bank.
    assert_eq!(suppressed(&rejected(), "nils"), None);
    let small = home.inject("payment.rejected", NILS_NUMBER, &payment("999.99"));
    assert_eq!(suppressed(&small, "nils"), Some("below_least_amount"));
    let sms = home.telephone.sms("+46701740645", "Avvisad betalning", 1).await;
    let code = sms.split("Kod ").nth(1).unwrap().trim_end_matches('.');
    nils.press_at("nav a[href='/aviseringar']").await;
    nils.see("Beloppet var lägre än det minsta du valt.").await;
    for (typed, answer) in
        [(code, "Ja, det kommer från oss."), ("0000-0000", "Nej, vi har inte skickat det till dig.")]
    {
        nils.fill("#code", typed).await;
        nils.press_at("form:has(#code) button").await;
        nils.see(answer).await;
    }

    // The foot of the mail leads to that watch off without signing in; turning it on again takes a signature.
    let mail = home.telephone.mail("nils@dahls-snickeri.example", "Avvisad betalning", 1).await;
    let stranger = home.chromium.person().await;
    stranger.go(&format!("{mail}/html")).await;
    stranger.press_at("a[href*='/sluta/']").await;
    stranger.see("Stäng av bevakningen?").await;
    stranger.press("Stäng av").await;
    stranger.see("Bevakningen är avstängd").await;
    assert_eq!(suppressed(&rejected(), "nils"), Some("watch_off"));
    stranger.press("Till mina bevakningar").await;
    stranger.see("Logga in").await;
    nils.press_at("nav a[href='/bevakningar']").await;
    nils.see("Avstängd").await;
    nils.press_at("form[action='/bevakningar/sla-pa'] button").await;
    nils.see("Bevakningen är på igen.").await;
    assert_eq!(suppressed(&rejected(), "nils"), None);
    home.telephone.sms("+46701740645", "Avvisad betalning", 2).await;
    home.end().await;
}

fn payment(amount: &str) -> serde_json::Value {
    json!({"payment_id": "1", "reason": "other", "amount": amount})
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn r25_whoever_saves_second_sees_what_changed_and_decides() {
    let home = Demonstration::begin().await;
    let first = home.member("Anna Lind", "Exempelbolaget AB").await;
    let second = home.chromium.beside(&first).await;
    let change = format!("{}/bevakningar/andra", home.url);
    let (message, invoice) = ("[id='message.received.email']", "[id='einvoice.received.sms']");
    for tab in [&first, &second] {
        tab.go(&change).await;
        tab.find(SAVE).await;
    }
    first.press_at(message).await;
    first.press_at(SAVE).await;
    first.see("Dina val är sparade.").await;

    // The second saver is stopped, sees both, and wants the own choices.
    second.press_at(invoice).await;
    second.press_at(SAVE).await;
    second.see("Valen har sparats från en annan sida under tiden.").await;
    let differences = second.read("table.compared").await;
    assert!(differences.contains("Personligt meddelande"), "{differences}");
    assert!(differences.contains("Inkommen e-faktura"), "{differences}");
    assert!(
        !differences.contains("Avvisad betalning"),
        "what does not differ is not compared: {differences}"
    );
    first.go(&change).await;
    assert!(!is_ticked(&first, invoice).await, "nothing of it was saved");
    second.press("Spara mina val").await;
    second.see("Dina val är sparade.").await;

    // Now the first one is late, and keeps what is saved.
    first.press_at(message).await;
    first.press_at(SAVE).await;
    first.see("Valen har sparats från en annan sida under tiden.").await;
    first.press("Behåll det sparade").await;
    first.press("Ändra").await;
    first.find(SAVE).await;
    assert!(is_ticked(&first, invoice).await, "what the second saver chose stands");
    assert!(!is_ticked(&first, message).await, "also where it took something back");
    home.inject("message.received", EXEMPELBOLAGET, &json!({"message_id": "1"}));
    home.telephone.sms("+46701740605", "Nytt meddelande", 1).await;
    home.end().await;
}

async fn is_ticked(tab: &Tab, selector: &str) -> bool {
    tab.find(selector).await;
    tab.evaluate(&format!("document.querySelector({}).checked", json!(selector))).await == true
}
